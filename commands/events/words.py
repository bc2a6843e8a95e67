"""What people type about events and trainings: seats, links, deadlines, and when something begins and ends."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from commands import dates
from commands.dates import Moment
from commands.framework import Context, Short, Unreadable, WebLinkOrNone
from commands.framework.arguments import refusal
from commands.words import means_nothing
from storage.events import Event

MOST_SEATS: Final = 10_000
UNLIMITED: Final = 0
NO_LIMIT: Final = ("unbegrenzt", "unlimited")


def _seats(raw: Any, read: ValidatorFunctionWrapHandler) -> int:
    if isinstance(raw, str) and means_nothing(raw, *NO_LIMIT):
        return UNLIMITED
    return int(read(raw))


def _deadline(raw: Any, info: ValidationInfo) -> Any:
    if not isinstance(raw, str):
        return raw
    if means_nothing(raw, *NO_LIMIT):
        return "none"
    ctx: Any = info.context
    return dates.read_moment(raw, now=ctx.now, zone=ctx.settings.zone, whole_day=True, range_allowed=False)


Seats = Annotated[int, Field(ge=1, le=MOST_SEATS), WrapValidator(_seats)]
"""The number of seats; `-` or `unbegrenzt`: UNLIMITED."""
Link = Annotated[WebLinkOrNone, AfterValidator(lambda text: "" if text == "-" else text)]
"""A web address; `-`: empty."""
Words = Annotated[Short, AfterValidator(lambda text: "" if means_nothing(text) else text)]
"""A short text; `-`: empty."""
Deadline = Annotated[Moment | Literal["none"], BeforeValidator(_deadline)]
"""A whole day or a point in time to come; `-`: none."""


def date_values(
    ctx: Context, when: Moment | None, duration: timedelta | None, *, before: Event | None = None
) -> dict[str, Any]:
    """Its beginning, its end, and the time at which it is over; nothing, if neither is given.

    A date without an end keeps the length it had `before`, on the dial: what went until 17:00 does so across a
    change night. An end that nobody said is not known; such a date is over with its day.
    Refuses: BadInput, for an end given twice, or a duration without a beginning.
    """
    if when is None and duration is None:
        return {}
    zone = ctx.settings.zone
    start: datetime | None = when.start if when is not None else _start_of(before, zone)
    if when is not None and when.end is not None and duration is not None:
        twice = Unreadable(
            de="Das Ende steht zweimal da. Bitte geben Sie nur die Endzeit oder nur die Dauer an.",
            en="The end is given twice. Please give either the time it ends or the duration.",
        )
        raise refusal(ctx, twice, "duration", command=ctx.command)
    if start is None:
        alone = Unreadable(
            de="Zu einer Dauer gehört ein Beginn. Schreiben Sie auch «wann: 18.03.2027 13:30».",
            en="A duration needs a beginning. Write «when: 18.03.2027 13:30» too.",
        )
        raise refusal(ctx, alone, "duration", command=ctx.command)
    end: datetime | None
    if duration is not None:
        end = (start.astimezone(UTC) + duration).astimezone(zone)
    else:
        end = when.end if when is not None and when.end is not None else _same_length(start, before, zone)
    return {"start_at": start, "end_at": end, "over_at": end or _midnight_after(start, zone)}


def _same_length(start: datetime, before: Event | None, zone: ZoneInfo) -> datetime | None:
    if before is None or before.start_at is None or before.end_at is None:
        return None
    old_start, old_end = before.start_at.astimezone(zone), before.end_at.astimezone(zone)
    length = old_end - old_start  # on the dial: both are in the same zone
    if length > timedelta():
        end = (start + length).astimezone(UTC).astimezone(zone)
        if end.astimezone(UTC) > start.astimezone(UTC):
            return end
    return (start.astimezone(UTC) + (before.end_at - before.start_at)).astimezone(zone)


def deadline_values(
    ctx: Context, deadline: Moment | Literal["none"] | None, start: datetime | None
) -> dict[str, Any]:
    """Until when one can sign up; nothing, where it is not given. Refuses: BadInput, after the start."""
    if deadline is None:
        return {}
    if deadline == "none":
        return {"deadline_at": None, "deadline_day": False}
    at = deadline.too_late
    check_deadline(ctx, at, start, whole_day=deadline.whole_day)
    return {"deadline_at": at, "deadline_day": deadline.whole_day}


def check_deadline(ctx: Context, at: datetime | None, start: datetime | None, *, whole_day: bool) -> None:
    """Refuses: BadInput, where one could sign up after the start; the day of the start is fine, and ends with it."""
    if at is None or start is None:
        return
    latest = _midnight_after(start.astimezone(ctx.settings.zone), ctx.settings.zone) if whole_day else start
    if at > latest:
        shown = f"{start.astimezone(ctx.settings.zone):%d.%m.%Y %H:%M}"
        late = Unreadable(
            de=f"Die Anmeldung muss vor dem Beginn enden, spätestens {shown}. Ohne Frist: «anmeldung bis: weg».",
            en=f"Sign-up must end before the start, at the latest {shown}. Without: «deadline: none».",
        )
        raise refusal(ctx, late, "deadline", command=ctx.command)


def _midnight_after(at: datetime, zone: ZoneInfo) -> datetime:
    """The end of that day, as its clocks show it."""
    return datetime.combine(at.date() + timedelta(days=1), time(), zone)


def _start_of(before: Event | None, zone: ZoneInfo) -> datetime | None:
    return before.start_at.astimezone(zone) if before is not None and before.start_at is not None else None
