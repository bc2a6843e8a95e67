"""The figures of a stretch of days, and of as many days before."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from commands.framework import Context
from storage import ideas, reporting

DECIDED: Final = ("accepted", "implementing", "implemented", "rejected", "merged")
MOST: Final = 10_000  # decisions that are looked at


@dataclass(frozen=True)
class Figures:
    """What was counted."""

    joined: int
    ideas: int
    decided: int
    votes: int
    news: int
    events: int  # and trainings
    meetings: int
    attended: int
    agreements: int
    steps: int
    minutes: int

    @property
    def hours(self) -> str:
        """With a decimal where there is one: «12», «7.5»."""
        return f"{self.minutes / 60:.2f}".rstrip("0").rstrip(".")


def count(ctx: Context, first: date, last: date) -> Figures:
    """The figures of these days, both included, by the clock of the community."""
    since, until = bounds(ctx, first, last)
    counted = reporting.counts(ctx.tx, since=since, until=until)
    return Figures(
        **counted,
        decided=_decided(ctx, since, until),
        minutes=reporting.minutes(ctx.tx, first=first, last=last),
    )


def _decided(ctx: Context, since: datetime, until: datetime) -> int:
    """The ideas that something was decided about, and that are decided still: what was taken back counts no more."""
    refs = reporting.decided(ctx.tx, since=since, until=until, most=MOST)
    numbers = [int(ref[1:]) for ref in refs if ref[:1] == "I" and ref[1:].isdecimal()]
    return sum(idea.state in DECIDED for idea in ideas.list_outlines(ctx.tx, numbers))


def bounds(ctx: Context, first: date, last: date) -> tuple[datetime, datetime]:
    """The moment at which the first day begins, and the one at which the last is over, or now if that is to come."""
    begun, over = (
        datetime(day.year, day.month, day.day, tzinfo=ctx.settings.zone)
        for day in (first, last + timedelta(days=1))
    )
    return begun, min(over, ctx.now + timedelta(seconds=1))  # what is done at this moment counts


def before(first: date, last: date) -> tuple[date, date]:
    """The days before, to compare with: of whole months as many whole months, else as many days."""
    end = first - timedelta(days=1)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if first.day == 1 and last.day == calendar.monthrange(last.year, last.month)[1]:
        begin = first.year * 12 + first.month - 1 - months
        return date(begin // 12, begin % 12 + 1, 1), end
    return first - (last - first) - timedelta(days=1), end


def last_month(day: date) -> tuple[date, date]:
    """The first and the last day of the calendar month before this day's."""
    end = day.replace(day=1) - timedelta(days=1)
    return end.replace(day=1), end
