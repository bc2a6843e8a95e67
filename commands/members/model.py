"""Who belongs, which rooms are theirs, and what follows when somebody goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import ClassVar, Final

from commands.framework import (
    COORDINATION,
    DEPARTURES,
    EVERYONE,
    PEOPLE,
    About,
    Audience,
    Context,
    Failure,
    Machine,
    Refused,
    Reply,
    Role,
)
from storage import cards, members, registrations
from storage.engine.base import Tx
from storage.members import Member

# The rooms of the community by purpose, and the role it takes to be invited.
ROOMS: Final = {
    "space": Role.PI,
    "news": Role.PI,
    "ideas": Role.PI,
    "agenda": Role.PI,
    "moderation": Role.MODERATOR,
    "coordination": Role.COORDINATOR,
}


class AboutMember(Reply):
    """A reply that carries a member; `full` where it is said in a direct chat or the coordination room."""

    abstract: ClassVar[bool] = True
    member: Member
    roles: tuple[str, ...]
    full: bool

    @property
    def audience(self) -> Audience:
        return COORDINATION if self.full else EVERYONE

    def outside(self) -> Reply | None:
        return replace(self, full=False)

    @property
    def about(self) -> About:
        return "member", self.member.user_id

    def machine(self) -> Machine:
        return member_machine(self.member, self.roles, full=self.full)


class LastCoordinator(Failure):
    """Refused: the community would be left without a coordinator."""


def member_machine(member: Member, roles: tuple[str, ...], *, full: bool) -> Machine:
    """The member as other programs read it; with `full` also what not everybody is told."""
    found: Machine = {"type": "member", "name": member.name, "state": member.state}
    if full:
        more = {"municipality": member.municipality, "function": member.function, "roles": list(roles)}
        found |= {key: value for key, value in more.items() if value}
    return found


def roles_of(tx: Tx, member: Member) -> tuple[str, ...]:
    """The member's roles, the least one first."""
    own = ("pi",) if member.state in ("active", "paused") else ()
    granted = [grant.role for grant in reversed(members.grants(tx, member.user_id))]
    return tuple(dict.fromkeys((*own, *granted)))


def role_of(tx: Tx, user_id: str) -> Role:
    """The highest role of the person, as it is now."""
    member, level = members.find_with_level(tx, user_id)
    return Role(max(level, Role.PI)) if member is not None and member.state == "active" else Role.ANYONE


def was_active(ctx: Context, user_id: str, at: datetime) -> bool:
    """The person is an active member, and was one then; the bot never is."""
    member = members.find(ctx.tx, user_id)
    return (
        member is not None
        and member.state == "active"
        and (member.joined_at is None or member.joined_at <= at)
    )


def is_member(ctx: Context, user_id: str) -> bool:
    """The person is a member, also one who pauses: they may sign off and decline."""
    member = members.find(ctx.tx, user_id)
    return member is not None and member.state in ("active", "paused")


def last_day(ctx: Context, member: Member) -> date | None:
    """The last day of the break, if the member has said which."""
    if member.state != "paused" or member.back_at is None:
        return None
    return member.back_at.astimezone(ctx.settings.zone).date() - timedelta(days=1)


def name_of(ctx: Context, user_id: str) -> str:
    """The person's name, or the Matrix id of one who is no member any more."""
    member = members.find(ctx.tx, user_id)
    return member.name if member is not None else user_id


def fit_rooms(ctx: Context, user_id: str) -> None:
    """The person is invited to the rooms that are theirs, and out of those with personal data that are not.

    The rooms that everybody on the homeserver may join are left alone.
    """
    role = role_of(ctx.tx, user_id)
    for purpose, least in ROOMS.items():
        if role >= least:
            ctx.invite(purpose, user_id)
        elif least > Role.PI:
            ctx.kick(purpose, user_id)


def keep_a_coordinator(ctx: Context, user_id: str) -> None:
    """Refuses: LastCoordinator, where the community can't do without this person."""
    coordinators = members.list_with_role(ctx.tx, "coordinator")
    if coordinators == [user_id]:
        raise Refused(LastCoordinator())


def show_anew(ctx: Context, user_id: str) -> None:
    """The cards that name the person are edited soon; where they were a stranger, or are one, others may say more."""
    for follow in PEOPLE.values():
        follow(ctx, user_id)
    cards.mark_withheld(ctx.tx, at=ctx.now)


def dismiss(ctx: Context, user_id: str) -> None:
    """The member has left: seats are free, roles given back, the rooms with personal data closed to them.

    Refuses: LastCoordinator.
    """
    keep_a_coordinator(ctx, user_id)
    for follow in DEPARTURES.values():
        follow(ctx, user_id)
    members.revoke_all(ctx.tx, user_id)
    members.change(ctx.tx, user_id, state="left", changed_at=ctx.now)
    show_anew(ctx, user_id)
    registration = registrations.find_open(ctx.tx, user_id)
    if registration is not None:
        registrations.settle(ctx.tx, registration.id, "withdrawn", at=ctx.now)
    fit_rooms(ctx, user_id)
