"""Innovation groups: what all features know of them; the commands are in `group_*`.

A group has the number of its process. Its seats are those of the kind `group` (`commands.seats`), its room, if it has
one, is that of the purpose `group 3` (`commands.groups.guests`), and its leader has the role `leader` for that process.
Who comes and goes does so through `seat` and `release`: all that follows from it follows there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, cast

from commands import processes
from commands import seats as halls
from commands.framework import (
    About,
    Audience,
    Context,
    Failure,
    Machine,
    Refused,
    Reply,
    Role,
    belonging,
    card,
    meant,
    right,
    staff,
    titled,
    valued,
)
from commands.framework.who_may import there
from commands.groups import guests
from commands.processes import ProcessCard
from commands.seats import Hall
from storage import groups, members, seats
from storage import processes as stored_processes
from storage.groups import Group
from storage.seats import HOLDING


@dataclass(frozen=True)
class Standing:
    """A group as it stands; `confirmed` are the members, `asked` hold a seat until they say yes or no."""

    process: int
    title: str
    size: int
    confirmed: int
    asked: int
    waiting: int
    requested: int
    leader: str | None  # Matrix id
    leader_name: str
    room: str | None
    approval: bool
    dropped: bool
    on_hold: bool
    link: str | None = None  # to the process's card
    address: str | None = None  # of the room
    seat: str = "none"  # what the asker is: confirmed, assigned, requested, waiting, none
    you: Machine | None = None

    @property
    def free(self) -> int:
        """Seats to be had: none where the process stands still."""
        return 0 if self.stopped else max(0, self.size - self.confirmed - self.asked)

    @property
    def taken(self) -> int:
        """Seats that are not free; one held for somebody who is asked is not."""
        return self.confirmed + self.asked

    @property
    def stopped(self) -> bool:
        return self.dropped or self.on_hold

    @property
    def joinable(self) -> bool:
        """Signing up brings a seat, or a place on the waiting list, or the question to the coordinators."""
        return not self.stopped

    def machine(self) -> Machine:
        found = {"leader": self.leader, "room": self.room, "you": self.you}
        return {
            "type": "group",
            "title": self.title,
            "size": self.size,
            "confirmed": self.confirmed,
            "waiting": self.waiting,
        } | {key: value for key, value in found.items() if value}


class AboutGroup(Reply):
    """A reply that carries a group, and what the asker is to it."""

    abstract: ClassVar[bool] = True
    group: Standing

    @property
    def about(self) -> About:
        return "group", self.group.process

    def machine(self) -> Machine:
        return self.group.machine()


class NamesMember:
    """Mixed into what says something of a member by `name`: elsewhere it does not say of whom."""

    @property
    def audience(self) -> Audience:
        about: Any = self
        return staff(about.group.process if hasattr(about, "group") else about.process)

    def outside(self) -> Reply | None:
        about: Any = self
        return cast("Reply", replace(about, name=""))


class Stopped(Failure):
    """The process is on hold, or dropped: its group takes nobody, nobody moves up, and no meetings are planned."""

    process: int
    title: str
    on_hold: bool


class NotTheLeader(Failure):
    """Only the leader of this group and coordinators may do that."""

    code: ClassVar[str] = "not_allowed"
    process: int


class NotInGroup(Failure):
    """Only the members of this group (and coordinators) may do that."""

    code: ClassVar[str] = "not_allowed"
    process: int
    stopped: bool = False


def get(ctx: Context, process: int) -> Group:
    """The process's group. Refuses: NotFound, where there is no such process."""
    processes.get(ctx, process)
    group = groups.find(ctx.tx, process)
    assert group is not None, f"P{process} without a group"
    return group


def hall(ctx: Context, process: int) -> Hall:
    """The group's seats; while the process stands still, nobody gets one."""
    return Hall("group", process, get(ctx, process).size, open=not is_stopped(ctx, process))


def is_stopped(ctx: Context, process: int) -> bool:
    """Is the process on hold, or dropped?"""
    found = processes.get(ctx, process)
    return found.on_hold or found.dropped


def require_going(ctx: Context, process: int) -> None:
    """Refuses: NotFound; Stopped, where the process is on hold, or dropped."""
    found = processes.get(ctx, process)
    if found.on_hold or found.dropped:
        raise Refused(Stopped(process, found.name, found.on_hold))


def purpose(process: int) -> str:
    """The purpose of the group's room, for `ctx.post`, `ctx.place_card`, `ctx.invite`."""
    return guests.purpose(process)


def confirmed(ctx: Context, process: int) -> list[str]:
    """The members with a confirmed seat, in order of arrival; who is asked and counted of them: `present`."""
    return [seat.user_id for seat in seats.list_in(ctx.tx, "group", process, "confirmed")]


