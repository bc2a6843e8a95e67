"""Who leads a group, and how many seats it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Final

from pydantic import Field

from commands.framework import (
    EVERYONE,
    Audience,
    BuiltUpon,
    Context,
    Failure,
    Machine,
    MemberRef,
    Refused,
    Reply,
    Role,
    action,
    command,
    named,
    staff,
)
from commands.framework.who_may import there
from commands.groups import approvals, assignments, model, seating
from commands.groups.assignments import GroupFull
from commands.groups.model import AboutGroup, NamesMember
from commands.processes import ProcessRef
from storage import groups as stored
from storage import members, seats
from storage.seats import HOLDING, Seat

TO_LEADER: Final = named("group leader")
TO_SIZE: Final = named("group size")

LARGEST: Final = 30
Size = Annotated[int, Field(ge=1, le=LARGEST)]


class LeaderNamed(AboutGroup):
    """The group has this leader now; `group.leader_name`."""

    former: str | None = None  # the name of the one before
    came: bool = False  # the leader has a seat in the group only now
    again: str | None = None  # the state of the seat, if any, that the former has again, who came to lead


class YouLead(AboutGroup):
    """To the new leader, who may have come into the group for it."""

    came: bool = False


class YouLeadNoMore(AboutGroup):
    """To the former leader, who may be out of the group too."""

    out: bool = False


class Resized(AboutGroup):
    """The group has this size now; `up` are the names of those who have moved up."""

    before: int
    up: tuple[str, ...]

    @property
    def audience(self) -> Audience:
        return staff(self.group.process) if self.up else EVERYONE

    def outside(self) -> Reply | None:
        return replace(self, up=())


class LeaderAway(NamesMember, Failure):
    """A person who pauses is not made leader."""

    process: int
    name: str


class LeadsAlready(Failure):
    """The member is the leader already."""

    process: int
    name: str


# --- to lead


@command(
    "gruppe leitung",
    "group leader",
    role=Role.COORDINATOR,
    de="bestimmen, wer eine Gruppe leitet",
    en="name the leader of a group",
    example=("P3 Pia Muster", "P3 Pia Muster"),
    words=("leiten", "Leiter", "Leiterin", "Leader", "Leitung bestimmen", "head"),
    offer=("Die Leitung einer Gruppe bestimmen", "Name the leader of a group"),
)
def name_leader(ctx: Context, process: ProcessRef, member: MemberRef) -> LeaderNamed:
    """The member leads the group, and the one who did no longer does; both are told.

    A person who is not in the group has a seat in it from now on, if one is free.
    Refuses: LeadsAlready, LeaderAway, NotActive, Stopped, GroupFull.
    """
    group, name = model.get(ctx, process), model.name_of(ctx, member)
    if group.leader == member:
        raise Refused(LeadsAlready(process, name))
    if not there(ctx, [member]):
        raise Refused(LeaderAway(process, name))
    seat = seats.find(ctx.tx, "group", process, member)
    came = _take_in(ctx, process, member, seat) if seat is None or seat.state != "confirmed" else None
    former = model.name_of(ctx, group.leader) if group.leader is not None else None
    ctx.undo(restore_leader, process=process, named=member, before=group.leader, came=came)
    _lead(ctx, process, member, was={member: came["state"]} if came is not None else {})
    return LeaderNamed(model.standing(ctx, process), former, came=came is not None)


def _take_in(ctx: Context, process: int, member: str, seat: Seat | None) -> Machine:
    """The member has a confirmed seat; what they had before. Refuses: NotActive, Stopped, GroupFull."""
    assignments.active(ctx, member)
    model.require_going(ctx, process)
    group = model.standing(ctx, process)
    if not group.free and (seat is None or seat.state not in HOLDING):
        raise Refused(GroupFull(process, group.size))
    ctx.note("group", process, part="seat", person=member)
    if seat is None:
        seating.seat(ctx, process, member)
        return {"state": "none"}
    seating.put_back(ctx, process, member, state="confirmed", arrived=seat.arrived, carrier=ctx.event_id)
    return {"state": seat.state, "arrived": seat.arrived, "carrier": seat.carrier}


def _take_out(ctx: Context, process: int, member: str, came: Machine) -> None:
    """The member has the seat that they had before, and is asked, or asked about, again."""
    if came["state"] == "none":
        seating.release(ctx, process, member)
        return
    seating.put_back(ctx, process, member, **came)
    seating.fill(ctx, process)
    if came["state"] == "assigned":
        assignments.ask(ctx, process, member)
    elif came["state"] == "requested":
        approvals.ask(ctx, process, member)


@action
def restore_leader(
    ctx: Context, process: int, named: str, before: str | None, came: Machine | None = None
) -> LeaderNamed:
    """The group is led as before, and who `came` to lead it is what they were; all concerned are told."""
    seat = seats.find(ctx.tx, "group", process, before) if before is not None else None
    still = before is None or (seat is not None and seat.state == "confirmed")
    if model.get(ctx, process).leader != named or not still:
        raise Refused(BuiltUpon(ref=f"P{process}", instead=TO_LEADER(f"P{process}")))
    _lead(ctx, process, before, was={named: "confirmed"} if came is not None else {})
    if came is not None:
        _take_out(ctx, process, named, came)
    again = came["state"] if came is not None else None
    return LeaderNamed(model.standing(ctx, process), model.name_of(ctx, named), again=again)


def _lead(ctx: Context, process: int, leader: str | None, *, was: Mapping[str, str]) -> None:
    """`was`: the state of the seat before of who comes, or goes, with the lead."""
    former = model.get(ctx, process).leader
    if former is not None:
        members.revoke(ctx.tx, user_id=former, role="leader", process=process)
    if leader is not None:
        members.grant(
            ctx.tx,
            user_id=leader,
            role="leader",
            level=Role.LEADER,
            by=ctx.me.user_id,
            at=ctx.now,
            process=process,
        )
    stored.change(ctx.tx, process, leader=leader)
    seating.changed(ctx, process)
    ctx.audit(f"P{process}")
    if former is not None:
        ctx.tell(former, "group leader", before={"leads": True, "seat": was.get(former)}, process=process)
    if leader is not None:
        before = {"leads": leader == former, "seat": was.get(leader)}
        ctx.tell(leader, "group leader", before=before, process=process)


# --- how many seats


@command(
    "gruppe grösse",
    "group size",
    role=Role.COORDINATOR,
    de="wie viele Plätze eine Gruppe hat",
    en="how many seats a group has",
    example=("P3 9", "P3 9"),
    words=(
        "Plätze erhöhen",
        "erhöhen",
        "aufstocken",
        "weniger Plätze",
        "reduzieren",
        "vergrössern",
        "verkleinern",
        "braucht Plätze",
        "mehr Plätze",
        "Plätze Gruppe",
        "bigger",
        "enlarge",
        "Anzahl Plätze",
    ),
    offer=("Die Plätze einer Gruppe ändern", "Change the seats of a group"),
)
def set_size(ctx: Context, process: ProcessRef, size: Size) -> Resized:
    """The group has so many seats: all that fit move up and are told, and nobody loses a seat."""
    before = model.get(ctx, process).size
    up = seating.resize(ctx, process, size)
    ctx.audit(f"P{process}")
    if not up:
        ctx.undo(restore_size, process=process, size=size, before=before)
    names = tuple(model.name_of(ctx, user) for user in up)
    return Resized(model.standing(ctx, process, of=ctx.me.user_id), before, names)


@action
def restore_size(ctx: Context, process: int, size: int, before: int) -> Resized:
    """The group has as many seats as before, unless that was changed since, or somebody has taken one of them."""
    group = model.standing(ctx, process)
    if group.size != size or (before < size and group.confirmed + group.asked > before):
        raise Refused(BuiltUpon(ref=f"P{process}", instead=TO_SIZE(f"P{process}", before)))
    up = seating.resize(ctx, process, before)
    ctx.audit(f"P{process}")
    names = tuple(model.name_of(ctx, user) for user in up)
    return Resized(model.standing(ctx, process, of=ctx.me.user_id), size, names)
