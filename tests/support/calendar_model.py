"""One person's calendar that follows RFC 5546, made of what a library of other people reads.

What is newer is told by SEQUENCE, then by DTSTAMP; what is older, or the same again, changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from ical.calendar import Calendar
from ical.calendar_stream import CalendarStream
from ical.event import Event

Age = tuple[int, datetime]
Slot = tuple[datetime, datetime | None, str, str | None]  # start, end, title, place


def opened(file: bytes) -> Calendar:
    """The one calendar in the file."""
    [calendar] = CalendarStream.from_ics(file.decode()).calendars
    return calendar


def age(event: Event) -> Age:
    assert isinstance(event.dtstamp, datetime)
    return event.sequence or 0, event.dtstamp


@dataclass
class Held:
    """An entry as the calendar has it: by recurrence id, with the age of each; None for what was taken away."""

    whole: Age
    events: dict[str | None, tuple[Age, Event | None]] = field(default_factory=dict)


@dataclass
class PersonalCalendar:
    """The calendar of somebody known by this address."""

    address: str
    entries: dict[str, Held] = field(default_factory=dict)

    def receive(self, file: bytes) -> None:
        calendar = opened(file)
        assert calendar.method in ("REQUEST", "CANCEL", "PUBLISH")
        events = list(calendar.events)
        for main in [event for event in events if event.recurrence_id is None]:
            instances = [e for e in events if e.uid == main.uid and e.recurrence_id is not None]
            if calendar.method == "CANCEL":
                self._cancel(main)
            else:
                self._replace(main, instances)
        whole = {event.uid for event in events if event.recurrence_id is None}
        for instance in [event for event in events if event.uid not in whole]:
            self._set_instance(instance, cancelled=calendar.method == "CANCEL")

    def _replace(self, main: Event, instances: list[Event]) -> None:
        held = self.entries.get(main.uid)
        if held is not None and age(main) <= held.whole:
            return
        events: dict[str | None, tuple[Age, Event | None]] = {None: (age(main), main)}
        events |= {str(one.recurrence_id): (age(one), one) for one in instances}
        self.entries[main.uid] = Held(age(main), events)

    def _cancel(self, main: Event) -> None:
        """Gone for everybody, or for the attendees named alone; remembered, lest an older file brings it back."""
        held = self.entries.get(main.uid)
        if held is not None and age(main) <= held.whole:
            return
        if main.status == "CANCELLED" or self.address in [str(a.uri) for a in main.attendees]:
            self.entries[main.uid] = Held(age(main), {None: (age(main), None)})

    def _set_instance(self, instance: Event, *, cancelled: bool) -> None:
        held = self.entries.get(instance.uid)
        key = str(instance.recurrence_id)
        if held is None or age(instance) <= max(held.whole, held.events.get(key, (held.whole, None))[0]):
            return
        held.events[key] = (age(instance), None if cancelled else instance)

    def shown(self, uid: str) -> list[Slot]:
        """What the person sees, in the order of time."""
        held = self.entries.get(uid)
        events = [event for _, event in held.events.values() if event is not None] if held else []
        slots: list[Slot] = []
        for event in Calendar(events=events).timeline:
            assert isinstance(event.dtstart, datetime)
            assert event.dtend is None or isinstance(event.dtend, datetime)
            slots.append((event.dtstart, event.dtend, event.summary or "", event.location))
        return sorted(slots, key=lambda slot: (slot[0], slot[2]))

    def answer(self, uid: str) -> str | None:
        """What it says the person has answered."""
        held = self.entries.get(uid)
        main = held.events[None][1] if held else None
        found = [a.status for a in main.attendees if str(a.uri) == self.address] if main else []
        return found[0] if found else None
