"""How the dates to choose from are read, and the numbers that answer."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, ValidationInfo

from commands import dates
from commands.dates import DateRefused, Moment, explain
from commands.framework import Place, Unreadable, reference
from commands.framework.understanding import numbers_in

FEWEST, MOST = 2, 8  # dates
KEYS: Final = tuple(f"{n}\ufe0f\u20e3" for n in range(1, MOST + 1))  # 1️⃣ … 8️⃣
_MARK: Final = re.compile(r"\s*(?:[-*•–]\s+|[1-9]\ufe0f?\u20e3\s*)")
_COUNT: Final = re.compile(r"\s*[1-9][.):]\s+")
_BETWEEN: Final = re.compile(r"\s*;\s*|\s+(?:oder|or)\s+|\s*,\s*(?:oder|or)\s+|\s*,\s*(?=\D*\d)")
DAYS: Final = {
    "de": ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
ALL: Final = ("alle", "alles", "all", "alle passen", "passt alles")
NO: Final = ("nein", "no", "nichts", "-", "0")

FindingRef = Annotated[int, reference("dates")]


def _read(raw: Any, info: ValidationInfo) -> Any:
    """Two to eight dates to come, each on its line, in the order in which they were typed."""
    if not isinstance(raw, str):
        return raw
    ctx: Any = info.context
    lines = [line for line in raw.splitlines() if line.strip()]
    found = [one for number, line in enumerate(lines, 1) for one in _dates_in(ctx, number, line)]
    if len({moment.start for moment in found}) < len(found):
        raise Unreadable(de="Ein Termin steht zweimal da.", en="A date is there twice.")
    if not FEWEST <= len(found) <= MOST:
        raise Unreadable(
            de=f"Zur Wahl stehen zwei bis acht Termine, jeder auf einer Zeile. Gelesen habe ich {len(found)}.",
            en=f"There are two to eight dates to choose from, each on a line. I have read {len(found)}.",
        )
    return tuple(found)


def _dates_in(ctx: Any, number: int, line: str) -> list[Moment]:
    """The date on the line, behind a mark or its number; several, where they stand beside each other."""
    typed = _MARK.sub("", line, count=1)
    try:
        return [_date(ctx, typed)]
    except DateRefused as problem:
        counted = _COUNT.sub("", typed, count=1)
        parts = [part for part in _BETWEEN.split(typed) if part]
        for tried in ([counted] if counted != typed else [], parts if len(parts) > 1 else []):
            with contextlib.suppress(DateRefused):
                if tried:
                    return [_date(ctx, part) for part in tried]
        german, english = (explain(problem, language) for language in ("de", "en"))
        raise Unreadable(de=f"Termin {number}: {german}", en=f"Date {number}: {english}") from problem


def _date(ctx: Any, typed: str) -> Moment:
    return dates.read_moment(typed.strip(" .,"), now=ctx.now, zone=ctx.settings.zone)


Options = Annotated[tuple[Moment, ...], Place("body"), BeforeValidator(_read)]


def with_ends(found: Sequence[Moment]) -> list[tuple[datetime, datetime | None]]:
    """Start and end of each: one without an end lasts as long as the others' shortest, if any has one."""
    spans = [moment.end - moment.start for moment in found if moment.end is not None]
    shortest = min(spans, default=None)
    return [
        (moment.start, moment.end or (moment.start + shortest if shortest is not None else None))
        for moment in found
    ]


def _numbers(raw: Any) -> Any:
    """`1 und 3`, `alle`, `keine`; the numbers in order."""
    if not isinstance(raw, str):
        return raw
    typed = " ".join(raw.casefold().split()).strip(" .!")
    if typed in ALL:
        return tuple(range(1, MOST + 1))
    found = () if typed in NO else numbers_in(raw)
    if found is None:
        raise Unreadable(
            de=f"«{typed[:60]}» verstehe ich nicht. Schreiben Sie die Nummern, zum Beispiel «1 und 3», oder «keine».",
            en=f"I don't understand «{typed[:60]}». Write the numbers, such as «1 and 3», or «none».",
        )
    return tuple(sorted(found))


Numbers = Annotated[tuple[int, ...], Place("line"), BeforeValidator(_numbers)]


def shown(start: datetime, end: datetime | None, zone: ZoneInfo, language: str) -> str:
    """«Mo 16.11.2026, 09:00–10:30», to be picked."""
    local = start.astimezone(zone)
    until = f"–{end.astimezone(zone):%H:%M}" if end is not None else ""
    return f"{DAYS[language][local.weekday()]} {local:%d.%m.%Y, %H:%M}{until}"


def asked_number(raw: Any) -> Any:
    """`2`, `2.` and 2️⃣ are two."""
    found = numbers_in(raw) if isinstance(raw, str) else None
    return found[0] if found is not None and len(found) == 1 else raw
