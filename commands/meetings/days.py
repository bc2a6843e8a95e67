"""What happens to meetings by themselves: on the day, their groups are asked about agreements; after it, they are held.

The one question asked is whether agreements came true. A reaction is enough to answer for a few; more are a list, so
that it stays one message.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from commands import groups
from commands.agreements import AgreementsAsked
from commands.framework import Context, Errand, job
from commands.meetings.cards import place_next, show
from commands.meetings.schedule import promises
from storage import agreements, cards, schedules
from storage import meetings as stored
from storage.meetings import Meeting

FEW: Final = 3
A_TICK: Final = 5  # meetings looked at in one transaction


@job("meeting days", every=timedelta(seconds=10))
def pass_time(ctx: Context) -> bool:
    """Groups that meet are asked about agreements; meetings that are over are held, and the next date has a card."""
    begun = stored.list_begun(ctx.tx, at=ctx.now, limit=A_TICK)
    for meeting in begun:
        stored.change(ctx.tx, meeting.id, asked=ctx.now)
        _ask(ctx, meeting)
    over = stored.list_over(ctx.tx, at=ctx.now, limit=A_TICK - len(begun))
    for meeting in over:
        stored.change(ctx.tx, meeting.id, state="held")
    for series in dict.fromkeys(meeting.series for meeting in over):
        show(ctx, schedules.load(ctx.tx, series))
    return len(begun) + len(over) == A_TICK


def _ask(ctx: Context, meeting: Meeting) -> None:
    """The group is asked about what should have come true by this meeting."""
    purpose = groups.purpose(meeting.process)
    day = meeting.wall.date()
    due = [
        one
        for one in agreements.list_open(ctx.tx, meeting.process)
        if one.made_at < meeting.start_at and (one.until is None or one.until <= day)
    ]
    if not due or ctx.room_for(purpose) is None:
        return
    if len(due) > FEW:
        found = {promise.agreement.id: promise for promise in promises(ctx, meeting.process)}
        ctx.post(purpose, AgreementsAsked(tuple(found[one.id] for one in due), meeting.process))
        return
    for one in due:
        placed = cards.find(ctx.tx, "agreement", str(one.id))
        if placed is not None:  # asked about before: the question moves down to today's
            if placed.event_id is not None:
                ctx.outside.errands.append(Errand("redaction", placed.room_id, {"event_id": placed.event_id}))
            cards.remove(ctx.tx, "agreement", str(one.id))
        ctx.place_card("agreement", one.id, purpose=purpose)


@job("cards of meetings", every=timedelta(minutes=1))
def place_cards(ctx: Context) -> bool:
    """Meetings planned before their group had a room have their cards there."""
    waiting = stored.list_uncarded(ctx.tx, at=ctx.now)
    rooms = {process: ctx.room_for(groups.purpose(process)) for _, process in waiting}
    here = [series for series, process in waiting if rooms[process] is not None]
    for series in here[:A_TICK]:
        place_next(ctx, schedules.load(ctx.tx, series))
    return len(here) > A_TICK
