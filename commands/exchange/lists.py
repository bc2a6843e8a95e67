"""Looking at the exchange: the list, by kind, words, tags and municipality, and one with what fits it."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from commands.exchange.matching import tag_key
from commands.exchange.model import PostingCard, PostingRef, posting_card
from commands.fields import FIELDS
from commands.framework import (
    Context,
    Machine,
    MunicipalityRef,
    Page,
    Role,
    Short,
    Tags,
    choices,
    command,
)
from commands.framework.paging import A_PAGE, ListPage, require_page, rows_before
from commands.stems import stems_in
from storage import exchange as stored
from storage.exchange import Posting, Wanted

MOST_WORDS: Final = 8
KINDS: Final = {"offers": "offer", "needs": "need"}
GERMAN: Final = {"offers": "angebote", "needs": "bedarf", "mine": "meine", "done": "erledigt"}
KindWord = Annotated[
    Literal["offers", "needs", "mine", "all"],
    choices(
        {"angebote": "offers", "bedarf": "needs", "meine": "mine", "alle": "all"},
        also={"angebot": "offers", "offer": "offers", "need": "needs", "gesuche": "needs", "gesuch": "needs"},
    ),
]
StateWord = Annotated[Literal["open", "done"], choices({"offen": "open", "erledigt": "done"})]


class PostingList(ListPage):
    """A page of the exchange, newest first; `filters` are what was given, to go on with."""

    postings: tuple[Posting, ...]
    filters: tuple[tuple[str, str], ...] = ()  # the parameter's name and its value; codes in English
    mine: bool = False

    def machine(self) -> Machine:
        return self.listed("exchange", [f"B{one.id}" for one in self.postings])

    def following(self, language: str) -> str:
        """The command that shows the next page."""
        index = 0 if language == "de" else 1
        german = GERMAN if language == "de" else {}
        words = {name: german.get(value, value) for name, value in self.filters if name in ("kind", "state")}
        given = {name: words.get(name, value) for name, value in self.filters} | {"page": self.page + 1}
        head = [("börse liste", "exchange list")[index], *filter(None, [given.pop("kind", None)])]
        fields = " | ".join(f"{FIELDS[name][index]}: {value}" for name, value in given.items())
        return " ".join([*map(str, head), fields])


@command(
    "börse liste",
    "exchange list",
    role=Role.PI,
    de="was andere Gemeinden anbieten und brauchen",
    en="what other municipalities offer and need",
    example=("angebote suche: raum", "offers search: room"),
    reads=True,
    words=(
        "was andere anbieten",
        "was andere Gemeinden brauchen",
        "was brauchen sie",
        "was gibt es auszuleihen",
        "people have to share",
        "what is on offer",
        "marketplace",
        "Marktplatz",
    ),
    offer=("Sehen, was andere anbieten und brauchen", "See what others offer and need"),
)
def show_list(
    ctx: Context,
    kind: KindWord = "all",
    *,
    search: Short | None = None,
    tags: Tags = (),
    municipality: MunicipalityRef | None = None,
    state: StateWord = "open",
    page: Page = 1,
) -> PostingList:
    """One page of what is open, or done; with words and tags of what has all of them."""
    words = stems_in(search or "")[:MOST_WORDS]
    wanted = Wanted(
        state,
        kind=KINDS.get(kind),
        municipality=municipality,
        author=ctx.me.user_id if kind == "mine" else None,
        words=(*words, *(tag_key(tag) for tag in tags[:MOST_WORDS])),
    )
    shown, total = stored.list_page(ctx.tx, wanted, limit=A_PAGE, offset=rows_before(page))
    require_page(ctx, page, total)
    given = {
        "kind": kind if kind != "all" else None,
        "search": search,
        "tags": ", ".join(tags) or None,
        "municipality": municipality,
        "state": state if state != "open" else None,
    }
    filters = tuple((name, value) for name, value in given.items() if value is not None)
    return PostingList(tuple(shown), filters, kind == "mine", page=page, total=total)


@command(
    "börse zeige",
    "exchange show",
    role=Role.PI,
    de="ein Angebot oder einen Bedarf zeigen",
    en="show an offer or a need",
    example=("B6", "B6"),
    reads=True,
    words=("wer bietet", "wer sucht", "who offers", "passt zu", "fits"),
    offer=("Ein Angebot oder einen Bedarf ansehen", "See an offer or a need"),
)
def show(ctx: Context, posting: PostingRef) -> PostingCard:
    """It, with what fits it. Refuses: NotFound."""
    return posting_card(ctx, posting)
