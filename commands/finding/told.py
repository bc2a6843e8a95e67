"""What people are told of a date finding in the direct chat: who does not sit in the group's room, and all at its end.

Gathered, so that what is changed or taken back in the first half minute is nobody's news.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from commands import groups
from commands.finding.fixing import FIX, fix_shown
from commands.finding.model import AboutFinding, asked, get, has_answered, view
from commands.framework import Context, Reply, Role, job, membership
from commands.framework.declarations import Came
from commands.framework.own import asker_of
from commands.framework.telling import Since, keep, told
from commands.framework.who_may import there
from storage import date_findings as stored
from storage import rooms
from storage.date_findings import CANCELLED, OPEN, Finding

LINE: Final = "dates"
OFF: Final = "dates off"
A_TICK: Final = 100
WITHIN: Final = timedelta(days=30)  # ✅ on the line


class FindingLine(AboutFinding):
    """In the direct chat: which dates suit? Or, once all had time to answer, which suits most.

    `answered`: the person has said so. `fixes`: with ✅ the person fixes that.
    """

    answered: bool = False
    fixes: bool = False


class FindingOff(AboutFinding):
    """To who has answered: no date is looked for any more."""


def sits_there(ctx: Context, process: int, user_id: str) -> bool:
    """Does the person see the card in the group's room?"""
    room = ctx.room_for(groups.purpose(process))
    if room is None:
        return False
    occupant = rooms.find_occupant(ctx.tx, room_id=room, user_id=user_id)
    return occupant is not None and occupant.membership == "join"


def was_asked(ctx: Context, row: Finding) -> bool:
    """Was the asker asked in the direct chat?"""
    return row.asked or not sits_there(ctx, row.process, ctx.me.user_id)


def ask_who_is_not_there(ctx: Context, number: int) -> None:
    """The people of the group who do not see the card are asked soon."""
    row = get(ctx, number)
    for user in there(ctx, asked(ctx, row.process)):
        if not sits_there(ctx, row.process, user):
            ctx.tell(user, LINE, before={"at": "begin"}, number=number)


@membership
def ask_who_is_new(ctx: Context, process: int, user_id: str, came: Came) -> None:
    """A person who is new in the group is asked too."""
    if came == "joined" and there(ctx, [user_id]):
        for row in stored.list_open(ctx.tx, process):
            keep(ctx, user_id, LINE, before={"at": "begin"}, about={"number": row.id})


@told(LINE)
def line(ctx: Context, since: Since, number: int) -> Reply | None:
    """The question, if it still is one for this person; at the end also what suits most."""
    row, user = get(ctx, number), since.recipient
    ended = since.before.get("at") == "end"
    if row.state != OPEN or not there(ctx, [user]):
        return None
    answered = has_answered(ctx, number, user)
    if ended and _fixes(ctx, row, user):
        return _to_fix(ctx, row, user, answered=answered)
    if user not in asked(ctx, row.process):
        return None
    if not ended and (answered or sits_there(ctx, row.process, user)):
        return None
    return FindingLine(view(ctx, row), answered=answered)


def _fixes(ctx: Context, row: Finding, user: str) -> bool:
    """The leader does, and a coordinator who has asked."""
    if user == groups.get(ctx, row.process).leader:
        return True
    return user == row.author and asker_of(ctx.tx, user, ctx.settings).role >= Role.COORDINATOR


def _to_fix(ctx: Context, row: Finding, user: str, *, answered: bool) -> Reply | None:
    """A message of its own, as ✅ on it fixes the date that it names; where none suits anybody, one like all others."""
    found = view(ctx, row)
    if found.best is None:
        return FindingLine(found, answered=True)
    said = ctx.post(user, FindingLine(found, answered=answered, fixes=True), seeds=(FIX,))
    if said is not None:
        place = found.best.place
        ctx.offer(
            FIX, fix_shown, user_id=user, role=Role.PI, within=WITHIN, post=said, number=row.id, place=place
        )
    return None


@told(OFF)
def off(ctx: Context, since: Since, number: int) -> FindingOff | None:  # noqa: ARG001
    """It is cancelled still."""
    row = get(ctx, number)
    return FindingOff(view(ctx, row)) if row.state == CANCELLED else None


@job("date findings", every=timedelta(minutes=1))
def pass_time(ctx: Context) -> bool:
    """Where all had time to answer, they are told; the card says which dates are over, and without any left it is."""
    found = stored.list_due(ctx.tx, at=ctx.now, limit=A_TICK)
    for row in found:
        left = [one.start_at for one in stored.options(ctx.tx, row.id) if one.start_at > ctx.now]
        if not left:
            stored.change(ctx.tx, row.id, state=CANCELLED)
        else:
            stored.change(ctx.tx, row.id, asked=True, next_at=min(left))
        if left and not row.asked:
            _tell_all(ctx, row)
        ctx.changed("dates", row.id)
    return len(found) == A_TICK


def _tell_all(ctx: Context, row: Finding) -> None:
    people = asked(ctx, row.process)
    if row.author and _fixes(ctx, row, row.author):
        people = list(dict.fromkeys([*people, row.author]))
    for user in people:
        keep(ctx, user, LINE, before={"at": "end"}, about={"number": row.id})
