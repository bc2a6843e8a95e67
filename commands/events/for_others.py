"""Coordinators sign somebody up, or off, who has asked them to; that person is told, with the file for the calendar.

The seat, or the place on the waiting list, is what the person would have got: first in, first up.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from commands.events.attendance import IN, carried, leave, require_to_come, take, tell_later
from commands.events.model import AboutEvent, Occasion, find, hall, occasion, ref_of
from commands.framework import COORDINATION, Audience, Context, Failure, NotAllowed, Refused, Reply, Role
from commands.members import name_of
from commands.seats import you
from storage import members, seats


class _NamesSomebody(AboutEvent):
    """Who has which seat is for the coordinators; elsewhere it is said without the name."""

    abstract: ClassVar[bool] = True
    name: str = ""
    waits: int = 0  # the place on the waiting list

    @property
    def audience(self) -> Audience:
        return COORDINATION

    def outside(self) -> Reply:
        return replace(self, name="", waits=0)


class SignedUpFor(_NamesSomebody):
    """This person has a seat, or waits for one."""


class SignedOffAgain(_NamesSomebody):
    """The person is not signed up any more."""


class HasNoSeat(Failure):
    """The person has no seat, and does not wait."""

    event: Occasion
    name: str

    @property
    def audience(self) -> Audience:
        return COORDINATION

    def outside(self) -> Reply:
        return replace(self, name="")


class HasSeat(Failure):
    """The person has a seat, or waits, already."""

    event: Occasion
    name: str
    waits: int

    @property
    def audience(self) -> Audience:
        return COORDINATION

    def outside(self) -> Reply:
        return replace(self, name="", waits=0)


class TakesNoPart(Failure):
    """Only active members are signed up; `state`: what the person is instead."""

    name: str
    state: str

    @property
    def audience(self) -> Audience:
        return COORDINATION

    def outside(self) -> Reply:
        return replace(self, name="")


def sign_up(ctx: Context, kind: str, number: int, user_id: str) -> SignedUpFor:
    """The person has a seat, or waits for one, and is told soon. Refuses: NotAllowed, TakesNoPart, HasSeat, Closed."""
    _require_coordinator(ctx)
    event = find(ctx, kind, number)
    member = members.find(ctx.tx, user_id)
    if member is None or member.state != "active":
        raise Refused(TakesNoPart(name_of(ctx, user_id), member.state if member is not None else "left"))
    require_to_come(ctx, event)
    before = seats.find(ctx.tx, kind, number, user_id)
    if before is not None and before.state in IN:
        raise Refused(HasSeat(occasion(ctx, event), member.name, _place(ctx, kind, number, user_id)))
    take(ctx, event, user_id)
    tell_later(ctx, event, user_id, was="none", by=ctx.me.name)
    ctx.audit(ref_of(event))
    return SignedUpFor(occasion(ctx, event), name=member.name, waits=_place(ctx, kind, number, user_id))


def sign_off(ctx: Context, kind: str, number: int, user_id: str) -> SignedOffAgain:
    """The person's seat is the next one's, and the person is told soon. Refuses: NotAllowed, HasNoSeat, Closed."""
    _require_coordinator(ctx)
    event = find(ctx, kind, number)
    require_to_come(ctx, event)
    before = seats.find(ctx.tx, kind, number, user_id)
    if before is None or before.state not in IN:
        raise Refused(HasNoSeat(occasion(ctx, event), name_of(ctx, user_id)))
    leave(ctx, event, user_id)
    tell_later(ctx, event, user_id, was=before.state, by=ctx.me.name)
    ctx.audit(ref_of(event))
    return SignedOffAgain(occasion(ctx, event), name=name_of(ctx, user_id))


def _require_coordinator(ctx: Context) -> None:
    if ctx.me.role < Role.COORDINATOR:
        raise Refused(NotAllowed(role=Role.COORDINATOR.name.lower()))


def take_back(ctx: Context, kind: str, number: int, user_id: str, carrier: str) -> SignedOffAgain:
    """All that this act of signing up brought is gone again; who knew of it is told. Refuses: BuiltUpon, Closed."""
    event = carried(ctx, kind, number, user_id, carrier)
    require_to_come(ctx, event)
    before = leave(ctx, event, user_id)
    assert before is not None  # it was carried
    tell_later(ctx, event, user_id, was=before.state, by=ctx.me.name)
    ctx.audit(ref_of(event))
    return SignedOffAgain(occasion(ctx, event), name=name_of(ctx, user_id))


def _place(ctx: Context, kind: str, number: int, user_id: str) -> int:
    """The place on the waiting list; 0 for a person who has a seat."""
    return int(you(ctx.tx, hall(find(ctx, kind, number)), user_id).get("position", 0))
