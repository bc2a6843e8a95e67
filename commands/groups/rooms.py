"""The group's own room, made by the bot and kept in step with the group; and what follows when a member leaves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from commands.framework import (
    UNDO_WITHIN,
    About,
    Context,
    Errand,
    Machine,
    Movement,
    Reply,
    Role,
    command,
    departure,
    job,
    movement,
    personal,
)
from commands.framework.telling import Since, told
from commands.groups import guests as group_guests
from commands.groups import model, seating
from commands.groups.model import AboutGroup, Standing
from commands.processes import ProcessRef
from storage import cards, inbox, rooms, seats
from storage import group_guests as guests
from storage import groups as stored
from storage.seats import Seat

CHECKED: Final = "group rooms checked"  # the fact that holds the start at which they were


class RoomComing(AboutGroup):
    """The group's room is being made, and its members are invited."""


class RoomKept(AboutGroup):
    """The group has its room; so many of its members who were not there have been invited again."""

    invited: int


class MemberLeft(Reply):
    """To the group: somebody has left the community, and with it the group. Nobody is named: it may be an erasure."""

    group: Standing

    @property
    def about(self) -> About:
        return "group", self.group.process

    def machine(self) -> Machine:
        return self.group.machine()

    removed: bool = False


@command(
    "gruppe raum",
    "group room",
    role=Role.COORDINATOR,
    de="einer Gruppe ihren Raum machen, oder Fehlende nochmals einladen",
    en="make a group its room, or invite again who is missing",
    example=("P3", "P3"),
    words=("Chatraum", "braucht Raum", "chat room", "Raum machen", "Raum erstellen"),
    offer=("Einer Gruppe ihren Raum machen", "Make a group its room"),
)
def make_room(ctx: Context, process: ProcessRef) -> Reply:
    """The group has a room of its own soon, or its members who are not in it are invited again."""
    group = model.standing(ctx, process)
    ctx.audit(f"P{process}")
    if group.room is not None:
        return RoomKept(group, group_guests.invite_again(ctx, process))
    stored.change(ctx.tx, process, room_wanted=True)
    name, topic = group_guests.texts(ctx, process)
    wanted = {"name": name, "topic": topic, "space": ctx.room_for("space")}
    # Asked for twice before it is there, it is made once: the errand looks first.
    ctx.outside.errands.append(Errand("create", group_guests.purpose(process), wanted))
    stored.change(ctx.tx, process, room_name=name)
    return RoomComing(group)


@movement("group")
def follow(ctx: Context, process: int, moved: Movement | None) -> None:
    """The room follows the group, whoever was let in or out; a new one gets all that it shall have."""
    if stored.find(ctx.tx, process) is None:
        return
    if moved is not None:
        group_guests.moved(ctx, process, moved)
        return
    purpose = group_guests.purpose(process)
    known = rooms.find(ctx.tx, ctx.room_for(purpose) or "")
    card = cards.find(ctx.tx, "group", str(process))
    if known is not None:
        new = known.marker == purpose if card is None else card.room_id != known.room_id
        if new:
            _furnish(ctx, process, known.room_id)
        group_guests.fit(ctx, process)


def _furnish(ctx: Context, process: int, room: str) -> None:
    """A room that the group has not had before: in the space, with the process's card pinned."""
    guests.forget_all(ctx.tx, process)
    cards.remove(ctx.tx, "group", str(process))
    group_guests.list_in_space(ctx, process, room)
    group = model.get(ctx, process)
    group_guests.set_powers(ctx, room, group)
    ctx.place_card("group", process, purpose=group_guests.purpose(process), pinned=True)


@job("group rooms", every=timedelta(seconds=10))
def check(ctx: Context) -> None:
    """Once after each start, every group's room has been compared with its group."""
    start = ctx.settings.started_at.isoformat() if ctx.settings.started_at is not None else None
    if start is None or inbox.fact(ctx.tx, CHECKED) == start:
        return
    inbox.set_fact(ctx.tx, CHECKED, start)
    for group in stored.list_all(ctx.tx):
        follow(ctx, group.process, None)


# --- the person goes


@departure
def depart(ctx: Context, user_id: str) -> None:
    """The seats are free, who waits moves up, and the groups are told. A group it led has no leader."""
    for seat in seats.list_of_person(ctx.tx, user_id):
        if seat.kind == "group":
            seating.release(ctx, seat.number, user_id, gone=True)
            if seat.state == "confirmed":
                _tell(ctx, seat, removed=user_id != ctx.me.user_id)
    for guest in guests.list_of_person(ctx.tx, user_id):
        group_guests.fit(ctx, guest.process, gone=user_id)


def _tell(ctx: Context, seat: Seat, *, removed: bool) -> None:
    """In the group's room, or where it has none, each member; not as long as it can be taken back."""
    process, arrived = seat.number, seat.arrived
    room = group_guests.purpose(process)
    for one in [room] if ctx.room_for(room) is not None else model.confirmed(ctx, process):
        ctx.tell(
            one,
            "member left",
            before={"removed": removed},
            after=UNDO_WITHIN,
            process=process,
            arrived=arrived,
        )


@told("member left")
def news(ctx: Context, since: Since, process: int, arrived: int) -> MemberLeft | None:
    """Somebody is not in the group any more, and has not come back; known by the place in the order of arrival."""
    if any(seat.arrived == arrived for seat in seats.list_all(ctx.tx, "group", process)):
        return None
    return MemberLeft(model.standing(ctx, process), removed=bool(since.before.get("removed")))


def erase(ctx: Context, user_id: str) -> None:
    for seat in seats.list_of_person(ctx.tx, user_id):
        if seat.kind == "group":
            seating.release(ctx, seat.number, user_id, gone=True)
    guests.erase(ctx.tx, user_id)


@personal("groups", erase=erase)
def export(ctx: Context, user_id: str) -> list[dict[str, Any]]:
    """The groups in which the person has a seat, waits for one or for an answer, and those they lead."""
    led = {group.process for group in stored.list_led(ctx.tx, user_id)}
    return [
        {
            "group": f"P{seat.number}",
            "seat": seat.state,
            "leader": seat.number in led,
            "since": seat.at.isoformat(),
        }
        for seat in seats.list_of_person(ctx.tx, user_id)
        if seat.kind == "group"
    ]
