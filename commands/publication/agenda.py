"""Events and trainings for people outside, with the seats that are free; nobody's name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from commands import events
from commands.calendars import calendar
from commands.framework import Context
from commands.publication.model import A_PAGE, NotPublicError, without_people, words_of_chat
from commands.words import key_of
from storage import events as stored
from storage.events import Event

_read = words_of_chat(events.Which)
KEPT: Final = timedelta(days=365)  # so long dates that are over stay in the calendar


@dataclass(frozen=True)
class Date:
    """An event or a training as people outside read it."""

    kind: str  # event, training
    ref: str
    title: str
    text: str
    topic: str | None
    place: str | None
    link: str | None
    start: datetime | None
    end: datetime | None
    deadline: datetime | None  # the first moment that is too late to sign up
    last_day: date | None  # until whose end one can sign up, where a whole day is meant
    capacity: int | None
    free: int | None  # seats; None: room for all
    state: str  # planned, cancelled, past
    open: bool  # one can sign up
    reason: str | None


def _date(ctx: Context, row: Event) -> Date:
    found = events.occasion(ctx, row)
    return Date(
        row.kind,
        found.ref,
        without_people(row.title),
        without_people(row.text),
        row.topic and without_people(row.topic),
        row.place and without_people(row.place),
        row.link and without_people(row.link),
        found.start,
        found.end,
        row.deadline_at,
        found.last_day,
        row.capacity,
        max(0, row.capacity - found.confirmed) if row.capacity is not None else None,
        found.state,
        found.open,
        row.reason and without_people(row.reason),
    )


def date_state(typed: str) -> str | None:
    """Which dates are meant, as it is written in the chat; None where there is no such word."""
    return _read(typed) if typed else "coming"


def agenda(
    ctx: Context, *, state: str = "coming", search: str = "", page: int = 1, size: int = A_PAGE
) -> tuple[list[Date], int]:
    """A page of the dates that are `coming`, `past`, `cancelled` or `all`, and how many there are in all.

    What is to come begins with the next, and has what is cancelled meanwhile; those without a date stand last. What is
    over begins with the latest.
    """
    rows: list[Event] = []
    if state != "past":
        rows += stored.list_public(ctx.tx, since=ctx.now)
    if state != "coming":
        rows += stored.list_public_past(ctx.tx, until=ctx.now)
    key = key_of(search)
    found = [
        row
        for row in rows
        if (state != "cancelled" or row.cancelled)
        and (not key or key in key_of(f"{row.title} {row.topic or ''} {row.place or ''} {row.text}"))
    ]
    return [_date(ctx, row) for row in found[size * (page - 1) : size * page]], len(found)


def next_dates(ctx: Context, count: int) -> list[Date]:
    """The next that take place."""
    planned = [row for row in stored.list_public(ctx.tx, since=ctx.now) if not row.cancelled]
    return [_date(ctx, row) for row in planned[:count]]


def date_of(ctx: Context, kind: str, number: int) -> Date:
    """The event or training. Raises: NotPublicError."""
    row = stored.find(ctx.tx, kind, number)
    if row is None or not row.public:
        raise NotPublicError
    return _date(ctx, row)


def calendar_version(ctx: Context) -> tuple[int, date]:
    """What is another once the calendar is: one row, and from where on it is told."""
    return stored.changes(ctx.tx), _since(ctx).date()


def _since(ctx: Context) -> datetime:
    """Another in each month, so that the calendar stays the same in between."""
    return ctx.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0) - KEPT


def calendar_file(ctx: Context, *, name: str) -> bytes:
    """The calendar to subscribe to: public dates of the last year and all to come, with the UIDs of files in chats."""
    rows: Sequence[Event] = stored.list_public(ctx.tx, since=_since(ctx))
    entries = []
    for row in rows:
        entry = events.entry(ctx, row)
        if entry is not None:
            entries.append(
                replace(
                    entry,
                    stamp=row.stamped_at or row.created_at,
                    title=without_people(entry.title),
                    text=without_people(entry.text),
                    place=entry.place and without_people(entry.place),
                    link=entry.link and without_people(entry.link),
                    organizer=None,
                )
            )
    return calendar(tuple(entries), method=None, name=name)
