"""Reads the dates that people type, German and English: exact, or refused with the reason, never guessed.

Own grammar, because general readers guess: they took «morgen um 14 Uhr» for four in the morning and accepted
the hour that is skipped in March. A text is cut into pieces (`commands.dates.grammar`), the pieces are put on
the one or two sides of a range, and each side is resolved on its own. Nothing here reads the clock.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from commands.dates.durations import read_duration, read_lead_times
from commands.dates.grammar import Ahead, Clock, Dash, Day, Later, Weekday, pieces
from commands.dates.refusals import WEEKDAY_CODES, DateRefused, Reason, explain
from commands.dates.words import tidy

__all__ = ["DateRefused", "Moment", "Reason", "explain", "read_duration", "read_lead_times", "read_moment"]

YEARS: Final = range(2000, 2101)
_HALF_A_YEAR: Final = timedelta(days=183)


@dataclass(frozen=True)
class Moment:
    """A point in time, a range, or a whole day (`start` at 00:00, no `end`): aware, in the zone asked for."""

    start: datetime
    end: datetime | None
    whole_day: bool

    @property
    def too_late(self) -> datetime:
        """The first moment that is too late, where it says until when: midnight after a whole day."""
        if not self.whole_day:
            return self.start
        return datetime.combine(self.start.date() + timedelta(days=1), time(), self.start.tzinfo)


@dataclass(frozen=True)
class _Side:
    """One end of a range, or all there is."""

    weekday: Weekday | None = None
    day: Day | Ahead | None = None
    clock: Clock | None = None

    @property
    def dated(self) -> bool:
        return self.weekday is not None or self.day is not None


def read_moment(
    text: str,
    *,
    now: datetime,
    zone: ZoneInfo,
    whole_day: bool = False,
    past: bool = False,
    range_allowed: bool = True,
) -> Moment:
    """The moment or range that the text names, in `zone`; after `now`, unless `past`.

    `whole_day`: a date without a time is a whole day, today included, instead of being refused.
    `past`: what is over is read too, and a day without a year, or a bare weekday, is the latest one instead
    of the next one.

    Raises: DateRefused.
    """
    local_now = now.astimezone(zone)
    today = local_now.date()
    first, second = _sides(tidy(text), local_now)
    if second and not range_allowed:
        raise DateRefused(Reason.RANGE_NOT_ALLOWED)
    if not first.dated:
        raise DateRefused(Reason.DATE_MISSING)
    day = _day_of(first, today, today, backwards=past)
    if first.clock is None:
        if second or not whole_day:
            raise DateRefused(Reason.TIME_MISSING, date=day.isoformat())
        if day < today and not past:
            raise DateRefused(Reason.PAST, date=day.isoformat())
        return Moment(datetime.combine(day, time(), zone), None, whole_day=True)
    start = _at(day, first.clock, zone)
    end = _end(second, day, today, zone) if second else None
    if second and end:
        _check_range(first, second, start, end)
    if start.astimezone(UTC) <= now and not past:
        raise DateRefused(Reason.PAST, date=_shown(start))
    return Moment(start, end, whole_day=False)


def _shown(moment: datetime) -> str:
    return f"{moment:%d.%m.%Y %H:%M}"


def _check_range(first: _Side, second: _Side, start: datetime, end: datetime) -> None:
    span = end.astimezone(UTC) - start.astimezone(UTC)
    if span < timedelta() and not second.dated:
        raise DateRefused(Reason.NEEDS_SECOND_DATE, start=f"{start:%H:%M}", end=f"{end:%H:%M}")
    shown = {"start": _shown(start), "end": _shown(end)}
    if span <= timedelta():
        raise DateRefused(Reason.BACKWARDS, **shown)
    # Without its year, an end that lies before the start looks like one a year later.
    if span > _HALF_A_YEAR and any(isinstance(day, Day) and not day.year for day in (first.day, second.day)):
        raise DateRefused(Reason.NEEDS_YEARS, **shown)


def _sides(text: str, local_now: datetime) -> tuple[_Side, _Side | None]:
    """All that stands before and after the dash; the day of «13:30-17:00 morgen» is that of both."""
    sides = [_Side()]
    day_last = False
    for piece in pieces(text):
        side = sides[-1]
        match piece:
            case Dash() if side != _Side() and len(sides) == 1:
                sides.append(_Side())
            case Weekday() if side.weekday is None:
                sides[-1] = replace(side, weekday=piece)
            case Day() | Ahead() if side.day is None:
                sides[-1] = replace(side, day=piece)
            case Clock() if side.clock is None:
                sides[-1] = replace(side, clock=piece)
                day_last = not side.dated
            case Later() if side.day is None and side.clock is None:
                sides[-1] = _later(side, local_now, piece.span)
            case _:
                raise DateRefused(Reason.NOT_UNDERSTOOD, text=text)
    first, second = sides[0], sides[1] if len(sides) > 1 else None
    if second == _Side():
        raise DateRefused(Reason.NOT_UNDERSTOOD, text=text)
    if second and day_last and second.dated and not first.dated:
        return replace(second, clock=first.clock), _Side(clock=second.clock)
    return first, second


def _later(side: _Side, local_now: datetime, span: timedelta) -> _Side:
    """The side with the day and the minute that are `span` after now, in hours that pass, not on the dial."""
    then = (local_now.astimezone(UTC) + span).astimezone(local_now.tzinfo)
    offset = timezone(then.utcoffset() or timedelta())
    clock = Clock(then.time().replace(second=0, microsecond=0, fold=0), offset)
    return replace(side, day=Day(then.day, then.month, then.year), clock=clock)


def _end(side: _Side, first_day: date, today: date, zone: ZoneInfo) -> datetime:
    day = _day_of(side, today, first_day, backwards=False) if side.dated else first_day
    if side.clock is None:
        raise DateRefused(Reason.TIME_MISSING, date=day.isoformat())
    return _at(day, side.clock, zone)


def _day_of(side: _Side, today: date, reference: date, *, backwards: bool) -> date:
    """The day meant; without a year the nearest one from `reference` on: today, or where a range starts."""
    match side.day:
        case Ahead(days=days):
            day = today + timedelta(days=days)
        case Day(year=None) as typed:
            day = _nearest(typed, reference, -1 if backwards else 1)
        case Day() as typed:
            day = _existing(typed, typed.year or 0)
        case None:
            assert side.weekday is not None
            day = _nearest_weekday(side.weekday, today, reference, -1 if backwards else 1)
    if day.year not in YEARS:
        raise DateRefused(Reason.YEAR_OUT_OF_RANGE, year=str(day.year))
    if side.weekday is not None and side.weekday.number != day.weekday():
        names = {"weekday": WEEKDAY_CODES[day.weekday()], "given": WEEKDAY_CODES[side.weekday.number]}
        raise DateRefused(Reason.WEEKDAY_MISMATCH, date=day.isoformat(), **names)
    return day


def _existing(typed: Day, year: int) -> date:
    if year not in YEARS:
        raise DateRefused(Reason.YEAR_OUT_OF_RANGE, year=str(year))
    try:
        return date(year, typed.month, typed.day)
    except ValueError:
        shown = f"{typed.day:02}.{typed.month:02}.{typed.year or ''}"
        raise DateRefused(Reason.NO_SUCH_DATE, text=shown) from None


def _nearest(typed: Day, reference: date, step: int) -> date:
    """The next such day from `reference` on (`step` 1), or the latest up to it (-1); 29.2. in a leap year."""
    _existing(typed, 2000)  # a leap year: what does not exist there exists in none
    for year in range(reference.year, reference.year + 9 * step, step):  # 2096 to 2104 have no 29.2.
        try:
            day = date(year, typed.month, typed.day)
        except ValueError:
            continue
        if (day - reference).days * step >= 0:
            return day
    raise AssertionError(typed)


def _nearest_weekday(weekday: Weekday, today: date, reference: date, step: int) -> date:
    """The next such day after `reference`, or the latest before it; a range may end on the day it starts."""
    days = (weekday.number - reference.weekday()) * (weekday.which or step) % 7
    if days == 0 and weekday.which == 0:
        if reference != today:
            return reference
        other = (today + timedelta(days=7 * step)).isoformat()
        raise DateRefused(Reason.WEEKDAY_IS_TODAY, weekday=WEEKDAY_CODES[weekday.number], date=other)
    return reference + timedelta(days=(days or 7) * (weekday.which or step))


def _at(day: date, clock: Clock, zone: ZoneInfo) -> datetime:
    """The moment of that time on that day, in `zone`.

    A time that its clocks skip or show twice is told by the two ways to read it: they differ only then.
    An offset of the zone itself does not bring a skipped time into being; a foreign one is another place.
    """
    wall = datetime.combine(day, clock.time)
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    meant = None if clock.offset is None else wall.replace(tzinfo=clock.offset).astimezone(UTC)
    shown = {"date": day.isoformat(), "time": f"{wall:%H:%M}"}
    if first > second and meant in (None, first, second):
        raise DateRefused(Reason.SKIPPED_TIME, **shown)
    if first < second and meant is None:
        both = [wall.replace(tzinfo=zone, fold=fold).isoformat(timespec="minutes") for fold in (0, 1)]
        raise DateRefused(Reason.AMBIGUOUS_TIME, **shown, first=both[0], second=both[1])
    return (meant or first).astimezone(zone)
