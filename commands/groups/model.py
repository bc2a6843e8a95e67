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
    MEMBERSHIPS,
    Audience,
    Came,
    Context,
    Failure,
    Machine,
    Refused,
    Reply,
    Role,
    Settled,
    belonging,
    card,
    meant,
    pause_follower,
    renaming,
    right,
    staff,
)
from commands.framework.who_may import there
from commands.groups import guests
from commands.processes import ProcessCard
from commands.seats import Hall
from storage import groups, members, seats
from storage.groups import Group
from storage.seats import HOLDING, Seat


@dataclass(frozen=True)
class Standing:
    """How a group stands; `confirmed` are the members, `asked` hold a seat until they say yes or no."""

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
            "ref": f"P{self.process}",
            "title": self.title,
            "size": self.size,
            "confirmed": self.confirmed,
            "waiting": self.waiting,
        } | {key: value for key, value in found.items() if value}


class AboutGroup(Reply):
    """A reply that carries a group, and what the asker is to it."""

    abstract: ClassVar[bool] = True
    group: Standing

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


class MovedUp(AboutGroup):
    """To somebody who waited: the seat is theirs."""


class NoMoreAsked(NamesMember, AboutGroup):
    """In place of a question about a seat, which is answered: by the one who was asked, or by coordinators.

    `name`: whom coordinators were asked about; empty to somebody who was asked themselves.
    """

    name: str


class LeaderGone(AboutGroup):
    """To the coordinators: the group has no leader any more."""


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


@right
def require_member(ctx: Context, process: int) -> None:
    """Refuses: NotInGroup, where the asker has no seat in the group, and is no coordinator."""
    if not belongs(ctx, process):
        raise Refused(NotInGroup(process, is_stopped(ctx, process)))


def name_of(ctx: Context, user_id: str) -> str:
    """What the person is called, or the Matrix id of one who is no member any more."""
    member = members.find(ctx.tx, user_id)
    return member.name if member is not None else user_id


def tell_all(ctx: Context, process: int, topic: str, *, before: Mapping[str, Any]) -> None:
    """Every confirmed member but the asker is told, in the direct chat, gathered."""
    for user_id in confirmed(ctx, process):
        ctx.tell(user_id, topic, before=before, process=process)


def standing(ctx: Context, process: int, *, of: str | None = None) -> Standing:
    """How the group stands; `of`: the person whom `you` is about. Refuses: NotFound."""
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


@card("group", purpose="")
def group_card(ctx: Context, number: int) -> ProcessCard:
    """The process's card once more, pinned in the group's room."""
    return ProcessCard(processes.view(ctx, number), None, in_group=True)


# --- who comes and goes


@renaming
def changed(ctx: Context, process: int) -> None:
    """Who sits in the group, who leads it, or what its process is called is not what it was.

    The cards that show the group are edited soon, and its room follows.
    """
    ctx.changed("process", process)
    ctx.changed("group", process)
    guests.fit(ctx, process)


QUESTIONS = {"assigned": "groups.assignments.accept", "requested": "groups.approvals.approve"}


def _answered(ctx: Context, process: int, user_id: str, before: Seat | None) -> None:
    """Who was asked, or asked for a seat, has one or none now: the question is not asked any more."""
    now = seats.find(ctx.tx, "group", process, user_id)
    if before is None or before.state not in QUESTIONS or (now is not None and now.state == before.state):
        return
    asked = before.state == "assigned"
    reply = NoMoreAsked(standing(ctx, process, of=user_id), "" if asked else name_of(ctx, user_id))
    data: Machine = {"process": process} | ({} if asked else {"member": user_id})
    ctx.settled.append(Settled(reply, QUESTIONS[before.state], data, user_id if asked else None))


def seat(ctx: Context, process: int, user_id: str, *, state: str = "confirmed") -> Seat:
    """The person has a seat in this state, or waits for one; who has one or waits already keeps what they have."""
    before = seats.find(ctx.tx, "group", process, user_id)
    taken = halls.take(ctx, hall(ctx, process), user_id, state=state)
    assert taken is not None  # there is a waiting list
    _answered(ctx, process, user_id, before)
    if taken.state == "confirmed" and (before is None or before.state != "confirmed"):
        _follow(ctx, process, user_id, "joined")
    _knows(ctx, process, user_id)
    changed(ctx, process)
    return taken


