"""The days from one to another that a report is about, as people say them."""

from __future__ import annotations

from datetime import date

from commands.dates import DateRefused, Moment, read_moment
from commands.framework.arguments import refusal
from commands.framework.context import Context
from commands.framework.replies import Refused
from commands.framework.types import Unreadable


def last_day(ctx: Context, since: Moment | None, until: Moment) -> Moment:
    """The last day; where it was said without a year it is the first such day of the period, not the latest of all."""
    if since is None or until.start >= since.start:
        return until
    try:
        typed = ctx.texts.get("until", "")
        return read_moment(typed, now=since.start, zone=ctx.settings.zone, whole_day=True)
    except DateRefused:
        return until


def backwards(ctx: Context, first: date, last: date, field: str) -> Refused:
    """The refusal of days that end before they begin."""
    said = Unreadable(
        de=f"Der Zeitraum endet vor seinem Beginn: vom {first:%d.%m.%Y} bis zum {last:%d.%m.%Y}.",
        en=f"These days end before they begin: from {first:%d.%m.%Y} until {last:%d.%m.%Y}.",
    )
    return refusal(ctx, said, field)
