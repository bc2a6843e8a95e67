"""A break: who takes one keeps all seats, is not asked, reminded or moved up, and is back on a day they said.

What follows when a break begins or is over is declared by each feature, with `@pause_follower`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Final

from commands.framework import (
    PAUSES,
    Context,
    Day,
    NotAMember,
    Refused,
    Role,
    StaysAsItIs,
    action,
    choices,
    command,
    job,
    named,
)
from commands.framework.arguments import lacking
from commands.framework.outside import STEPS, OfferMade
from commands.framework.questions import WAITS
from commands.members.meanwhile import Meanwhile, meanwhile
from commands.members.model import AboutMember, keep_a_coordinator, last_day, roles_of, show_anew
from commands.members.profiles import mine, write
from storage import members
from storage.members import Member

NAME: Final = "profile pause"
TO_PAUSE: Final = named(NAME)
MORNING: Final = time(6)  # of the day after, local time
PauseOver = Annotated[
    str, choices({"aufheben": "end", "weg": "end"}, also={"aus": "end", "off": "end", "ende": "end"})
]


class PauseSet(AboutMember):
    """The member takes a break, or is back; `until`: the last day of it; `meanwhile`: what happened in it."""

    until: date | None = None
    meanwhile: Meanwhile | None = None
    asks: bool = False  # and with ✅ the bot asks for it


class NotAway(AboutMember):
    """The member is back, who was not away."""


@command(
    "profil pause",
    NAME,
    role=Role.KNOWN,
    de="eine Pause machen, auch bis zu einem Tag",
    en="take a break, or one until a day",
    example=("bis: 12.12.2026", "until: 12.12.2026"),
    words=(
        "nicht da bin",
        "krankgeschrieben",
        "bin nicht da",
        "sick leave",
        "parental leave",
        "Ferien",
        "Urlaub",
        "abwesend",
        "Abwesenheit",
        "bin weg",
        "Mutterschaftsurlaub",
        "Vaterschaftsurlaub",
        "holiday",
        "vacation",
        "away",
        "absent",
        "Auszeit",
        "Militär",
        "unbezahlt",
    ),
    offer=("Eine Pause machen", "Take a break"),
    asks=("until",),
)
def pause(ctx: Context, over: PauseOver | None = None, *, until: Day | None = None) -> PauseSet:
    """The member takes a break, from now on until the day, and is back the morning after. Seats are kept.

    Without a day it is until they are back (`profil da`), and the day can be asked for. With `aufheben` they are back.
    Refuses: LastCoordinator.
    """
    member = _known(ctx)
    if over is not None:
        return _back(ctx, member)
    back_at = member.back_at if until is None and member.state == "paused" else None
    if until is not None:
        day = until.start.date() + timedelta(days=1)
        back_at = datetime.combine(day, MORNING, ctx.settings.zone).astimezone(UTC)
    if member.state != "paused":
        keep_a_coordinator(ctx, member.user_id)
    asks = back_at is None and not ctx.ended and ctx.where.direct
    if asks and member.state == "paused" and over is None:
        raise lacking(ctx, "until")
    reply = _set(ctx, member, "paused", back_at)
    return _and_asks(ctx, reply) if asks and not ctx.revising else reply


@command(
    "profil da",
    "profile back",
    role=Role.KNOWN,
    de="die Pause beenden",
    en="end the break",
    example=("", ""),
    words=(
        "bin zurück",
        "ich bin zurück",
        "Ferien vorbei",
        "zurück Ferien",
        "wieder zurück",
        "zurück aus Ferien",
        "wieder da",
        "wieder dabei",
        "Pause beenden",
        "Pause vorbei",
        "am back",
        "I'm back",
        "back from holiday",
        "end break",
    ),
    offer=("Meine Pause beenden", "End my break"),
)
def back(ctx: Context) -> PauseSet | NotAway:
    """The break is over; who takes none is told so."""
    member = _known(ctx)
    if member.state == "active":
        return NotAway(member, roles_of(ctx.tx, member), ctx.where.private)
    return _back(ctx, member)


def _back(ctx: Context, member: Member) -> PauseSet:
    """The break is over; what happened in it is read in the direct chat."""
    reply = _set(ctx, member, "active", None)
    if member.state != "paused":
        return reply
    with_it = _summed_up(ctx, reply, member)
    if ctx.where.direct:
        return with_it
    ctx.post(member.user_id, replace(with_it, full=True))
    return reply


def _summed_up(ctx: Context, reply: PauseSet, before: Member) -> PauseSet:
    """With what happened since the break began."""
    since = before.paused_at or before.changed_at  # who began before that was kept
    return replace(reply, meanwhile=meanwhile(ctx, before.user_id, since))


def _known(ctx: Context) -> Member:
    """The asker, who is a member. Refuses: NotAMember."""
    member = mine(ctx)
    if member.state == "pending":
        raise Refused(NotAMember(state="pending"))
    return member


def _set(ctx: Context, member: Member, state: str, back_at: datetime | None) -> PauseSet:
    if (member.state, member.back_at) != (state, back_at):
        before = {"state": member.state} | {
            name: at.isoformat() if at is not None else None
            for name, at in (("back_at", member.back_at), ("paused_at", member.paused_at))
        }
        ctx.undo(restore_pause, before=before, state=state)
        since = None if state == "active" else member.paused_at or ctx.now
        before_that = member.state
        member = write(ctx, state=state, back_at=back_at, paused_at=since)
        if before_that != state:
            _followed(ctx, member)
    return _said(ctx, member)


def _said(ctx: Context, member: Member) -> PauseSet:
    until = last_day(ctx, member)
    return PauseSet(member, roles_of(ctx.tx, member), ctx.where.private, until=until)


def _and_asks(ctx: Context, reply: PauseSet) -> PauseSet:
    """With ✅ the bot asks until when. Asked at once, what is said next would have to be the day."""
    line = {"text": TO_PAUSE(), "thread": ""}
    offer = OfferMade("✅", STEPS, line, ctx.me.user_id, Role.KNOWN, ctx.now + WAITS)
    ctx.outside.offers.append(offer)
    return replace(reply, asks=True)


@action
def restore_pause(ctx: Context, before: dict[str, Any], state: str) -> PauseSet:
    """The member is away, or not, as before the command. Refuses: StaysAsItIs, LastCoordinator."""
    member = mine(ctx)
    if member.state != state:
        raise Refused(StaysAsItIs(instead=TO_PAUSE()))
    if before["state"] == "paused" != state:
        keep_a_coordinator(ctx, member.user_id)
    times = {
        name: datetime.fromisoformat(before[name]) if before.get(name) else None
        for name in ("back_at", "paused_at")
    }
    after = write(ctx, state=before["state"], **times)
    if after.state != state:
        _followed(ctx, after)
    return _said(ctx, after)


def _followed(ctx: Context, member: Member) -> None:
    """The pause has begun, or is over: what follows from that has followed."""
    for follow in PAUSES.values():
        follow(ctx, member.user_id, member.state == "paused")


@job("breaks that are over", every=timedelta(minutes=1))
def come_back(ctx: Context) -> None:
    """Who was away until yesterday is back, and told so, with what happened meanwhile."""
    for user in members.list_back(ctx.tx, at=ctx.now):
        before = members.find(ctx.tx, user)
        members.change(ctx.tx, user, state="active", back_at=None, paused_at=None, changed_at=ctx.now)
        show_anew(ctx, user)
        member = members.find(ctx.tx, user)
        assert before is not None
        assert member is not None
        _followed(ctx, member)
        ctx.post(user, _summed_up(ctx, PauseSet(member, (), full=True), before))
