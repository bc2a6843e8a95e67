"""The grammar of dates: cuts a text into the pieces that people put a date together from.

One small pattern a piece, tried in order; what none fits is refused. What the pieces mean together is decided
in `commands.dates.moments`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, time, timedelta, timezone
from typing import Final

from commands.dates.refusals import DateRefused, Reason
from commands.dates.words import COUNTS, DAYS_AHEAD, MONTHS, UNITS, WEEKDAYS, WHICH_WEEKDAY, one_of

_DAY_SECONDS: Final = 86_400
_LONGEST_OFFSET: Final = timedelta(hours=14)


@dataclass(frozen=True)
class Weekday:
    number: int
    which: int  # 1 next, -1 last, 0 just the name


@dataclass(frozen=True)
class Day:
    day: int
    month: int
    year: int | None


@dataclass(frozen=True)
class Ahead:
    days: int


@dataclass(frozen=True)
class Later:
    """«in 2 Stunden»: a day and a time at once."""

    span: timedelta


@dataclass(frozen=True)
class Clock:
    time: time
    offset: timezone | None


@dataclass(frozen=True)
class Dash:
    pass


Piece = Weekday | Day | Ahead | Later | Clock | Dash


# How each piece is written. All patterns see tidied text: small letters, plain dashes, single spaces.

_END = r"(?![\w:]|\.[0-9])"
_DAY = r"(?P<day>[0-9]{1,2})"
_MONTH = r"(?P<month>[0-9]{1,2})"
_YEAR = r"(?P<year>[0-9]{4}|[0-9]{2})"
_NAME = rf"(?P<name>{one_of(MONTHS)})\.?"
_NOT_CLOCK = r"(?!:?[0-9]|\.[0-9]| ?(?:uhr|h)(?!\w))"
_NOT_RANGE = r"(?! ?(?:-|bis |to |until |till ))"
_HOUR = r"(?P<hour>[0-9]{1,2})"
_MINUTE = r"(?P<minute>[0-9]{2})"
_SECONDS = r":(?P<second>[0-9]{2})(?:\.0+)?"
_ISO = r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
_EAST = r"z|utc|\+[0-9]{2}:?[0-9]{2}"
_OFFSET = rf"(?P<offset>{_EAST}|-[0-9]{{2}}:?[0-9]{{2}})"


def _date(found: re.Match[str]) -> Iterator[Piece]:
    parts = found.groupdict()
    year = parts.get("year")
    yield Day(
        day=int(parts["day"]),
        month=MONTHS[parts["name"]] if parts.get("name") else int(parts["month"]),
        year=int(year) + (2000 if len(year) == 2 else 0) if year else None,  # noqa: PLR2004 — 27 is 2027
    )


def _clock(found: re.Match[str]) -> Iterator[Piece]:
    parts = found.groupdict()
    hour, minute, second = (int(parts.get(name) or 0) for name in ("hour", "minute", "second"))
    offset = _offset(parts.get("offset"))
    try:
        yield Clock(time(hour, minute, second), offset)
    except ValueError:
        raise DateRefused(Reason.NO_SUCH_TIME, time=found[0]) from None


def _offset(typed: str | None) -> timezone | None:
    if typed is None:
        return None
    if typed in ("z", "utc"):
        return UTC
    size = timedelta(hours=int(typed[1:3]), minutes=int(typed[-2:]))
    if size > _LONGEST_OFFSET or int(typed[-2:]) >= 60:  # noqa: PLR2004 — minutes
        raise DateRefused(Reason.NO_SUCH_OFFSET, text=typed)
    return timezone(-size if typed[0] == "-" else size)


def _iso(found: re.Match[str]) -> Iterator[Piece]:
    """2027-03-18T09:00-11:00 is an offset to machines and a range to people: refused where it may be both."""
    offset, clock = found["offset"] or "", f"{found['hour']:0>2}{found['minute']}"
    if offset.startswith("-") and not found["second"] and offset[1:].replace(":", "") > clock:
        raise DateRefused(Reason.OFFSET_OR_RANGE, text=found[0].upper())
    yield from _date(found)
    yield from _clock(found)


def _weekday(found: re.Match[str]) -> Iterator[Piece]:
    yield Weekday(WEEKDAYS[found["name"]], WHICH_WEEKDAY[found["which"]] if found["which"] else 0)


def _ahead(found: re.Match[str]) -> Iterator[Piece]:
    yield Ahead(DAYS_AHEAD[found["name"]])


def _from_now(found: re.Match[str]) -> Iterator[Piece]:
    count = COUNTS.get(found["count"]) or int(found["count"])
    seconds = count * UNITS[found["unit"]] * (-1 if found["before"] in ("vor", "ago") else 1)
    if seconds % _DAY_SECONDS == 0 and UNITS[found["unit"]] >= _DAY_SECONDS:
        yield Ahead(seconds // _DAY_SECONDS)
    else:
        yield Later(timedelta(seconds=seconds))


def _dash(_: re.Match[str]) -> Iterator[Piece]:
    yield Dash()


def _nothing(_: re.Match[str]) -> Iterator[Piece]:
    return iter(())


_VAGUE = (
    r"(?:heute|gestern|\w+tag) ?morgen",
    r"(?:nächste|naechste|nachste|kommende|next)\w* (?:woche|week|monat|month|jahr|year)",
    r"in \w+ (?:monat|month|jahr|year)\w*",
    r"(?!sonnabend(?!\w))\w*(?:abend|mittag|nacht|früh|frueh|fruh|wochenende|evening|noon|night|weekend)s?",
    r"morgens|(?:this )?morning|ca\.?|circa|zirka|etwa|gegen|ungefähr|ungefaehr|ungefahr|about|around",
    r"halb|half|(?:drei)?viertel|quarter|bald|soon",
)
_BARE_HOUR_OF_RANGE = (
    rf"{_HOUR}(?= ?(?:-|bis|to|until|till) ?[0-9]{{1,2}}(?:[:.][0-9]{{2}})? ?(?:uhr|h)(?!\w))"
)
_SPAN = rf"(?P<count>[0-9]{{1,3}}|{one_of(COUNTS)}) ?(?P<unit>{one_of(UNITS)})"

_Read = Callable[[re.Match[str]], Iterator[Piece]]
_PATTERNS: Final[tuple[tuple[str, _Read | Reason], ...]] = (
    # Refused before the words they start with are read: «heute morgen» is no day, «9:30 pm» not 9:30.
    (rf"(?:{'|'.join(_VAGUE)})(?!\w)", Reason.VAGUE),
    (r"[0-9]{1,2}(?:[:.][0-9]{2})? ?[ap]\.?m\.?(?!\w)", Reason.TWELVE_HOURS),
    (r"[0-9]+/[0-9]+(?:/[0-9]+)?", Reason.SLASHES),
    (rf"{_ISO}t{_HOUR}:{_MINUTE}(?:{_SECONDS})?(?: ?{_OFFSET})?{_END}", _iso),
    (rf"{_ISO}(?![\w:.])", _date),
    # A year of two digits touches the dot, or all is spaced: the 14 of «1.12. 14 Uhr» is no year.
    (rf"{_DAY}\. ?{_MONTH}\.{_YEAR}{_NOT_CLOCK}(?!\w)", _date),
    (rf"{_DAY}\. {_MONTH}\. {_YEAR}{_NOT_CLOCK}{_NOT_RANGE}(?!\w)", _date),
    (rf"{_DAY}\. ?{_MONTH}\.(?: (?P<year>[0-9]{{4}}){_NOT_CLOCK})?(?!\w)", _date),
    (rf"{_DAY}(?:\.|st|nd|rd|th)? ?(?:of )?{_NAME} {_YEAR}{_NOT_CLOCK}{_NOT_RANGE}(?!\w)", _date),
    (rf"{_DAY}(?:\.|st|nd|rd|th)? ?(?:of )?{_NAME}(?:,? (?P<year>[0-9]{{4}}){_NOT_CLOCK})?(?!\w)", _date),
    (
        rf"{_NAME} {_DAY}{_NOT_CLOCK}(?:st|nd|rd|th)?(?:,? (?P<year>[0-9]{{4}}){_NOT_CLOCK})?(?!\w)",
        _date,
    ),
    (rf"{_HOUR}:{_MINUTE}{_SECONDS}(?: ?{_OFFSET})?{_END}", _clock),
    (rf"{_HOUR}[:.]{_MINUTE}(?: ?(?:uhr|h))?(?: ?(?P<offset>{_EAST}))?{_END}", _clock),
    (rf"{_HOUR} ?(?:uhr|h)(?: ?{_MINUTE})?(?![\w:.])", _clock),
    (_BARE_HOUR_OF_RANGE, _clock),
    (rf"(?:(?P<which>{one_of(WHICH_WEEKDAY)}) )?(?P<name>{one_of(WEEKDAYS)})\.?(?!\w)", _weekday),
    (rf"(?P<name>{one_of(DAYS_AHEAD)})(?!\w)", _ahead),
    (rf"(?P<before>in|vor) {_SPAN}(?!\w)", _from_now),
    (rf"{_SPAN} (?P<before>ago)(?!\w)", _from_now),
    (r"-|(?:bis|to|until|till)(?= |[0-9])", _dash),
    # Small words, only before something: «um 14 Uhr», «am Dienstag», «on the 18th of March».
    (r"(?:um|at|am|on|auf|den|dem|the|vom|von|from|zum)(?= )", _nothing),
    (r"[0-9]{1,2}(?![\w:.])", Reason.BARE_NUMBER),
)
_PIECES: Final = tuple((re.compile(pattern), read) for pattern, read in _PATTERNS)
_GAP: Final = re.compile(r"[ ,]+")


def pieces(typed: str) -> Iterator[Piece]:
    """The pieces of a tidied text, in order.

    Raises: DateRefused, with the part as it was typed.
    """
    text = typed.lower()
    if len(text) != len(typed):  # a few letters have longer small ones: the places would differ
        typed = text
    at = 0
    while at < len(text):
        if gap := _GAP.match(text, at):
            at = gap.end()
            continue
        for pattern, read in _PIECES:
            if found := pattern.match(text, at):
                if isinstance(read, Reason):
                    raise DateRefused(read, text=typed[at : found.end()])
                yield from read(found)
                at = found.end()
                break
        else:
            raise DateRefused(Reason.NOT_UNDERSTOOD, text=typed[at:])
