"""Who leads a group, and how many seats it has."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final

from pydantic import Field

from commands import groups
from commands.api import action, command
from commands.audiences import EVERYONE, Audience, staff
from commands.context import Context
from commands.errors import BuiltUpon, Failure
from commands.groups import AboutGroup, NamesMember
from commands.processes import ProcessRef
from commands.replies import Refused, Reply, Role
from commands.types import MemberRef
from storage import groups as stored
from storage import members, seats

LARGEST: Final = 30
Size = Annotated[int, Field(ge=1, le=LARGEST)]


class LeaderNamed(AboutGroup):
    """The group has this leader now; `group.leader_name`."""

    former: str | None = None  # the name of the one before


class YouLead(AboutGroup):
    """To the new leader."""


class YouLeadNoMore(AboutGroup):
    """To the former leader."""


class Resized(AboutGroup):
    """The group has this size now; `up` are the names of those who have moved up."""

    before: int
    up: tuple[str, ...]

    @property
    def audience(self) -> Audience:
        return staff(self.group.process) if self.up else EVERYONE

    def outside(self) -> Reply | None:
        return replace(self, up=())


class NotAMemberOfIt(NamesMember, Failure):
    """Only a member of the group can lead it."""

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
)
def name_leader(ctx: Context, process: ProcessRef, member: MemberRef) -> LeaderNamed:
    """The member leads the group, and the one who did no longer does; both are told.

    Refuses: NotAMemberOfIt, LeadsAlready.
    """
    group, name = groups.get(ctx, process), groups.name_of(ctx, member)
    seat = seats.find(ctx.tx, "group", process, member)
    if seat is None or seat.state != "confirmed":
        raise Refused(NotAMemberOfIt(process, name))
    if group.leader == member:
        raise Refused(LeadsAlready(process, name))
    former = groups.name_of(ctx, group.leader) if group.leader is not None else None
    ctx.undo(restore_leader, process=process, named=member, before=group.leader)
    _lead(ctx, process, member)
    return LeaderNamed(groups.standing(ctx, process), former)


@action
def restore_leader(ctx: Context, process: int, named: str, before: str | None) -> LeaderNamed:
    """The group is led as before; all concerned are told."""
    seat = seats.find(ctx.tx, "group", process, before) if before is not None else None
    still = before is None or (seat is not None and seat.state == "confirmed")
    if groups.get(ctx, process).leader != named or not still:
        raise Refused(BuiltUpon(ref=f"P{process}", instead=f"gruppe leitung P{process}"))
    _lead(ctx, process, before)
    return LeaderNamed(groups.standing(ctx, process), groups.name_of(ctx, named))


def _lead(ctx: Context, process: int, leader: str | None) -> None:
    former = groups.get(ctx, process).leader
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
    groups.changed(ctx, process)
    ctx.audit(f"P{process}")
    if former is not None:
        ctx.tell(former, "group leader", before={"leads": True}, process=process)
    if leader is not None:
        ctx.tell(leader, "group leader", before={"leads": leader == former}, process=process)


# --- how many seats


@command(
    "gruppe grösse",
    "group size",
    role=Role.COORDINATOR,
    de="wie viele Plätze eine Gruppe hat",
    en="how many seats a group has",
    example=("P3 9", "P3 9"),
)
def set_size(ctx: Context, process: ProcessRef, size: Size) -> Resized:
    """The group has so many seats: all that fit move up and are told, and nobody loses a seat."""
    before = groups.get(ctx, process).size
    up = groups.resize(ctx, process, size)
    ctx.audit(f"P{process}")
    if not up:
        ctx.undo(restore_size, process=process, size=size, before=before)
    names = tuple(groups.name_of(ctx, user) for user in up)
    return Resized(groups.standing(ctx, process, of=ctx.me.user_id), before, names)


@action
def restore_size(ctx: Context, process: int, size: int, before: int) -> Resized:
    """The group has as many seats as before, unless that was changed since, or somebody has taken one of them."""
    group = groups.standing(ctx, process)
    if group.size != size or (before < size and group.confirmed + group.asked > before):
        raise Refused(BuiltUpon(ref=f"P{process}", instead=f"gruppe grösse P{process} {before}"))
    up = groups.resize(ctx, process, before)
    ctx.audit(f"P{process}")
    names = tuple(groups.name_of(ctx, user) for user in up)
    return Resized(groups.standing(ctx, process, of=ctx.me.user_id), size, names)
