"""Time zones as calendar files describe them (RFC 5545, 3.6.5).

Made here, because icalendar's own descriptions let summer time begin an hour late (they give that moment in the new
time, where the old one is asked for), and list changes date by date, which ends some day and not every calendar reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from icalendar import Timezone

YEARS: Final = 6  # in which changes are looked for
_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True)
class _Change:
    """From one offset to another; `at` by the clock as it was going before."""

    at: datetime
    before: timedelta
    after: timedelta
    name: str
    summer: bool

    @property
    def rules(self) -> set[str]:
        """The yearly rules by which it may be: the second Sunday of March, or the last."""
        weekday, nth = _WEEKDAYS[self.at.weekday()], (self.at.day - 1) // 7 + 1
        found = {nth} | ({-1} if (self.at + timedelta(days=7)).month != self.at.month else set())
        return {f"FREQ=YEARLY;BYMONTH={self.at.month};BYDAY={n}{weekday}" for n in found}


@lru_cache(maxsize=8)
def timezone(zone: ZoneInfo, year: int) -> Timezone:
    """The zone for times from this year on; changes that come each year are a rule for ever."""
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur  # noqa: PLC0415

    made = Timezone()
    made.add("tzid", zone.key)
    kinds: dict[tuple[timedelta, timedelta, bool], list[_Change]] = {}
    for change in _changes(zone, year - 1):
        kinds.setdefault((change.before, change.after, change.summer), []).append(change)
    for (before, after, summer), changes in kinds.items():
        part = TimezoneDaylight() if summer else TimezoneStandard()
        part.add("dtstart", changes[0].at)
        part.add("tzoffsetfrom", before)
        part.add("tzoffsetto", after)
        part.add("tzname", changes[0].name)
        rules = set.intersection(*(change.rules for change in changes))
        clocks = {change.at.time() for change in changes}
        if len(changes) == YEARS and rules and len(clocks) == 1:
            part.add("rrule", vRecur.from_ical(min(rules)))  # the last one before the nth
        elif len(changes) > 1:
            part.add("rdate", [change.at for change in changes[1:]])
        made.add_component(part)
    return made


def _changes(zone: ZoneInfo, year: int) -> list[_Change]:
    """The zone as it is at the beginning of that year, unless it changes in it, and its changes from then on."""
    start = datetime(year, 1, 1, tzinfo=UTC)
    days = [start + timedelta(days=n) for n in range(366 * YEARS)]
    found = [
        _change(zone, day)
        for day, next_day in pairwise(days)
        if next_day.year < year + YEARS and _offset(zone, day) != _offset(zone, next_day)
    ]
    if found and found[0].at.year == year:
        return found
    local, offset = start.astimezone(zone), _offset(zone, start)
    return [
        _Change(local.replace(tzinfo=None, fold=0), offset, offset, local.tzname() or "", summer=False),
        *found,
    ]


def _change(zone: ZoneInfo, day: datetime) -> _Change:
    """The change within a day from then, to the minute."""
    before, least, most = _offset(zone, day), 0, 24 * 60
    while most - least > 1:
        middle = (least + most) // 2
        if _offset(zone, day + timedelta(minutes=middle)) == before:
            least = middle
        else:
            most = middle
    at = day + timedelta(minutes=most)
    local = at.astimezone(zone)
    after = _offset(zone, at)
    return _Change((at + before).replace(tzinfo=None), before, after, local.tzname() or "", bool(local.dst()))


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()
