"""How the dates of a series move together: it keeps its rhythm.

Weekly ones are shifted, monthly ones get the new date or weekday of the month. Where no date is over yet, the
rule of its entry is that of the new rhythm; else the dates are instances that differ from the old one, so
that what took place stays where it was. There are no commands here.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from commands.framework import Context, Unreadable
from commands.framework.arguments import refusal
from commands.meetings import recurrences
from commands.meetings.recurrences import Every
from commands.meetings.schedule import coming
from storage.meetings import Meeting, Series
from storage.schedules import Schedule


def rhythm(series: Series) -> Every | None:
    return Every(series.rhythm, nth=series.nth) if series.rhythm else None


def shifted(
    ctx: Context, schedule: Schedule, every: Every, moved: Meeting, wall: datetime
) -> dict[int, tuple[Meeting, datetime]]:
    """Each date to come of the series, with its new wall time: the rhythm goes through the one given."""
    found = coming(ctx, schedule)
    if every.code in ("week", "two_weeks"):
        by = wall - moved.planned
        return {one.id: (one, one.planned + by) for one in found}
    nth = recurrences.LAST if every.nth == recurrences.LAST else None
    settled = recurrences.settled(
        Every(every.code, wall.weekday() if every.code == "month_weekday" else None, nth), wall.date()
    ) or recurrences.settled(Every(every.code), wall.date())
    assert settled is not None
    months = (wall.year - moved.planned.year) * 12 + wall.month - moved.planned.month
    dates: dict[int, tuple[Meeting, datetime]] = {}
    for one in found:
        year, month = recurrences.month_after(one.planned.year, one.planned.month, months)
        day = recurrences.in_month(settled, year, month, wall.day)
        if day is None:
            problem = Unreadable(
                de=f"Diesen Tag gibt es im {month:02}.{year} nicht. Bitte verschieben Sie die Termine einzeln.",
                en=f"There is no such day in {month:02}/{year}. Please move the dates one by one.",
            )
            raise refusal(ctx, problem, "when")
        dates[one.id] = (one, datetime.combine(day, wall.time()))
    return dates


def follow_rule(
    ctx: Context, schedule: Schedule, every: Every | None, minutes: int | None, zone: ZoneInfo
) -> Schedule:
    """The entry says the new time as a rule, where one says it for all dates; else as instances that differ."""
    found = list(schedule.dates.values())
    if not schedule.series.rhythm:
        only = found[0]
        return schedule.changed(only.id, planned=only.wall).with_series(minutes=minutes)
    walls = sorted(one.wall for one in found)
    if every is None or any(one.state != "planned" or one.over_at <= ctx.now for one in found):
        return schedule
    first = walls[0]
    weekday = first.weekday() if every.code != "month" else None
    options = [Every(every.code, weekday), Every(every.code, weekday, recurrences.LAST)]
    for option in options if every.code == "month_weekday" else options[:1]:
        settled = recurrences.settled(option, first.date())
        if settled is not None and list(recurrences.walls(settled, first, walls[-1])) == walls:
            for one in found:
                schedule = schedule.changed(one.id, planned=one.wall)
            rule = recurrences.rule(settled, first, walls[-1], zone)
            return schedule.with_series(rule=rule, nth=settled.nth, minutes=minutes)
    return schedule
