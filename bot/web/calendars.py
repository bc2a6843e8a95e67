"""A member's own calendar, below an address that only they know."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

from bot.web.answers import Answer, MissingError
from bot.web.subscriptions import CALENDAR
from bot.web.visit import Visit, page
from commands import calendars

BELOW: Final = "/kalender/"  # what follows is a secret: it is in no log
_FOR_ONE: Final = {"Cache-Control": "private, no-cache"}


def _version(visit: Visit) -> Hashable:
    """By the row of the subscription alone; None where there is none."""
    found = calendars.find(visit.ctx, _secret(visit))
    return calendars.version_of(visit.ctx, found) if found is not None else None


@page(rf"{BELOW}[0-9a-f]{{32}}\.ics", whole=lambda _visit: (), version=_version)
def own_calendar(visit: Visit) -> Answer:
    """The dates of whose address it is. Raises: MissingError, like any other page that is not there."""
    found = calendars.find(visit.ctx, _secret(visit))
    if found is None:
        raise MissingError
    return Answer(calendars.own_calendar(visit.ctx, found.user_id), CALENDAR, headers=_FOR_ONE)


def _secret(visit: Visit) -> str:
    return visit.asked.path.removeprefix(BELOW).removesuffix(".ics")


def without_secret(path: str) -> str:
    """The path as a log may have it."""
    return f"{path.partition(BELOW)[0]}{BELOW}…" if BELOW in path else path[:200]
