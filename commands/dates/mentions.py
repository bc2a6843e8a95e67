"""Dates in the middle of a sentence: where they stand, not what they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from commands.dates.words import COUNTS, DAYS_AHEAD, MONTHS, UNITS, WEEKDAYS, WHICH_WEEKDAY, one_of

FULL: Final = (
    4  # letters of a month, a day or a unit; shorter ones are other words as well: «so», «do», «mar»
)


def _long(words: Iterable[str]) -> str:
    return one_of(word for word in words if len(word) >= FULL)


_MONTH: Final = rf"(?:{_long(MONTHS)}|mai|(?<=in )may)"
_YEAR: Final = r"(?: 20[0-9][0-9])?"
_WHICH: Final = (
    "(?:diese[rnms]?|nächste[rnms]?|naechste[rn]?|kommende[rnm]?|letzte[rnms]?|vergangene[rn]?|this|next|last"
    "|coming)"
)
_CLOCK: Final = r"(?:[0-9]{1,2}[:.][0-9]{2}(?: ?(?:uhr|h)\b)?|[0-9]{1,2} ?(?:uhr|h)\b)"
_COUNT: Final = rf"(?:[0-9]{{1,3}}|{one_of(COUNTS)})"
_LASTING: Final = "|".join(  # as people say it, beside «90 Minuten»
    (
        r"[0-9]{1,2} ?(?:h|std\.?|stunden?) ?(?:und )?[0-9]{2}(?: ?min(?:uten)?)?(?!\w)",
        rf"[0-9]{{1,2}}[.,][0-9]{{1,2}} ?(?:h|std|{_long(UNITS)})(?!\w)",
        r"[0-9]{1,3} ?(?:std|min|mins)(?!\w)",
        rf"(?:anderthalb|{_COUNT} ?(?:½|(?:und|e)?(?:ein)?halb)|one and a half)e? (?:h|std|{_long(UNITS)})(?!\w)",
        r"(?:(?:eine?|ne|an?) )?halbe? (?:an |stunden?|stund|hour)(?:hour)?(?!\w)|half an hour",
        r"(?:(?:eine?|ne) )?(?:drei)?viertel ?stunden?(?!\w)",
    )
)
_DATE: Final = "|".join(
    (
        _LASTING,
        r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}",
        r"[0-9]{1,2}\. ?[0-9]{1,2}\.(?: ?[0-9]{4}|[0-9]{2})?",
        rf"[0-9]{{1,2}}(?:\.|st|nd|rd|th)? ?(?:of )?{_MONTH}{_YEAR}",
        rf"{_MONTH} [0-9]{{1,2}}(?:st|nd|rd|th)?(?:,?{_YEAR})(?!\w)",
        rf"{_MONTH}{_YEAR}(?!\w)",
        _CLOCK,
        rf"(?:{one_of(WHICH_WEEKDAY)} )?{_long(WEEKDAYS)}(?!\w)",
        rf"{one_of(DAYS_AHEAD)}(?!\w)",
        rf"{_WHICH} (?:woche|monat|week|month)(?!\w)",
        rf"(?:in|vor) (?:[0-9]{{1,3}}|{one_of(COUNTS)}) {_long(UNITS)}(?!\w)",
        rf"(?:[0-9]{{1,3}}|{one_of(COUNTS)}) {_long(UNITS)}(?: ago)?(?!\w)",
    )
)
_JOIN: Final = r"(?:,? (?:um |ab |at |on |am |from |von )?| ?[-–] ?| bis | to | until )"
_MENTIONED: Final = re.compile(rf"(?<!\w)(?<![0-9][.,])(?:{_DATE})(?:{_JOIN}(?:{_DATE}))*", re.IGNORECASE)


def mentioned(text: str) -> tuple[list[str], str]:
    """The dates, days and spans that the text mentions, as they are written, and the text without them."""
    found = [match[0] for match in _MENTIONED.finditer(text)]
    return found, _MENTIONED.sub(" ", text) if found else text
