"""What becomes of somebody's seats at events and trainings when they leave, and what is stored about them."""

from __future__ import annotations

from typing import Any

from commands import notices
from commands import seats as rules
from commands.events.attendance import leave, put_back, tell_own_seat_later
from commands.events.kinds import KINDS
from commands.events.model import closed_by, find, hall, ref_of
from commands.framework import UNDO_WITHIN, Context, departure, personal, returning
from storage import events as stored
from storage import seats
from storage.events import Event
from storage.seats import Seat


def _mine(ctx: Context, user_id: str) -> list[tuple[Seat, Event]]:
    found = [s for s in seats.list_of_person(ctx.tx, user_id) if s.kind in KINDS]
    return [(s, find(ctx, s.kind, s.number)) for s in found]


@departure
def free_seats(ctx: Context, user_id: str) -> None:
    """The seats in what is still to come are free, and those who move up know.

    The person's calendar is told when it can't be taken back any more.
    """
    for seat, event in _mine(ctx, user_id):
        if closed_by(event, ctx.now) in ("cancelled", "begun"):
            notices.drop(ctx, event.kind, event.id, user_id)
        else:
            leave(ctx, event, seat.user_id)
            tell_own_seat_later(ctx, event, seat, after=UNDO_WITHIN)


def _give_back(ctx: Context, user_id: str, before: list[list[Any]]) -> None:
    """The seats in what is still to come, or where somebody else has one by now the first place on the waiting list."""
    for kind, number, state, arrived, carrier in before:
        event = find(ctx, kind, number)
        there = seats.find(ctx.tx, kind, number, user_id) is not None
        if not there and closed_by(event, ctx.now) not in ("cancelled", "begun"):
            state_now = rules.given_back(ctx, hall(event), user_id, state)
            put_back(ctx, event, user_id, state=state_now, arrived=arrived, carrier=carrier)


@returning("events", give_back=_give_back)
def _kept(ctx: Context, user_id: str) -> list[list[Any]]:
    return rules.of_person(ctx.tx, user_id, *KINDS)


def _erase(ctx: Context, user_id: str) -> None:
    """Nothing says any more what the person signed up for; seats in what is still to come are the next one's."""
    for seat, event in _mine(ctx, user_id):
        if closed_by(event, ctx.now) in ("cancelled", "begun"):
            seats.remove(ctx.tx, seat.kind, seat.number, user_id, at=ctx.now)
            ctx.changed(event.kind, event.id)
        else:
            leave(ctx, event, user_id)
    stored.forget_completions(ctx.tx, user_id)


@personal("events", erase=_erase)
def _export(ctx: Context, user_id: str) -> dict[str, Any]:
    return {
        "seats": [
            {"ref": ref_of(e), "title": e.title, "seat": s.state, "at": s.at.isoformat()}
            for s, e in _mine(ctx, user_id)
        ],
        "completed": [
            {"ref": f"K{c.training}", "at": c.at.isoformat()}
            for c in stored.list_completions(ctx.tx, user_id)
        ],
    }
