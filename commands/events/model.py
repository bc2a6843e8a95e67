"""Events and trainings (concept 7.4, 7.5): what all features know of them.

Both are dates open to all Public Innovators, with seats and a waiting list; a training may have no date. What
differs between them is in `kinds`; what people type is in `planning` and `signing_up`, and what there is for trainings
alone in `trainings` and `training_planning`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from commands.calendars import CalendarFile
from commands.dates import span_code
from commands.events.kinds import KINDS, Kind
from commands.framework import (
    About,
    Context,
    FileReply,
    Machine,
    NotFound,
    Refused,
    Reply,
    attending,
    card,
    job,
    meant,
    reminded,
    valued,
)
from commands.seats import Hall, filling
from storage import events as stored
from storage import seats
from storage.events import Event
from storage.seats import HOLDING

SEEDS: Final = ("✅", "❌", "❓")
DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Occasion:
    """An event or a training with what stands beside it, as it is now."""

    row: Event
    confirmed: int
    waiting: int
    now: datetime
    zone: ZoneInfo
    link: str | None = None  # to its card

    @property
    def ref(self) -> str:
        return ref_of(self.row)

    @property
    def sign(self) -> str:
        return KINDS[self.row.kind].sign

    @property
    def noun(self) -> tuple[str, str]:
        """The noun its commands begin with, German and English."""
        return KINDS[self.row.kind].nouns

    @property
    def state(self) -> str:
        return state_of(self.row, self.now)

    @property
    def open(self) -> bool:
        """Can one sign up?"""
        return closed_by(self.row, self.now) is None

    @property
    def to_come(self) -> bool:
        """It takes place, and has not begun: until then one can sign off."""
        return closed_by(self.row, self.now) in (None, "deadline")

    @property
    def start(self) -> datetime | None:
        return self.row.start_at.astimezone(self.zone) if self.row.start_at else None

    @property
    def end(self) -> datetime | None:
        return self.row.end_at.astimezone(self.zone) if self.row.end_at else None

    @property
    def one_day(self) -> bool:
        """It ends on the day on which it begins."""
        return self.start is not None and self.end is not None and self.start.date() == self.end.date()

    @property
    def last_day(self) -> date | None:
        """The day until whose end one can sign up, where a whole day is meant."""
        at = self.row.deadline_at
        return (at.astimezone(self.zone) - DAY).date() if at and self.row.deadline_day else None

    def machine(self) -> Machine:
        row, zone = self.row, self.zone
        deadline = row.deadline_at
        if deadline is not None and row.deadline_day:
            deadline -= timedelta(seconds=1)  # the last one of that day
        times = {"start": row.start_at, "end": row.end_at, "deadline": deadline}
        found = {name: at.astimezone(zone).isoformat(timespec="seconds") for name, at in times.items() if at}
        more = {"place": row.place, "link": row.link, "capacity": row.capacity}
        return (
            {"type": row.kind, "title": row.title, "state": self.state}
            | found
            | {name: value for name, value in more.items() if value is not None}
            | {"confirmed": self.confirmed, "waiting": self.waiting, "public": row.public}
        )


class AboutEvent(Reply):
    """A reply that carries an event or a training; `you`: what it is to the one who asked.

    `calendar`: the file for that person's calendar; the words are its caption.
    """

    abstract: ClassVar[bool] = True
    event: Occasion
    you: Machine | None = None
    calendar: CalendarFile | None = None

    @property
    def about(self) -> About:
        return self.event.row.kind, self.event.row.id

    def machine(self) -> Machine:
        return self.event.machine() | ({"you": self.you} if self.you is not None else {})

    def attached(self) -> FileReply | None:
        return self.calendar


class EventCard(AboutEvent):
    """An event or a training as everybody sees it."""


class EventReminder(AboutEvent):
    """It begins soon."""

    lead: timedelta = timedelta()
    late: bool = False

    def machine(self) -> Machine:
        assert self.event.start is not None
        start = self.event.start.isoformat(timespec="seconds")
        return {
            "type": "reminder",
            "lead": span_code(self.lead),
            "start": start,
            "late": self.late,
        }


def ref_of(event: Event) -> str:
    return f"{KINDS[event.kind].letter}{event.id}"


def state_of(event: Event, now: datetime) -> str:
    if event.cancelled:
        return "cancelled"
    return "past" if event.over_at is not None and event.over_at <= now else "planned"


def closed_by(event: Event, at: datetime) -> str | None:
    """Why one can't sign up then: cancelled, begun, deadline; None where one can."""
    if event.cancelled:
        return "cancelled"
    if event.start_at is not None and event.start_at <= at:
        return "begun"
    if event.deadline_at is not None and event.deadline_at <= at:
        return "deadline"
    return None


