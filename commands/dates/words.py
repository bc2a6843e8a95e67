"""The German and English words of dates and durations, and the one way text is tidied before it is read.

Both languages are always understood together: no word means one thing in one and another in the other.
Umlauts may be typed with dots, as ae, oe, ue, or without dots.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

from commands.dates.refusals import DateRefused, Reason

LONGEST_TEXT: Final = 200
"""Characters; no date of a person is longer."""

_TYPOGRAPHY: Final = str.maketrans(
    dict.fromkeys("‐‑‒–—―−﹣-", "-")  # every sign that people see as a dash
    | dict.fromkeys("\u200b\u200e\u200f\u2060\ufeff", " ")  # unseen, they come along when copying
)


def tidy(text: str) -> str:
    """The text with plain dashes and single spaces, letters composed.

    Digits stay as they are: only 0 to 9 are digits to the readers, ² and others are not understood.

    Raises: DateRefused for a text of more than 200 characters.
    """
    if len(text) > LONGEST_TEXT:
        raise DateRefused(Reason.INPUT_TOO_LONG, limit=str(LONGEST_TEXT))
    return " ".join(unicodedata.normalize("NFC", text).translate(_TYPOGRAPHY).split())


def _spelt(meanings: Mapping[str, int]) -> dict[str, int]:
    """The same meanings under all three spellings of an umlaut."""
    with_e = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
    without = str.maketrans("äöü", "aou")
    return {
        spelling: meaning
        for word, meaning in meanings.items()
        for spelling in (word, word.translate(with_e), word.translate(without))
    }


def _numbered(rows: Iterable[str], first: int = 0) -> dict[str, int]:
    return _spelt({word: number for number, row in enumerate(rows, first) for word in row.split()})


def one_of(words: Iterable[str]) -> str:
    """A regular expression for one of the words, the longest that fits."""
    return "(?:" + "|".join(sorted(map(re.escape, words), key=len, reverse=True)) + ")"


WEEKDAYS: Final = _numbered(
    (
        "mo mon montag monday",
        "di tu tue tues dienstag tuesday",
        "mi we wed mittwoch wednesday",
        "do th thu thur thurs donnerstag thursday",
        "fr fri freitag friday",
        "sa sat samstag sonnabend saturday",
        "so su sun sonntag sunday",
    )
)
"""Monday is 0."""

MONTHS: Final = _numbered(
    (
        "jan jän januar jänner january",
        "feb febr februar february",
        "mär mrz märz march",
        "apr april",
        "mai may",
        "jun juni june",
        "jul juli july",
        "aug august",
        "sep sept september",
        "okt oktober oct october",
        "nov november",
        "dez dezember dec december",
    ),
    first=1,
)

DAYS_AHEAD: Final = _spelt(
    {
        "vorgestern": -2,
        "gestern": -1,
        "yesterday": -1,
        "heute": 0,
        "today": 0,
        "morgen": 1,
        "tomorrow": 1,
        "übermorgen": 2,
        "day after tomorrow": 2,
    }
)

WHICH_WEEKDAY: Final = _spelt(
    dict.fromkeys(("nächste", "nächsten", "nächster", "kommende", "kommenden", "next", "coming"), 1)
    | dict.fromkeys(("letzte", "letzten", "letzter", "vergangenen", "last"), -1)
)

COUNTS: Final = _numbered(
    (
        "ein eine einer einem einen a an one",
        *("zwei zwo zwöi two", "drei drü three", "vier four", "fünf föif five", "sechs six"),
        *("sieben seven", "acht eight", "neun nine", "zehn ten"),
    ),
    first=1,
)

UNITS: Final = {
    word: seconds
    for seconds, words in {
        7 * 86_400: "w woche wochen week weeks",
        86_400: "d tag tage tagen day days",
        3_600: "h std stund stunde stunden hr hrs hour hours",
        60: "min mins minute minuten minutes",
        1: "s sek sec sekunde sekunden second seconds",
    }.items()
    for word in words.split()
}
"""Seconds of each unit. Months have no fixed length, and `m` may be months or minutes: both are no units."""
