"""How somebody asks to become a Public Innovator; what is decided about it is in `commands.members.admission`."""

from __future__ import annotations

from typing import Any

from commands.framework import (
    About,
    Context,
    Errand,
    Failure,
    Machine,
    MunicipalityRef,
    Refused,
    Reply,
    Role,
    Short,
    Texts,
    action,
    command,
    person_follower,
    personal,
)
from commands.members.model import AboutMember, show_anew
from commands.words import key_of
from storage import cards, members, registrations, rooms
from storage.members import Member


class Registered(AboutMember):
    """The registration waits for the coordinators; `again`: it replaces what was said before."""

    again: bool


class Unregistered(Reply):
    """The registration is taken back."""

    user_id: str

    @property
    def about(self) -> About:
        return "member", self.user_id

    def machine(self) -> Machine:
        return {"type": "member", "state": "left"}


class AlreadyMember(Failure):
    """The person takes part already, or is taking a break."""

    state: str


class RegistrationDecided(Failure):
    """Too late to change the registration: it is decided."""


def _is_no_member(ctx: Context) -> bool:
    return ctx.me.role < Role.PI and not ctx.me.pauses


@command(
    "profil anmelden",
    "profile register",
    role=Role.ANYONE,
    de="sich als Public Innovator anmelden",
    en="register as a Public Innovator",
    example=(
        "gemeinde: Aesch | funktion: Einwohnerdienste",
        "municipality: Aesch | function: Residents' services",
    ),
    there=_is_no_member,
    words=(
        "take part",
        "work for municipality",
        "arbeite bei Gemeinde",
        "PI werden",
        "werde PI",
        "wie werde ich",
        "would like to join",
        "Mitglied werden",
        "Zugang",
        "dazu gehören",
        "anmelden",
        "register",
        "mitmachen",
        "registrieren",
        "Public Innovator werden",
        "bin neu",
        "neu hier",
        "sign up",
        "join you",
        "aufnehmen",
        "arbeite Gemeinde",
        "become",
    ),
    offer=("Als Public Innovator mitmachen", "Become a Public Innovator"),
)
def register(
    ctx: Context,
    *,
    municipality: MunicipalityRef,
    function: Short,
    knowhow: Texts = (),
    interests: Texts = (),
) -> Registered:
    """The registration waits for the coordinators, who have a card with ✅ and ❌.

    Refuses: AlreadyMember.
    """
    user = ctx.me.user_id
    member = members.find(ctx.tx, user)  # not the asker's: an edit may just have taken a registration back
    if member is not None and member.state in ("active", "paused"):
        raise Refused(AlreadyMember(member.state))
    said = {
        "state": "pending",
        "municipality": municipality,
        "function": function,
        "knowhow": list(knowhow),
        "interests": list(interests),
    }
    before = {name: getattr(member, name) for name in said} if member is not None else None
    name = _display_name(ctx)
    who: dict[str, Any] = {"name": name, "name_key": key_of(name), "changed_at": ctx.now}
    if member is None:
        first = {"language": None, "reminders": None, "digest": True, "joined_at": None}
        members.put(ctx.tx, user_id=user, **said, **who, **first)
    else:
        members.change(ctx.tx, user, **said, **who)
        show_anew(ctx, user)
    waiting = registrations.find_open(ctx.tx, user)
    number = waiting.id if waiting is not None else ctx.number("registration")
    if waiting is None:
        registrations.add(ctx.tx, number=number, user_id=user, at=ctx.now)
    ctx.place_card("registration", number)
    ctx.undo(unregister, number=number, before=before)
    return Registered(_row(ctx), (), ctx.where.private, again=waiting is not None)


@action
def unregister(ctx: Context, number: int, before: dict[str, Any] | None) -> Reply:
    """The registration is as it was before the command, or taken back.

    Refuses: RegistrationDecided.
    """
    user = ctx.me.user_id
    registration = registrations.find(ctx.tx, number)
    if registration is None or registration.outcome != "open":
        raise Refused(RegistrationDecided())
    ctx.changed("registration", number)
    if before is None:
        members.remove(ctx.tx, user)
    else:
        members.change(ctx.tx, user, **before, changed_at=ctx.now)
        show_anew(ctx, user)
        if before["state"] == "pending":
            return Registered(_row(ctx), (), ctx.where.private, again=True)
    if ctx.revising:
        registrations.remove(ctx.tx, number)
        ctx.keep_numbers("registration", number)
    else:
        registrations.settle(ctx.tx, number, "withdrawn", at=ctx.now)
    return Unregistered(user)


@person_follower
def _refresh(ctx: Context, user_id: str) -> None:
    for number in registrations.list_naming(ctx.tx, user_id):
        ctx.changed("registration", number)


def forget(ctx: Context, user_id: str) -> None:
    """The registrations are gone, and so are the messages that showed them, with all they have shown before."""
    _refresh(ctx, user_id)
    for registration in registrations.list_of(ctx.tx, user_id):
        placed = cards.find(ctx.tx, "registration", str(registration.id))
        if placed is not None:
            card = {"event_id": placed.event_id, "row": placed.outbox_id, "edits": True}
            ctx.outside.errands.append(Errand("redaction", placed.room_id, card))
    registrations.forget(ctx.tx, user_id)


@personal("registrations", erase=forget)
def export(ctx: Context, user_id: str) -> list[dict[str, Any]]:
    return [
        {"at": r.at.isoformat(), "outcome": r.outcome, "reason": r.reason}
        for r in registrations.list_of(ctx.tx, user_id)
    ]


def _row(ctx: Context) -> Member:
    member = members.find(ctx.tx, ctx.me.user_id)
    assert member is not None
    return member


def _display_name(ctx: Context) -> str:
    """The person's name in this room, else in another one, else the first part of the Matrix id."""
    user = ctx.me.user_id
    seen = rooms.find_occupant(ctx.tx, room_id=ctx.where.room_id, user_id=user)
    name = seen.display_name if seen is not None else rooms.display_name(ctx.tx, user)
    return name if name and name != user else user[1:].partition(":")[0].capitalize()
