"""The agenda (concept 7.4): all that is coming, of every kind of thing that has dates, and what of it is mine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from commands.calendars.files import CalendarFile, Entry
from commands.calendars.spans import ALL, Days, Span
from commands.fields import FIELDS
from commands.framework import (
    AGENDA,
    EVERYONE,
    LETTERS,
    PERSON,
    AgendaItem,
    Audience,
    Context,
    Machine,
    Page,
    Role,
    command,
)
from commands.framework.paging import ListPage, require_page, rows_on


@dataclass(frozen=True)
class Row:
    """A date, as the clocks here show it."""

    item: AgendaItem
    zone: ZoneInfo

    @property
    def sign(self) -> str:
        return LETTERS[self.item.ref[0]].sign

    @property
    def day(self) -> date:
        return self.item.start.astimezone(self.zone).date()

    @property
    def hours(self) -> str:
        """`13:30–17:00`; without the end where that is unknown, or on another day."""
        start = self.item.start.astimezone(self.zone)
        end = self.item.end.astimezone(self.zone) if self.item.end else None
        return f"{start:%H:%M}–{end:%H:%M}" if end and end.date() == start.date() else f"{start:%H:%M}"

    @property
    def last_day(self) -> date | None:
        """The day on which it ends, where that is another one."""
        end = self.item.end.astimezone(self.zone).date() if self.item.end else self.day
        return end if end != self.day else None


class Agenda(ListPage):
    """A page of what is coming, the next first."""

    rows: tuple[Row, ...]
    span: Days
    personal: bool  # with the asker's own meetings

    @property
    def audience(self) -> Audience:
        return PERSON if self.span.mine else EVERYONE

    @property
    def days(self) -> list[tuple[date, list[Row]]]:
        """The rows by day."""
        found: dict[date, list[Row]] = {}
        for row in self.rows:
            found.setdefault(row.day, []).append(row)
        return list(found.items())

    def machine(self) -> Machine:
        refs = [row.item.ref for row in self.rows]
        return self.listed("agenda", refs)

    def next(self, language: str) -> str:
        """The command for the next page, without prefix."""
        field = f"{FIELDS['page'][0 if language == 'de' else 1]}: {self.page + 1}"
        return " ".join(word for word in ("agenda", self.span.typed, field) if word)


@command(
    "agenda",
    "agenda",
    role=Role.PI,
    pausing=True,
    de="alles, was kommt: Anlässe, Kurse und im Direktchat Ihre Sitzungen",
    en="all that is coming: events, trainings, and in the direct chat your meetings",
    example=("diese Woche", "this week"),
    reads=True,
    words=(
        "events meetings",
        "Anlässe Sitzungen",
        "wann ist wieder etwas",
        "happening",
        "was passiert",
        "Terminkalender",
        "Wochenplan",
        "Programm",
        "was ist los",
        "etwas los",
        "wann habe ich",
        "do I have",
        "Termine",
        "läuft",
        "los",
        "ansteht",
        "steht an",
        "geplant",
        "was kommt",
        "im Kalender",
        "anstehende",
        "habe ich etwas",
        "meine Termine",
        "what is on",
        "what s on",
        "coming up",
        "upcoming",
        "my dates",
        "schedule",
    ),
    offer=("Sehen, was ansteht", "See what is coming up"),
)
def show(ctx: Context, span: Span = ALL, *, page: Page = 1) -> Agenda:
    """All that is coming in these days, or has begun and is not over; the asker's own is told to the asker alone."""
    zone = ctx.settings.zone
    user = ctx.me.user_id if ctx.where.direct or span.mine else None
    items = coming(ctx, span.begins(ctx.now, zone), span.ends(zone), user)
    if span.mine:
        items = [item for item in items if item.own]
    require_page(ctx, page, len(items), PERSON if span.mine else EVERYONE)
    rows = tuple(Row(item, zone) for item in rows_on(page, items))
    return Agenda(rows, span, user is not None, page=page, total=len(items))


def coming(ctx: Context, start: datetime, end: datetime | None, user: str | None) -> list[AgendaItem]:
    """All dates in between, in order."""
    found = [item for items in AGENDA.values() for item in items(ctx, start, end, user)]
    return sorted(found, key=lambda item: (item.start, item.ref[0], int(item.ref[1:])))


@command(
    "agenda ics",
    "agenda ics",
    role=Role.PI,
    de="die Agenda als Datei für Ihren Kalender",
    en="the agenda as a file for your calendar",
    example=("", ""),
    direct=True,
    pausing=True,
    reads=True,
    words=(
        "Outlook",
        "exportieren",
        "iCal",
        "Handy Termine",
        "Kalenderdatei",
        "calendar file",
        "file",
        "google",
        "in meinen Kalender",
    ),
    offer=("Die Termine in meinen Kalender übernehmen", "Take the dates into my calendar"),
)
def file(ctx: Context) -> CalendarFile:
    """A calendar file of all that is coming, with the asker's meetings; a series is in it once."""
    entries: dict[str, Entry] = {}
    for item in coming(ctx, ctx.now, None, ctx.me.user_id):
        if item.entry is not None:
            entries.setdefault(item.entry.uid, item.entry)
    return CalendarFile(of="agenda", method="PUBLISH", entries=tuple(entries.values()))