def present(ctx: Context, process: int) -> list[str]:
    """Of these, those who do not pause: they consent, and are invited to meetings."""
    return there(ctx, confirmed(ctx, process))


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


@belonging("group")
def belongs(ctx: Context, process: int) -> bool:
    """May the asker know what is this group's own? Who has a seat in it may, its leader, and coordinators."""
    return leads(ctx, process) or is_in(ctx, process, ctx.me.user_id)


@right
def require_leader(ctx: Context, process: int) -> None:
    """Refuses: NotTheLeader."""
    if not leads(ctx, process):
        raise Refused(NotTheLeader(process))


def require_led(ctx: Context, known: Mapping[str, Any]) -> None:
    """As `first` of a command: the process named, if any, is going, and the asker leads its group.

    Refuses: NotFound, Stopped, NotTheLeader.
    """
    if "process" in known:
        require_going(ctx, known["process"])
        require_leader(ctx, known["process"])


@right
def require_member(ctx: Context, process: int) -> None:
    """Refuses: NotInGroup, where the asker has no seat in the group, and is no coordinator."""
    if not belongs(ctx, process):
        raise Refused(NotInGroup(process, is_stopped(ctx, process)))


def name_of(ctx: Context, user_id: str) -> str:
    """The person's name, or the Matrix id of one who is no member any more."""
    member = members.find(ctx.tx, user_id)
    return member.name if member is not None else user_id


def standing(ctx: Context, process: int, *, of: str | None = None) -> Standing:
    """The group as it stands; `of`: the person whom `you` is about. Refuses: NotFound."""
    found, group = processes.get(ctx, process), get(ctx, process)
    counts = seats.counts(ctx.tx, "group", process)
    room, server = ctx.room_for(purpose(process)), ctx.settings.bot.partition(":")[2]
    mine = seats.find(ctx.tx, "group", process, of) if of is not None else None
    leader = members.find(ctx.tx, group.leader) if group.leader is not None else None
    return Standing(
        process=process,
        title=found.name,
        size=group.size,
        confirmed=counts.get("confirmed", 0),
        asked=counts.get("assigned", 0),
        waiting=counts.get("waiting", 0),
        requested=counts.get("requested", 0),
        leader=group.leader,
        leader_name=leader.name if leader is not None else "",
        room=room,
        address=f"https://matrix.to/#/{room}?via={server}" if room is not None else None,
        approval=group.approval,
        dropped=found.dropped,
        on_hold=found.on_hold,
        link=ctx.card_link("process", process),
        seat=mine.state if mine is not None else "none",
        you=halls.you(ctx.tx, hall(ctx, process), of) if of is not None else None,
    )


def process_of(purpose: str) -> int | None:
    """The process whose group's room has this purpose."""
    kind, _, number = purpose.partition(" ")
    return int(number) if kind == "group" else None


@meant("process")
def of_the_room(ctx: Context) -> int | None:
    """The group whose room this is; in a direct chat the only one that the asker sits in."""
    process = process_of(ctx.where.purpose or "")
    if process is not None or not ctx.where.direct:
        return process
    mine = [
        seat.number
        for seat in seats.list_of_person(ctx.tx, ctx.me.user_id)
        if seat.kind == "group" and seat.state == "confirmed"
    ]
    return mine[0] if len(mine) == 1 else None


@valued("process")
def likely_ones(ctx: Context) -> list[tuple[int, str]]:
    """The groups that the asker sits in; without any, and for who looks after all of them, all there are."""
    mine = {
        seat.number
        for seat in seats.list_of_person(ctx.tx, ctx.me.user_id)
        if seat.kind == "group" and seat.state == "confirmed"
    }
    found = [(one.id, one.name) for one in stored_processes.list_all(ctx.tx)]
    return [one for one in found if one[0] in mine] or found


def groups_of(ctx: Context) -> list[int]:
    """The groups that the asker sits in, or leads."""
    seated = seats.list_of_person(ctx.tx, ctx.me.user_id)
    mine = [one.number for one in seated if one.kind == "group" and one.state in HOLDING]
    return sorted({*mine, *led_by(ctx)})


def led_by(ctx: Context) -> list[int]:
    """The groups whose leader the asker is."""
    return [one.process for one in groups.list_led(ctx.tx, ctx.me.user_id)]


@titled("process")
def all_there_are(ctx: Context, _text: str) -> list[tuple[int, str]]:
    return [(one.id, one.name) for one in stored_processes.list_all(ctx.tx)]


@card("group", purpose="", within="process")
def group_card(ctx: Context, number: int) -> ProcessCard:
    """The process's card once more, pinned in the group's room."""
    return ProcessCard(processes.view(ctx, number), None, in_group=True)