def put_back(ctx: Context, process: int, user_id: str, *, state: str, arrived: int, carrier: str) -> None:
    """The person's seat is this, with this place in the order of arrival; there must be room for it."""
    before = seats.find(ctx.tx, "group", process, user_id)
    seats.put(
        ctx.tx,
        kind="group",
        number=process,
        user_id=user_id,
        state=state,
        carrier=carrier,
        arrived=arrived,
        at=ctx.sent_at or ctx.now,
    )
    _answered(ctx, process, user_id, before)
    in_before = before is not None and before.state == "confirmed"
    if in_before != (state == "confirmed"):
        _follow(ctx, process, user_id, "left" if in_before else "joined")
    _knows(ctx, process, user_id)
    changed(ctx, process)


def release(ctx: Context, process: int, user_id: str, *, gone: bool = False) -> list[str]:
    """The person has no seat and waits for none; who has moved up because of it, and is told.

    A group that loses its leader has none, and the coordinators are told. `gone`: the person leaves the community.
    """
    group = get(ctx, process)
    before = seats.find(ctx.tx, "group", process, user_id)
    up = halls.give_up(ctx, hall(ctx, process), user_id)
    _answered(ctx, process, user_id, before)
    if before is not None and before.state == "confirmed":
        _follow(ctx, process, user_id, "gone" if gone else "left")
    if group.leader == user_id:
        ctx.note("group", process)
        groups.change(ctx.tx, process, leader=None)
        members.revoke(ctx.tx, user_id=user_id, role="leader", process=process)
        _tell_coordinators(ctx, process, user_id)
    _moved_up(ctx, process, up)
    if gone:
        guests.fit(ctx, process, gone=user_id)
    _knows(ctx, process, user_id)
    changed(ctx, process)
    return up


def _knows(ctx: Context, process: int, user_id: str) -> None:
    """Who has changed the own seat needs not be told of it."""
    if user_id == ctx.me.user_id:
        ctx.tell(user_id, "group seat", before={}, process=process)


def _tell_coordinators(ctx: Context, process: int, leader: str) -> None:
    """In their room, soon and if it is still so; a command given there has it in its reply."""
    ctx.tell("coordination", "no leader", before={"leader": leader}, process=process)
    if ctx.where.purpose == "coordination":
        said = ctx.post("coordination", LeaderGone(standing(ctx, process)))
        assert said is not None
        said.below = True


def fill(ctx: Context, process: int) -> list[str]:
    """All that fit have moved up from the waiting list, in order, and each is told once; who they are."""
    up = halls.fill(ctx, hall(ctx, process))
    _moved_up(ctx, process, up)
    changed(ctx, process)
    return up


def resize(ctx: Context, process: int, size: int) -> list[str]:
    """The group has so many seats; who has moved up because of it, and is told. Nobody loses a seat."""
    groups.change(ctx.tx, process, size=size)
    return fill(ctx, process)


@pause_follower
def _look_again(ctx: Context, user_id: str, pauses: bool) -> None:
    """Who is back may find a seat free for which nobody else has waited."""
    for seat in seats.list_of_person(ctx.tx, user_id) if not pauses else ():
        if seat.kind == "group" and seat.state == "waiting" and user_id in fill(ctx, seat.number):
            you = standing(ctx, seat.number, of=user_id)
            ctx.post(user_id, MovedUp(you), language=ctx.me.language)


def _moved_up(ctx: Context, process: int, up: list[str]) -> None:
    for user_id in up:
        _follow(ctx, process, user_id, "joined")
        ctx.tell(user_id, "group seat", before={"seat": "waiting"}, process=process)


def _follow(ctx: Context, process: int, user_id: str, came: Came) -> None:
    for follow in MEMBERSHIPS.values():
        follow(ctx, process, user_id, came)
