"""Who is asked into a group by the coordinators, who confirms, and who is taken out again."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from commands.framework import (
    UNDO,
    UNDO_WITHIN,
    BuiltUpon,
    Context,
    Failure,
    MemberRef,
    MemberRefs,
    Post,
    Reason,
    Refused,
    Reply,
    Role,
    action,
    command,
    named,
)
from commands.groups import approvals, model, seating
from commands.groups.model import AboutGroup, NamesMember
from commands.processes import ProcessRef
from storage import members, seats
from storage.members import Member
from storage.seats import HOLDING, Seat

TO_REMOVE: Final = named("group remove")
TO_ASSIGN: Final = named("group assign")


class Assigned(NamesMember, AboutGroup):
    """The member is asked, and a seat is held until the answer."""

    name: str


class SeveralAssigned(AboutGroup):
    """They all are asked, or in if they had registered."""

    names: tuple[str, ...]


class Asked(AboutGroup):
    """To the member: do you want to come into this group? Answered with ✅ or ❌."""


class Confirmed(AboutGroup):
    """The one who was asked is in the group now."""


class DeclinedSeat(AboutGroup):
    """The one who was asked does not come; the seat is free."""


class AssignmentDeclined(NamesMember, AboutGroup):
    """To the coordinators: somebody who was asked does not come into the group."""

    name: str


class Removed(NamesMember, AboutGroup):
    """The member is out of the group; said to the coordinator and, with `told`, to the member."""

    name: str
    reason: str | None = None
    told: bool = False


class Withdrawn(NamesMember, AboutGroup):
    """The question is taken back; said to the coordinator and, with `told`, to the member."""

    name: str
    told: bool = False


class PutBack(NamesMember, AboutGroup):
    """The member is in the group again, as before; said as above."""

    name: str
    told: bool = False


class NotActive(Failure):
    """Only active members can be in a group."""

    name: str


class HasSeat(NamesMember, Failure):
    """The member has a seat in the group, or is asked already; `state` says which."""

    process: int
    name: str
    state: str


class GroupFull(Failure):
    """There is no free seat for the one who shall be assigned."""

    process: int
    size: int


class NotInGroup(NamesMember, Failure):
    """The person has no seat in the group, and waits for none; `lately`: had one until some minutes ago."""

    process: int
    name: str
    lately: bool = False


class NotAsked(Failure):
    """Nobody has asked the person to come into the group; `state` is that of their seat."""

    process: int
    state: str


class AnswersThemselves(NamesMember, Failure):
    """Only the person who was assigned can answer."""

    process: int
    name: str


class NotYours(Failure):
    """Only coordinators confirm others."""

    code: ClassVar[str] = "not_allowed"
    process: int


def _is_asked(ctx: Context) -> bool:
    """Somebody waits for the asker to say yes: for coordinators that may be anybody."""
    mine = seats.list_of_person(ctx.tx, ctx.me.user_id)
    return ctx.me.role >= Role.COORDINATOR or any(
        seat.kind == "group" and seat.state == "assigned" for seat in mine
    )


# --- to assign


@command(
    "gruppe zuweisen",
    "group assign",
    role=Role.COORDINATOR,
    de="jemanden für eine Gruppe anfragen und den Platz reservieren",
    en="ask somebody to join a group, and hold the seat",
    example=("P3 Pia Muster", "P3 Pia Muster"),
    words=(
        "soll mitmachen",
        "soll in die Gruppe",
        "einteilen",
        "jemanden anfragen",
        "anfragen",
        "zuteilen",
        "einladen",
        "assign",
        "ask somebody",
    ),
    offer=("Jemanden für eine Gruppe anfragen", "Ask somebody to join a group"),
)
def assign(ctx: Context, process: ProcessRef, members: MemberRefs) -> Reply:
    """Each is asked in the direct chat and holds a seat until they answer; who has registered already is in.

    Refuses, for all of them where for one: Stopped, NotActive, HasSeat, GroupFull.
    """
    if len(members) == 1:
        return _assign(ctx, process, members[0])
    for member in members:
        _assign(ctx, process, member)
    ctx.outside.offers = [offer for offer in ctx.outside.offers if offer.key != UNDO]  # one for all
    ctx.undo(withdraw_all, process=process, members=list(members), carrier=ctx.event_id)
    names = tuple(model.name_of(ctx, member) for member in members)
    return SeveralAssigned(model.standing(ctx, process), names)


@action
def withdraw_all(ctx: Context, process: int, members: list[str], carrier: str) -> Withdrawn:
    """None of them is asked any more, unless one has answered since. Refuses: BuiltUpon."""
    names = [withdraw(ctx, process, member, carrier).name for member in members]
    return Withdrawn(model.standing(ctx, process), ", ".join(names))


def _assign(ctx: Context, process: int, member: str) -> Reply:
    model.require_going(ctx, process)
    person = active(ctx, member)
    before = seats.find(ctx.tx, "group", process, member)
    if before is not None and before.state == "requested":
        ctx.audit(f"P{process}")
        return approvals.approve(ctx, process, member)
    if before is not None and before.state in HOLDING:
        raise Refused(HasSeat(process, person.name, before.state))
    group = model.standing(ctx, process)
    if not group.free:
        raise Refused(GroupFull(process, group.size))
    seating.seat(ctx, process, member, state="assigned")
    ask(ctx, process, member)
    ctx.audit(f"P{process}")
    ctx.undo(withdraw, process=process, member=member, carrier=ctx.event_id)
    return Assigned(model.standing(ctx, process), person.name)


def ask(ctx: Context, process: int, member: str) -> None:
    """The member, for whom a seat is held, is asked in the direct chat."""
    asked = ctx.post(member, Asked(model.standing(ctx, process)), seeds=approvals.ANSWERS)
    assert isinstance(asked, Post)
    ctx.offer("✅", accept, user_id=member, role=Role.PI, post=asked, process=process)
    ctx.offer("❌", decline, user_id=member, role=Role.KNOWN, post=asked, process=process)


@action
def withdraw(ctx: Context, process: int, member: str, carrier: str) -> Withdrawn:
    """The member is not asked any more, unless they have answered since."""
    seat = seats.find(ctx.tx, "group", process, member)
    if seat is None or seat.state != "assigned" or seat.carrier != carrier:
        raise Refused(BuiltUpon(ref=f"P{process}", instead=TO_REMOVE(f"P{process}", member)))
    seating.release(ctx, process, member)
    ctx.audit(f"P{process}")
    name = model.name_of(ctx, member)
    ctx.tell(member, "group seat", before={"seat": "assigned"}, process=process)
    return Withdrawn(model.standing(ctx, process), name)


@command(
    "gruppe bestätigen",
    "group confirm",
    role=Role.PI,
    de="eine Anfrage annehmen, oder für die Koordination eine Anmeldung",
    en="say yes to being asked, or as a coordinator to a registration",
    example=("P3", "P3"),
    there=_is_asked,
    words=("nehme an", "Platz annehmen", "Anmeldung bestätigen", "accept seat", "annehmen"),
    offer=("Einen Platz in einer Gruppe bestätigen", "Confirm a seat in a group"),
)
def confirm(ctx: Context, process: ProcessRef, member: MemberRef | None = None) -> Reply:
    """The asker, who was assigned, is in the group; or the member who registered for it, by a coordinator.

    Refuses: NotAsked, NotYours, AnswersThemselves, NotRequested, Stopped.
    """
    model.get(ctx, process)
    if member is None or member == ctx.me.user_id:
        return accept(ctx, process)
    if ctx.me.role < Role.COORDINATOR:
        raise Refused(NotYours(process))
    seat = seats.find(ctx.tx, "group", process, member)
    if seat is not None and seat.state == "assigned":
        raise Refused(AnswersThemselves(process, model.name_of(ctx, member)))
    return approvals.approve(ctx, process, member)


@action
def accept(ctx: Context, process: int) -> Confirmed:
    """The asker, who was assigned, is in the group. Refuses: NotAsked, Stopped."""
    seat = _assigned(ctx, process)
    model.require_going(ctx, process)
    seating.put_back(
        ctx, process, seat.user_id, state="confirmed", arrived=seat.arrived, carrier=ctx.event_id
    )
    return Confirmed(model.standing(ctx, process, of=ctx.me.user_id))


@action
def decline(ctx: Context, process: int) -> DeclinedSeat:
    """The asker, who was assigned, is not in the group; the seat is free, and the coordinators know.

    Refuses: NotAsked.
    """
    _assigned(ctx, process)
    seating.release(ctx, process, ctx.me.user_id)
    ctx.post("coordination", AssignmentDeclined(model.standing(ctx, process), ctx.me.name))
    return DeclinedSeat(model.standing(ctx, process, of=ctx.me.user_id))


def _assigned(ctx: Context, process: int) -> Seat:
    seat = seats.find(ctx.tx, "group", process, ctx.me.user_id)
    if seat is None or seat.state != "assigned":
        raise Refused(NotAsked(process, seat.state if seat is not None else "none"))
    return seat


# --- to remove


@command(
    "gruppe entfernen",
    "group remove",
    role=Role.COORDINATOR,
    de="jemanden aus einer Gruppe nehmen",
    en="take somebody out of a group",
    example=("P3 Pia Muster", "P3 Pia Muster"),
    words=("aus der Gruppe nehmen", "out of group", "nehmen aus", "ausschliessen"),
    offer=("Jemanden aus einer Gruppe nehmen", "Take somebody out of a group"),
    sure=True,
)
def remove(ctx: Context, process: ProcessRef, member: MemberRef, *, reason: Reason | None = None) -> Removed:
    """The member has no seat in the group and waits for none, and is told; the first who waits moves up.

    Refuses: NotInGroup.
    """
    group, name = model.get(ctx, process), model.name_of(ctx, member)
    seat = seats.find(ctx.tx, "group", process, member)
    if seat is None:
        left_at = seats.left_at(ctx.tx, "group", process, member)
        lately = left_at is not None and ctx.now <= left_at + UNDO_WITHIN
        raise Refused(NotInGroup(process, name, lately))
    seating.release(ctx, process, member)
    ctx.audit(f"P{process}")
    ctx.tell(member, "group seat", before={"seat": seat.state}, words=reason, process=process)
    if group.leader != member and seat.state in ("confirmed", "waiting"):
        kept = {"state": seat.state, "arrived": seat.arrived, "carrier": seat.carrier}
        ctx.undo(put_back, process=process, member=member, seat=kept)
    return Removed(model.standing(ctx, process), name, reason)


@action
def put_back(ctx: Context, process: int, member: str, seat: dict[str, Any]) -> PutBack:
    """The member is in the group as before, and is told, unless somebody has moved up since."""
    free = model.standing(ctx, process).free
    taken = seat["state"] == "confirmed" and not free
    person = members.find(ctx.tx, member)
    back = seats.find(ctx.tx, "group", process, member) is not None
    if taken or (seat["state"] == "waiting" and free) or back or person is None or person.state == "left":
        raise Refused(BuiltUpon(ref=f"P{process}", instead=TO_ASSIGN(f"P{process}", member)))
    seating.put_back(ctx, process, member, **seat)
    ctx.audit(f"P{process}")
    ctx.tell(member, "group seat", before={"seat": "none"}, process=process)
    return PutBack(model.standing(ctx, process), person.name)


def active(ctx: Context, user_id: str) -> Member:
    """The member, who takes part. Refuses: NotActive."""
    member = members.find(ctx.tx, user_id)
    if member is None or member.state != "active":
        raise Refused(NotActive(member.name if member is not None else user_id))
    return member
