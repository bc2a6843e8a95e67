"""Meetings of groups (concept 5): what one looks like, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Final
from zoneinfo import ZoneInfo

from commands.agreements import Promise
from commands.calendars import CalendarFile
from commands.dates import span_code
from commands.framework import (
    About,
    Audience,
    Context,
    FileReply,
    Impersonal,
    Machine,
    Reply,
    group,
    reference,
)
from commands.meetings.minutes_text import parted
from storage.meetings import Meeting, Series

MeetingRef = Annotated[int, reference("meeting")]
SIGN: Final = "📅"
KEYS: Final = {"✅": "accepted", "❌": "declined", "❓": "maybe"}


def titled_by_day(ctx: Context, found: Iterable[Meeting]) -> list[tuple[int, str]]:
    """The meetings as they are told apart where one is picked."""
    zone = ctx.settings.zone
    return [(one.id, f"{one.title} ({one.start_at.astimezone(zone):%d.%m.})") for one in found]


@dataclass(frozen=True)
class Sitting:
    """A meeting with what stands beside it."""

    meeting: Meeting
    series: Series
    zone: ZoneInfo
    process: str  # its name
    answers: tuple[tuple[str, str], ...]  # name and answer of each person invited
    dates: tuple[Meeting, ...] = ()  # of its series, those to come; empty for a single date
    promises: tuple[Promise, ...] = ()  # the group's open ones
    agreed: tuple[Promise, ...] = ()  # in its minutes
    attended: tuple[str, ...] = ()  # names
    excused: tuple[str, ...] = ()  # names of those who were not there, and had said so
    link: str | None = None  # to its card

    @property
    def ref(self) -> str:
        return f"S{self.meeting.id}"

    @property
    def start(self) -> datetime:
        return self.meeting.start_at.astimezone(self.zone)

    @property
    def end(self) -> datetime | None:
        return self.meeting.end_at.astimezone(self.zone) if self.meeting.end_at else None

    @property
    def said(self) -> str:
        """Its minutes without the agreements in them, which are shown by themselves."""
        return parted(self.meeting.record or "")[1]

    def who(self, answer: str) -> list[str]:
        return [name for name, given in self.answers if given == answer]

    @property
    def others(self) -> list[Promise]:
        """The group's open agreements from elsewhere."""
        return [one for one in self.promises if one not in self.agreed]

    @property
    def silent(self) -> list[str]:
        """Those asked who neither answered nor, afterwards, were there or excused."""
        return [name for name in self.who("open") if name not in (*self.attended, *self.excused)]

    def count(self, answer: str) -> int:
        return len(self.who(answer))

    def outside(self) -> Sitting:
        """Without what is the group's own: the link, what was recorded, and who has answered what."""
        kept: Any = self.meeting
        return replace(
            self,
            meeting=kept._replace(link=None, record=None, record_link=None),
            answers=tuple(("", answer) for _, answer in self.answers),
            promises=(),
            attended=(),
            excused=(),
        )

    def machine(self) -> Machine:
        found = {
            "end": self.end.isoformat(timespec="seconds") if self.end else None,
            "place": self.meeting.place,
            "link": self.meeting.link,
        }
        return {
            "type": "meeting",
            "title": self.meeting.title,
            "process": f"P{self.meeting.process}",
            "state": self.meeting.state,
            "start": self.start.isoformat(timespec="seconds"),
            "accepted": self.count("accepted"),
            "declined": self.count("declined"),
            "open": self.count("open") + self.count("maybe"),
        } | {key: value for key, value in found.items() if value}


class AboutMeeting(Reply):
    """A reply that carries a meeting; `rsvp`: what the asker has answered, where they are invited."""

    abstract: ClassVar[bool] = True
    sitting: Sitting
    rsvp: str | None = None

    @property
    def audience(self) -> Audience:
        return group(self.sitting.meeting.process)

    def outside(self) -> Reply | None:
        return replace(self, sitting=self.sitting.outside())

    @property
    def about(self) -> About:
        return "meeting", self.sitting.meeting.id

    def machine(self) -> Machine:
        return self.sitting.machine() | ({"you": {"rsvp": self.rsvp}} if self.rsvp else {})


class MeetingCard(AboutMeeting):
    """A meeting as the group sees it in its room."""


class InvitationCard(AboutMeeting):
    """A meeting, or a series, as one who is invited sees it in the direct chat."""

    whole: bool = False  # for all dates of a series
    state: str = "valid"
    known: bool = True  # the person is still invited; who is out learns no new title
    answer: str = "open"  # what the person has said; of a series: to all dates alike, else «mixed»
    dates: tuple[Meeting, ...] = ()  # those to come that the answer here is for
    calendar: CalendarFile | None = None

    def machine(self) -> Machine:
        """Without the numbers of answers: they are on the group's card, and here would be out of date with each one."""
        found = self.sitting.machine()
        counts = {"accepted", "declined", "open"}
        if self.state != "valid":
            names = ("type", "title", "process") if self.known else ("type", "process")
            return {name: found[name] for name in names}
        return {name: value for name, value in found.items() if name not in counts}

    def attached(self) -> FileReply | None:
        return self.calendar

    @property
    def moved(self) -> datetime | None:
        return self.sitting.meeting.before


class MeetingReminder(Reply):
    """The meeting is soon; late after an outage."""

    sitting: Sitting
    lead: timedelta
    late: bool

    @property
    def audience(self) -> Audience:
        return group(self.sitting.meeting.process)

    @property
    def about(self) -> About:
        return "meeting", self.sitting.meeting.id

    def machine(self) -> Machine:
        return {
            "type": "reminder",
            "lead": span_code(self.lead),
            "start": self.sitting.start.isoformat(timespec="seconds"),
            "late": self.late,
        }


class MeetingOver(Impersonal):
    """The meeting is cancelled, or over: this can't be done any more.

    `again`: who cancelled it once more may want to say why.
    """

    sitting: Sitting
    again: bool = False
