"""Groups that not everybody gets into at once: where the coordinators want to decide, who registers waits for them.

Switched on for a group with `gruppe anmeldung P3 modus: bestätigung`. Whoever asked first has the place in the
order from when they asked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final

from commands.framework import (
    UNDO_WITHIN,
    BuiltUpon,
    Context,
    Failure,
    Machine,
    Post,
    Refused,
    Reply,
    Role,
    action,
    choices,
    command,
    named,
    reasons,
    recording,
)
from commands.groups import model, seating
from commands.groups.model import AboutGroup, NamesMember
from commands.processes import ProcessRef
from storage import groups as stored
from storage import seats
from storage.seats import Seat

TO_SIGNUP: Final = named("group signup")

Mode = Annotated[
    str,
    choices(
        {"frei": "free", "bestätigung": "approval"},
        also={"offen": "free", "open": "free", "confirmation": "approval", "bestätigen": "approval"},
        labels={
            "free": ("frei, solange es Plätze hat", "freely, while there are seats"),
            "approval": ("mit Bestätigung der Koordination", "with the coordinators' approval"),
        },
    ),
]
ANSWERS: Final = ("✅", "❌")


class Requested(NamesMember, AboutGroup):
    """To the coordinators: somebody wants to join a group where they decide about it; answered with ✅ or ❌."""

    user_id: str
    name: str
    refuses: str = ""  # the name of the coordinator who was asked for the reason

    def outside(self) -> Reply:
        return replace(self, user_id="", name="")


class Approved(NamesMember, AboutGroup):
    """The one who registered has a seat, or waits for one."""

    name: str
    waits: bool


class TurnedDown(NamesMember, AboutGroup):
    """The one who registered is not in the group, and is told later."""

    name: str
    reason: str | None = None


class Accepted(AboutGroup):
    """To the one who registered: yes."""

    position: int  # on the waiting list; 0 with a seat


class NotAccepted(AboutGroup):
    """To the one who registered: no; with the reason where one was given."""

    reason: str | None = None


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
    en="whether a group can be joined freely, or after approval",
    example=("P3 modus: bestätigung", "P3 mode: approval"),
    words=("nur mit Bestätigung", "Bestätigung anmelden", "freie Anmeldung", "approval", "with approval"),
    offer=("Bestimmen, ob man frei in eine Gruppe kommt", "Choose whether a group can be joined freely"),
)
def set_mode(ctx: Context, process: ProcessRef, *, mode: Mode) -> SignUpSet:
    """A person who registers from now on is in at once (free), or waits for the coordinators (approval).

    Set free, all who wait for the coordinators are in or on the waiting list, in the order in which they asked.
    """
    before = model.get(ctx, process).approval
    stored.change(ctx.tx, process, approval=mode == "approval")
    requests = seats.list_in(ctx.tx, "group", process, "requested")
    for seat in requests if mode == "free" else ():
        _let_in(ctx, seat)
    seating.changed(ctx, process)
    ctx.audit(f"P{process}")
    if not requests:
        ctx.undo(restore_mode, process=process, before=before)
    return SignUpSet(model.standing(ctx, process))


@action
def restore_mode(ctx: Context, process: int, before: bool) -> SignUpSet:
    """It is as it was before, unless somebody has registered since."""
    if seats.list_in(ctx.tx, "group", process, "requested"):
        raise Refused(BuiltUpon(ref=f"P{process}", instead=TO_SIGNUP(f"P{process}")))
    stored.change(ctx.tx, process, approval=before)
    ctx.audit(f"P{process}")
    return SignUpSet(model.standing(ctx, process))


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
    seating.changed(ctx, process)
    ask(ctx, process, ctx.me.user_id)


def ask(ctx: Context, process: int, member: str) -> None:
    """The coordinators are asked about the member, who has registered."""
    asked = Requested(model.standing(ctx, process), member, model.name_of(ctx, member))
    post = ctx.post("coordination", asked, seeds=ANSWERS)
    if post is not None:
        _offer_answers(ctx, process, member, post=post)


def _offer_answers(
    ctx: Context, process: int, member: str, *, thread: str | None = None, post: Post | None = None
) -> None:
    about: Machine = {"process": process, "member": member}
    ctx.offer("✅", approve, role=Role.COORDINATOR, post=post, **about)
    ctx.offer("❌", ask_why, role=Role.COORDINATOR, post=post, **about, thread=thread)


@action
def approve(ctx: Context, process: int, member: str) -> Approved:
    """The one who registered has a seat, or waits for one, and is told. Refuses: NotRequested."""
    waits = _let_in(ctx, _request_of(ctx, process, member)).state == "waiting"
    return Approved(_decided(ctx, "group confirm", process, member), model.name_of(ctx, member), waits)


@action
def ask_why(ctx: Context, process: int, member: str, thread: str | None = None) -> Requested:
    """The coordinator is asked for the reason; until it is given, both answers are open. Refuses: NotRequested."""
    _request_of(ctx, process, member)
    group, name = model.standing(ctx, process), model.name_of(ctx, member)
    below = thread or ctx.target
    reasons.ask(
        ctx,
        turn_down,
        {"process": process, "member": member, "below": below},
        room=ctx.where.room_id,
        thread=below,
        concerned=name,
        about=("group", process),
        told=group.machine(),
    )
    _offer_answers(ctx, process, member, thread=thread)
    return Requested(group, member, name, refuses=ctx.me.name)


@action
def turn_down(
    ctx: Context, process: int, member: str, below: str | None = None, said: str | None = None
) -> TurnedDown:
    """The one who registered is not in the group, and is told later, with the reason. Refuses: NotRequested."""
    seat, reason = _request_of(ctx, process, member), reasons.given(said)
    seating.release(ctx, process, member)
    before = {"seat": "requested"}
    ctx.tell(member, "group seat", before=before, words=reason, after=UNDO_WITHIN, process=process)
    former = {"arrived": seat.arrived, "carrier": seat.carrier}
    ctx.undo(ask_again, process=process, member=member, thread=below, **former)
    return TurnedDown(_decided(ctx, "group remove", process, member), model.name_of(ctx, member), reason)


@action
def ask_again(
    ctx: Context, process: int, member: str, arrived: int, carrier: str, thread: str | None = None
) -> Requested:
    """The one who was turned down waits for the coordinators again, and was not told."""
    seating.put_back(ctx, process, member, state="requested", arrived=arrived, carrier=carrier)
    ctx.audit(f"P{process}")
    _offer_answers(ctx, process, member, thread=thread)
    return Requested(model.standing(ctx, process), member, model.name_of(ctx, member))


def _decided(ctx: Context, command: str, process: int, member: str) -> model.Standing:
    """The decision is in the audit log, also where it was taken by a command that PIs have too."""
    recording.record(ctx, command, f"P{process}", member)
    return model.standing(ctx, process)


def _let_in(ctx: Context, seat: Seat) -> Seat:
    taken = seating.seat(ctx, seat.number, seat.user_id)
    ctx.tell(seat.user_id, "group seat", before={"seat": "requested"}, process=seat.number)
    return taken


def _request_of(ctx: Context, process: int, member: str) -> Seat:
    model.get(ctx, process)
    seat = seats.find(ctx.tx, "group", process, member)
    if seat is None or seat.state != "requested":
        raise Refused(
            NotRequested(process, model.name_of(ctx, member), seat.state if seat is not None else "none")
        )
    return seat
