"""What people are told of their meetings: one message with a calendar file, where the calendar needs a new entry.

Asked anew is who did not know of a date, or knows it at another time. Who has declined is told neither that it is
cancelled, or on again, nor where it is. A new title, new agenda items and why it is off are seen on the invitation,
which is edited with its file: they need no message, but in a series.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from commands.calendars import CalendarFile
from commands.framework import Context, FileReply, Machine, Reply
from commands.framework.telling import Since, keep, told
from commands.framework.who_may import there
from commands.meetings import entries as meeting_entries
from commands.meetings import model
from commands.meetings.invitations import as_known, ask, invited, stamp
from commands.meetings.model import AboutMeeting
from storage import inbox
from storage import meetings as stored
from storage.meetings import Meeting

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
    """To who has left the group: the meetings that are not theirs any more."""

    titles: tuple[tuple[str, str], ...]  # reference and title of each
    process: int
    calendar: CalendarFile

    def machine(self) -> Machine:
        ref, title = self.titles[0]
        return {"type": "meeting", "ref": ref, "title": title, "process": f"P{self.process}"}

    def attached(self) -> FileReply:
        return self.calendar


@dataclass
class Differences:
    """What is different for one person, of one series."""

    gone: list[Meeting] = field(default_factory=list)
    new: list[Meeting] = field(default_factory=list)  # not known yet, or at another time
    off: list[Meeting] = field(default_factory=list)
    why: list[Meeting] = field(default_factory=list)  # known to be off, with another reason
    elsewhere: dict[int, tuple[str, ...]] = field(default_factory=dict)  # by meeting: place, link
    whole: bool = False  # the series has other dates


@told("meetings", strangers=True)
def news(ctx: Context, since: Since, process: int) -> None:
    """Each series that is different is told by itself; what the person is out of, together.

    So is who has left the community, for their calendar; somebody who sits in no room any more is not.

    Who pauses is asked nothing: it waits until they are back.
    """
    user = since.recipient
    if inbox.is_gone(ctx.tx, user):
        return
    found: dict[int, Differences] = {}
    for ref, before in since.before.items():
        _compare(ctx, user, int(ref[1:]), before, found)
    if any(one.whole or one.new for one in found.values()) and not there(ctx, [user]):
        keep(ctx, user, "meetings", before=since.before, about={"process": process}, after=A_DAY)
        return
    gone = [meeting for one in found.values() for meeting in one.gone]
    if gone:
        _out(ctx, user, process, gone)
    for number, one in found.items():
        _tell(ctx, user, number, one)


def _compare(
    ctx: Context, user: str, number: int, before: Machine | None, found: dict[int, Differences]
) -> None:
    meeting = stored.find(ctx.tx, number)
    if meeting is None:  # the series was planned anew, with fewer dates
        if before is not None and user in invited(ctx, before["series"]):
            found.setdefault(before["series"], Differences()).whole = True
        return
    answer = stored.find_answer(ctx.tx, number, user)
    now = as_known(meeting) if answer is not None else None
    one = found.setdefault(meeting.series, Differences())
    if now == before or meeting.over_at <= ctx.now:
        return
    if before is None or now is None:
        if meeting.state == "planned" and (before or {}).get("state") != "cancelled":
            (one.gone if now is None else one.new).append(meeting)
    elif meeting.state == "cancelled":
        if answer is not None and answer.answer != "declined":
            (one.off if before["state"] == "planned" else one.why).append(meeting)
    elif any(now[part] != before[part] for part in ("start", "end")):
        one.new.append(meeting)
    elif answer is not None and answer.answer != "declined":
        if now["state"] != before["state"]:
            one.new.append(meeting)
            return
        series = stored.get_series(ctx.tx, meeting.series)
        parts = tuple(part for part in (ALL if series.rhythm else HERE) if now[part] != before[part])
        if parts:
            one.elsewhere[number] = parts


def _tell(ctx: Context, user: str, number: int, one: Differences) -> None:
    """One message: the next says all that the one before would."""
    series = stored.get_series(ctx.tx, number)
    coming = model.coming(ctx, number)
    if one.whole or (one.new and (series.rhythm is None or len(one.new) == len(coming))):
        ask(ctx, series, user)
    elif one.new:
        for meeting in one.new:
            ask(ctx, series, user, meeting=meeting)
    elif one.off:
        about = _sitting(ctx, one.off[0])
        ctx.post(user, CalledOff(about, count=len(one.off), calendar=_file(ctx, number)))
    elif one.why and series.rhythm:
        ctx.post(user, CalledOff(_sitting(ctx, one.why[0]), count=len(one.why)))  # calendars know it
    elif one.elsewhere:
        first = stored.find(ctx.tx, min(one.elsewhere))
        assert first is not None
        parts, count = one.elsewhere[first.id], len(one.elsewhere)
        ctx.post(user, Elsewhere(_sitting(ctx, first), parts=parts, count=count, calendar=_file(ctx, number)))


def _out(ctx: Context, user: str, process: int, gone: list[Meeting]) -> None:
    first = {meeting.series: meeting for meeting in sorted(gone, key=_start, reverse=True)}
    titles = tuple((f"S{one.id}", one.title) for one in sorted(first.values(), key=_start))
    entries = tuple(meeting_entries.entry(ctx, stamp(ctx, number), only=user) for number in first)
    ctx.post(user, NotInvitedAnyMore(titles, process, CalendarFile(titles[0][0], "CANCEL", entries)))


def _start(meeting: Meeting) -> datetime:
    return meeting.start_at


def _sitting(ctx: Context, meeting: Meeting) -> model.Sitting:
    return model.sitting(ctx, meeting)


def _file(ctx: Context, number: int) -> CalendarFile:
    stamp(ctx, number)
    return model.calendar_file(ctx, number)
