"""Hours: what an entry looks like to whom it belongs, and what of it may be entered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, ClassVar, Final

from pydantic import BeforeValidator

from commands import dates
from commands.framework import (
    PERSON,
    About,
    Audience,
    Context,
    Failure,
    Found,
    Machine,
    NotFound,
    Refused,
    Reply,
    Unreadable,
    card,
    personal,
    reference,
)
from commands.framework.arguments import refusal
from storage import hours as stored
from storage import processes
from storage.hours import Worked

HoursRef = Annotated[int, reference("hours")]
QUARTER: Final = 15  # minutes
MOST: Final = 12 * 60  # minutes a day
BACK: Final = timedelta(days=90)
_BARE: Final = re.compile(r"[0-9]{1,2}(?:[.,][0-9]{1,2})?")


def in_hours(minutes: int) -> str:
    """`2 h`, `1.5 h`, `0.25 h`."""
    return f"{minutes / 60:.2f}".rstrip("0").rstrip(".") + " h"


def _minutes(raw: Any) -> Any:
    """The minutes; a number alone is of hours."""
    if not isinstance(raw, str):
        return raw
    typed = raw.strip()
    span = dates.read_duration(f"{typed} h" if _BARE.fullmatch(typed) else typed)
    minutes = span.total_seconds() / 60
    if minutes > MOST:
        raise Unreadable(
            de=f"Eintragen kann man höchstens 12 Stunden am Tag, «{typed}» ist mehr. Minuten schreiben Sie so: 90 min.",
            en=f"At most 12 hours a day can be entered, «{typed}» is more. Write minutes like this: 90 min.",
        )
    if minutes % QUARTER:
        raise Unreadable(
            de=f"Eingetragen werden Viertelstunden, zum Beispiel 1.25 h oder 45 min. «{typed}» geht nicht auf.",
            en=f"Hours are entered in quarters, such as 1.25 h or 45 min. «{typed}» is not one of them.",
        )
    return int(minutes)


HowLong = Annotated[int, BeforeValidator(_minutes), Found("duration")]
"""Minutes, in quarters of an hour."""


@dataclass(frozen=True)
class Entry:
    """An entry, with the name of its process."""

    row: Worked
    process: str

    @property
    def hours(self) -> str:
        return in_hours(self.row.minutes)


class AboutHours(Reply):
    """A reply that carries an entry, for the person alone."""

    abstract: ClassVar[bool] = True
    entry: Entry

    @property
    def audience(self) -> Audience:
        return PERSON

    @property
    def about(self) -> About:
        return "hours", self.entry.row.id

    def machine(self) -> Machine:
        row = self.entry.row
        found: Machine = {"type": "hours", "minutes": row.minutes, "on": row.on_day.isoformat()}
        found |= {"process": f"P{row.process}", "state": row.state}
        return found | ({"meeting": f"S{row.meeting}"} if row.meeting is not None else {})


class HoursShown(AboutHours):
    """The entry as it stands."""


class TooMuchThatDay(Failure):
    """With what is entered already, it would be more than can be entered for a day."""

    on_day: date
    there: str  # hours
    asked: str

    @property
    def audience(self) -> Audience:
        return PERSON


def today(ctx: Context) -> date:
    """The day on which the person has acted."""
    return (ctx.sent_at or ctx.now).astimezone(ctx.settings.zone).date()


def entry(ctx: Context, row: Worked) -> Entry:
    found = processes.find(ctx.tx, row.process)
    return Entry(row, found.name if found is not None else "")


def get(ctx: Context, number: int) -> Worked:
    """The asker's own entry. Refuses: NotFound."""
    found = stored.find(ctx.tx, number)
    if found is None or found.user_id != ctx.me.user_id:
        raise Refused(NotFound(ref=f"H{number}", noun="stunden", verb="meine"))
    return found


def enter(
    ctx: Context,
    *,
    minutes: int,
    process: int,
    on_day: date,
    what: str = "",
    meeting: int | None = None,
    carrier: str | None = None,
) -> Worked:
    """The asker has worked that long on that day. Refuses: BadInput for the day; TooMuchThatDay."""
    _require_day(ctx, on_day)
    _, there = stored.total(ctx.tx, ctx.me.user_id, on_day, on_day)
    if there + minutes > MOST:
        raise Refused(TooMuchThatDay(on_day, in_hours(there), in_hours(minutes)))
    number = ctx.number("hours")
    if ctx.revising:
        stored.remove(ctx.tx, number)
    stored.add(
        ctx.tx,
        id=number,
        user_id=ctx.me.user_id,
        municipality=ctx.me.member.municipality if ctx.me.member is not None else None,
        process=process,
        meeting=meeting,
        minutes=minutes,
        on_day=on_day,
        what=what,
        carrier=carrier or ctx.event_id,
        entered_at=ctx.now,
    )
    return get(ctx, number)


def _require_day(ctx: Context, on_day: date) -> None:
    """Refuses: BadInput, for a day to come, and for one too long ago."""
    if on_day > today(ctx):
        to_come = Unreadable(
            de="Dieser Tag ist noch nicht vorbei. Stunden trägt man nachher ein.",
            en="That day is still to come. Hours are entered afterwards.",
        )
        raise refusal(ctx, to_come, "date")
    if on_day < today(ctx) - BACK:
        too_long_ago = Unreadable(
            de=f"Das ist zu lange her: Stunden kann man {BACK.days} Tage lang nachtragen.",
            en=f"That is too long ago: hours can be entered for {BACK.days} days.",
        )
        raise refusal(ctx, too_long_ago, "date")


@card("hours", letter="H", sign="⏱️", purpose="")
def hours_card(ctx: Context, number: int) -> HoursShown:
    """The asker's own entry; it stands nowhere but in an answer to them. Refuses: NotFound."""
    return HoursShown(entry(ctx, get(ctx, number)))


@personal("hours", erase=lambda ctx, user_id: stored.erase(ctx.tx, user_id))
def _export(ctx: Context, user_id: str) -> list[Machine]:
    return [
        HoursShown(entry(ctx, row)).part() | ({"text": row.what} if row.what else {})
        for row in stored.list_of(ctx.tx, user_id)
    ]
