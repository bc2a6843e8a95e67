"""Calendar files (RFC 5545, 5546): what a calendar is told of meetings and events.

Each file says the whole truth of its entry: the rule of a series, what is different on single dates, what does not
take place. So the last file received is all a calendar needs, however many came before. One UID an entry for ever,
and one SEQUENCE, counted by the feature and never going back.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from commands.calendars.zones import timezone
from commands.framework import FileReply, Machine

if TYPE_CHECKING:
    from icalendar import Event, vCalAddress

MEDIA_TYPE: Final = "text/calendar"
PRODID: Final = "-//Digitale Gemeinden BL//PI-Bot//DE"
CONFIRMED: Final = "CONFIRMED"
TENTATIVE: Final = "TENTATIVE"
_IN_LINKS: Final = "%/:=&?~#+!$,;'@()*[]"  # what stays as it is in a link


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
    end: datetime | None
    title: str
    place: str | None = None
    link: str | None = None
    text: str | None = None  # None: that of the series
    status: str | None = None  # None: that of the series


@dataclass(frozen=True)
class Entry:
    """Something for a calendar; `start` and `end` aware, in the zone in which people mean them."""

    uid: str
    sequence: int
    stamp: datetime  # when this file is made
    title: str
    start: datetime
    end: datetime | None = None
    text: str = ""
    place: str | None = None
    link: str | None = None
    organizer: Attendee | None = None
    attendees: tuple[Attendee, ...] = ()
    rule: str | None = None  # of a series: FREQ=WEEKLY;INTERVAL=2;UNTIL=20270331T120000Z, in UTC
    changed: tuple[Instance, ...] = ()
    dropped: tuple[datetime, ...] = ()  # dates of the rule that do not take place
    cancelled: bool = False  # the whole entry is
    status: str = CONFIRMED


def new_uid(thing: str, cause: str) -> str:
    """The name of a new entry for ever, before the server's name; `cause`: the event that made it.

    Not by its number alone: a new store counts from 1 again, and calendars still have what an earlier one sent. Not
    by chance: the same command carried out again, after a restore, means the entry that calendars have already.
    """
    return f"{thing}-{hashlib.sha256(cause.encode()).hexdigest()[:12]}"


def next_stamp(now: datetime, last: datetime | None) -> datetime:
    """The time at which the next file is said to be made: later than the last one, in whole seconds.

    Of the same SEQUENCE calendars take the later stamp, and a bot that catches up does much in one second.
    """
    whole = now.replace(microsecond=0)
    return whole if last is None or last < whole else last + timedelta(seconds=1)


class CalendarFile(FileReply):
    """An `.ics` file about a thing."""

    of: str  # reference, or `agenda`
    method: str  # REQUEST invites and updates, CANCEL takes away, PUBLISH informs
    entries: tuple[Entry, ...]

    def machine(self) -> Machine:
        return {"type": "file", "of": self.of, "format": "ics", "rows": len(self.entries)}

    def file(self) -> tuple[str, str, bytes]:
        return f"{self.of.lower()}.ics", MEDIA_TYPE, calendar(self.entries, method=self.method)


def calendar(entries: tuple[Entry, ...], *, method: str | None, name: str | None = None) -> bytes:
    """The file for these entries, as it is to be sent.

    Without a method it is one that calendars subscribe to, under this name. REQUEST and PUBLISH say all that is true
    of each entry. CANCEL takes entries away: for everybody where they are `cancelled`, else for the attendees named
    alone. PUBLISH names nobody: it invites nobody.
    """
    import icalendar  # noqa: PLC0415 - seven megabytes that are needed now and then

    file = icalendar.Calendar()
    file.add("prodid", PRODID)
    file.add("version", "2.0")
    if method is not None:
        file.add("method", method)
    if name is not None:
        file.add("name", name)  # RFC 7986
        file.add("x-wr-calname", name)
        file.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
        file.add("x-published-ttl", "PT1H")
    for zone, year in _zones(entries).items():
        file.add_component(timezone(zone, year))
    for entry in entries:
        event = _event(entry, method)
        file.add_component(event)
        if method == "CANCEL":
            continue
        if entry.rule is not None:
            event.add("rrule", icalendar.vRecur.from_ical(entry.rule))
        for planned in sorted(entry.dropped):
            event.add("exdate", planned)
        for instance in sorted(entry.changed, key=lambda one: one.planned):
            file.add_component(_event(_as_entry(entry, instance), method, planned=instance.planned))
    written: bytes = file.to_ical()
    return written


def _as_entry(entry: Entry, instance: Instance) -> Entry:
    """The date of the series as an entry of its own, with the people of the series."""
    return replace(
        entry,
        title=instance.title,
        start=instance.start,
        end=instance.end,
        place=instance.place,
        link=instance.link,
        text=entry.text if instance.text is None else instance.text,
        status=instance.status or entry.status,
    )


def _event(entry: Entry, method: str | None, planned: datetime | None = None) -> Event:
    from icalendar import Event  # noqa: PLC0415

    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.stamp.astimezone(UTC))
    event.add("sequence", entry.sequence)
    if planned is not None:
        event.add("recurrence-id", planned)
    event.add("dtstart", _definite(entry.start))
    if entry.end is not None:
        event.add("dtend", _definite(entry.end))
    for name, value in (("summary", entry.title), ("location", entry.place), ("description", entry.text)):
        if value:
            event.add(name, _text(value))
    if entry.link:
        event.add("url", quote(entry.link, safe=_IN_LINKS))
    if entry.organizer is not None:
        event.add("organizer", _address(entry.organizer, {}))
    for person in entry.attendees if method not in (None, "PUBLISH") else ():
        asked = method == "REQUEST" and person.partstat == "NEEDS-ACTION"
        answer = {"PARTSTAT": person.partstat, "ROLE": "REQ-PARTICIPANT", "RSVP": str(asked).upper()}
        event.add("attendee", _address(person, answer))
    if entry.cancelled:
        event.add("status", "CANCELLED")
    elif method != "CANCEL":
        event.add("status", entry.status)
    else:  # it takes place, only not for these: no status, but where METHOD is not understood their time is free
        event.add("transp", "TRANSPARENT")
    return event


def _definite(at: datetime) -> datetime:
    """The second of the two hours alike in October is given in UTC: in its zone it would be read as the first."""
    return at.astimezone(UTC) if at.fold and at.utcoffset() != at.replace(fold=0).utcoffset() else at


def _address(person: Attendee, parameters: dict[str, str]) -> vCalAddress:
    """The person's Matrix URI, with the name and these parameters."""
    from icalendar import vCalAddress  # noqa: PLC0415

    address = vCalAddress(f"matrix:u/{quote(person.user_id[1:], safe=':')}")
    # A parameter can hold neither quotation marks nor line breaks, however they are written.
    for name, value in {"CN": " ".join(_text(person.name).replace('"', "'").split()), **parameters}.items():
        address.params[name] = value
    return address


def _text(text: str) -> str:
    """The text without characters that no calendar file may hold; line breaks and tabs are none of them."""
    return "".join(c for c in "\n".join(text.splitlines()) if c in "\n\t" or unicodedata.category(c) != "Cc")


# --- zones


def _zones(entries: Iterable[Entry]) -> dict[ZoneInfo, int]:
    """The zones that times of these entries are given in, each with the year of the first such time."""
    found: dict[ZoneInfo, int] = {}
    for entry in entries:
        times = [entry.start, entry.end, *entry.dropped]
        times += [at for one in entry.changed for at in (one.planned, one.start, one.end)]
        for at in times:
            if at is not None and isinstance(at.tzinfo, ZoneInfo) and at.tzinfo.key != "UTC":
                found[at.tzinfo] = min(at.year, found.get(at.tzinfo, at.year))
    return found
