"""Which days of the agenda somebody asks for: «heute», «nächste Woche», «im Dezember», «meine», in either language."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, ValidationInfo

from commands import dates
from commands.dates import MONTHS
from commands.framework import Found, Place, Unreadable
from commands.spelling import most_alike
from commands.words import fold, normal


@dataclass(frozen=True)
class Days:
    """From the day `first` (None: from now) until before the day `after` (None: without end).

    `kind` is how it is called: all, today, week, this week, next week, month, one month, day or days. `mine`: only
    what the asker takes part in. `typed`: the words to ask for it again.
    """

    kind: str = "all"
    first: date | None = None
    after: date | None = None
    mine: bool = False
    typed: str = ""

    def begins(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Its first moment that is not over."""
        return max(now, datetime.combine(self.first, time(), zone)) if self.first else now

    def ends(self, zone: ZoneInfo) -> datetime | None:
        """The midnight at which it ends, as clocks here show it."""
        return datetime.combine(self.after, time(), zone) if self.after else None


ALL: Final = Days()

_MINE = frozenset({"meine", "meinen", "mein", "mine", "my", "ich", "eigene", "own"})
# Said along, and telling nothing: «was ist im Dezember», «nur meine Termine», «show the agenda for today».
_BESIDE = {
    *("im", "in", "am", "an", "für", "fur", "fuer", "den", "die", "der", "das", "was", "ist", "nur", "von"),
    *("zeig", "zeige", "liste", "termine", "anlässe", "sitzungen"),
    *("the", "for", "of", "on", "at", "is", "what", "only", "show", "list", "dates"),
}
_NAMED: Final = {
    spelt: kind
    for kind, words in {
        "all": ("alle", "alles", "all", "everything"),
        "today": ("heute", "today"),
        "week": ("woche", "week"),
        "this week": ("diese woche", "dieser woche", "aktuelle woche", "this week"),
        "next week": ("nächste woche", "nächster woche", "kommende woche", "next week", "coming week"),
        "month": ("monat", "month"),
        "this month": ("dieser monat", "diesen monat", "diesem monat", "this month"),
        "next month": ("nächster monat", "nächsten monat", "nächstem monat", "kommenden monat", "next month"),
    }.items()
    for word in words
    for spelt in fold(word)
}


def read(typed: str, *, now: datetime, zone: ZoneInfo) -> Days:
    """The days that the words name. Raises: Unreadable."""
    said = [word.strip(",;?!") for word in normal(typed).split()]
    telling = [word for word in said if word and word not in _BESIDE]
    words = " ".join(word for word in telling if word not in _MINE)
    today = now.astimezone(zone).date()
    found = _named(words, today) or _month(words, today) or _dated(words, now, zone)
    if found is None:
        near = most_alike(words, [*_NAMED, *MONTHS], least=0.7)
        raise Unreadable(
            de=f"«{typed}» geht hier nicht. Möglich sind: heute, diese Woche, nächste Woche, woche, monat, "
            "alle, ein Monat wie Dezember, ein Tag wie 05.12.2026. «meine» zeigt nur, wo Sie dabei sind.",
            en=f"«{typed}» is not possible here. Choose one of: today, this week, next week, week, month, "
            "all, a month like December, a day like 05.12.2026. «mine» shows only where you take part.",
            nearest=near,
        )
    kind, first, after = found
    return Days(kind, first, after, not _MINE.isdisjoint(telling), " ".join(telling))


_Found = tuple[str, date | None, date | None]


def _named(words: str, today: date) -> _Found | None:
    kind = _NAMED.get(words) if words else "all"
    if kind is None or kind == "all":
        return ("all", None, None) if kind else None
    monday = today + timedelta(days=7 - today.weekday())
    this, following = today.replace(day=1), _following(today)
    last = monthrange(following.year, following.month)[1]
    found: dict[str, _Found] = {
        "today": ("today", None, today + timedelta(days=1)),
        "week": ("week", None, today + timedelta(days=7)),
        "this week": ("this week", None, monday),
        "next week": ("next week", monday, monday + timedelta(days=7)),
        "month": ("month", None, following.replace(day=min(today.day, last))),
        "this month": ("one month", this, following),
        "next month": ("one month", following, _following(following)),
    }
    return found[kind]


def _month(words: str, today: date) -> _Found | None:
    """«Dezember» is the next that is not over, «Dezember 2027» that one."""
    said = re.fullmatch(r"([^\W\d]+)\.?(?: (20[0-9][0-9]))?", words)
    number = MONTHS.get(said[1]) if said else None
    if said is None or number is None:
        return None
    begins = date(int(said[2]) if said[2] else today.year + (number < today.month), number, 1)
    return "one month", begins, _following(begins)


def _dated(words: str, now: datetime, zone: ZoneInfo) -> _Found | None:
    """A day, or so many days or weeks from today on."""
    try:
        moment = dates.read_moment(words, now=now, zone=zone, whole_day=True)
    except dates.DateRefused:
        try:
            span = dates.read_duration(words)
        except dates.DateRefused:
            return None
        return ("days", None, now.astimezone(zone).date() + span) if span >= timedelta(days=1) else None
    day = moment.start.astimezone(zone).date()
    return "day", day, day + timedelta(days=1)


def _following(day: date) -> date:
    """The first day of the month after this day's."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _read(raw: Any, info: ValidationInfo) -> Any:
    if not isinstance(raw, str):
        return raw
    ctx: Any = info.context
    return read(raw, now=ctx.now, zone=ctx.settings.zone)


Span = Annotated[Days, BeforeValidator(_read), Place("line"), Found("date")]
