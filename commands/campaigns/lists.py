"""Looking at campaigns: the list, and one with its ideas or its ranking."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Final, Literal

from commands.campaigns.model import (
    AboutCampaign,
    CampaignRef,
    Ranked,
    Standing,
    about,
    get,
    ranked,
    standing,
)
from commands.fields import FIELDS
from commands.framework import Context, Machine, Page, Role, choices, command
from commands.framework.paging import A_PAGE, ListPage, pages_of, require_page, rows_before, rows_on
from commands.ideas import OUT, list_open
from storage import campaigns as stored
from storage import ideas
from storage.ideas import Idea

STATE_WORDS: Final = {"offen": "open", "geplant": "planned", "abgeschlossen": "closed", "alle": "all"}
GERMAN: Final = {code: word for word, code in STATE_WORDS.items()}
StateWord = Annotated[Literal["open", "planned", "closed", "all"], choices(STATE_WORDS)]


class CampaignList(ListPage):
    """A page of the campaigns, newest first."""

    campaigns: tuple[Standing, ...]
    state: str

    def machine(self) -> Machine:
        return self.listed("campaign", [one.ref for one in self.campaigns])

    def following(self, language: str) -> str:
        """The command that shows the next page."""
        index = 0 if language == "de" else 1
        head = ("wettbewerb liste", "campaign list")[index]
        word = GERMAN[self.state] if language == "de" else self.state
        state = f"{FIELDS['state'][index]}: {word} " if self.state != "all" else ""
        return f"{head} {state}{FIELDS['page'][index]}: {self.page + 1}"


class CampaignShown(AboutCampaign):
    """The campaign with a page of its ideas, or once it is closed of its ranking; `asks`: here, idea after idea."""

    found: tuple[Idea, ...] = field(kw_only=True)
    places: tuple[Ranked, ...] = field(kw_only=True)
    page: int = field(kw_only=True)
    pages: int = field(kw_only=True)
    asks: bool = False


@command(
    "wettbewerb liste",
    "campaign list",
    role=Role.PI,
    de="die Ideenwettbewerbe auflisten",
    en="list the idea campaigns",
    example=("stand: offen", "state: open"),
    reads=True,
    words=(
        "läuft ein Wettbewerb",
        "läuft gerade",
        "gibt es Wettbewerb",
        "is there a campaign",
        "competitions running",
    ),
    offer=("Die Ideenwettbewerbe sehen", "See the idea campaigns"),
)
def show_list(ctx: Context, *, state: StateWord = "all", page: Page = 1) -> CampaignList:
    """A page of them, newest first."""
    if state in ("open", "planned"):
        now_open = {one.id for one in list_open(ctx)}
        some = [one for one in stored.list_set(ctx.tx) if (one.id in now_open) == (state == "open")]
        found, total = list(rows_on(page, some)), len(some)
    else:
        wanted = "closed" if state == "closed" else None
        found, total = stored.list_page(ctx.tx, state=wanted, offset=rows_before(page), limit=A_PAGE)
    require_page(ctx, page, total)
    return CampaignList(
        tuple(standing(ctx, one.id, ranking=False) for one in found), state, page=page, total=total
    )


@command(
    "wettbewerb zeige",
    "campaign show",
    role=Role.PI,
    de="einen Ideenwettbewerb mit Ideen oder Rangliste zeigen",
    en="show an idea campaign with its ideas or its ranking",
    example=("W1", "W1"),
    reads=True,
    words=("Rangliste Wettbewerb", "wer hat gewonnen", "who won", "ranking", "Ideen im Wettbewerb"),
    offer=("Einen Ideenwettbewerb ansehen", "See an idea campaign"),
)
def show(ctx: Context, campaign: CampaignRef, *, page: Page = 1) -> CampaignShown:
    """The campaign as on its card, with what takes part. Refuses: NotFound."""
    closed = get(ctx, campaign).state == "closed"
    known = standing(ctx, campaign)
    total = known.places if closed else known.ideas
    require_page(ctx, page, total)
    here = stored.ranks(ctx.tx, campaign, behind=rows_before(page), limit=A_PAGE) if closed else []
    rows = {one.id: one for one in ideas.list_these(ctx.tx, [one.idea_id for one in here])}
    places = tuple(ranked(one, rows[one.idea_id]) for one in here)
    found = (
        ()
        if closed
        else tuple(stored.ideas(ctx.tx, campaign, left_out=OUT, offset=rows_before(page), limit=A_PAGE))
    )
    shown: CampaignShown = about(
        ctx,
        CampaignShown,
        campaign,
        found=found,
        places=places,
        page=page,
        pages=pages_of(total),
        asks=ctx.where.direct,
    )
    return shown
