"""Who was at a meeting is asked, once, whether its hours shall be entered; a tap does it.

What has gathered meanwhile is one line in the direct chat. The line is a card: it follows who was there, and what is
entered, so that it always says what is true.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from commands.framework import (
    PERSON,
    Audience,
    Context,
    Machine,
    Present,
    Refused,
    Reply,
    Touch,
    card,
    pause_follower,
    reactions,
    reconciler,
    tap,
    telling,
)
from commands.framework.own import asker_of
from commands.framework.telling import Since, told
from commands.framework.who_may import there
from commands.hours.model import BACK, MOST, QUARTER, enter, in_hours, today
from commands.members import was_active
from storage import hours as stored
from storage import meetings
from storage.engine.database import savepoint
from storage.hours import Worked
from storage.meetings import Meeting

TOPIC: Final = "hours at meetings"
ENTER: Final = "✅"
A_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Sat:
    """A meeting at which the person was, with what is entered for it."""

    meeting: Meeting
    minutes: int
    entered: Worked | None = None

    @property
    def ref(self) -> str:
        return f"S{self.meeting.id}"

    @property
    def hours(self) -> str:
        return in_hours(self.minutes if self.entered is None else self.entered.minutes)


class HoursLine(Reply):
    """Shall these hours be entered? Or they are, or there is nothing to enter any more."""

    open: tuple[Sat, ...]
    entered: tuple[Sat, ...]

    @property
    def audience(self) -> Audience:
        return PERSON

    def machine(self) -> Machine:
        refs = [one.ref for one in self.open]
        return {"type": "list", "of": "meeting", "refs": refs, "page": 1, "pages": 1, "total": len(refs)}


def were_there(ctx: Context, meeting: int, *, before: Iterable[str], after: Iterable[str]) -> None:
    """Other people were at the meeting than was written down before: who was is asked, once."""
    there = set(after)
    for user in sorted(there.symmetric_difference(before)):
        line = stored.line_of(ctx.tx, user, meeting)
        if line is not None:
            ctx.changed("attendance", line)
        elif user in there:
            telling.keep(ctx, user, TOPIC, before={}, about={})


def follow(ctx: Context, row: Worked) -> None:
    """The line in which the meeting was asked about says what is entered."""
    line = stored.line_of(ctx.tx, row.user_id, row.meeting) if row.meeting is not None else None
    if line is not None:
        ctx.changed("attendance", line)


@told(TOPIC)
def _ask(ctx: Context, since: Since) -> None:
    """All meetings at which the person was, and about which they were not asked yet, are one line.

    A person who pauses is asked nothing until they are back.
    """
    user = since.recipient
    if not there(ctx, [user]):
        telling.keep(ctx, user, TOPIC, before={}, about={}, after=A_DAY)
        return
    new = [
        sat
        for one in meetings.list_attended_of(ctx.tx, user)
        if stored.line_of(ctx.tx, user, one.meeting) is None
        and (sat := _sat(ctx, user, one.meeting)) is not None
        and sat.entered is None
        and sat.meeting.start_at <= ctx.now
        and _day(ctx, sat.meeting) >= today(ctx) - BACK
    ]
    if new:
        line = ctx.number("attendance")
        for sat in new:
            stored.ask(ctx.tx, user, sat.meeting.id, line=line)
        ctx.place_card("attendance", line, purpose=user)


@pause_follower
def _back(ctx: Context, user_id: str, pauses: bool) -> None:
    """A person who is back is asked what waited for that."""
    if not pauses:
        telling.hasten(ctx, user_id, TOPIC)


def of_meeting(ctx: Context, user: str, number: int) -> Sat | None:
    """The meeting, if the person was there, or has hours for it, and it is known how long it took."""
    return _sat(ctx, user, number)


def enter_for(ctx: Context, sat: Sat, *, carrier: str) -> Worked:
    """The asker has the hours of the meeting. Refuses: TooMuchThatDay; BadInput, where it was too long ago."""
    meeting = sat.meeting
    return enter(
        ctx,
        minutes=sat.minutes,
        process=meeting.process,
        on_day=_day(ctx, meeting),
        meeting=meeting.id,
        carrier=carrier,
    )


def _is_open(ctx: Context, number: int) -> bool:
    return bool(_line(ctx, number).open)


@card("attendance", purpose="", seeds=(ENTER,), is_open=_is_open)
def _line(ctx: Context, number: int) -> HoursLine:
    sats = [
        sat
        for one in stored.list_asked(ctx.tx, number)
        if (sat := _sat(ctx, one.user_id, one.meeting)) is not None
    ]
    return HoursLine(
        tuple(sat for sat in sats if sat.entered is None),
        tuple(sat for sat in sats if sat.entered is not None),
    )


def _sat(ctx: Context, user: str, number: int) -> Sat | None:
    """The meeting, if the person was there, or has hours for it, and it is known how long it took."""
    meeting = meetings.find(ctx.tx, number)
    entered = stored.of_meeting(ctx.tx, user, number)
    if meeting is None or meeting.end_at is None:
        return None
    if entered is None and user not in meetings.attended(ctx.tx, number):
        return None
    took = (meeting.end_at - meeting.start_at).total_seconds() / 60
    return Sat(meeting, min(MOST, QUARTER * -int(-took // QUARTER)), entered)


def _day(ctx: Context, meeting: Meeting) -> date:
    return meeting.start_at.astimezone(ctx.settings.zone).date()


@tap("attendance", ENTER, de="✅, um die Stunden einzutragen", en="✅ to enter the hours")
def react(ctx: Context, number: int, touch: Touch) -> None:
    """Put on, the hours of all these meetings are entered, each once; taken off, what it has entered is withdrawn.

    Refuses: TooMuchThatDay; BadInput, where a meeting was too long ago.
    """
    if all(one.user_id != ctx.me.user_id for one in stored.list_asked(ctx.tx, number)):
        return
    if touch.on:
        _enter(ctx, number, touch.event_id)
    else:
        for row in stored.carried_by(ctx.tx, ctx.me.user_id, touch.event_id):
            stored.withdraw(ctx.tx, row.id)
    ctx.changed("attendance", number)


def _enter(ctx: Context, number: int, carrier: str) -> None:
    for sat in _line(ctx, number).open:
        enter_for(ctx, sat, carrier=carrier)


@reconciler("attendance")
def reconcile(ctx: Context, number: int, present: Sequence[Present]) -> None:
    """What is entered is in line with ✅ on the line now, after some may have been missed. Idempotent."""
    asked = stored.list_asked(ctx.tx, number)
    if not asked:
        return
    user = asked[0].user_id
    gone, missed = reactions.differences(ctx, "attendance", number, present, keys=(ENTER,))
    for tapped in gone:
        if tapped.user_id == user:
            for row in stored.carried_by(ctx.tx, user, tapped.event_id):
                stored.withdraw(ctx.tx, row.id)
    for new in missed:
        if new.user_id == user and was_active(ctx, user, new.at):
            new.keep(ctx)
            me = asker_of(ctx.tx, user, ctx.settings)
            then = replace(ctx, me=me, event_id=new.event_id, sent_at=new.at)
            with contextlib.suppress(Refused), savepoint(ctx.tx):
                _enter(then, number, new.event_id)
    if gone or missed:
        ctx.changed("attendance", number)
