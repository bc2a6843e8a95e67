"""Reads how long something lasts, and how long before it people want to be reminded.

Exact or refused, as with dates. Days and weeks are spans of 24 hours and seven times that here (of whole days
ahead of a date, `commands.notices.reminders` makes the same time of day); months are not understood, as they have
no length.
"""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Final

from commands.dates.fractions import as_decimals
from commands.dates.refusals import DateRefused, Reason
from commands.dates.words import COUNTS, UNITS, one_of, tidy

LONGEST: Final = timedelta(days=366)
_OFF: Final = frozenset(
    {"aus", "off", "keine", "none", "nie", "never", "nein", "no", "gar nicht", "nicht", "weg"}
)
_DAY_BEFORE: Final = frozenset({"am vortag", "vortag", "einen tag vorher", "the day before", "day before"})
_AHEAD: Final = re.compile(r"^(?:am|an) | (?:vorher|zuvor|davor|before|ahead|im voraus)$")

_HOUR: Final = UNITS["h"]
_MINUTE: Final = UNITS["min"]
_PART: Final = re.compile(
    rf"(?P<count>[0-9]{{1,9}}(?:[.,][0-9]{{1,3}})?|{one_of(COUNTS)}(?= ))"
    rf" ?(?P<unit>{one_of(UNITS)})(?![^\W0-9_])\.?(?: (?:(?:und|and) )?|, )?"
)
_MINUTES_AFTER_HOURS: Final = re.compile(r"(?P<minutes>[0-5][0-9])m?$")
_LIST_COMMA: Final = re.compile(r" ?(?:;|(?<![0-9]),|,(?= )| (?:und|and) ) ?")


def read_duration(text: str) -> timedelta:
    """The length of `2h`, `90min`, `1,5h`, `2 Wochen`, `1h30`, `2h 30min`, «eineinhalb Stunden».

    At most 366 days, never nothing.

    Raises: DateRefused.
    """
    parts = _parts(as_decimals(tidy(text).lower()))
    if not parts:
        raise DateRefused(Reason.NOT_A_DURATION, text=text.strip())
    return _checked(sum(parts), text)


def read_lead_times(text: str) -> tuple[timedelta, ...]:
    """The spans of `7d, 1d, 1h`, longest first and each once; none for `aus` [off].

    Each has one unit: `1d 1h` could be one span or two, and is refused.

    Raises: DateRefused.
    """
    tidied = tidy(text).lower()
    if tidied in _OFF:
        return ()
    leads = set()
    for element in _LIST_COMMA.split(tidied):
        parts = _parts("1d" if element in _DAY_BEFORE else _AHEAD.sub("", element))
        if len(parts) != 1:
            raise DateRefused(Reason.NOT_LEAD_TIMES, text=element or text.strip())
        leads.add(_checked(parts[0], element))
    return tuple(sorted(leads, reverse=True))


def _parts(text: str) -> list[Decimal]:
    """The seconds of each part, the larger units first; empty where the text is anything else."""
    parts: list[Decimal] = []
    smallest, at = None, 0
    while at < len(text):
        if smallest == _HOUR and (rest := _MINUTES_AFTER_HOURS.match(text, at)):
            return [*parts, Decimal(rest["minutes"]) * _MINUTE]
        found = _PART.match(text, at)
        if not found or (smallest is not None and UNITS[found["unit"]] >= smallest):
            return []
        smallest = UNITS[found["unit"]]
        count = found["count"]
        parts.append(Decimal(COUNTS[count] if count in COUNTS else count.replace(",", ".")) * smallest)
        at = found.end()
    return parts


def _checked(seconds: Decimal | int, text: str) -> timedelta:
    if seconds != int(seconds):
        raise DateRefused(Reason.NOT_A_DURATION, text=text.strip())
    if seconds <= 0:
        raise DateRefused(Reason.DURATION_NOT_POSITIVE, text=text.strip())
    if seconds > LONGEST.total_seconds():
        raise DateRefused(Reason.DURATION_TOO_LONG, text=text.strip())
    return timedelta(seconds=int(seconds))


def span_code(span: timedelta) -> str:
    """`7d`, `1h`, `90min`: the largest unit that fits evenly, as programs read it."""
    seconds = int(span.total_seconds())
    sizes = {"d": 86400, "h": 3600, "min": 60, "s": 1}
    unit = next(unit for unit, size in sizes.items() if seconds % size == 0)
    return f"{seconds // sizes[unit]}{unit}"
