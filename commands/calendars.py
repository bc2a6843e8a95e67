"""Calendar files (RFC 5545, 5546): what a calendar is told of meetings and events.

Each file says the whole truth of its entry: the rule of a series, what is different on single dates, what does not
take place. So the last file received is all a calendar needs, however many came before. One UID an entry for ever,
and one SEQUENCE, counted by the feature and never going back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from commands.replies import FileReply, Machine

MEDIA_TYPE: Final = "text/calendar"


@dataclass(frozen=True)
class Attendee:
    user_id: str
    name: str
    partstat: str  # ACCEPTED, DECLINED, TENTATIVE, NEEDS-ACTION


@dataclass(frozen=True)
class Instance:
    """A date of a series that is otherwise than the rule says; times aware, in the zone of the entry."""

    planned: datetime  # when the rule has it
    start: datetime
    end: datetime
    title: str
    place: str | None = None
    link: str | None = None


@dataclass(frozen=True)
class Entry:
    """Something for a calendar; `start` and `end` aware, in the zone in which people mean them."""

    uid: str
    sequence: int
    stamp: datetime  # when this file is made
    title: str
    start: datetime
    end: datetime
    text: str = ""
    place: str | None = None
    link: str | None = None
    organizer: Attendee | None = None
    attendees: tuple[Attendee, ...] = ()
    rule: str | None = None  # of a series: FREQ=WEEKLY;INTERVAL=2;UNTIL=…
    changed: tuple[Instance, ...] = ()
    dropped: tuple[datetime, ...] = ()  # dates of the rule that do not take place
    cancelled: bool = False  # the whole entry is


class CalendarFile(FileReply):
    """An `.ics` file about a thing."""

    of: str  # reference, or `agenda`
    method: str  # REQUEST invites and updates, CANCEL takes away, PUBLISH informs
    entries: tuple[Entry, ...]

    def machine(self) -> Machine:
        return {"type": "file", "of": self.of, "format": "ics", "rows": len(self.entries)}

    def file(self) -> tuple[str, str, bytes]:
        return f"{self.of.lower()}.ics", MEDIA_TYPE, calendar(self.entries, method=self.method)


def calendar(entries: tuple[Entry, ...], *, method: str) -> bytes:
    """The file for these entries."""
    raise NotImplementedError
