"""What those concerned are told when an event or a training changes, moves, is cancelled, or is on again.

Told are those who come, wait, or may come, half a minute later and in one message: so what was an error, and put right
meanwhile, is nobody's news. Who has a seat gets it with the file for the calendar. What it is called and about is seen
on the card: that is news for the calendars alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from commands import seats as rules
from commands.calendars import sends_files
from commands.events.attendance import concerned, holders
from commands.events.entries import invite, take_out
from commands.events.model import AboutEvent, find, occasion
from commands.framework import Context, Machine, telling
from storage import inbox, seats
from storage.events import Event

TIMES: Final = ("start", "end")
WHERE: Final = ("place", "link")
WORDS: Final = ("title", "text")


class ToldChanged(AboutEvent):
    """To those concerned: something other than the time is different; `parts`: title, text, place, link."""

    parts: tuple[str, ...] = ()


class ToldMoved(AboutEvent):
    """To those concerned: it is at another time; `was`: at which before."""

    was: datetime | None = None


class ToldCancelled(AboutEvent):
    """To those concerned: it does not take place, or why it does not."""


class ToldReinstated(AboutEvent):
    """To those concerned: it takes place after all."""


def tell(ctx: Context, before: Event, after: Event) -> int:
    """All concerned are told soon what is different; how many others that are.

    Who did it knows, but their calendar does not.
    """
    was, now = as_known(before), as_known(after)
    parts = {part for part in now if now[part] != was[part]}
    seated = holders(ctx, after)
    people = concerned(ctx, after) if parts.difference(WORDS) else seated if parts else []
    people = [user for user in people if not inbox.is_gone(ctx.tx, user)]
    if _is_over(ctx, after):
        return 0
    for user in people:
        if user != ctx.me.user_id or (user in seated and sends_files(ctx, user)):
            about = {"kind": after.kind, "number": after.id}
            telling.keep(ctx, user, "event", before=was, about=about)
    return len(set(people) - {ctx.me.user_id})


def _is_over(ctx: Context, event: Event) -> bool:
    return event.over_at is not None and event.over_at <= ctx.now


def as_known(event: Event) -> Machine:
    return {
        "start": event.start_at.isoformat() if event.start_at else None,
        "end": event.end_at.isoformat() if event.end_at else None,
        "place": event.place,
        "link": event.link,
        "title": event.title,
        "text": hashlib.sha256(event.text.encode()).hexdigest()[:16],
        "cancelled": event.cancelled,
        "reason": event.reason if event.cancelled else None,
    }


@telling.told("event")
def news(ctx: Context, since: telling.Since, kind: str, number: int) -> AboutEvent | None:
    """The differences, for people who still have something to do with it."""
    event = find(ctx, kind, number)
    seat = seats.find(ctx.tx, kind, number, since.recipient)
    if seat is None or seat.state == "declined" or _is_over(ctx, event):
        return None
    said = _difference(ctx, event, since.before)
    if said is None or not rules.holds(seat):
        return said if not isinstance(said, ToldChanged) or set(said.parts) & set(WHERE) else None
    if event.cancelled and since.before["cancelled"]:
        return said  # the reason alone is no news for the calendar
    file = (take_out if event.cancelled else invite)(ctx, event, since.recipient)
    if file is None and isinstance(said, ToldChanged) and not set(said.parts) & set(WHERE):
        return None
    return replace(said, calendar=file)


def _difference(ctx: Context, event: Event, was: Mapping[str, Any]) -> AboutEvent | None:
    now, known = as_known(event), occasion(ctx, event)
    if now["cancelled"]:
        return (
            ToldCancelled(known)
            if (now["cancelled"], now["reason"]) != (was["cancelled"], was["reason"])
            else None
        )
    if was["cancelled"]:
        return ToldReinstated(known)
    if any(now[part] != was[part] for part in TIMES):
        start = (
            datetime.fromisoformat(was["start"]) if was["start"] and now["start"] != was["start"] else None
        )
        return ToldMoved(known, was=start)
    parts = tuple(part for part in (*WORDS, *WHERE) if now[part] != was[part])
    return ToldChanged(known, parts=parts) if parts else None
