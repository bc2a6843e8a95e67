"""What a campaign does by itself: it opens, reminds halfway and a day before the end, and closes.

The row says what comes next and when. People are told in pieces, so that what they say meanwhile has its turn; the row
keeps how far that has come.
"""

from __future__ import annotations

from dataclasses import field
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from commands.campaigns import ranking
from commands.campaigns.model import AboutCampaign, changed, get, standing
from commands.dates import span_code
from commands.framework import Context, Machine, Reply, job
from commands.framework.telling import Since, told
from commands.ideas import OUT
from storage import campaigns as stored
from storage import members
from storage.campaigns import Campaign
from storage.ideas import Idea
from storage.members import Member

DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)
MORNING, EVENING = time(8), time(20)  # local
MINUTE: Final = timedelta(minutes=1)
AT_ONCE: Final = 50  # people told in a transaction
NAMED: Final = 10  # ideas left to judge that a line names


class Opened(AboutCampaign):
    """In the weekly digest: there is a campaign."""


class EndsSoon(AboutCampaign):
    """A reminder: so much time is left."""

    lead: timedelta = field(kw_only=True)
    late: bool = field(kw_only=True)

    def machine(self) -> Machine:
        end = self.campaign.end.isoformat(timespec="seconds")
        return {"type": "reminder", "lead": span_code(self.lead), "start": end, "late": self.late}


class JudgeSoon(EndsSoon):
    """The same, to a member of the jury who has not judged all ideas: the first of those."""

    left: tuple[Idea, ...] = field(kw_only=True)


def turns(campaign: Campaign, zone: ZoneInfo) -> list[tuple[datetime, str]]:
    """What it does by itself, in order; of a short one, people are reminded but once, and of none at night."""
    start, end = campaign.start_at, campaign.end_at
    half, last = (_by_day(at, end, zone) for at in (start + (end - start) / 2, end - DAY))
    found = [(start, "open")]
    if half < last or end - DAY <= start:
        found.append((half, "half"))
    if end - DAY > start:
        found.append((last, "last"))
    return [*found, (end, "close")]


def _by_day(at: datetime, end: datetime, zone: ZoneInfo) -> datetime:
    """The time, or the next morning, if it is at night and not over by then."""
    local = at.astimezone(zone)
    if MORNING <= local.time() < EVENING:
        return at
    day = local.date() + timedelta(days=local.time() >= EVENING)
    morning = datetime.combine(day, MORNING, zone)
    return morning.astimezone(UTC) if morning < end else at


def plan(ctx: Context, number: int, *, after: str = "") -> None:
    """The next thing it does is known: the latest that is due, else the first that comes; `after` that one."""
    ahead = turns(get(ctx, number), ctx.settings.zone)
    names = [name for _, name in ahead]
    if after:
        ahead = ahead[names.index(after) + 1 :] if after in names else ahead[-1:]
    due = [one for one in ahead if one[0] <= ctx.now]
    at, name = due[-1] if due else ahead[0]
    stored.change(ctx.tx, number, next_at=at, turn=name, told_up_to="")


@job("campaigns", every=timedelta(seconds=10))
def turn(ctx: Context) -> bool:
    """All that is due has been done, or a piece of it; True where more is."""
    due = stored.list_due(ctx.tx, at=ctx.now)
    campaign = next((one for one in due if one.turn != "close" or _all_heard(ctx, one)), None)
    if campaign is None:
        return False
    match campaign.turn:
        case "close":
            ranking.close(ctx, campaign, at=campaign.end_at)
        case "again":
            stored.change(ctx.tx, campaign.id, next_at=None, turn="")
            ranking.rank(ctx, campaign.id, again=True)
            changed(ctx, campaign.id)
        case _:
            _tell_some(ctx, campaign)
    return True


def _all_heard(ctx: Context, campaign: Campaign) -> bool:
    """Has what was sent before the end been carried out? Not while the homeserver is away."""
    return ctx.heard_until is None or ctx.heard_until > campaign.end_at


def _tell_some(ctx: Context, campaign: Campaign) -> None:
    """Some more people know of this turn; after the last ones, the next turn is planned."""
    if not campaign.told_up_to:
        ctx.changed("campaign", campaign.id)
    people = members.some_active(ctx.tx, after=campaign.told_up_to, limit=AT_ONCE)
    if campaign.turn == "open":
        for one in people:
            if one.digest:
                ctx.tell(one.user_id, "campaign opened", before={}, digest=True, campaign=campaign.id)
    else:
        _remind(ctx, campaign, [one for one in people if one.reminders != []])
    if len(people) == AT_ONCE:
        stored.change(ctx.tx, campaign.id, told_up_to=people[-1].user_id)
    else:
        plan(ctx, campaign.id, after=campaign.turn)


def _remind(ctx: Context, campaign: Campaign, people: list[Member]) -> None:
    """These are reminded, a member of the jury of what is left to judge; not where it has ended meanwhile."""
    assert campaign.next_at is not None
    if campaign.end_at <= ctx.now:
        return
    known = standing(ctx, campaign.id)
    lead = _rounded(campaign.end_at - campaign.next_at)
    late = ctx.now - campaign.next_at > MINUTE
    jury = set(stored.jury(ctx.tx, campaign.id)) if campaign.turn == "last" else set()
    causes = {
        one.user_id: f"campaign {campaign.id} {campaign.turn} {campaign.next_at.isoformat()} {one.user_id}"
        for one in people
    }
    for user in sorted(jury & causes.keys()):
        if left := stored.to_judge(ctx.tx, campaign.id, user=user, left_out=OUT, limit=NAMED):
            ctx.broadcast({user: causes.pop(user)}, JudgeSoon(known, lead=lead, late=late, left=tuple(left)))
    ctx.broadcast(causes, EndsSoon(known, lead=lead, late=late))


def _rounded(span: timedelta) -> timedelta:
    """In whole days, where it is longer than one; else in hours or minutes."""
    unit = next((unit for unit in (DAY, HOUR) if span >= unit), MINUTE)
    return round(span / unit) * unit


@told("campaign opened")
def _opened(ctx: Context, since: Since, campaign: int) -> Reply | None:  # noqa: ARG001
    """It is open still."""
    found = standing(ctx, campaign)
    return Opened(found) if found.state == "open" else None
