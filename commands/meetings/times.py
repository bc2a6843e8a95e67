"""When meetings are, as planning and moving them both need it: how long, on which days, and what stands in the row.

There are no commands here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from commands.dates import Moment
from commands.framework import Context, Machine, Refused, Unreadable
from commands.framework.arguments import refusal
from commands.meetings import recurrences
from commands.meetings.recurrences import Every
from storage import meetings as stored
from storage.meetings import Meeting

LONGEST: Final = timedelta(days=14)


def lasts(ctx: Context, when: Moment, duration: timedelta | None) -> int | None:
    """For how many minutes on the clock; None where it was not said. Refuses: BadInput."""
    if duration is not None and when.end is not None:
        raise _refused(
            ctx,
            "duration",
            de="Das Ende steht schon bei «wann». Bitte geben Sie nur die Endzeit oder nur die Dauer an.",
            en="The end is already in «when». Please give either the time it ends or the duration.",
        )
    zone = ctx.settings.zone
    end = when.end
    if duration is not None:
        end = (when.start.astimezone(UTC) + duration).astimezone(zone)
    if end is None:
        return None
    span = end.astimezone(zone).replace(tzinfo=None) - when.start.astimezone(zone).replace(tzinfo=None)
    if not timedelta(minutes=1) <= span <= LONGEST:
        raise _refused(
            ctx,
            "duration" if duration is not None else "when",
            de="Eine Sitzung dauert zwischen einer Minute und 14 Tagen.",
            en="A meeting lasts between one minute and 14 days.",
        )
    return int(span.total_seconds()) // 60


def times(
    wall: datetime, minutes: int | None, zone: ZoneInfo, *, start: datetime | None = None
) -> dict[str, Any]:
    """The columns of a meeting that say when it is; `start`: the instant, where it is known already."""
    start_at = start.astimezone(UTC) if start is not None else recurrences.at(wall, zone)
    end_at = recurrences.at(wall + timedelta(minutes=minutes), zone) if minutes is not None else None
    if end_at is not None and end_at <= start_at:  # the night the clocks are changed
        end_at = start_at + timedelta(minutes=minutes or 0)
    midnight = recurrences.at(datetime.combine(wall.date() + timedelta(days=1), datetime.min.time()), zone)
    return {
        "wall": wall,
        "minutes": minutes,
        "start_at": start_at,
        "end_at": end_at,
        "over_at": end_at or midnight,
    }


def walls_of(
    ctx: Context, start: datetime, every: Every | None, until: Moment | None
) -> tuple[Every | None, list[datetime]]:
    """The rhythm with what the first date says of it, and all dates in wall time. Refuses: BadInput."""
    first = start.replace(tzinfo=None)
    if every is None:
        if until is not None:
            raise _refused(
                ctx,
                "until",
                de="Zu «bis» gehört auch «jede», zum Beispiel «jede: 2 wochen». Das Ende steht bei «wann».",
                en="With «until» there must be «every», such as «every: 2 weeks». The end is in «when».",
            )
        return None, [first]
    if until is None:
        raise _refused(
            ctx,
            "until",
            de="Bis wann geht die Serie? Schreiben Sie zum Beispiel «bis: 30.06.2027» dazu.",
            en="Until when does the series go? Add until: 30.06.2027, for example.",
        )
    settled = recurrences.settled(every, first.date())
    if settled is None:
        raise _refused(
            ctx,
            "every",
            de="Das Datum bei «wann» fällt nicht auf den Tag bei «jede». Bitte ändern Sie eines von beiden.",
            en="The date in «when» is not on the day in «every». Please change one of them.",
        )
    wall = until.start.astimezone(ctx.settings.zone).replace(tzinfo=None)
    last = recurrences.end_of(wall.date()) if until.whole_day else wall
    if last < first:
        raise _refused(
            ctx,
            "until",
            de="Die Serie endet vor ihrem ersten Termin. Bitte ändern Sie «bis» oder «wann».",
            en="The series ends before its first date. Please change «until» or «when».",
        )
    found: list[datetime] = []
    for one in recurrences.walls(settled, first, last):
        found.append(one)
        if len(found) > recurrences.MOST:
            raise _refused(
                ctx,
                "until",
                de=f"Das wären mehr als {recurrences.MOST} Termine. Bitte nehmen Sie ein früheres «bis».",
                en=f"Those would be more than {recurrences.MOST} dates. Please choose an earlier «until».",
            )
    return (settled, found) if len(found) > 1 else (None, found)


def _refused(ctx: Context, name: str, *, de: str, en: str) -> Refused:
    return refusal(ctx, Unreadable(de=de, en=en), name)


def holidays_of(days: Sequence[date]) -> dict[date, list[str]]:
    """Those of these days that are public holidays of Basel-Landschaft, with their names in German and English."""
    import holidays  # noqa: PLC0415 - 14 megabytes, needed when something is planned

    years = sorted({day.year for day in days})
    german, english = (
        holidays.country_holidays("CH", subdiv="BL", years=years, language=language)
        for language in ("de", "en_US")
    )
    return {day: [german[day], english[day]] for day in days if day in german}


def kept(meeting: Meeting) -> Machine:
    """The row as data that can be stored with an offer, for `restored`."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in stored.columns(meeting, Meeting).items()
    }


def restored(data: Machine) -> dict[str, Any]:
    """The columns of a meeting as `kept` has kept them."""
    moments = ("planned", "wall", "start_at", "end_at", "over_at", "before", "asked")
    return {
        name: datetime.fromisoformat(value) if name in moments and value is not None else value
        for name, value in data.items()
    }
