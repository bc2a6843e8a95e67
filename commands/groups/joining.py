"""Joining a group and leaving it, by command or by ✅ on the process's card; who is in it.

The latest act counts: the store keeps which event carries the seat, because taking off that reaction signs off, and
taking off another does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from commands import processes
from commands import seats as halls
from commands.framework import (
    About,
    Audience,
    BuiltUpon,
    Context,
    Failure,
    Machine,
    Page,
    Present,
    Refused,
    Reply,
    Role,
    Touch,
    action,
    carrying,
    command,
    group,
    named,
    reactions,
    reconciler,
    tap,
    telling,
)
from commands.framework.haste import in_haste
from commands.framework.paging import ListPage, require_page, rows_on
from commands.framework.telling import Since, told
from commands.groups import approvals, model, seating
from commands.groups.model import AboutGroup, Standing
from commands.members import was_active
from commands.processes import ProcessRef
from storage import groups as stored
from storage import seats
from storage.seats import HOLDING, Seat

TO_SHOW: Final = named("group show")
TO_JOIN: Final = named("group join")

JOIN: Final = "✅"
OWN: Final = "group/seat"  # the part of a process that is somebody's own


class SignedUp(AboutGroup):
    """The asker is in the group, waits for a seat, or for the coordinators: `group.seat` says which."""


class LeaveAsked(Reply):
    """Does the asker, or the leader of the group who `leads` it, really want to leave it?"""

    process: int
    title: str
    text: str  # what leaves it
    leads: bool

    def machine(self) -> Machine:
        return {"type": "confirm", "confirm": self.text}


class SignedOff(AboutGroup):
    """The asker is not in the group, and waits for nothing; `was` is the state of the seat before."""

    was: str
    undoable: bool = False  # by ↩️ on the reply


class GroupShown(AboutGroup):
    """The people in the group, in the order in which they came, and those who wait."""

    confirmed: tuple[str, ...]  # names
    asked: tuple[str, ...]
    waiting: tuple[str, ...]
    requested: tuple[str, ...]  # only for coordinators, who decide about them

    @property
    def audience(self) -> Audience:
        return group(self.group.process)


@dataclass(frozen=True)
class Row:
    """A group in a list."""

    group: Standing


class GroupList(ListPage):
    """A page of the groups, by the number of their process."""

    rows: tuple[Row, ...]

    def machine(self) -> Machine:
        refs = [f"P{row.group.process}" for row in self.rows]
        return self.listed("group", refs)


class AlreadyIn(Failure):
    """The asker has a seat, waits for one, or for the coordinators; `position` on the waiting list."""

    group: Standing

    @property
    def position(self) -> int:
        return int((self.group.you or {}).get("position", 0))

    @property
    def about(self) -> About:
        return "group", self.group.process

    def machine(self) -> Machine:
        return super().machine() | {"you": self.group.you}


class NotIn(Failure):
    """The asker has nothing to sign off from."""

    process: int
    title: str


# --- to see


@command(
    "gruppe liste",
    "group list",
    role=Role.PI,
    de="alle Innovationsgruppen und wo Plätze frei sind",
    en="all innovation groups, and where seats are free",
    example=("", ""),
    reads=True,
    words=(
        "suchen Leute",
        "Gruppen suchen",
        "offene Gruppen",
        "free groups",
        "freie Plätze",
        "wo Plätze frei",
        "which groups can I join",
        "free seats",
    ),
    offer=("Die Gruppen sehen", "See the groups"),
)
def show_all(ctx: Context, *, page: Page = 1) -> GroupList:
    found, mine = stored.list_all(ctx.tx), ctx.me.user_id if ctx.where.direct else None
    require_page(ctx, page, len(found))
    rows = tuple(Row(model.standing(ctx, one.process, of=mine)) for one in rows_on(page, found))
    return GroupList(rows, page=page, total=len(found))


@command(
    "gruppe zeige",
    "group show",
    role=Role.PI,
    pausing=True,
    de="wer in einer Gruppe ist, wer sie leitet, wer wartet",
    en="who is in a group, who leads it, who is waiting",
    example=("P3", "P3"),
    reads=True,
    words=(
        "Mitglieder von",
        "wer gehört",
        "leading",
        "who is leading",
        "wer führt",
        "Zusammensetzung",
        "wer macht mit",
        "macht alles mit",
        "in meiner Gruppe",
        "wer noch Gruppe",
        "who else",
        "who leads",
        "Gruppenmitglieder",
        "wer ist in Gruppe",
        "wer leitet",
        "wer sind",
        "Mitglieder Gruppe",
        "Warteliste",
        "who is in group",
        "meine Gruppe",
        "my group",
        "Kollegen",
    ),
    offer=("Sehen, wer in einer Gruppe ist", "See who is in a group"),
)
def show(ctx: Context, process: ProcessRef) -> GroupShown:
    """The group as it is now. Refuses: NotFound."""
    group = model.standing(ctx, process, of=ctx.me.user_id)
    names: dict[str, list[str]] = {}
    for seat in seats.list_all(ctx.tx, "group", process):
        names.setdefault(seat.state, []).append(model.name_of(ctx, seat.user_id))
    decides = ctx.me.role >= Role.COORDINATOR and ctx.where.group is None
    return GroupShown(
        group,
        confirmed=tuple(names.get("confirmed", ())),
        asked=tuple(names.get("assigned", ())),
        waiting=tuple(names.get("waiting", ())),
        requested=tuple(names.get("requested", ())) if decides else (),
    )


# --- to join


@command(
    "gruppe anmelden",
    "group join",
    own="seat",
    role=Role.PI,
    de="in einer Gruppe mitmachen",
    en="join a group",
    example=("P3", "P3"),
    words=(
        "Platz für mich",
        "noch Platz",
        "interessiere mich Gruppe",
        "interessiere mich für",
        "eintreten",
        "can I join",
        "helfen bei",
        "beteiligen",
        "mitwirken",
        "participate",
        "mitmachen",
        "mithelfen",
        "mitarbeiten",
        "beitreten",
        "dabei sein",
        "komme in Gruppe",
        "help with",
        "interessiert",
        "Gruppe kommen",
    ),
    offer=("In einer Gruppe mitmachen", "Join a group"),
)
def join(ctx: Context, process: ProcessRef) -> SignedUp:
    """The asker has a seat, or the next place on the waiting list.

    Refuses: AlreadyIn, Stopped.
    """
    before = seats.find(ctx.tx, "group", process, ctx.me.user_id)
    if before is not None and before.state != "assigned":
        raise Refused(AlreadyIn(model.standing(ctx, process, of=ctx.me.user_id)))
    signed_up = sign_up(ctx, process)
    if before is None:
        ctx.undo(take_back, process=process, carrier=ctx.event_id)
    return signed_up


def sign_up(ctx: Context, process: int) -> SignedUp:
    """The asker, who was not in the group or was asked to come into it, is, or waits. Refuses: Stopped."""
    model.require_going(ctx, process)
    before = seats.find(ctx.tx, "group", process, ctx.me.user_id)
    if before is not None and before.state == "assigned":
        seating.put_back(
            ctx,
            process,
            ctx.me.user_id,
            state="confirmed",
            arrived=before.arrived,
            carrier=ctx.event_id,
        )
    elif model.get(ctx, process).approval:
        approvals.request(ctx, process)
    else:
        seating.seat(ctx, process, ctx.me.user_id)
    return SignedUp(model.standing(ctx, process, of=ctx.me.user_id))


@action
def take_back(ctx: Context, process: int, carrier: str) -> SignedOff:
    """The asker is not in the group, as before the command, unless a later act has changed that since."""
    seat = seats.find(ctx.tx, "group", process, ctx.me.user_id)
    if seat is None or seat.carrier != carrier:
        raise Refused(BuiltUpon(ref=f"P{process}", instead=TO_SHOW(f"P{process}")))
    return _sign_off(ctx, process, seat)


# --- to leave


@command(
    "gruppe abmelden",
    "group leave",
    own="seat",
    pausing=True,
    role=Role.PI,
    de="eine Gruppe oder ihre Warteliste verlassen",
    en="leave a group or its waiting list",
    example=("P3", "P3"),
    there=halls.has_seat("group"),
    words=(
        "streicht mich",
        "streichen Sie mich",
        "aus der Gruppe raus",
        "nehmen Sie mich aus der Gruppe",
        "nicht mehr mitmachen",
        "nicht mehr dabei",
        "aus Gruppe austreten",
        "aus P austreten",
        "verlassen",
        "raus",
        "keine Zeit Gruppe",
        "keine Zeit mehr",
        "nicht mehr mit",
        "mache nicht mit",
        "nicht mehr Gruppe",
        "not Gruppe",
        "no longer group",
        "quit group",
        "aufhören Gruppe",
    ),
    offer=("Eine Gruppe verlassen", "Leave a group"),
)
def leave(ctx: Context, process: ProcessRef) -> SignedOff | LeaveAsked:
    """The asker has no seat and waits for none; the first who waits moves up. Refuses: NotIn.

    Without its number, in the group's room, they are asked once more: somebody else may have the seat at once, and who
    is out of the room finds no ↩️ there.
    """
    title = processes.get(ctx, process).name
    seat = seats.find(ctx.tx, "group", process, ctx.me.user_id)
    if seat is None:
        raise Refused(NotIn(process, title))
    led = model.get(ctx, process).leader == ctx.me.user_id
    if ctx.where.group == process and not ctx.rest.strip():
        assert ctx.command is not None
        text = f"{ctx.command.called(ctx.language)} P{process}"
        ctx.offer("✅", carrying.carry_out, user_id=ctx.me.user_id, role=ctx.command.role, text=text)
        return LeaveAsked(process, title, text, leads=led)
    signed_off = _sign_off(ctx, process, seat)
    if led or seat.state == "assigned":
        return signed_off
    ctx.undo(come_back, process=process, state=seat.state, arrived=seat.arrived, carrier=seat.carrier)
    return replace(signed_off, undoable=bool(signed_off.group.free) and ctx.where.group != process)


def _sign_off(ctx: Context, process: int, seat: Seat) -> SignedOff:
    seating.release(ctx, process, ctx.me.user_id)
    return SignedOff(model.standing(ctx, process, of=ctx.me.user_id), seat.state)


@action
def come_back(ctx: Context, process: int, state: str, arrived: int, carrier: str) -> SignedUp:
    """The asker has the seat and the place as before the command, unless somebody has moved up since."""
    mine = seats.find(ctx.tx, "group", process, ctx.me.user_id)
    free = model.standing(ctx, process).free
    if mine is not None or (state in HOLDING and not free) or (state == "waiting" and free):
        raise Refused(BuiltUpon(ref=f"P{process}", instead=TO_JOIN(f"P{process}")))
    seating.put_back(ctx, process, ctx.me.user_id, state=state, arrived=arrived, carrier=carrier)
    return SignedUp(model.standing(ctx, process, of=ctx.me.user_id))


# --- by reaction


@tap(
    "process",
    JOIN,
    de="✅ für Mitmachen in der Gruppe",
    en="✅ to join the group",
    own=OWN,
)
def react(ctx: Context, number: int, touch: Touch) -> None:
    """✅ put on signs up; the one that carries the seat taken off signs off. Refuses: Stopped.

    A person who is in already has the seat by this reaction from now on.
    """
    seat = seats.find(ctx.tx, "group", number, ctx.me.user_id)
    if not touch.on:
        if seat is not None and seat.carrier == touch.event_id:
            _say(ctx, number, _sign_off(ctx, number, seat), was=seat.state)
    elif seat is not None and seat.state != "assigned":
        seating.put_back(
            ctx, number, ctx.me.user_id, state=seat.state, arrived=seat.arrived, carrier=ctx.event_id
        )
    else:
        signed_up = sign_up(ctx, number)
        # Who has a seat is invited into the group's room: that says it.
        if signed_up.group.seat != "confirmed" or signed_up.group.room is None:
            _say(ctx, number, signed_up, was="none" if seat is None else seat.state)


def _say(ctx: Context, process: int, said: SignedUp | SignedOff, *, was: str) -> None:
    """The person is told in the direct chat; who taps on and on a little later, if it is something else by then."""
    ref, about = f"P{process}", {"process": process}
    if in_haste(ctx, ref, OWN, ctx.me.user_id):
        telling.keep(ctx, ctx.me.user_id, "own group seat", before={"seat": was}, about=about)
        return
    telling.forget(ctx, ctx.me.user_id, "own group seat", about, digest=False)
    ctx.post(ctx.me.user_id, said, language=ctx.me.language)


@told("own group seat")
def own_seat(ctx: Context, since: Since, process: int) -> SignedUp | SignedOff | None:
    """A person who tapped on and on is told whether they are in the group in the end."""
    group, before = model.standing(ctx, process, of=since.recipient), str(since.before.get("seat"))
    if group.seat == before:
        return None
    return SignedOff(group, before) if group.seat == "none" else SignedUp(group)


@reconciler("process")
def reconcile(ctx: Context, number: int, present: Sequence[Present]) -> None:
    """Seats are in line with the reactions on the card now, after some may have been missed.

    One that the store does not know signs up who is not in the group; one that is there no longer signs off whose
    seat it carried. Idempotent; only who waits is told, when a seat is free.
    """
    gone, missed = reactions.differences(ctx, "process", number, present, keys=(JOIN,))
    for tap_ in gone:
        seat = seats.find(ctx.tx, "group", number, tap_.user_id)
        if seat is not None and seat.carrier == tap_.event_id:
            seating.release(ctx, number, seat.user_id)
    closed = model.is_stopped(ctx, number) or model.get(ctx, number).approval
    for one in missed:
        if not was_active(ctx, one.user_id, one.at):
            continue
        one.keep(ctx)
        left = seats.left_at(ctx.tx, "group", number, one.user_id)
        newer = left is None or left < one.at
        if newer and not closed and seats.find(ctx.tx, "group", number, one.user_id) is None:
            seating.seat(replace(ctx, event_id=one.event_id, sent_at=one.at), number, one.user_id)
