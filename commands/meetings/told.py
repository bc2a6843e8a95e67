"""What people are told of their meetings: one message with a calendar file, where the calendar needs a new entry.

Asked anew is who did not know of a date, or knows it at another time. Who has declined is told neither that it is
cancelled, or on again, nor where it is. A new title, new agenda items and why it is off are seen on the invitation,
which is edited with its file: they need no message, but in a series.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from commands.calendars import CalendarFile, sends_files
from commands.framework import About, Context, FileReply, Machine, Reply, about_in
from commands.framework.telling import Since, keep, told
from commands.framework.who_may import there
from commands.meetings import entries as meeting_entries
from commands.meetings import schedule as series_of
from commands.meetings.cards import calendar_file
from commands.meetings.invitations import ask
from commands.meetings.model import AboutMeeting
from commands.meetings.saving import save, stamped
from commands.meetings.schedule import as_known
from storage import inbox, schedules
from storage.meetings import Meeting
from storage.schedules import Schedule

A_DAY: Final = timedelta(days=1)
HERE: Final = ("place", "link")
ALL: Final = ("title", *HERE, "text")  # where the invitation shows a series, and not each of its dates


class CalledOff(AboutMeeting):
    """It does not take place, or no date of these does."""

    count: int = 1
    calendar: CalendarFile | None = None

    def attached(self) -> FileReply | None:
        return self.calendar


class Elsewhere(AboutMeeting):
    """It takes place at another place, or with another link; `parts` says which."""

    parts: tuple[str, ...] = ()
    count: int = 1
    calendar: CalendarFile | None = None

    def attached(self) -> FileReply | None:
        return self.calendar


class NotInvitedAnyMore(Reply):
    """A person who has left the group is told the meetings that are not theirs any more."""

    titles: tuple[tuple[str, str], ...]  # reference and title of each
    process: int
    calendar: CalendarFile | None = None

    @property
    def about(self) -> About | None:
        return about_in({"ref": self.titles[0][0]})

    def machine(self) -> Machine:
        return {"type": "meeting", "title": self.titles[0][1], "process": f"P{self.process}"}

    def attached(self) -> FileReply | None:
        return self.calendar


@dataclass
class Differences:
    """All that is different for one person, of one series."""

    schedule: Schedule
    gone: list[Meeting] = field(default_factory=list)  # with the title that the person knew
    new: list[Meeting] = field(default_factory=list)  # not known yet, or at another time
    off: list[Meeting] = field(default_factory=list)
    why: list[Meeting] = field(default_factory=list)  # known to be off, with another reason
    elsewhere: dict[int, tuple[str, ...]] = field(default_factory=dict)  # by meeting: place, link
    whole: bool = False  # the series has other dates


@told("meetings", strangers=True)
def news(ctx: Context, since: Since, process: int) -> None:
    """Each series that is different is told by itself; what the person is out of, together.

    So is who has left the community, for their calendar; somebody who sits in no room any more is not.

    A person who pauses is asked nothing until they are back.
    """
    user = since.recipient
    if inbox.is_gone(ctx.tx, user):
        return
    found: dict[int, Differences] = {}
    loaded: dict[int, Schedule] = {}  # by date
    for ref, before in since.before.items():
        number = int(ref[1:])
        if number not in loaded:
            around = schedules.find(ctx.tx, number)
            loaded |= dict.fromkeys(around.dates, around) if around is not None else {}
        if number in loaded:
            _compare(ctx, user, loaded[number], number, before, found)
        elif before is not None:  # the series was planned anew, with fewer dates
            series = schedules.load(ctx.tx, before["series"])
            if user in series.invited:
                found.setdefault(series.series.id, Differences(series)).whole = True
    if any(one.whole or one.new for one in found.values()) and not there(ctx, [user]):
        keep(ctx, user, "meetings", before=since.before, about={"process": process}, after=A_DAY)
        return
    gone = [meeting for one in found.values() for meeting in one.gone]
    if gone:
        _out(ctx, user, process, gone, found)
    for one in found.values():
        _tell(ctx, user, one)


def _compare(
    ctx: Context,
    user: str,
    schedule: Schedule,
    number: int,
    before: Machine | None,
    found: dict[int, Differences],
) -> None:
    meeting, answer = schedule.dates[number], schedule.answer(number, user)
    now = as_known(meeting) if answer is not None else None
    one = found.setdefault(meeting.series, Differences(schedule))
    if now == before or meeting.over_at <= ctx.now:
        return
    if before is None or now is None:
        if meeting.state == "planned" and (before or {}).get("state") != "cancelled":
            one.new.append(meeting) if now is not None else one.gone.append(_titled(meeting, before))
    elif meeting.state == "cancelled":
        if answer != "declined":
            (one.off if before["state"] == "planned" else one.why).append(meeting)
    elif any(now[part] != before[part] for part in ("start", "end")):
        one.new.append(meeting)
    elif answer != "declined":
        if now["state"] != before["state"]:
            one.new.append(meeting)
            return
        parts = ALL if schedule.series.rhythm else HERE
        different = tuple(part for part in parts if now[part] != before[part])
        if different:
            one.elsewhere[number] = different


def _tell(ctx: Context, user: str, one: Differences) -> None:
    """One message: the next says all that the one before would."""
    schedule = one.schedule
    rhythm, coming = schedule.series.rhythm, series_of.coming(ctx, schedule)
    if one.whole or (one.new and (rhythm is None or len(one.new) == len(coming))):
        ask(ctx, schedule, user)
    elif one.new:
        for meeting in one.new:
            schedule = ask(ctx, schedule, user, meeting=meeting.id)
    elif one.off:
        about, calendar = series_of.sitting(ctx, schedule, one.off[0].id), _file(ctx, schedule, user)
        ctx.post(user, CalledOff(about, count=len(one.off), calendar=calendar))
    elif one.why and rhythm:  # calendars know it
        ctx.post(user, CalledOff(series_of.sitting(ctx, schedule, one.why[0].id), count=len(one.why)))
    elif one.elsewhere:
        first = min(one.elsewhere)
        about, calendar = series_of.sitting(ctx, schedule, first), _file(ctx, schedule, user)
        parts, count = one.elsewhere[first], len(one.elsewhere)
        ctx.post(user, Elsewhere(about, parts=parts, count=count, calendar=calendar))


def _out(
    ctx: Context, user: str, process: int, gone: list[Meeting], found: Mapping[int, Differences]
) -> None:
    first = {meeting.series: meeting for meeting in sorted(gone, key=_start, reverse=True)}
    titles = tuple((f"S{one.id}", one.title) for one in sorted(first.values(), key=_start))
    if not sends_files(ctx, user):
        ctx.post(user, NotInvitedAnyMore(titles, process))
        return
    for number in first:
        found[number].schedule = _stamped(ctx, found[number].schedule)
    entries = tuple(
        meeting_entries.entry_out_of(ctx, found[number].schedule, user, title=meeting.title)
        for number, meeting in first.items()
    )
    ctx.post(user, NotInvitedAnyMore(titles, process, CalendarFile(titles[0][0], "CANCEL", entries)))


def _titled(meeting: Meeting, before: Machine | None) -> Meeting:
    """As somebody knew it who is out by now, and learns nothing more of it."""
    row: Any = meeting
    found: Meeting = row._replace(title=before["title"] if before else meeting.title)
    return found


def _start(meeting: Meeting) -> datetime:
    return meeting.start_at


def _stamped(ctx: Context, schedule: Schedule) -> Schedule:
    after = stamped(ctx, schedule)
    save(ctx, schedule, after)
    return after


def _file(ctx: Context, schedule: Schedule, user: str) -> CalendarFile | None:
    return calendar_file(ctx, _stamped(ctx, schedule)) if sends_files(ctx, user) else None
