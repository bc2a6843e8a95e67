"""Registrations as cards in the coordinators' room, where they are decided by reaction."""

from __future__ import annotations

from dataclasses import replace

from commands.framework import (
    COMMANDS,
    COORDINATION,
    About,
    Audience,
    Context,
    Machine,
    NotAllowed,
    Refused,
    Reply,
    Touch,
    card,
    reasons,
    tap,
)
from commands.members import admission
from commands.members.model import member_machine
from storage import cards, members, registrations
from storage.members import Member
from storage.registrations import Registration


class RegistrationCard(Reply):
    """A registration as the coordinators see it; without `member` it is withdrawn or erased.

    `roles`: what registering brings; what the person has become since is shown elsewhere.
    """

    registration: Registration | None
    member: Member | None
    roles: tuple[str, ...]
    decided_by: str | None  # the name of the coordinator

    hushed: bool = False  # where others read

    @property
    def audience(self) -> Audience:
        return COORDINATION

    def outside(self) -> Reply | None:
        return replace(self, hushed=True)

    @property
    def about(self) -> About | None:
        return ("member", self.member.user_id) if self.member is not None else None

    def machine(self) -> Machine:
        if self.member is None:
            return {"type": "member", "state": "left"}
        return member_machine(self.member, self.roles, full=not self.hushed)


def _is_open(ctx: Context, number: int) -> bool:
    registration = registrations.find(ctx.tx, number)
    return registration is not None and registration.outcome == "open"


@card("registration", purpose="coordination", seeds=("✅", "❌"), is_open=_is_open)
def registration_card(ctx: Context, number: int) -> RegistrationCard:
    registration = registrations.find(ctx.tx, number)
    stands = registration is not None and registration.outcome != "withdrawn"
    member = members.find(ctx.tx, registration.user_id) if registration is not None and stands else None
    by = members.find(ctx.tx, registration.decided_by) if registration and registration.decided_by else None
    roles = ("pi",) if member is not None and member.state in ("active", "paused") else ()
    return RegistrationCard(registration, member, roles, by.name if by is not None else None)


@tap(
    "registration",
    "✅",
    "❌",
    de="✅ für Aufnehmen, ❌ für Ablehnen",
    en="✅ to admit, ❌ to decline",
)
def decide(ctx: Context, number: int, touch: Touch) -> None:
    """✅ admits; ❌ asks the coordinator for the reason, with which the registration is declined.

    Until the person is told, ✅ after that admits, and taking ❌ off leaves it undecided.
    Refuses: NotAllowed, NotWaiting.
    """
    admits = touch.key == "✅"
    needed = COMMANDS["member admit" if admits else "member decline"]
    if ctx.me.role < needed.role:
        raise Refused(NotAllowed(role=needed.role.name.lower(), command=needed))
    registration = registrations.find(ctx.tx, number)
    if registration is None:
        return
    fresh = registration.outcome == "declined" and ctx.now <= admission.told_at(registration)
    if not touch.on:
        reasons.withdraw(ctx, touch.event_id)
        if fresh and not admits and registration.decided_by == ctx.me.user_id:
            admission.reopen(ctx, registration)
        return
    if fresh and admits:
        admission.reopen(ctx, registration)
        registration = registrations.find(ctx.tx, number)
        assert registration is not None
    member = admission.require_waiting(ctx, registration.user_id, registration)
    if admits:
        admission.take_in(ctx, member, registration)
    else:
        _ask_why(ctx, member, number)


def _ask_why(ctx: Context, member: Member, number: int) -> None:
    placed = cards.find(ctx.tx, "registration", str(number))
    if placed is not None and placed.event_id is not None:
        reasons.ask(
            ctx,
            admission.decline_because,
            {"number": number},
            room=placed.room_id,
            thread=placed.event_id,
            concerned=member.name,
            about=("member", member.user_id),
            told=member_machine(member, (), full=False),
        )
