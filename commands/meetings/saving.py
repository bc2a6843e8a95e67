"""What follows where a series is otherwise than it was: it is stored, people are reminded, told, and have the files.

A command reads the series once (`schedule`), makes of it what shall be, and gives both here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from commands import notices
from commands.calendars import next_stamp
from commands.framework import Context, Machine, telling
from commands.meetings import schedule as series_of
from storage import schedules
from storage.schedules import Key, Schedule


def save(ctx: Context, before: Schedule, after: Schedule) -> None:
    """It is so from now on, and people are reminded of what is to come, if they have not declined."""
    schedules.save(ctx.tx, before, after)
    notices.follow(ctx, "meeting", _reminded(ctx, before), _reminded(ctx, after))


def _reminded(ctx: Context, schedule: Schedule) -> dict[Key, datetime]:
    starts = {date.id: date.start_at for date in schedule.dates.values() if series_of.is_coming(ctx, date)}
    return {
        (number, user): starts[number]
        for (number, user), given in schedule.answers.items()
        if number in starts and given.answer != "declined"
    }


def stamped(ctx: Context, schedule: Schedule) -> Schedule:
    """The series as the next files tell it: with a later stamp than all before."""
    return schedule.with_series(stamped_at=next_stamp(ctx.now, schedule.series.stamped_at))


def tell(ctx: Context, before: Schedule, after: Schedule) -> None:
    """All who are or were invited are told soon what is different; the asker too, as the calendar does not know."""
    known = series_of.known(before)
    users = sorted({*known, *after.invited})
    was = {user: _before(after, known.get(user, {})) for user in users}
    telling.keep_all(ctx, was, "meetings", about={"process": after.series.process})


def tell_one(
    ctx: Context, schedule: Schedule, user: str, before: dict[str, Machine], *, after: timedelta = timedelta()
) -> None:
    """The person is told soon what is different from this; `after`: not earlier than that."""
    about = {"process": schedule.series.process}
    telling.keep(ctx, user, "meetings", before=_before(schedule, before), about=about, after=after)


def _before(schedule: Schedule, known: dict[str, Machine]) -> dict[str, Any]:
    """With those dates that the person knew nothing of."""
    return {f"S{number}": None for number in schedule.dates} | known
