"""A series with its dates as it is now, and what follows from it: which are to come, how one looks, who knows what.

Each date is a meeting of its own; a series is what calendars have as one entry. A command reads it once, changes the
value, and saves it (`saving`).
"""

from __future__ import annotations

import hashlib
from zoneinfo import ZoneInfo

from commands import groups
from commands.agreements import Promise, promise
from commands.framework import Context, Machine, NotFound, Refused
from commands.meetings.model import MeetingOver, Sitting
from storage import agreements, schedules
from storage import meetings as stored
from storage.meetings import Meeting
from storage.schedules import Schedule

Known = dict[str, dict[str, Machine]]  # how each person knows each date, by reference


def get(ctx: Context, number: int) -> Meeting:
    """The meeting. Refuses: NotFound."""
    found = stored.find(ctx.tx, number)
    if found is None:
        raise Refused(NotFound(ref=f"S{number}", noun="sitzung"))
    return found


def around(ctx: Context, number: int, *, whole: bool = True) -> Schedule:
    """The series of which the meeting is a date; not `whole`: with the answers to it alone. Refuses: NotFound."""
    found = schedules.find(ctx.tx, number, whole=whole)
    if found is None:
        raise Refused(NotFound(ref=f"S{number}", noun="sitzung"))
    return found


def around_invitation(ctx: Context, number: int) -> Schedule:
    """The series to which the invitation is. Refuses: NotFound, also where the person's data are erased."""
    found = schedules.find_of_invitation(ctx.tx, number)
    if found is None:
        raise Refused(NotFound(ref="", noun="sitzung"))
    return found


def require_coming(ctx: Context, schedule: Schedule, number: int) -> None:
    """Refuses: MeetingOver, where the meeting is not planned, or over."""
    if not is_coming(ctx, schedule.dates[number]):
        raise Refused(MeetingOver(sitting(ctx, schedule, number)))


def is_coming(ctx: Context, meeting: Meeting) -> bool:
    return meeting.state == "planned" and meeting.over_at > ctx.now


def coming(ctx: Context, schedule: Schedule) -> list[Meeting]:
    """The dates that are planned and not over, the next one first."""
    found = [meeting for meeting in schedule.dates.values() if is_coming(ctx, meeting)]
    return sorted(found, key=lambda meeting: (meeting.start_at, meeting.id))


def sitting(ctx: Context, schedule: Schedule, number: int, *, full: bool = False) -> Sitting:
    """The meeting with what stands beside it; `full`: also agreements and who was there."""
    meeting, series = schedule.dates[number], schedule.series
    answers = [
        (schedule.names.get(user, user), answer) for user, answer in schedule.answers_to(number).items()
    ]
    link = ctx.card_link("meeting", number, unsent=not ctx.revising)  # an edit can't wait for a message
    begun = meeting.state == "held" or (full and meeting.start_at <= ctx.now)  # before, nobody was there

    def names(found: list[str]) -> tuple[str, ...]:
        return tuple(schedule.names.get(user) or groups.name_of(ctx, user) for user in found)

    return Sitting(
        meeting,
        series,
        ZoneInfo(series.zone),
        schedule.process,
        tuple(sorted(answers)),
        dates=tuple(coming(ctx, schedule)) if series.rhythm else (),
        promises=promises(ctx, meeting.process) if full else (),
        agreed=agreed(ctx, number) if full else (),
        attended=names(stored.attended(ctx.tx, number)) if begun else (),
        excused=names(stored.excused(ctx.tx, number)) if begun else (),
        link=link,
    )


def promises(ctx: Context, process: int) -> tuple[Promise, ...]:
    """The group's open agreements, the most urgent first."""
    return tuple(promise(ctx, one) for one in agreements.list_open(ctx.tx, process))


def agreed(ctx: Context, meeting: int) -> tuple[Promise, ...]:
    """All that was agreed in the meeting's minutes, and was not taken back."""
    found = agreements.list_of_meeting(ctx.tx, meeting)
    return tuple(promise(ctx, one) for one in found if one.state != "dropped")


# --- what those invited know of it


def known(schedule: Schedule) -> Known:
    """The series as those invited know it: they are told what is different from that."""
    found: Known = {}
    for number, date in schedule.dates.items():
        for user in schedule.answers_to(number):
            found.setdefault(user, {})[f"S{number}"] = as_known(date)
    return found


def known_to(schedule: Schedule, user: str) -> dict[str, Machine]:
    """The series as this person knows it."""
    return {
        f"S{number}": as_known(date)
        for number, date in schedule.dates.items()
        if (number, user) in schedule.answers
    }


def as_known(meeting: Meeting) -> Machine:
    return {
        "series": meeting.series,
        "start": meeting.start_at.isoformat(),
        "end": meeting.end_at.isoformat() if meeting.end_at else None,
        "place": meeting.place,
        "link": meeting.link,
        "title": meeting.title,
        "text": hashlib.sha256(meeting.text.encode()).hexdigest()[:16],
        "state": meeting.state,
        "reason": meeting.reason if meeting.state == "cancelled" else None,
    }