def find(ctx: Context, kind: str, number: int) -> Event:
    """The event or training. Refuses: NotFound."""
    event = stored.find(ctx.tx, kind, number)
    if event is None:
        raise Refused(NotFound(ref=f"{KINDS[kind].letter}{number}", noun=KINDS[kind].nouns[0]))
    return event


def occasion(ctx: Context, event: Event, *, unsent: bool = False) -> Occasion:
    """The event with what stands beside it; `unsent`: the link may be to a card still to be sent."""
    filled = filling(ctx.tx, hall(event))
    link = ctx.card_link(event.kind, event.id, unsent=unsent and not ctx.revising)
    return Occasion(event, filled.confirmed, filled.waiting, ctx.now, ctx.settings.zone, link)


def hall(event: Event) -> Hall:
    return Hall(event.kind, event.id, event.capacity)


def next_turn(event: Event, now: datetime) -> datetime | None:
    """The time at which the card next looks different by itself."""
    if event.cancelled:
        return None
    turns = (event.deadline_at, event.start_at, event.over_at)
    return min((at for at in turns if at is not None and at > now), default=None)


# --- cards, reminders, and what happens by itself


def _declare(kind: Kind) -> None:
    """The kind has cards, people are reminded of it, and it is what they attend."""

    def is_open(ctx: Context, number: int) -> bool:
        return occasion(ctx, find(ctx, kind.code, number)).to_come

    @card(kind.code, letter=kind.letter, sign=kind.sign, purpose="agenda", seeds=SEEDS, is_open=is_open)
    def event_card(ctx: Context, number: int) -> EventCard:
        return EventCard(occasion(ctx, find(ctx, kind.code, number)))

    @meant(kind.code)
    def the_only_one(ctx: Context) -> int | None:
        found = stored.list_coming(ctx.tx, kind.code, now=ctx.now) if ctx.where.direct else []
        return found[0].id if len(found) == 1 else None

    @valued(kind.code)
    def coming_ones(ctx: Context) -> list[tuple[int, str]]:
        zone = ctx.settings.zone
        found = stored.list_coming(ctx.tx, kind.code, now=ctx.now)
        days = {one.id: f" ({one.start_at.astimezone(zone):%d.%m.})" if one.start_at else "" for one in found}
        return [(one.id, f"{one.title}{days[one.id]}") for one in found]

    @reminded(kind.code)
    def remind(ctx: Context, number: int, lead: timedelta, late: bool) -> EventReminder | None:
        return _remind(ctx, kind.code, number, lead, late=late)

    @attending(kind.code)
    def attends(ctx: Context, user_id: str) -> list[tuple[int, datetime]]:
        return _attended(ctx, kind.code, user_id)


for _kind in KINDS.values():
    _declare(_kind)


def some_to_come(kind: str) -> Callable[[Context], bool]:
    """Whether there is one of the kind to come."""
    return lambda ctx: bool(stored.list_coming(ctx.tx, kind, now=ctx.now))


def _remind(ctx: Context, kind: str, number: int, lead: timedelta, *, late: bool) -> EventReminder | None:
    """The text to say, if it is still to come."""
    event = stored.find(ctx.tx, kind, number)
    if event is None or event.start_at is None or state_of(event, ctx.now) != "planned":
        return None
    return EventReminder(occasion(ctx, event), lead=lead, late=late)


def _attended(ctx: Context, kind: str, user_id: str) -> list[tuple[int, datetime]]:
    """All that is to come of those in which the person has a seat."""
    held = [s.number for s in seats.list_of_person(ctx.tx, user_id) if s.kind == kind and s.state in HOLDING]
    found = [stored.find(ctx.tx, kind, number) for number in held]
    return [
        (event.id, event.start_at)
        for event in found
        if event is not None and event.start_at is not None and state_of(event, ctx.now) == "planned"
    ]


@job("turns of events", every=timedelta(minutes=1))
def turn(ctx: Context) -> None:
    """The cards of events whose sign-up has closed, or which are over, say so."""
    for event in stored.list_turned(ctx.tx, at=ctx.now):
        stored.turn(ctx.tx, event.kind, event.id, next_turn(event, ctx.now))
        ctx.changed(event.kind, event.id)
