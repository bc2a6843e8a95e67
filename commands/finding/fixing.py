"""A leader fixes one of the dates: the meeting is planned, and whom it suits has accepted."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final

from pydantic import BeforeValidator

from commands import groups, meetings
from commands.finding.model import AboutFinding, View, asked, get, get_open, mine_open, view
from commands.finding.words import FindingRef, asked_number
from commands.framework import (
    BuiltUpon,
    Context,
    Failure,
    Impersonal,
    Post,
    Refused,
    Reply,
    Role,
    Settled,
    Touch,
    Unreadable,
    action,
    command,
    tap,
)
from commands.framework.arguments import refusal
from commands.framework.declarations import action_name
from storage import date_findings as stored
from storage.date_findings import FIXED, OPEN, Option

FIX: Final = "✅"
ChoiceNumber = Annotated[int, BeforeValidator(asked_number)]


class Fixed(AboutFinding):
    """The meeting is planned on this date; so many have accepted by what they said, and so many are asked."""

    place: int
    accepted: int
    link: str | None  # to the meeting's card


class Unfixed(AboutFinding):
    """The meeting is taken back, and the dates stand to choose from again."""


class NobodyYet(Impersonal):
    """Nobody can come on any of the dates: which is meant has to be said."""

    ref: str


class NotYet(Impersonal):
    """The people have still time to answer: which is meant has to be said."""

    ref: str


class DateOver(Failure):
    """That date is over."""

    ref: str
    place: int


def _leads(ctx: Context) -> bool:
    return ctx.me.role >= Role.COORDINATOR or bool(mine_open(ctx))


@command(
    "termin festlegen",
    "dates fix",
    "termin bestimmen",
    role=Role.LEADER,
    de="einen der Termine festlegen und die Sitzung planen",
    en="fix one of the dates and plan the meeting",
    example=("D4 2", "D4 2"),
    there=_leads,
    words=("Termin festlegen D", "nehmen Termin", "wir nehmen Nummer", "fix the date", "take date"),
    offer=("Einen der Termine festlegen", "Fix one of the dates"),
)
def fix(ctx: Context, dates: FindingRef, choice: ChoiceNumber | None = None) -> Fixed:
    """The meeting is planned; without a number, once all had time to answer, on the date that suits most.

    Refuses: NotTheLeader, Stopped, FindingOver, NotYet, NobodyYet, DateOver, BadInput for a number that there is not.
    """
    place = choice if choice is not None else _best(ctx, dates)
    reply, made = _fix(ctx, dates, place)
    ctx.undo(unfix, number=dates, by=ctx.event_id, **made)
    return reply


def _best(ctx: Context, number: int) -> int:
    """The date that suits most. Refuses: FindingOver, NotYet, NobodyYet."""
    found = view(ctx, get_open(ctx, number))
    if not found.due:
        raise Refused(NotYet(found.ref))
    if found.best is None:
        raise Refused(NobodyYet(found.ref))
    return found.best.place


def _fix(ctx: Context, number: int, place: int) -> tuple[Fixed, dict[str, Any]]:
    """It is fixed on this date; the reply, and what was planned for it."""
    row = get_open(ctx, number)
    groups.require_leader(ctx, row.process)
    groups.require_going(ctx, row.process)
    option = _option(ctx, number, place)
    if option.start_at <= ctx.now:
        raise Refused(DateOver(f"D{number}", place))
    series, version, meeting = meetings.plan_found(
        ctx,
        process=row.process,
        title=row.title,
        start=option.start_at,
        end=option.end_at,
        accepted=[one.user_id for one in stored.suits(ctx.tx, number) if one.place == place],
    )
    stored.change(ctx.tx, number, state=FIXED, meeting=meeting)
    ctx.changed("dates", number)
    ctx.note("dates", number)
    ctx.audit(f"D{number}")
    found = view(ctx, get(ctx, number))
    link = ctx.card_link("meeting", meeting, unsent=not ctx.revising)
    accepted = len(found.choices[place - 1].yes)
    reply = Fixed(found, place=place, accepted=accepted, link=link)
    settle(ctx, found, reply)
    return reply, {"series": series, "version": version}


def settle(ctx: Context, found: View, reply: Reply) -> None:
    """The lines in direct chats on which ✅ would still fix a date say this."""
    leader = groups.get(ctx, found.row.process).leader
    for user in dict.fromkeys(filter(None, (leader, found.row.author))):
        for one in found.choices:
            data = {"number": found.row.id, "place": one.place}
            ctx.outside.settled.append(Settled(reply, action_name(fix_shown), data, user))


def _option(ctx: Context, number: int, place: int) -> Option:
    """The date of this number. Refuses: BadInput."""
    options = stored.options(ctx.tx, number)
    if not 1 <= place <= len(options):
        few = Unreadable(
            de=f"Zur Wahl stehen die Nummern 1 bis {len(options)}.",
            en=f"There are the numbers 1 to {len(options)} to choose from.",
        )
        raise refusal(ctx, few, "choice")
    return options[place - 1]


@action
def unfix(ctx: Context, number: int, series: int, version: int, by: str) -> Unfixed:
    """The meeting is cancelled as if it had not been planned, and the dates stand to choose from.

    Refuses: BuiltUpon.
    """
    row = get(ctx, number)
    if row.state != FIXED:
        raise Refused(BuiltUpon(ref=f"D{number}"))
    meetings.take_back(ctx, series, version, by)
    stored.change(ctx.tx, number, state=OPEN, meeting=None)
    ctx.changed("dates", number)
    ctx.audit(f"D{number}")
    return Unfixed(view(ctx, get(ctx, number)))


@action
def fix_shown(ctx: Context, number: int, place: int) -> Fixed:
    """✅ on the line in the direct chat: the date that it names. Refuses: as the command.

    The line says so, and the invitation is a message of its own.
    """
    reply, _ = _fix(ctx, number, place)
    ctx.outside.posts.insert(0, Post(ctx.where.room_id, reply))
    return reply


class TapNumbers(Failure):
    """Who is asked answers by the numbers; ✅ is the leader's."""

    code: ClassVar[str] = "not_allowed"


@tap(
    "dates",
    FIX,
    de="✅ für die Leitung: den Termin festlegen, der am besten passt",
    en="✅ for leaders: fix the date that suits most",
)
def fix_best(ctx: Context, number: int, touch: Touch) -> None:
    """✅ of a leader fixes the date that suits most, once all had time to answer. Refuses: as the command."""
    if touch.on:
        row = get(ctx, number)
        if not groups.leads(ctx, row.process) and ctx.me.user_id in asked(ctx, row.process):
            raise Refused(TapNumbers())
        groups.require_leader(ctx, row.process)
        _fix(ctx, number, _best(ctx, number))
