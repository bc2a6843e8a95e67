"""Who is in a group's room: its confirmed members, invited when they join the group and removed when they leave it.

The bot acts where the group changes, and where somebody else lets people in or out; coordinators who sit in the
room without a seat are left there. Leaving the room is not leaving the group: who goes by himself, or does not
accept the invitation, is not invited again, unless he rejoins the group or the coordinator asks for it.
"""

from __future__ import annotations

from typing import Final

from commands.framework import Context, Errand, Machine, Movement, Role
from commands.members import role_of
from storage import group_guests, groups, processes, rooms, seats
from storage.groups import Group

LEADER, COORDINATOR = 50, 100  # power levels
TEXTS: Final = {
    "de": ("Gruppe P{} · {}", "Innovationsgruppe des Prozesses P{} · {}. Was ich kann, sagt {}hilfe gruppe."),
    "en": (
        "Group P{} · {}",
        "Innovation group of the process P{} · {}. What I can do: {}help group.",
    ),
}


def purpose(process: int) -> str:
    """The purpose of the group's room, for `ctx.post`, `ctx.place_card`, `ctx.invite`."""
    return f"group {process}"


def fit(ctx: Context, process: int, *, gone: str | None = None) -> None:
    """The group's room, if there is one, has its members, its name and its leader. Idempotent.

    `gone`: somebody who is leaving the community, and whose roles no longer count.
    """
    room, group = ctx.room_for(purpose(process)), groups.find(ctx.tx, process)
    if room is None or group is None:
        return
    _fit_people(ctx, process, room, gone)
    wanted, topic = texts(ctx, process)
    if group.room_name != wanted:
        _set(ctx, room, "m.room.name", {"name": wanted})
        _set(ctx, room, "m.room.topic", {"topic": topic})
        groups.change(ctx.tx, process, room_name=wanted)
    if group.room_leader != group.leader:
        set_powers(ctx, room, group)


def _fit_people(ctx: Context, process: int, room: str, gone: str | None) -> None:
    members = [seat.user_id for seat in seats.list_in(ctx.tx, "group", process, "confirmed")]
    known = group_guests.known(ctx.tx, process)
    present = {o.user_id for o in rooms.list_occupants(ctx.tx, room)}
    for user in members:
        if known.get(user) is not True:
            # One who is being removed still sits there: the invitation follows the removal.
            if user in known or user not in present:
                ctx.outside.errands.append(Errand("invite", room, {"user_id": user}))
            group_guests.put(ctx.tx, process, user, let_in=True)
    let_in = {user for user, inside in known.items() if inside}
    for user in sorted((present | let_in) - {*members, ctx.settings.bot}):
        stays = user not in let_in and user != gone and role_of(ctx.tx, user) >= Role.COORDINATOR
        if known.get(user) is not False and not stays:
            ctx.outside.errands.append(Errand("kick", room, {"user_id": user}))
            group_guests.put(ctx.tx, process, user, let_in=False)


def texts(ctx: Context, process: int) -> tuple[str, str]:
    """The room's name and topic."""
    found = processes.find(ctx.tx, process)
    name, topic = TEXTS[ctx.settings.language]
    title = found.name if found is not None else ""
    return name.format(process, title), topic.format(process, title, ctx.settings.prefix)


def set_powers(ctx: Context, room: str, group: Group) -> None:
    """The leader may write state and remove messages; the leader before, only what everybody may."""
    users = dict.fromkeys(ctx.settings.coordinators, COORDINATOR)
    for user, level in ((group.room_leader, 0), (group.leader, LEADER)):
        if user is not None:
            users.setdefault(user, level)
    ctx.outside.errands.append(Errand("power", room, {"users": users}))
    groups.change(ctx.tx, group.process, room_leader=group.leader)


def _set(ctx: Context, room: str, kind: str, content: Machine, key: str = "") -> None:
    ctx.outside.errands.append(Errand("state", room, {"type": kind, "key": key, "content": content}))


def list_in_space(ctx: Context, process: int, room: str) -> None:
    """The community's space lists the room."""
    space = ctx.room_for("space")
    if space is not None:
        listed = {"via": [ctx.settings.bot.partition(":")[2]], "order": f"g{process:05}", "suggested": False}
        _set(ctx, space, "m.space.child", listed, room)


def moved(ctx: Context, process: int, movement: Movement) -> None:
    """Somebody other than the bot has let people in or out: the room follows the group again.

    A person who left by themselves stays out. One who was banned does too, as the bot can't invite him.
    """
    user, by = movement.user_id, movement.by
    if ctx.settings.bot in (by, user):
        return
    member = _is_member(ctx, process, user)
    went = movement.membership in ("leave", "ban")
    removed = movement.membership == "leave" and by != user
    if (went and not member) or (removed and member) or (not went and not member):
        group_guests.forget(ctx.tx, process, user)
        fit(ctx, process)


def _is_member(ctx: Context, process: int, user_id: str) -> bool:
    seat = seats.find(ctx.tx, "group", process, user_id)
    return seat is not None and seat.state == "confirmed"


def invite_again(ctx: Context, process: int) -> int:
    """The members who are not in the room, nor invited, are invited anew; how many they are."""
    room = ctx.room_for(purpose(process))
    if room is None:
        return 0
    present = {o.user_id for o in rooms.list_occupants(ctx.tx, room)}
    missing = [
        seat.user_id
        for seat in seats.list_in(ctx.tx, "group", process, "confirmed")
        if seat.user_id not in present
    ]
    for user in missing:
        group_guests.forget(ctx.tx, process, user)
    fit(ctx, process)
    return len(missing)
