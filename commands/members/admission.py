"""Who is admitted, declined and removed: what coordinators decide about people."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from commands.framework import (
    ANSWER,
    EVERYONE,
    UNDO_WITHIN,
    Applicant,
    Applicants,
    Audience,
    Context,
    Failure,
    Machine,
    MemberRef,
    NotFound,
    Reason,
    Refused,
    Reply,
    Role,
    StaysAsItIs,
    action,
    command,
    named,
    reasons,
    recording,
    telling,
)
from commands.members import returning
from commands.members.model import AboutMember, dismiss, fit_rooms, roles_of, show_anew
from commands.members.told import Welcome
from storage import members, registrations
from storage.members import Member
from storage.registrations import Registration

TO_EDIT: Final = named("profile edit")
INVITED: Final = timedelta(days=30)  # to say what they know, and what interests them


class Admitted(AboutMember):
    """The person is a Public Innovator now."""


class SeveralAdmitted(Reply):
    """They all are Public Innovators now."""

    members: tuple[Member, ...]

    @property
    def audience(self) -> Audience:
        return EVERYONE  # as of one who is admitted: the name alone

    def machine(self) -> Machine:
        refs = [member.user_id for member in self.members]
        return {"type": "list", "of": "member", "refs": refs, "page": 1, "pages": 1, "total": len(refs)}


class Declined(AboutMember):
    """The registration is declined; the person is told later."""

    reason: str | None = None


class Removed(AboutMember):
    """The member takes part no longer, and is told later; if no reason was given, the bot asks for one."""

    reason: str | None = None


class PutBack(AboutMember):
    """A person who was removed takes part again."""


class Undecided(AboutMember):
    """The registration waits for an answer again."""


class NotWaiting(Failure):
    """There is nothing to decide: `state` says what the person is; `by` who decided, if it was decided."""

    name: str
    state: str
    by: str | None
    fresh: bool = False  # they do not know yet: the reason can still be another


@action
def decline_because(ctx: Context, number: int, said: str | None = None) -> Declined:
    """The registration is declined with what the coordinator who was asked has said. Refuses: NotWaiting."""
    registration = registrations.find(ctx.tx, number)
    if registration is None:  # taken back, by an edit
        raise Refused(StaysAsItIs())
    member = require_waiting(ctx, registration.user_id, registration)
    recording.record(ctx, "registration ❌", member.user_id, "")
    return _decline(ctx, member, registration, reasons.given(said))


@command(
    "mitglied aufnehmen",
    "member admit",
    role=Role.COORDINATOR,
    de="eine Anmeldung annehmen",
    en="accept a registration",
    example=("Pia Muster", "Pia Muster"),
    words=(
        "neue Anmeldung annehmen",
        "Anmeldung annehmen",
        "zulassen",
        "let in",
        "approve registration",
        "willkommen",
    ),
    offer=("Jemanden aufnehmen", "Admit somebody"),
)
def admit(ctx: Context, members: Applicants) -> Reply:
    """Each is an active member, invited to the rooms that are theirs, and greeted; also who was declined.

    Refuses: NotWaiting; one who waits for nothing holds the others back.
    """
    done = tuple(_admit_one(ctx, member) for member in members)
    return done[0] if len(done) == 1 else SeveralAdmitted(tuple(one.member for one in done))


def _admit_one(ctx: Context, member: str) -> Admitted:
    ctx.note("member", member)
    registration = registrations.find_open(ctx.tx, member) or _declined(ctx, member)
    if registration is not None and registration.outcome == "declined":
        reopen(ctx, registration)
        registration = registrations.find_open(ctx.tx, member)
    return take_in(ctx, require_waiting(ctx, member, registration), registration)


@command(
    "mitglied ablehnen",
    "member decline",
    role=Role.COORDINATOR,
    de="eine Anmeldung ablehnen, mit Grund",
    en="decline a registration, with a reason",
    example=("Pia Muster grund: Aesch hat schon zwei PIs", "Pia Muster reason: Aesch has two PIs already"),
    words=("Anmeldung ablehnen", "nicht aufnehmen", "reject registration"),
    offer=("Eine Anmeldung ablehnen", "Decline a registration"),
    sure=True,
)
def decline(ctx: Context, member: Applicant, *, reason: Reason) -> Declined:
    """The registration is declined, and the person told why.

    Refuses: NotWaiting.
    """
    registration = registrations.find_open(ctx.tx, member)
    ctx.audit(member)
    return _decline(ctx, require_waiting(ctx, member, registration), registration, reason)


@command(
    "mitglied entfernen",
    "member remove",
    role=Role.COORDINATOR,
    de="ein Mitglied entfernen",
    en="remove a member",
    example=("Pia Muster grund: arbeitet nicht mehr in Aesch", "Pia Muster reason: no longer works in Aesch"),
    words=("ausschliessen", "arbeitet nicht mehr", "nicht mehr bei", "rauswerfen", "left the municipality"),
    offer=("Ein Mitglied entfernen", "Remove a member"),
    sure=True,
)
def remove(ctx: Context, member: MemberRef, *, reason: Reason | None = None) -> Removed:
    """The member has left: roles and seats are given back, and the person is told.

    Refuses: NotWaiting, who is no member; LastCoordinator.
    """
    found = _get(ctx, member)
    if found.state not in ("active", "paused"):
        raise Refused(NotWaiting(found.name, found.state, None, fresh=_waits_to_be_told(ctx, member)))
    before = returning.kept(ctx, member)
    dismiss(ctx, member)
    ctx.audit(member)
    ctx.tell(member, "membership", before={"state": found.state}, words=reason, after=UNDO_WITHIN)
    ctx.undo(put_back, member=member, before=before)
    if reason is None:
        ctx.offer(
            ANSWER,
            remove_because,
            user_id=ctx.me.user_id,
            role=Role.COORDINATOR,
            within=UNDO_WITHIN,
            member=member,
            before=before,
        )
    return Removed(_get(ctx, member), (), ctx.where.private, reason=reason)


@action
def remove_because(ctx: Context, member: str, before: Machine, said: str) -> Removed:
    """A person who was removed is told the reason too. Refuses: NotWaiting, who is back meanwhile."""
    found = _get(ctx, member)
    if found.state != "left":
        raise Refused(NotWaiting(found.name, found.state, None))
    reason = reasons.given(said)
    ctx.tell(member, "membership", before={"state": before["state"]}, words=reason, after=UNDO_WITHIN)
    ctx.undo(put_back, member=member, before=before)
    recording.record(ctx, "member remove", member, reason or "")
    return Removed(found, (), ctx.where.private, reason=reason or "")


@action
def put_back(ctx: Context, member: str, before: Machine) -> PutBack:
    """The member is back, with all that nobody else has taken meanwhile; they were not told."""
    returning.bring_back(ctx, member, before)
    ctx.audit(member)
    back = _get(ctx, member)
    return PutBack(back, roles_of(ctx.tx, back), ctx.where.private)


def take_in(ctx: Context, member: Member, registration: Registration | None) -> Admitted:
    user = member.user_id
    members.change(ctx.tx, user, state="active", joined_at=ctx.now, changed_at=ctx.now)
    show_anew(ctx, user)
    _settle(ctx, registration, "admitted", None)
    ctx.audit(user)
    fit_rooms(ctx, user)
    admitted = _get(ctx, user)
    roles = roles_of(ctx.tx, admitted)
    welcome = ctx.post(user, Welcome(admitted, roles, full=True))
    if welcome is not None:
        ctx.offer_questions(TO_EDIT(), user_id=user, post=welcome, within=INVITED)
    return Admitted(admitted, roles, ctx.where.private)


def _decline(ctx: Context, member: Member, registration: Registration | None, reason: str | None) -> Declined:
    members.change(ctx.tx, member.user_id, state="left", changed_at=ctx.now)
    show_anew(ctx, member.user_id)
    _settle(ctx, registration, "declined", reason)
    declined = _get(ctx, member.user_id)
    ctx.tell(member.user_id, "membership", before={"state": "pending"}, words=reason, after=UNDO_WITHIN)
    if registration is not None:
        ctx.undo(undecide, number=registration.id)
    return Declined(declined, (), ctx.where.private, reason=reason)


@action
def undecide(ctx: Context, number: int) -> Undecided:
    """The registration waits again; the person was not told. Refuses: NotWaiting."""
    registration = registrations.find(ctx.tx, number)
    if registration is None or registration.outcome != "declined":
        raise Refused(StaysAsItIs())
    reopen(ctx, registration)
    member = _get(ctx, registration.user_id)
    return Undecided(member, (), ctx.where.private)


def reopen(ctx: Context, registration: Registration) -> None:
    registrations.reopen(ctx.tx, registration.id)
    members.change(ctx.tx, registration.user_id, state="pending", changed_at=ctx.now)
    show_anew(ctx, registration.user_id)
    ctx.note("member", registration.user_id)
    ctx.audit(registration.user_id)


def _declined(ctx: Context, user_id: str) -> Registration | None:
    """The person's last registration, where that was declined."""
    last = registrations.list_of(ctx.tx, user_id)[-1:]
    return last[0] if last and last[0].outcome == "declined" and _get(ctx, user_id).state == "left" else None


