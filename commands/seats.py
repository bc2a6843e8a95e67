"""The rules of seats, the same for groups, events and trainings: who gets one, who waits, who moves up.

First in, first up. Free is what the capacity leaves beside seats held; it is looked at inside the transaction, and
after every change of capacity. The feature words what is said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from commands.framework import Context, Machine, personal
from storage import seats
from storage.engine.base import Tx
from storage.seats import HOLDING, Seat


@dataclass(frozen=True)
class Hall:
    """A thing with seats; without a capacity there is room for all."""

    kind: str
    number: int
    capacity: int | None
    open: bool = True  # else none of its seats is given to anybody


@dataclass(frozen=True)
class Filling:
    """The number of people who hold a seat, and of those who wait for one."""

    confirmed: int
    waiting: int


def filling(tx: Tx, hall: Hall) -> Filling:
    found = seats.counts(tx, hall.kind, hall.number)
    return Filling(sum(found.get(state, 0) for state in HOLDING), found.get("waiting", 0))


def free(tx: Tx, hall: Hall) -> int | None:
    """The number of free seats; None if there is no limit. Never below 0: shrinking removes nobody."""
    if not hall.open:
        return 0
    if hall.capacity is None:
        return None
    return max(0, hall.capacity - filling(tx, hall).confirmed)


def has_seat(*kinds: str) -> Callable[[Context], bool]:
    """Whether the asker has a seat in something of these kinds, or waits for one."""

    def has(ctx: Context) -> bool:
        return any(seat.kind in kinds for seat in seats.list_of_person(ctx.tx, ctx.me.user_id))

    return has


def holds(seat: Seat | None) -> bool:
    """Does the person hold a seat?"""
    return seat is not None and seat.state in HOLDING


def take(
    ctx: Context, hall: Hall, user_id: str, *, state: str = "confirmed", queue: bool = True
) -> Seat | None:
    """The person has a seat in this state, or waits for one; None without room, where there is no `queue`.

    A person who holds a seat or waits already keeps it, and the place; one who had to ask first has the place in
    the order from when they asked.
    """
    ctx.note(hall.kind, hall.number, part="seat", person=user_id)
    before = seats.find(ctx.tx, hall.kind, hall.number, user_id)
    if before is not None and before.state in (*HOLDING, "waiting"):
        return before
    room = free(ctx.tx, hall)
    if room == 0 and not queue:
        return None
    return seats.put(
        ctx.tx,
        kind=hall.kind,
        number=hall.number,
        user_id=user_id,
        state="waiting" if room == 0 else state,
        carrier=ctx.event_id,
        at=ctx.sent_at or ctx.now,
        arrived=before.arrived if before is not None and before.state == "requested" else None,
    )


def give_up(ctx: Context, hall: Hall, user_id: str, *, said: str | None = None) -> list[str]:
    """The person has no seat and waits for none; returns those who have moved up because of it.

    `said`: what is kept instead: `declined` or `maybe`. A person who comes back goes to the end.
    """
    ctx.note(hall.kind, hall.number, part="seat", person=user_id)
    if said is None:
        seats.remove(ctx.tx, hall.kind, hall.number, user_id, at=ctx.sent_at or ctx.now)
    else:
        seats.put(
            ctx.tx,
            kind=hall.kind,
            number=hall.number,
            user_id=user_id,
            state=said,
            carrier=ctx.event_id,
            at=ctx.sent_at or ctx.now,
        )
    return fill(ctx, hall)


def fill(ctx: Context, hall: Hall) -> list[str]:
    """All that fit have moved up from the waiting list; who they are, in order."""
    waiting = seats.counts(ctx.tx, hall.kind, hall.number).get("waiting", 0)
    room = free(ctx.tx, hall)
    count = waiting if room is None else min(room, waiting)
    if count == 0:
        return []
    up = seats.first_waiting(ctx.tx, hall.kind, hall.number, limit=count)
    for seat in up:
        seats.move_up(ctx.tx, hall.kind, hall.number, seat.user_id)
    return [seat.user_id for seat in up]


def of_person(tx: Tx, user_id: str, *kinds: str) -> list[list[Any]]:
    """The person's seats in things of these kinds, as data that can be stored with an offer."""
    mine = [s for s in seats.list_of_person(tx, user_id) if s.kind in kinds]
    return [[s.kind, s.number, s.state, s.arrived, s.carrier] for s in mine]


def given_back(ctx: Context, hall: Hall, user_id: str, state: str) -> str:
    """The state of a seat that the person gets back: `waiting`, in the first place, where all are taken by now."""
    ctx.note(hall.kind, hall.number, part="seat", person=user_id)
    return "waiting" if state in HOLDING and free(ctx.tx, hall) == 0 else state


def _forget(ctx: Context, user_id: str) -> None:
    seats.forget_left(ctx.tx, user_id)


@personal("seats given up", erase=_forget)
def export(ctx: Context, user_id: str) -> list[dict[str, Any]]:
    return [
        {"of": f"{left.kind} {left.number}", "at": left.at.isoformat()}
        for left in seats.list_left_by(ctx.tx, user_id)
    ]


def you(tx: Tx, hall: Hall, user_id: str) -> Machine:
    """The `you` part of a reply: the seat, and the place on the waiting list.

    An assigned seat is held for the person, who has not said yes to it: none so far.
    """
    seat = seats.find(tx, hall.kind, hall.number, user_id)
    if seat is None or seat.state in ("declined", "maybe", "requested", "assigned"):
        return {"seat": "none"}
    if seat.state == "waiting":
        return {"seat": "waiting", "position": seats.position(tx, seat)}
    return {"seat": "confirmed"}
