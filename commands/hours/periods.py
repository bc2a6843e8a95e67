"""The days that hours are added up for."""

from __future__ import annotations

from datetime import date

from commands.dates import Moment
from commands.framework import Context, Unreadable
from commands.framework.arguments import refusal
from commands.hours.model import today


def days_of(ctx: Context, since: Moment | None, until: Moment | None) -> tuple[date, date]:
    """The first and the last day; without them from the beginning of the year until today. Refuses: BadInput."""
    last = until.start.date() if until is not None else today(ctx)
    first = since.start.date() if since is not None else date(last.year, 1, 1)
    if first > last:
        backwards = Unreadable(
            de=f"Der Zeitraum läuft rückwärts: vom {first:%d.%m.%Y} bis zum {last:%d.%m.%Y}.",
            en=f"These days run backwards: from {first:%d.%m.%Y} until {last:%d.%m.%Y}.",
        )
        raise refusal(ctx, backwards, "until")
    return first, last
