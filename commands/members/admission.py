"""Who is admitted, declined and removed, and who is there: the coordinators' side of membership."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, ClassVar, Final

from commands.framework import (
    ANSWER,
    COMMANDS,
    COORDINATION,
    EVERYONE,
    UNDO_WITHIN,
    Applicant,
    Applicants,
    Audience,
    Context,
    Failure,
    Machine,
    MemberRef,
    MunicipalityRef,
    NotAllowed,
    NotFound,
    Page,
    Reason,
    Refused,
    Reply,
    Role,
    Short,
    StaysAsItIs,
    Touch,
    action,
    card,
    choices,
    command,
    reasons,
    recording,
    tap,
    telling,
)
from commands.framework.telling import Since, told
from commands.members import returning
from commands.members.model import AboutMember, dismiss, fit_rooms, member_machine, roles_of, show_anew
from commands.words import FIELDS, key_of
from storage import cards, members, registrations
from storage.members import THERE, Filter, Member
from storage.registrations import Registration

A_PAGE: Final = 10
STATES: Final = {
    "dabei": THERE,
    "aktiv": "active",
    "wartend": "pending",
    "pausiert": "paused",
    "ausgetreten": "left",
}
MemberState = Annotated[str, choices(STATES)]


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

    def machine(self) -> Machine:
        if self.member is None:
            return {"type": "member", "state": "left"}
        return member_machine(self.member, self.roles, full=not self.hushed)


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
    """The member takes part no longer, and is told later; without a reason it is asked for."""

    reason: str | None = None


class PutBack(AboutMember):
    """Who was removed takes part again."""


class Undecided(AboutMember):
    """The registration waits for an answer again."""


class ToMember(AboutMember):
    """Said to the person concerned, in the direct chat."""

    abstract: ClassVar[bool] = True
    reason: str | None = None


class Welcome(ToMember):
    """You are in; and what to try first."""


class NotAdmitted(ToMember):
    """You are not in; with the reason where one was given."""


class TakenOut(ToMember):
    """You take part no longer."""


class NotWaiting(Failure):
    """There is nothing to decide: `state` says what the person is; `by` who decided, if it was decided."""

    name: str
    state: str
    by: str | None
    fresh: bool = False  # they do not know yet: the reason can still be another


class MemberList(Reply):
    """A page of the members; `waiting` registrations are mentioned where they are not what is listed."""

    rows: tuple[tuple[Member, tuple[str, ...]], ...]
    page: int
    pages: int
    total: int
    waiting: int
    which: Filter
    search: str | None

    @property
    def audience(self) -> Audience:
        return COORDINATION

    def machine(self) -> Machine:
        page = {"page": self.page, "pages": self.pages, "total": self.total}
        return {"type": "list", "of": "member", "refs": [m.user_id for m, _ in self.rows]} | page

    def next(self, language: str) -> str:
        """The command for the next page."""
        index = 0 if language == "de" else 1
        words = {code: word for word, code in STATES.items()}
        state = words[self.which.state] if language == "de" else self.which.state
        given = {
            "municipality": self.which.municipality,
            "state": state if self.which.state != THERE else None,
            "search": self.search,
            "page": str(self.page + 1),
        }
        fields = [f"{FIELDS[name][index]}: {value}" for name, value in given.items() if value]
        return f"{('mitglied liste', 'member list')[index]} {' | '.join(fields)}"


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


@tap("registration", "✅", "❌")
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
    fresh = registration.outcome == "declined" and ctx.now <= _until(registration)
    if not touch.on:
        reasons.withdraw(ctx, touch.event_id)
        if fresh and not admits and registration.decided_by == ctx.me.user_id:
            _reopen(ctx, registration)
        return
    if fresh and admits:
        _reopen(ctx, registration)
        registration = registrations.find(ctx.tx, number)
        assert registration is not None
    member = _waiting(ctx, registration.user_id, registration)
    if admits:
        _admit(ctx, member, registration)
    else:
        _ask_why(ctx, member, number)


def _ask_why(ctx: Context, member: Member, number: int) -> None:
    placed = cards.find(ctx.tx, "registration", str(number))
    if placed is not None and placed.event_id is not None:
        about = member_machine(member, (), full=False)
        reasons.ask(
            ctx,
            decline_because,
            {"number": number},
            room=placed.room_id,
            thread=placed.event_id,
            concerned=member.name,
            about=about,
        )


@action
def decline_because(ctx: Context, number: int, said: str | None = None) -> Declined:
    """The registration is declined with what the coordinator who was asked has said. Refuses: NotWaiting."""
    registration = registrations.find(ctx.tx, number)
    if registration is None:  # taken back, by an edit
        raise Refused(StaysAsItIs())
    member = _waiting(ctx, registration.user_id, registration)
    recording.record(ctx, "registration ❌", member.user_id, "")
    return _decline(ctx, member, registration, reasons.given(said))


@command(
    "mitglied aufnehmen",
    "member admit",
    role=Role.COORDINATOR,
    de="Anmeldung annehmen",
    en="admit somebody who registered",
    example=("Pia Muster", "Pia Muster"),
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
        _reopen(ctx, registration)
        registration = registrations.find_open(ctx.tx, member)
    return _admit(ctx, _waiting(ctx, member, registration), registration)


@command(
    "mitglied ablehnen",
    "member decline",
    role=Role.COORDINATOR,
    de="Anmeldung ablehnen, mit Grund",
    en="decline a registration, with a reason",
    example=("Pia Muster grund: Aesch hat schon zwei PIs", "Pia Muster reason: Aesch has two PIs already"),
)
def decline(ctx: Context, member: Applicant, *, reason: Reason) -> Declined:
    """The registration is declined, and the person told why.

    Refuses: NotWaiting.
    """
    registration = registrations.find_open(ctx.tx, member)
    ctx.audit(member)
    return _decline(ctx, _waiting(ctx, member, registration), registration, reason)


@command(
    "mitglied entfernen",
    "member remove",
    role=Role.COORDINATOR,
    de="Mitglied entfernen",
    en="remove a member",
    example=("Pia Muster grund: arbeitet nicht mehr in Aesch", "Pia Muster reason: no longer works in Aesch"),
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
    """Who was removed is told the reason too. Refuses: NotWaiting, who is back meanwhile."""
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


@command(
    "mitglied liste",
    "member list",
    role=Role.COORDINATOR,
    de="Mitglieder, auch wer auf Aufnahme wartet",
    en="members, and those waiting for admission",
    example=("stand: wartend", "state: pending"),
    direct=True,
    coordination=True,
    reads=True,
)
def show_all(
    ctx: Context,
    *,
    municipality: MunicipalityRef | None = None,
    state: MemberState = THERE,
    search: Short | None = None,
    page: Page = 1,
) -> MemberList:
    """Members by name; without `stand` those who take part, also who pauses."""
    which = Filter(state, municipality, key_of(search) if search else None)
    total = members.count(ctx.tx, which)
    pages = max(1, -(-total // A_PAGE))
    page = min(page, pages)
    found = members.list_page(ctx.tx, which, offset=(page - 1) * A_PAGE, limit=A_PAGE)
    rows = tuple((m, roles_of(ctx.tx, m)) for m in found)
    waiting = members.count(ctx.tx, Filter("pending")) if state != "pending" else 0
    return MemberList(rows, page, pages, total, waiting, which, search)


def _admit(ctx: Context, member: Member, registration: Registration | None) -> Admitted:
    user = member.user_id
    members.change(ctx.tx, user, state="active", joined_at=ctx.now, changed_at=ctx.now)
    show_anew(ctx, user)
    _settle(ctx, registration, "admitted", None)
    ctx.audit(user)
    fit_rooms(ctx, user)
    admitted = _get(ctx, user)
    roles = roles_of(ctx.tx, admitted)
    ctx.post(user, Welcome(admitted, roles, full=True))
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
    _reopen(ctx, registration)
    member = _get(ctx, registration.user_id)
    return Undecided(member, (), ctx.where.private)


def _reopen(ctx: Context, registration: Registration) -> None:
    registrations.reopen(ctx.tx, registration.id)
    members.change(ctx.tx, registration.user_id, state="pending", changed_at=ctx.now)
    show_anew(ctx, registration.user_id)
    ctx.note("member", registration.user_id)
    ctx.audit(registration.user_id)


def _declined(ctx: Context, user_id: str) -> Registration | None:
    """The person's last registration, where that was declined."""
    last = registrations.list_of(ctx.tx, user_id)[-1:]
    return last[0] if last and last[0].outcome == "declined" and _get(ctx, user_id).state == "left" else None


def _until(registration: Registration) -> datetime:
    return (registration.decided_at or registration.at) + UNDO_WITHIN


@told("membership", strangers=True)
def news(ctx: Context, since: Since) -> Reply | None:
    """The person is not admitted, or not there any more."""
    member = members.find(ctx.tx, since.recipient)
    if member is None or member.state != "left":
        return None
    said = NotAdmitted if since.before.get("state") == "pending" else TakenOut
    return said(member, (), full=True, reason=since.words)


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


def _waiting(ctx: Context, user_id: str, registration: Registration | None) -> Member:
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
