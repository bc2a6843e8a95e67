"""Looking at ideas: the list, one's own, and one with its history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Final, Literal

from commands.fields import FIELDS
from commands.framework import Context, Machine, Page, Role, Short, choices, command
from commands.framework.paging import A_PAGE, ListPage, require_page, rows_before, rows_on
from commands.ideas import matching
from commands.ideas.model import OPEN, AboutIdea, IdeaCard, IdeaRef, idea_card
from commands.words import key_of
from storage import ideas, votes
from storage.ideas import Idea, Wording

CHANGES = 3  # of the wording that are shown
STATES: Final = (
    "submitted",
    "under_review",
    "accepted",
    "implementing",
    "implemented",
    "rejected",
    "merged",
    "withdrawn",
)
# What a list without `stand:` leaves out: those ideas live on in another one, or not at all.
GONE: Final = ("merged", "withdrawn")
SHOWN: Final = {
    "listed": tuple(state for state in STATES if state not in GONE),
    "open": OPEN,
    "all": STATES,
} | {state: (state,) for state in STATES}

STATE_WORDS: Final = {
    "eingereicht": "submitted",
    "in Prüfung": "under_review",
    "angenommen": "accepted",
    "in Umsetzung": "implementing",
    "umgesetzt": "implemented",
    "abgelehnt": "rejected",
    "zusammengeführt": "merged",
    "zurückgezogen": "withdrawn",
    "offen": "open",
    "alle": "all",
}
SORT_WORDS: Final = {"stimmen": "votes", "neu": "new", "matrix": "matrix"}
GERMAN: Final = {code: word for word, code in (STATE_WORDS | SORT_WORDS).items()}

StateWord = Annotated[
    Literal[
        "listed",
        "open",
        "all",
        "submitted",
        "under_review",
        "accepted",
        "implementing",
        "implemented",
        "rejected",
        "merged",
        "withdrawn",
    ],
    choices(
        STATE_WORDS,
        also={"prüfung": "under_review", "umsetzung": "implementing", "being implemented": "implementing"},
    ),
]
SortWord = Annotated[
    Literal["new", "votes", "matrix"], choices(SORT_WORDS, also={"neueste": "new", "neuste": "new"})
]


class IdeaList(ListPage):
    """One page of ideas, in order; `filters` are the fields that were given, to go on with."""

    ideas: tuple[Idea, ...]
    own: bool  # the asker's own ideas
    filters: tuple[tuple[str, str], ...] = ()  # the parameter's name and its value; codes in English
    may_submit: bool = True

    def offering(self, may: Callable[[str], bool]) -> IdeaList:
        return self if self.ideas or may("idee neu") else replace(self, may_submit=False)

    def machine(self) -> Machine:
        return self.listed("idea", [f"I{idea.id}" for idea in self.ideas])

    def following(self, language: str) -> str:
        """The command that shows the next page."""
        index = 0 if language == "de" else 1
        noun = ("idee meine" if self.own else "idee liste", "idea mine" if self.own else "idea list")[index]
        german = GERMAN if language == "de" else {}
        words = {name: german.get(value, value) for name, value in self.filters if name in ("state", "sort")}
        given = [f"{FIELDS[name][index]}: {words.get(name, value)}" for name, value in self.filters]
        return " ".join([noun, *given, f"{FIELDS['page'][index]}: {self.page + 1}"])


class IdeaShown(AboutIdea):
    """The idea with all that is known of it."""

    card: IdeaCard | None = None
    changes: tuple[Wording, ...] = ()  # what it said before, newest first


@command(
    "idee liste",
    "idea list",
    role=Role.PI,
    de="die Ideen auflisten, durchsuchen und sortieren",
    en="list, search and sort ideas",
    example=("stand: offen | sort: stimmen", "state: open | sort: votes"),
    reads=True,
    words=(
        "neueste Ideen",
        "neuesten Ideen",
        "Ideen anschauen",
        "Ideen ansehen",
        "stöbern",
        "browse",
        "Ideensammlung",
        "Ideenpool",
        "noch offene Ideen",
        "eingereichte Ideen",
        "Ideen zu",
        "gibt es Idee",
        "suchen",
        "suche",
        "vorgeschlagen",
        "was haben die andern",
        "Ideen zum Thema",
        "ideas about",
        "find",
        "search",
        "what ideas",
        "submitted ideas",
    ),
    offer=("Ideen ansehen oder suchen", "See or search ideas"),
)
def list_ideas(
    ctx: Context,
    *,
    state: StateWord = "listed",
    sort: SortWord = "new",
    search: Short | None = None,
    topic: Short | None = None,
    page: Page = 1,
) -> IdeaList:
    """One page of the ideas; without `state` all but those merged and withdrawn, newest first.

    `matrix` puts the best rated first: benefit divided by effort.
    """
    key = key_of(topic) if topic is not None else None
    given: dict[str, str | None] = {
        "state": state if state != "listed" else None,
        "sort": sort if sort != "new" else None,
    }
    given |= {"search": search, "topic": topic}
    if search is not None:
        found = _found(ctx, search, state=state, key=key, sort=sort)
        total = len(found)
        require_page(ctx, page, total)
        shown = ideas.list_these(ctx.tx, rows_on(page, found))
    else:
        states = SHOWN[state]
        total = ideas.count(ctx.tx, states, key)
        require_page(ctx, page, total)
        shown = []
        if total:
            shown = ideas.list_page(
                ctx.tx,
                state=states[0] if len(states) == 1 else None,
                hidden=tuple(s for s in STATES if s not in states),
                topic_key=key,
                sort=sort,
                offset=rows_before(page),
                limit=A_PAGE,
            )
    filters = tuple((name, value) for name, value in given.items() if value is not None)
    return IdeaList(tuple(shown), own=False, filters=filters, page=page, total=total)


def _found(ctx: Context, search: str, *, state: str, key: str | None, sort: str) -> list[int]:
    """The numbers of the ideas with any of these words that are to be listed, those with most of them first."""
    rated = matching.search(ctx, search)
    hits = ideas.list_outlines(ctx.tx, rated)
    listed = [i for i in hits if i.state in SHOWN[state] and (key is None or i.topic_key == key)]
    listed.sort(key=lambda i: i.id, reverse=True)
    if sort != "new":
        listed.sort(key=lambda i: i.votes_for if sort == "votes" else i.score, reverse=True)
        listed.sort(key=lambda i: rated[i.id][0], reverse=True)
    else:
        listed.sort(key=lambda i: rated[i.id], reverse=True)
    return [i.id for i in listed]


@command(
    "idee meine",
    "idea mine",
    role=Role.PI,
    pausing=True,
    de="Ihre Ideen auflisten",
    en="list your ideas",
    example=("", ""),
    reads=True,
    words=(
        "meine Vorschläge",
        "my suggestions",
        "how are my ideas",
        "Stimmen meine Ideen",
        "geworden",
        "meine Idee",
        "mein Vorschlag",
        "my ideas",
        "habe ich eingereicht",
        "did I submit",
        "eigene",
    ),
    offer=("Meine Ideen sehen", "See my ideas"),
)
def list_mine(ctx: Context, *, page: Page = 1) -> IdeaList:
    """The asker's ideas in every state, newest first."""
    total = ideas.count_of_author(ctx.tx, ctx.me.user_id)
    require_page(ctx, page, total)
    shown = ideas.list_of_author(ctx.tx, ctx.me.user_id, offset=rows_before(page), limit=A_PAGE)
    return IdeaList(tuple(shown), own=True, page=page, total=total)


@command(
    "idee zeige",
    "idea show",
    role=Role.PI,
    de="eine Idee mit ihrem Stand zeigen",
    en="show an idea and how it stands",
    example=("I12", "I12"),
    reads=True,
    words=("mehr über", "tell me more", "passiert mit Idee", "wie steht Idee", "what is about", "Stand Idee"),
)
def show(ctx: Context, idea: IdeaRef) -> IdeaShown:
    """The idea as on its card, with the asker's vote and what it said before."""
    shown = idea_card(ctx, idea)
    return IdeaShown(
        shown.idea,
        vote=votes.find_vote(ctx.tx, idea, ctx.me.user_id),
        link=ctx.card_link("idea", idea),
        card=shown,
        changes=tuple(ideas.list_wordings(ctx.tx, idea, limit=CHANGES)),
    )
