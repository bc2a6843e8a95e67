"""A campaign: how it stands, what its card says, and how it is found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, ClassVar, Final
from zoneinfo import ZoneInfo

from commands.framework import (
    About,
    Context,
    Failure,
    Machine,
    NotFound,
    Refused,
    Reply,
    card,
    meant,
    person_follower,
    reference,
    titled,
    valued,
)
from commands.framework.means import mean
from commands.ideas import OUT, end_of, list_open
from commands.ideas import STATES as IDEA_STATES
from commands.words import key_of
from storage import campaigns as stored
from storage import ideas, members
from storage.campaigns import Campaign
from storage.ideas import Idea

SIGN: Final = "🏆"
SHOWN: Final = 10  # ideas of a ranking that a card names
LINKED: Final = 200  # ideas whose cards are edited where the campaign's own is another one
TOLD: Final = 1000  # references in the part for programs
FRESH: Final = timedelta(days=30)
TAKING_PART: Final = tuple(state for state in IDEA_STATES if state not in OUT)
CampaignRef = Annotated[int, reference("campaign")]


@dataclass(frozen=True)
class Ranked:
    """An idea in the ranking; `points`: the mean of the jury, None where nobody has judged it."""

    place: int
    idea: Idea
    points: str | None
    judged: int
    votes_for: int
    votes_against: int

    @property
    def ref(self) -> str:
        return f"I{self.idea.id}"


@dataclass(frozen=True)
class Standing:
    """A campaign with what stands beside it, as it is now."""

    row: Campaign
    ideas: int
    jury: tuple[tuple[str, str], ...]  # Matrix id and name
    now: datetime
    zone: ZoneInfo
    ranking: tuple[Ranked, ...] = ()  # the first places, once it is closed
    ranked: tuple[int, ...] = ()  # the ideas of the places that programs are told
    places: int = 0  # in all
    link: str | None = None  # to its card

    @property
    def ref(self) -> str:
        return f"W{self.row.id}"

    @property
    def state(self) -> str:
        if self.row.state != "set":
            return self.row.state
        return "planned" if self.now < self.row.start_at else "open"

    @property
    def start(self) -> datetime:
        return self.row.start_at.astimezone(self.zone)

    @property
    def end(self) -> datetime:
        return self.row.end_at.astimezone(self.zone)

    @property
    def ended(self) -> datetime:
        return end_of(self.row).astimezone(self.zone)

    @property
    def first_day(self) -> date | None:
        """The day with which it begins; at midnight a whole day was meant."""
        return self.start.date() if self.start.time() == time() else None

    @property
    def last_day(self) -> date | None:
        """The day with which it ends, where a whole day was said."""
        return (self.end - timedelta(seconds=1)).date() if self.row.end_day else None

    @property
    def more(self) -> int:
        """Places of the ranking that are not shown."""
        return self.places - len(self.ranking)

    @property
    def names(self) -> str:
        return ", ".join(name for _, name in self.jury)

    def machine(self) -> Machine:
        told: Machine = {
            "type": "campaign",
            "ref": self.ref,
            "title": self.row.title,
            "state": self.state,
            "start": self.start.isoformat(timespec="seconds"),
            "end": self.end.isoformat(timespec="seconds"),
            "ideas": self.ideas,
            "jury": [user for user, _ in self.jury],
        }
        if self.state == "closed":
            told["ranking"] = [f"I{number}" for number in self.ranked]
        return told


class AboutCampaign(Reply):
    """A reply that carries a campaign; `juror`: the asker is in its jury."""

    abstract: ClassVar[bool] = True
    campaign: Standing
    juror: bool = False

    @property
    def about(self) -> About:
        return "campaign", self.campaign.row.id

    def machine(self) -> Machine:
        return self.campaign.machine() | ({"you": {"jury": True}} if self.juror else {})


class CampaignCard(AboutCampaign):
    """A campaign as everybody sees it."""


class OutcomeCard(AboutCampaign):
    """The ranking, published in the news room."""


class NotOpen(Failure):
    """It is not open: still to come, closed or taken back."""

    campaign: Standing

    @property
    def about(self) -> About:
        return "campaign", self.campaign.row.id


def get(ctx: Context, number: int) -> Campaign:
    """The campaign, in whatever state. Refuses: NotFound."""
    campaign = stored.find(ctx.tx, number)
    if campaign is None:
        raise Refused(NotFound(ref=f"W{number}", noun="wettbewerb"))
    return campaign


def standing(ctx: Context, number: int, *, unsent: bool = False, ranking: bool = True) -> Standing:
    """The campaign as it stands; `ranking`: with that, once it is closed. Refuses: NotFound."""
    row = get(ctx, number)
    closed = ranking and row.state == "closed"
    ranks = stored.ranks(ctx.tx, number, limit=TOLD) if closed else []
    first = [rank.idea_id for rank in ranks[:SHOWN]]
    shown = {one.id: one for one in ideas.list_these(ctx.tx, first)} if first else {}
    jury = stored.jury(ctx.tx, number)
    known = {one.user_id: one for user in jury if (one := members.find(ctx.tx, user)) is not None}
    return Standing(
        row,
        ideas.count_in(ctx.tx, number, TAKING_PART),
        tuple((user, known[user].name) for user in jury if user in known and known[user].state != "left"),
        ctx.now,
        ctx.settings.zone,
        tuple(ranked(one, shown[one.idea_id]) for one in ranks[:SHOWN]),
        tuple(one.idea_id for one in ranks),
        stored.count_places(ctx.tx, number) if closed else 0,
        ctx.card_link("campaign", number, unsent=unsent and not ctx.revising),
    )


def ranked(rank: stored.Rank, idea: Idea) -> Ranked:
    points = mean(rank.points, rank.judged) or None
    return Ranked(rank.place, idea, points, rank.judged, rank.votes_for, rank.votes_against)


def about(ctx: Context, kind: type[AboutCampaign], number: int, **more: Any) -> Any:
    """Such a reply about the campaign as it is now."""
    juror = ctx.me.user_id in stored.jury(ctx.tx, number)
    return kind(standing(ctx, number, unsent=True), juror=juror, **more)


def require_set(ctx: Context, number: int) -> Campaign:
    """The campaign, which is planned or open. Refuses: NotFound, NotOpen."""
    campaign = get(ctx, number)
    if campaign.state != "set":
        raise Refused(NotOpen(standing(ctx, number)))
    return campaign


# --- cards


def _is_open(ctx: Context, number: int) -> bool:
    return get(ctx, number).state == "set"


def _is_fresh(ctx: Context, number: int) -> bool:
    closed_at = get(ctx, number).closed_at
    return closed_at is not None and closed_at > ctx.now - FRESH


def _linked(ctx: Context, number: int) -> list[tuple[str, int]]:
    """Its ideas, and what was published of it."""
    found = stored.ideas(ctx.tx, number, left_out=(), limit=LINKED)
    return [*(("idea", one.id) for one in found), ("outcome", number)]


@card("campaign", letter="W", sign=SIGN, purpose="ideas", is_open=_is_open, linked=_linked)
def campaign_card(ctx: Context, number: int) -> CampaignCard:
    return CampaignCard(standing(ctx, number))


@card("outcome", sign=SIGN, purpose="news", is_open=_is_fresh, counter="campaign")
def outcome_card(ctx: Context, number: int) -> OutcomeCard:
    return OutcomeCard(standing(ctx, number))


def changed(ctx: Context, number: int) -> None:
    """What its cards say is not so any more."""
    ctx.changed("campaign", number)
    ctx.changed("outcome", number)


@person_follower
def _renamed(ctx: Context, user_id: str) -> None:
    """Cards that name the person in a jury are edited."""
    for number in stored.judges_in(ctx.tx, user_id):
        changed(ctx, number)


# --- which one is meant


@meant("campaign")
def the_only_one(ctx: Context) -> int | None:
    """The one that is open, if there is but one."""
    found = list_open(ctx)
    return found[0].id if len(found) == 1 else None


@valued("campaign")
def set_ones(ctx: Context) -> list[tuple[int, str]]:
    """Those that are open or planned, the next to end first."""
    return [(one.id, one.title) for one in stored.list_set(ctx.tx)]


@titled("campaign")
def with_words(ctx: Context, text: str) -> list[tuple[int, str]]:
    """The newest campaigns; the words decide which of them is meant."""
    newest, _ = stored.list_page(ctx.tx, state=None, offset=0, limit=50)
    words = key_of(text).split()
    return [(one.id, one.title) for one in newest if any(word in key_of(one.title) for word in words)]


def some_set(ctx: Context) -> bool:
    """Some campaign is open or planned."""
    return bool(stored.list_set(ctx.tx))
