"""Innovation groups: what all features know of them; the commands are in `group_*`.

A group has the number of its process. Its seats are those of the kind `group` (`commands.seats`), its room, if it has
one, is that of the purpose `group 3`, and its leader has the role `leader` for that process.
"""

from __future__ import annotations

from typing import ClassVar

from commands import processes
from commands import seats as halls
from commands.context import Context
from commands.errors import Failure
from commands.replies import Machine, Refused, Reply, Role
from commands.seats import Hall
from storage import groups, seats
from storage import processes as stored
from storage.groups import Group
from storage.seats import HOLDING


class MovedUp(Reply):
    """To somebody who waited: the seat is theirs."""

    process: int
    title: str  # the process's name

    def machine(self) -> Machine:
        return {"type": "group", "ref": f"P{self.process}", "title": self.title}


class NotTheLeader(Failure):
    """Only the leader of this group and coordinators may do that."""

    code: ClassVar[str] = "not_allowed"
    process: int


class NotInGroup(Failure):
    """Only the members of this group (and coordinators) may do that."""

    code: ClassVar[str] = "not_allowed"
    process: int


def get(ctx: Context, process: int) -> Group:
    """The process's group. Refuses: NotFound, where there is no such process."""
    processes.get(ctx, process)
    group = groups.find(ctx.tx, process)
    assert group is not None, f"P{process} without a group"
    return group


def hall(group: Group) -> Hall:
    return Hall("group", group.process, group.size)


def purpose(process: int) -> str:
    """The purpose of the group's room, for `ctx.post`, `ctx.place_card`, `ctx.invite`."""
    return f"group {process}"


def confirmed(ctx: Context, process: int) -> list[str]:
    """The members with a confirmed seat, in order of arrival: those who consent and are invited to meetings."""
    return [seat.user_id for seat in seats.list_in(ctx.tx, "group", process, "confirmed")]


def is_in(ctx: Context, process: int, user_id: str) -> bool:
    """Does the person hold a seat in the group?"""
    seat = seats.find(ctx.tx, "group", process, user_id)
    return seat is not None and seat.state in HOLDING


def leads(ctx: Context, process: int) -> bool:
    """May the asker act as leader of this group? Its leader may, and coordinators."""
    if ctx.me.role >= Role.COORDINATOR:
        return True
    group = groups.find(ctx.tx, process)
    return group is not None and group.leader == ctx.me.user_id


def require_leader(ctx: Context, process: int) -> None:
    """Refuses: NotTheLeader."""
    if not leads(ctx, process):
        raise Refused(NotTheLeader(process))


def require_member(ctx: Context, process: int) -> None:
    """Refuses: NotInGroup, where the asker has no seat in the group, and is no coordinator."""
    if ctx.me.role < Role.COORDINATOR and not is_in(ctx, process, ctx.me.user_id) and not leads(ctx, process):
        raise Refused(NotInGroup(process))


def tell_all(ctx: Context, process: int, reply: Reply) -> None:
    """Every confirmed member but the asker is told, in the direct chat, gathered."""
    for user_id in confirmed(ctx, process):
        ctx.tell(user_id, reply)


def changed(ctx: Context, process: int) -> None:
    """Who sits in the group, who leads it, or what its process is called is not what it was.

    The cards that show the group are edited soon.
    """
    ctx.changed("process", process)
    ctx.changed("group", process)


def fill(ctx: Context, process: int) -> list[str]:
    """All that fit have moved up from the waiting list, in order, and each is told once; who they are."""
    group = get(ctx, process)
    up = halls.fill(ctx, hall(group))
    tell_moved_up(ctx, process, up)
    changed(ctx, process)
    return up


def tell_moved_up(ctx: Context, process: int, up: list[str]) -> None:
    """Those who have just moved up are told, once."""
    found = stored.find(ctx.tx, process)
    for user_id in up:
        ctx.tell(user_id, MovedUp(process, found.name if found is not None else ""))


def resize(ctx: Context, process: int, size: int) -> list[str]:
    """The group has so many seats; who has moved up because of it, and is told. Nobody loses a seat."""
    groups.change(ctx.tx, process, size=size)
    return fill(ctx, process)
