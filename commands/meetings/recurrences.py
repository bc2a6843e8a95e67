"""Which dates a series has: weekly, two-weekly, monthly by date or by weekday.

Everything here is wall time, as people mean it: a series at 14:00 stays at 14:00, and `at` finds the instant of each
date with the zone's rules. A later date that falls into the hour skipped in March takes place as if the clocks had
not been changed yet (02:30 becomes 03:30), one in the doubled hour of October the first time it is shown: so says
RFC 5545 too, by which calendars compute the same series from its rule. Months without the day are left out.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from commands.dates import WEEKDAYS
from commands.framework import Unreadable
from commands.words import normal

MOST: Final = 60  # dates a series may have
WEEK: Final = 7
LAST: Final = -1
_LATEST: Final = 2100
_CODES: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WORDS: Final = {
    **dict.fromkeys(("woche", "wöchentlich", "woechentlich", "week", "weekly", "1 week", "1 woche"), "week"),
    **dict.fromkeys(
        (
            *("2 wochen", "zwei wochen", "2. woche", "zweite woche", "zweiwöchentlich", "zweiwoechentlich"),
            *("14 tage", "14-täglich", "14-taeglich", "2 weeks", "two weeks", "second week", "fortnight"),
            *("biweekly", "2nd week", "other week", "14 days"),
        ),
        "two_weeks",
    ),
    **dict.fromkeys(("monat", "monatlich", "month", "monthly"), "month"),
    **dict.fromkeys(
        (
            *("monat wochentag", "monat am wochentag", "monatlich am wochentag", "monat nach wochentag"),
            *("month weekday", "month by weekday", "monthly by weekday", "month on the weekday"),
        ),
        "month_weekday",
    ),
}
_NTH: Final = {
    spelt: number
    for number, row in (
        (1, "1. 1st erster ersten erste first"),
        (2, "2. 2nd zweiter zweiten zweite second"),
        (3, "3. 3rd dritter dritten dritte third"),
        (4, "4. 4th vierter vierten vierte fourth"),
        (LAST, "letzter letzten letzte last"),
    )
    for spelt in row.split()
}
_EVERY_SECOND: Final = re.compile(
    r"^(?:jede[nrsm]?|alle|every)\s+(2\.|2nd|zweite[nrsm]?|andere[nrsm]?|second|other)\s+"
    rf"({'|'.join(sorted(map(re.escape, WEEKDAYS), key=len, reverse=True))})$"
)
_BEFORE: Final = re.compile(r"^(?:(?:jede[nrsm]?|alle|every|each|am|an jedem|on the|the) )+")
_AFTER: Final = re.compile(r" (?:im monat|des monats|of the month|in the month|each month|every month)$")


@dataclass(frozen=True)
class Every:
    """The rhythm: `week`, `two_weeks`, `month` (the same day), `month_weekday` (the third Thursday).

    `weekday` (0 is Monday) and `nth` (-1 is the last) are what was said; else they follow from the first date.
    """

    code: str
    weekday: int | None = None
    nth: int | None = None


def read(raw: Any) -> Any:
    """`woche`, `2 Wochen`, `Monat`, `Monat Wochentag`, `3. Donnerstag`, `last Friday`, as `Every`."""
    if not isinstance(raw, str):
        return raw
    typed = _AFTER.sub("", _BEFORE.sub("", f"{normal(raw)} ").strip())
    if (other := _EVERY_SECOND.match(normal(raw))) and not _AFTER.search(normal(raw)):
        raise Unreadable(
            de=f"«{raw}» kann zweierlei heissen. Schreiben Sie «2 wochen» oder «2. {other[2].capitalize()} im Monat».",
            en=f"«{raw}» may mean two things. Write «2 weeks» or «2nd {other[2].capitalize()} of the month».",
        )
    if typed in _WORDS:
        return Every(_WORDS[typed])
    words = typed.split()
    if len(words) == 1 and words[0] in WEEKDAYS:
        return Every("week", WEEKDAYS[words[0]])
    if len(words) == 2 and words[0] in _NTH and words[1] in WEEKDAYS:  # noqa: PLR2004 - «3. Donnerstag»
        return Every("month_weekday", WEEKDAYS[words[1]], _NTH[words[0]])
    raise Unreadable(
        de=f"«{raw}» kenne ich nicht. Möglich sind: woche, 2 wochen, monat (am gleichen Datum), "
        "monat wochentag, oder ein Tag wie 3. Donnerstag.",
        en=f"I don't know «{raw}». Choose one of: week, 2 weeks, month (on the same date), month weekday, "
        "or a day such as 3rd Thursday.",
    )


def settled(every: Every, first: date) -> Every | None:
    """The rhythm with what the first date says of it; None where that date is not of this rhythm."""
    weekday = first.weekday()
    if every.weekday is not None and every.weekday != weekday:
        return None
    if every.code in ("week", "two_weeks"):
        return Every(every.code, weekday)
    if every.code == "month":
        return every
    nth = every.nth or (first.day - 1) // WEEK + 1
    return Every(every.code, weekday, nth) if _nth(first.year, first.month, weekday, nth) == first else None


def walls(every: Every, first: datetime, until: datetime) -> Iterator[datetime]:
    """The dates of a settled rhythm, in wall time, from the first to the last that is not after `until`."""
    for day in days(every, first.date()):
        wall = datetime.combine(day, first.time())
        if wall > until:
            return
        yield wall


def days(every: Every, first: date) -> Iterator[date]:
    """The days of a settled rhythm, without end (of the century)."""
    if every.code in ("week", "two_weeks"):
        step = timedelta(days=WEEK if every.code == "week" else 2 * WEEK)
        day = first
        while day.year < _LATEST:
            yield day
            day += step
        return
    year, month = first.year, first.month
    while year < _LATEST:
        found = in_month(every, year, month, first.day)
        if found is not None:
            yield found
        year, month = month_after(year, month)


def in_month(every: Every, year: int, month: int, day: int) -> date | None:
    """The date of a monthly rhythm in this month; None where the month has none."""
    if every.code == "month_weekday":
        assert every.weekday is not None
        assert every.nth is not None
        return _nth(year, month, every.weekday, every.nth)
    return date(year, month, day) if day <= monthrange(year, month)[1] else None


def month_after(year: int, month: int, by: int = 1) -> tuple[int, int]:
    """Year and month that are so many months later."""
    count = year * 12 + month - 1 + by
    return count // 12, count % 12 + 1


def _nth(year: int, month: int, weekday: int, nth: int) -> date | None:
    """The nth such weekday of the month, or its last."""
    length = monthrange(year, month)[1]
    if nth == LAST:
        last = date(year, month, length)
        return last - timedelta(days=(last.weekday() - weekday) % WEEK)
    day = 1 + (weekday - date(year, month, 1).weekday()) % WEEK + WEEK * (nth - 1)
    return date(year, month, day) if day <= length else None


def rule(every: Every, first: datetime, last: datetime, zone: ZoneInfo) -> str:
    """The rhythm as calendars read it (RFC 5545), up to the last date."""
    parts = {
        "week": "FREQ=WEEKLY",
        "two_weeks": "FREQ=WEEKLY;INTERVAL=2",
        "month": f"FREQ=MONTHLY;BYMONTHDAY={first.day}",
        "month_weekday": f"FREQ=MONTHLY;BYDAY={every.nth}{_CODES[every.weekday or 0]}",
    }
    return f"{parts[every.code]};UNTIL={at(last, zone):%Y%m%dT%H%M%SZ}"


def at(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant of this wall time, in UTC."""
    return wall.replace(tzinfo=zone).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The last moment of the day, in wall time."""
    return datetime.combine(day, time.max)
