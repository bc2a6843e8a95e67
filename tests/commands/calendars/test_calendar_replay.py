"""Whatever happens to a meeting, and in whatever order its files come: what is true stands in each calendar."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.calendars.files import Attendee, Entry, Instance, calendar
from tests.support.calendar_model import PersonalCalendar, Slot

ZURICH = ZoneInfo("Europe/Zurich")
UID = "S7@pibot.localhost"
PEOPLE = ("@pia:localhost", "@peter:localhost", "@urs:localhost")
HOUR = timedelta(hours=1)


def address(user: str) -> str:
    return f"matrix:u/{user[1:]}"


@dataclass
class Day:
    """A date of the meeting, kept by hand; `planned` is when the rule has it."""

    planned: datetime
    start: datetime
    title: str
    own: bool = False  # moved or renamed by itself
    dropped: bool = False


@dataclass
class Organizer:
    """A meeting or a series, changed as its commands would, and the files that are sent because of it."""

    days: list[Day]
    series: bool
    title: str = "Umzug"
    sequence: int = 0
    stamp: datetime = datetime(2026, 9, 1, 9, tzinfo=UTC)
    cancelled: bool = False
    people: dict[str, str] = field(default_factory=dict)  # with their answers
    sent: dict[str, list[bytes]] = field(default_factory=lambda: {user: [] for user in PEOPLE})

    def tell(self, *, moved: bool) -> None:
        """Everybody gets the whole truth."""
        self._older(moved=moved)
        entry = self.entry()
        for user in self.people:
            self.sent[user].append(calendar((entry,), method="CANCEL" if self.cancelled else "REQUEST"))

    def _older(self, *, moved: bool) -> None:
        self.sequence += moved
        self.stamp += timedelta(seconds=1)

    def entry(self) -> Entry:
        first, last = self.days[0], self.days[-1]
        return Entry(
            UID,
            self.sequence,
            self.stamp,
            self.title if self.series else first.title,
            first.planned if self.series else first.start,
            (first.planned if self.series else first.start) + HOUR,
            organizer=Attendee("@kora:localhost", "Kora", "ACCEPTED"),
            attendees=tuple(Attendee(user, user[1:6], answer) for user, answer in self.people.items()),
            rule=f"FREQ=WEEKLY;UNTIL={last.planned.astimezone(UTC):%Y%m%dT%H%M%SZ}" if self.series else None,
            changed=tuple(
                Instance(day.planned, day.start, day.start + HOUR, day.title)
                for day in self.days
                if self.series and day.own and not day.dropped
            ),
            dropped=tuple(day.planned for day in self.days if day.dropped),
            cancelled=self.cancelled,
        )

    def true_for(self, user: str) -> list[Slot]:
        if self.cancelled or user not in self.people:
            return []
        days = [day for day in self.days if not day.dropped]
        found: list[Slot] = [(day.start, day.start + HOUR, day.title, None) for day in days]
        return sorted(found, key=lambda slot: (slot[0], slot[2]))

    # --- what happens

    def invite(self, n: int) -> None:
        self.people.setdefault(PEOPLE[n % 3], "NEEDS-ACTION")
        self.tell(moved=False)

    def decline(self, n: int) -> None:
        if PEOPLE[n % 3] in self.people:
            self.people[PEOPLE[n % 3]] = "DECLINED"
            self.tell(moved=False)

    def leave(self, n: int) -> None:
        """Somebody is no longer in the group: taken out of that calendar only."""
        user = PEOPLE[n % 3]
        if user in self.people:
            self._older(moved=True)
            gone = Attendee(user, "Wer geht", self.people.pop(user))
            entry = self.entry()
            self.sent[user].append(
                calendar(
                    (Entry(UID, entry.sequence, entry.stamp, entry.title, entry.start, attendees=(gone,)),),
                    method="CANCEL",
                )
            )

    def move_one(self, n: int) -> None:
        day = self.days[n % len(self.days)]
        if not day.dropped:
            day.start += timedelta(days=n % 3, hours=1)
            day.own = True
            self.tell(moved=True)

    def move_all(self, n: int) -> None:
        """Of a series also those dates that were moved before; on the clock, whatever the season."""
        for day in self.days:
            day.planned += timedelta(days=n % 5, hours=n % 2)
            day.start, day.own = day.planned, False
            day.title = self.title
        self.tell(moved=True)

    def rename_one(self, n: int) -> None:
        day = self.days[n % len(self.days)]
        day.title, day.own = f"Neu; «{n}», oder", True
        self.tell(moved=False)

    def rename_all(self, n: int) -> None:
        self.title = f"Sitzung {n}"
        for day in self.days:
            day.title = self.title
        self.tell(moved=False)

    def cancel_one(self, n: int) -> None:
        if self.series:
            self.days[n % len(self.days)].dropped = True
            self.tell(moved=True)

    def cancel_all(self, _: int) -> None:
        self.cancelled = True
        self.tell(moved=True)


ACTS = [
    "invite",
    "decline",
    "leave",
    "move_one",
    "move_all",
    "rename_one",
    "rename_all",
    "cancel_one",
    "cancel_all",
]


def started(first: datetime, dates: int) -> Organizer:
    days = [first + timedelta(weeks=n) for n in range(dates)]
    made = Organizer([Day(day, day, "Umzug") for day in days], series=dates > 1)
    made.people = dict.fromkeys(PEOPLE[:2], "NEEDS-ACTION")
    made.tell(moved=False)
    return made


@pytest.mark.long
@settings(max_examples=150, deadline=None)
@given(
    first=st.sampled_from(
        [datetime(2026, 10, 12, 14, 0, tzinfo=ZURICH), datetime(2027, 3, 15, 14, 0, tzinfo=ZURICH)]
    ),
    dates=st.sampled_from([1, 5]),
    acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 20)), max_size=8),
    data=st.data(),
)
def test_at_the_end_exactly_what_is_true_stands_in_it(
    first: datetime, dates: int, acts: list[tuple[str, int]], data: st.DataObject
) -> None:
    organizer = started(first, dates)
    for name, n in acts:
        act: Any = getattr(organizer, name)
        act(n)
        if organizer.cancelled:
            break
    for user, files in organizer.sent.items():
        own = PersonalCalendar(address(user))
        again = data.draw(st.lists(st.sampled_from(files), max_size=3)) if files else []
        for file in data.draw(st.permutations(files + again)):
            own.receive(file)
        assert own.shown(UID) == organizer.true_for(user)
        expected = None if organizer.cancelled else organizer.people.get(user)
        assert own.answer(UID) == expected


@pytest.mark.parametrize("month", [10, 3])
def test_a_series_at_two_in_the_afternoon_stays_there(month: int) -> None:
    """Over the nights of 25 October 2026 and 28 March 2027."""
    first = (
        datetime(2026, 10, 12, 14, tzinfo=ZURICH) if month == 10 else datetime(2027, 3, 15, 14, tzinfo=ZURICH)
    )
    organizer = started(first, 5)
    pia = PersonalCalendar(address(PEOPLE[0]))
    for file in organizer.sent[PEOPLE[0]]:
        pia.receive(file)
    starts = [start for start, *_ in pia.shown(UID)]
    assert [f"{start.astimezone(ZURICH):%H:%M}" for start in starts] == ["14:00"] * 5
    assert len({start.utcoffset() for start in starts}) == 2


def test_the_file_of_today_is_enough() -> None:
    """Who hears of a series late gets all that is otherwise with the one file."""
    organizer = started(datetime(2026, 10, 12, 14, tzinfo=ZURICH), 5)
    organizer.move_one(1)
    organizer.cancel_one(2)
    organizer.invite(2)
    urs = PersonalCalendar(address(PEOPLE[2]))
    [file] = organizer.sent[PEOPLE[2]]
    urs.receive(file)
    assert urs.shown(UID) == organizer.true_for(PEOPLE[2])
    assert len(urs.shown(UID)) == 4


def test_what_is_published_is_replaced_by_what_is_published_later() -> None:
    organizer = started(datetime(2026, 10, 12, 14, tzinfo=ZURICH), 1)
    before = calendar((organizer.entry(),), method="PUBLISH")
    organizer.move_all(3)
    pia = PersonalCalendar(address(PEOPLE[0]))
    for file in (before, calendar((organizer.entry(),), method="PUBLISH"), before):
        pia.receive(file)
    assert pia.shown(UID) == organizer.true_for(PEOPLE[0])
    assert pia.answer(UID) is None
