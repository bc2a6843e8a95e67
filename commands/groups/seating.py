"""Who comes into a group and goes: seats given, given up and moved up to, and what follows from it."""

from __future__ import annotations

from commands import seats as halls
from commands.framework import (
    MEMBERSHIPS,
    Came,
    Context,
    Machine,
    Settled,
    pause_follower,
    renaming,
)
from commands.groups import guests
from commands.groups.model import AboutGroup, NamesMember, get, hall, name_of, standing
from storage import groups, members, seats
from storage.seats import Seat


class MovedUp(AboutGroup):
    """To somebody who waited: the seat is theirs."""


class NoMoreAsked(NamesMember, AboutGroup):
    """In place of a question about a seat, which is answered: by the one who was asked, or by coordinators.

    `name`: whom coordinators were asked about; empty to somebody who was asked themselves.
    """

    name: str


class LeaderGone(AboutGroup):
    """To the coordinators: the group has no leader any more."""


@renaming
def changed(ctx: Context, process: int) -> None:
    """The group has other members, another leader, or its process another name.

    The cards that show the group are edited soon, and its room follows.
    """
    ctx.changed("process", process)
    ctx.changed("group", process)
    guests.fit(ctx, process)


QUESTIONS = {"assigned": "groups.assignments.accept", "requested": "groups.approvals.approve"}


def _answered(ctx: Context, process: int, user_id: str, before: Seat | None) -> None:
    """A person who was asked, or asked for a seat, has one or none now: the question is not asked any more."""
    now = seats.find(ctx.tx, "group", process, user_id)
    if before is None or before.state not in QUESTIONS or (now is not None and now.state == before.state):
        return
    asked = before.state == "assigned"
    reply = NoMoreAsked(standing(ctx, process, of=user_id), "" if asked else name_of(ctx, user_id))
    data: Machine = {"process": process} | ({} if asked else {"member": user_id})
    ctx.outside.settled.append(Settled(reply, QUESTIONS[before.state], data, user_id if asked else None))


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
    """A person who has changed the own seat need not be told of it."""
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
    """A person who is back may find a seat free for which nobody else has waited."""
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