def told_at(registration: Registration) -> datetime:
    return (registration.decided_at or registration.at) + UNDO_WITHIN


def _settle(ctx: Context, registration: Registration | None, outcome: str, reason: str | None) -> None:
    if registration is not None:
        ctx.note("member", registration.user_id)
        registrations.settle(ctx.tx, registration.id, outcome, at=ctx.now, by=ctx.me.user_id, reason=reason)
        ctx.changed("registration", registration.id)


def _get(ctx: Context, user_id: str) -> Member:
    """The member. Refuses: NotFound."""
    member = members.find(ctx.tx, user_id)
    if member is None:
        raise Refused(NotFound(ref=user_id, noun="mitglied" if ctx.language == "de" else "member"))
    return member


def require_waiting(ctx: Context, user_id: str, registration: Registration | None) -> Member:
    """The member who waits for this decision. Refuses: NotFound, NotWaiting."""
    member = _get(ctx, user_id)
    if member.state == "pending" and (registration is None or registration.outcome == "open"):
        return member
    decided = [r for r in registrations.list_of(ctx.tx, user_id) if r.decided_by]
    by = members.find(ctx.tx, decided[-1].decided_by or "") if decided else None
    fresh = _waits_to_be_told(ctx, user_id)
    raise Refused(NotWaiting(member.name, member.state, by.name if by is not None else None, fresh))


def _waits_to_be_told(ctx: Context, user_id: str) -> bool:
    """Is the person to be told in a while that they are not admitted, or not there any more?"""
    return telling.waits(ctx, user_id, "membership")
