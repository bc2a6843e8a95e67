"""Halves and quarters as people say them, made decimals that durations are read from."""

import re
from typing import Final

from commands.dates.words import COUNTS, one_of

_COUNT: Final = rf"(?P<count>[0-9]{{1,3}}|{one_of(COUNTS)})"
_HOUR: Final = r"(?:stunden?|stund|std|h|hours?|hrs?)"
_SAID: Final = tuple(
    (re.compile(rf"(?<![^\W_]){said}(?![^\W_])"), meant)
    for said, meant in (
        (r"(?:anderthalb|aderthalb)", "1.5"),
        (rf"{_COUNT}(?:und|e)?(?:ein)?halbe?", "{}.5"),
        (rf"{_COUNT} ?½", "{}.5"),
        (rf"{_COUNT} (?:und|and) (?:a|ein[e]?) (?:half|halb[e]?)", "{}.5"),
        (rf"{_COUNT} hours? and a half", "{}.5 hours"),
        (rf"{_COUNT} 1/2", "{}.5"),
        (
            rf"(?:(?:eine?|ne|e|en|a|an|one) )?(?:halbe?|halbi|half|½|1/2) (?:(?:an?|of an) )?{_HOUR}",
            "30 min",
        ),
        (
            rf"(?:(?:eine?|ne|e) )?(?:dreiviertel|drü ?viertel|3/4|¾|three quarters)(?: of an)?[ -]?{_HOUR}",
            "45 min",
        ),
        (rf"(?:(?:eine?|ne|e|a|one) )?(?:viertel|1/4|¼|quarter)(?: of an)?[ -]?{_HOUR}", "15 min"),
    )
)
_ANY: Final = re.compile(r"halb|half|viertel|quarter|[½¼¾/]")


def as_decimals(text: str) -> str:
    """The text, tidied and in small letters, `1.5 stunden` for «eineinhalb Stunden», `30 min` for «half an hour»."""
    if _ANY.search(text) is None:
        return text
    for said, meant in _SAID:
        text = said.sub(lambda found, meant=meant: meant.format(_number(found)), text)  # type: ignore[misc]
    return text


def _number(found: re.Match[str]) -> str:
    count = found.groupdict().get("count") or ""
    return str(COUNTS.get(count, count))
