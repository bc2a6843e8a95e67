"""Roles that coordinators give: moderation and coordination. A group's leader is named with the group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final

from commands.framework import (
    COORDINATION,
    Audience,
    Context,
    Failure,
    Machine,
    MemberRef,
    NotFound,
    Page,
    Refused,
    Reply,
    Role,
    StaysAsItIs,
    action,
    choices,
    command,
    named,
    personal,
)
from commands.framework.paging import ListPage, require_page, rows_on
from commands.framework.telling import Since, told
from commands.members.model import AboutMember, fit_rooms, keep_a_coordinator, roles_of
from storage import members
from storage.members import Member

TO_GRANT: Final = named("role grant")
TO_REVOKE: Final = named("role revoke")

LEVELS: Final = {"moderator": Role.MODERATOR, "coordinator": Role.COORDINATOR}
RoleName = Annotated[
    str,
    choices(
        {"moderator": "moderator", "koordinator": "coordinator"},
        also={
            "moderatorin": "moderator",
            "moderation": "moderator",
            "koordinatorin": "coordinator",
            "koordination": "coordinator",
            "coordination": "coordinator",
        },
        labels={"moderator": ("Moderation", "moderator"), "coordinator": ("Koordination", "coordinator")},
    ),
]


class RoleGiven(AboutMember):
    """The member has this role now; said to the coordinator and, with `told`, to the person concerned."""

    role: str
    told: bool = False


class RoleTaken(AboutMember):
    """The member has this role no longer; said as above."""

    role: str
    told: bool = False


class SameAsBefore(Failure):
    """Nothing to do: the member has the role already, or does not have it."""

    name: str
    role: str
    has: bool


class NotTakingPart(Failure):
    """Only active members have roles."""

    name: str


class FromConfiguration(Failure):
    """The role stands in the configuration, and would be back at the next start."""

    name: str


@dataclass(frozen=True)
class Row:
    user_id: str
    name: str
    roles: tuple[str, ...]


class RoleList(ListPage):
    """The people with their roles, the highest first."""

    rows: tuple[Row, ...]

    @property
    def audience(self) -> Audience:
        return COORDINATION

    def machine(self) -> Machine:
        return self.listed("role", [row.user_id for row in self.rows])


@command(
    "rolle liste",
    "role list",
    role=Role.COORDINATOR,
    de="wer welche Rolle hat",
    en="who has which role",
    example=("", ""),
    direct=True,
    coordination=True,
    reads=True,
    words=(
        "wer sind die Moderatoren",
        "wer sind Moderatoren",
        "wer sind Koordinatoren",
        "who are the moderators",
        "wer ist alles Moderator",
        "wer ist Moderator",
        "wer ist Koordinator",
        "who has role",
        "wer hat welche Rolle",
    ),
    offer=("Sehen, wer welche Rolle hat", "See who has which role"),
)
def show_all(ctx: Context, *, page: Page = 1) -> RoleList:
    having: dict[str, list[str]] = {}
    for grant in members.list_grants(ctx.tx):
        roles = having.setdefault(grant.user_id, [])
        if grant.role not in roles:
            roles.append(grant.role)
    require_page(ctx, page, len(having))
    shown = rows_on(page, list(having.items()))
    rows = tuple(Row(user_id, _name(ctx, user_id), tuple(roles)) for user_id, roles in shown)
    return RoleList(rows, page=page, total=len(having))


@command(
    "rolle geben",
    "role grant",
    role=Role.COORDINATOR,
    de="jemandem eine Rolle geben",
    en="give somebody a role",
    example=("Pia Muster moderator", "Pia Muster moderator"),
    words=(
        "moderieren",
        "Moderator werden",
        "Koordinator werden",
        "become moderator",
        "machen zu",
        "zum Moderator machen",
        "zur Moderatorin machen",
        "ernennen",
        "make moderator",
        "befördern",
        "Rolle vergeben",
    ),
    offer=("Eine Rolle geben", "Give a role"),
)
def grant(ctx: Context, member: MemberRef, role: RoleName) -> RoleGiven:
    """The member has the role, is invited to its room, and is told.

    Refuses: NotTakingPart, SameAsBefore.
    """
    found = _get(ctx, member)
    if found.state != "active":
        raise Refused(NotTakingPart(found.name))
    ctx.undo(take_back, member=member, given=role)
    return _give(ctx, found, role)


@command(
    "rolle nehmen",
    "role revoke",
    role=Role.COORDINATOR,
    de="jemandem eine Rolle wegnehmen",
    en="take a role away from somebody",
    example=("Pia Muster moderator", "Pia Muster moderator"),
    words=(
        "nicht mehr Moderator",
        "nicht mehr Moderatorin",
        "nicht mehr Koordinator",
        "entziehen",
        "no longer",
    ),
    offer=("Eine Rolle wegnehmen", "Take a role away"),
)
def revoke(ctx: Context, member: MemberRef, role: RoleName) -> RoleTaken:
    """The member has the role no longer, is told, and is out of its room, where personal data is shown.

    Refuses: SameAsBefore, FromConfiguration, LastCoordinator.
    """
    found = _get(ctx, member)
    ctx.undo(give_back, member=member, taken=role)
    return _take(ctx, found, role)


@action
def take_back(ctx: Context, member: str, given: str) -> RoleTaken:
    """The role given by the command is taken back. Refuses: StaysAsItIs, LastCoordinator."""
    return _take(ctx, _still(ctx, member, given, has=True), given)


@action
def give_back(ctx: Context, member: str, taken: str) -> RoleGiven:
    """The role taken by the command is given back. Refuses: StaysAsItIs."""
    return _give(ctx, _still(ctx, member, taken, has=False), taken)


def _give(ctx: Context, member: Member, role: str) -> RoleGiven:
    user = member.user_id
    if not members.grant(ctx.tx, user_id=user, role=role, level=LEVELS[role], by=ctx.me.user_id, at=ctx.now):
        raise Refused(SameAsBefore(member.name, role, has=True))
    ctx.audit(user)
    fit_rooms(ctx, user)
    roles = roles_of(ctx.tx, member)
    ctx.tell(user, "role", before={"has": False}, role=role)
    return RoleGiven(member, roles, ctx.where.private, role)


def _take(ctx: Context, member: Member, role: str) -> RoleTaken:
    user = member.user_id
    if role not in roles_of(ctx.tx, member):
        raise Refused(SameAsBefore(member.name, role, has=False))
    configured = ctx.settings.coordinators if role == "coordinator" else ctx.settings.moderators
    if user in configured:
        raise Refused(FromConfiguration(member.name))
    if role == "coordinator":
        keep_a_coordinator(ctx, user)
    members.revoke(ctx.tx, user_id=user, role=role)
    ctx.audit(user)
    fit_rooms(ctx, user)
    roles = roles_of(ctx.tx, member)
    ctx.tell(user, "role", before={"has": True}, role=role)
    return RoleTaken(member, roles, ctx.where.private, role)


@told("role")
def news(ctx: Context, since: Since, role: str) -> Reply | None:
    """The person has the role now, or has it no longer."""
    member = _get(ctx, since.recipient)
    roles = roles_of(ctx.tx, member)
    if (role in roles) == since.before.get("has"):
        return None
    return (RoleGiven if role in roles else RoleTaken)(member, roles, True, role, told=True)


def _still(ctx: Context, user_id: str, role: str, *, has: bool) -> Member:
    """The member, if nobody has changed this role since."""
    member = members.find(ctx.tx, user_id)
    if member is None or member.state != "active" or (role in roles_of(ctx.tx, member)) != has:
        raise Refused(StaysAsItIs(instead=TO_REVOKE() if has else TO_GRANT()))
    return member


def _get(ctx: Context, user_id: str) -> Member:
    """The member. Refuses: NotFound."""
    member = members.find(ctx.tx, user_id)
    if member is None:
        raise Refused(NotFound(ref=user_id, noun="mitglied" if ctx.language == "de" else "member"))
    return member


def _name(ctx: Context, user_id: str) -> str:
    member = members.find(ctx.tx, user_id)
    return member.name if member is not None else user_id


def forget(ctx: Context, user_id: str) -> None:
    members.revoke_all(ctx.tx, user_id)
    members.forget_granter(ctx.tx, user_id)


@personal("roles", erase=forget)
def export(ctx: Context, user_id: str) -> list[dict[str, Any]]:
    return [
        {"role": g.role, "process": f"P{g.process}" if g.process else None, "since": g.granted_at.isoformat()}
        for g in members.grants(ctx.tx, user_id)
    ]
