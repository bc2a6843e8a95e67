"""The days that hours are added up for."""

from __future__ import annotations

from datetime import date

from commands.dates import Moment
from commands.framework import Context
from commands.framework.periods import backwards, last_day
from commands.hours.model import today


def days_of(ctx: Context, since: Moment | None, until: Moment | None) -> tuple[date, date]:
    """The first and the last day; without them from the beginning of the year until today. Refuses: BadInput."""
    last = last_day(ctx, since, until).start.date() if until is not None else today(ctx)
    first = since.start.date() if since is not None else date(last.year, 1, 1)
    if first > last:
        raise backwards(ctx, first, last, "until")
    return first, last
