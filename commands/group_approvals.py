"""Groups that not everybody gets into at once: where the coordinators want to decide, who registers waits for them.

Switched on for a group with `gruppe anmeldung P3 modus: bestätigung`. Whoever asked first has the place in the
order from when they asked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final

from commands import audit, groups
from commands.api import action, command
from commands.context import Context
from commands.errors import BuiltUpon, Failure
from commands.groups import AboutGroup, NamesMember
from commands.processes import ProcessRef
from commands.replies import Refused, Reply, Role
from commands.returning import TOLD_AFTER
from commands.types import choices
from storage import groups as stored
from storage import seats
from storage.seats import Seat

Mode = Annotated[
    str,
    choices(
        {"frei": "free", "bestätigung": "approval"},
        also={"offen": "free", "open": "free", "confirmation": "approval", "bestätigen": "approval"},
    ),
]
ANSWERS: Final = ("✅", "❌")


class Requested(NamesMember, AboutGroup):
    """To the coordinators: somebody wants to join a group where they decide about it; answered with ✅ or ❌."""

    user_id: str
    name: str

    def outside(self) -> Reply:
        return replace(self, user_id="", name="")


class Approved(NamesMember, AboutGroup):
    """The one who registered has a seat, or waits for one."""

    name: str
    waits: bool


class TurnedDown(NamesMember, AboutGroup):
    """The one who registered is not in the group."""

    name: str


class Accepted(AboutGroup):
    """To the one who registered: yes."""

    position: int  # on the waiting list; 0 with a seat


class NotAccepted(AboutGroup):
    """To the one who registered: no."""


class SignUpSet(AboutGroup):
    """From now on one gets into the group so: `group.approval`."""


class NotRequested(NamesMember, Failure):
    """There is nothing to decide about this person."""

    process: int
    name: str
    state: str  # of the seat; none without


@command(
    "gruppe anmeldung",
    "group signup",
    role=Role.COORDINATOR,
    de="ob man frei in eine Gruppe kommt oder nach Bestätigung",
    en="whether one gets into a group freely, or after approval",
    example=("P3 modus: bestätigung", "P3 mode: approval"),
)
def set_mode(ctx: Context, process: ProcessRef, *, mode: Mode) -> SignUpSet:
    """Who registers from now on is in at once (free), or waits for the coordinators (approval).

    Set free, all who wait for the coordinators are in or on the waiting list, in the order in which they asked.
    """
    before = groups.get(ctx, process).approval
    stored.change(ctx.tx, process, approval=mode == "approval")
    requests = seats.list_in(ctx.tx, "group", process, "requested")
    for seat in requests if mode == "free" else ():
        _let_in(ctx, seat)
    groups.changed(ctx, process)
    ctx.audit(f"P{process}")
    if not requests:
        ctx.undo(restore_mode, process=process, before=before)
    return SignUpSet(groups.standing(ctx, process))


@action
def restore_mode(ctx: Context, process: int, before: bool) -> SignUpSet:
    """It is as it was before, unless somebody has registered since."""
    if seats.list_in(ctx.tx, "group", process, "requested"):
        raise Refused(BuiltUpon(ref=f"P{process}", instead=f"gruppe anmeldung P{process}"))
    stored.change(ctx.tx, process, approval=before)
    ctx.audit(f"P{process}")
    return SignUpSet(groups.standing(ctx, process))


def request(ctx: Context, process: int) -> None:
    """The asker waits for the coordinators, who can answer with ✅ and ❌."""
    seats.put(
        ctx.tx,
        kind="group",
        number=process,
        user_id=ctx.me.user_id,
        state="requested",
        carrier=ctx.event_id,
        at=ctx.sent_at or ctx.now,
    )
    groups.changed(ctx, process)
    asked = Requested(groups.standing(ctx, process), ctx.me.user_id, ctx.me.name)
    post = ctx.post("coordination", asked, seeds=ANSWERS)
    if post is not None:
        for key, answer in zip(ANSWERS, (approve, turn_down), strict=True):
            ctx.offer(key, answer, role=Role.COORDINATOR, post=post, process=process, member=ctx.me.user_id)


@action
def approve(ctx: Context, process: int, member: str) -> Approved:
    """The one who registered has a seat, or waits for one, and is told. Refuses: NotRequested."""
    waits = _let_in(ctx, _request_of(ctx, process, member)).state == "waiting"
    return Approved(_decided(ctx, "group confirm", process, member), groups.name_of(ctx, member), waits)


@action
def turn_down(ctx: Context, process: int, member: str) -> TurnedDown:
    """The one who registered is not in the group, and is told later. Refuses: NotRequested."""
    seat = _request_of(ctx, process, member)
    groups.release(ctx, process, member)
    ctx.tell(member, "group seat", before={"seat": "requested"}, after=TOLD_AFTER, process=process)
    ctx.undo(ask_again, process=process, member=member, arrived=seat.arrived, carrier=seat.carrier)
    return TurnedDown(_decided(ctx, "group remove", process, member), groups.name_of(ctx, member))


@action
def ask_again(ctx: Context, process: int, member: str, arrived: int, carrier: str) -> Requested:
    """The one who was turned down waits for the coordinators again, and was not told."""
    groups.put_back(ctx, process, member, state="requested", arrived=arrived, carrier=carrier)
    ctx.audit(f"P{process}")
    for key, answer in zip(ANSWERS, (approve, turn_down), strict=True):
        ctx.offer(key, answer, role=Role.COORDINATOR, process=process, member=member)
    return Requested(groups.standing(ctx, process), member, groups.name_of(ctx, member))


def _decided(ctx: Context, command: str, process: int, member: str) -> groups.Standing:
    """The decision is in the audit log, also where it was taken by a command that PIs have too."""
    audit.record(ctx, command, f"P{process}", member)
    return groups.standing(ctx, process)


def _let_in(ctx: Context, seat: Seat) -> Seat:
    taken = groups.seat(ctx, seat.number, seat.user_id)
    ctx.tell(seat.user_id, "group seat", before={"seat": "requested"}, process=seat.number)
    return taken


def _request_of(ctx: Context, process: int, member: str) -> Seat:
    groups.get(ctx, process)
    seat = seats.find(ctx.tx, "group", process, member)
    if seat is None or seat.state != "requested":
        raise Refused(
            NotRequested(process, groups.name_of(ctx, member), seat.state if seat is not None else "none")
        )
    return seat
