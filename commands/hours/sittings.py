"""The hours of one meeting, entered without counting them: by its number, and from «mein Stand»."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from commands.framework import (
    PERSON,
    Answer,
    Audience,
    Context,
    Failure,
    Refused,
    Role,
    Waits,
    action,
    command,
    reference,
    waiting,
)
from commands.hours.attendance import Sat, enter_for, follow, of_meeting
from commands.hours.entering import HoursNow, take_back
from commands.hours.model import entry, get
from storage import hours as stored

SIGN: Final = "⏱️"
LATELY: Final = timedelta(days=30)  # older ones are let be
MOST: Final = 20


class WasNotThere(Failure):
    """The asker was not written down for the meeting, or nobody knows how long it took."""

    ref: str

    @property
    def audience(self) -> Audience:
        return PERSON


class EnteredAlready(Failure):
    """The hours of the meeting are entered; `number`: of the entry."""

    ref: str
    number: int

    @property
    def audience(self) -> Audience:
        return PERSON


def _waiting(ctx: Context) -> list[Sat]:
    """The meetings about which the asker was asked lately, and has entered nothing, the newest first."""
    user = ctx.me.user_id
    found = [of_meeting(ctx, user, one.meeting) for one in stored.list_unentered(ctx.tx, user, limit=MOST)]
    return [sat for sat in found if sat is not None and sat.meeting.start_at > ctx.now - LATELY]


@command(
    "stunden sitzung",
    "hours meeting",
    role=Role.PI,
    de="die Stunden einer Sitzung eintragen, an der Sie waren",
    en="enter the hours of a meeting at which you were",
    example=("S7", "S7"),
    direct=True,
    there=lambda ctx: bool(_waiting(ctx)),
    words=("Stunden der Sitzung", "Stunden von S", "Stunden für S", "hours of the meeting", "hours of S"),
    offer=("Die Stunden einer Sitzung eintragen", "Enter the hours of a meeting"),
)
def enter_meeting(ctx: Context, meeting: Annotated[int, reference("meeting")]) -> HoursNow:
    """The asker has the hours of the meeting, as with ✅. Refuses: WasNotThere, EnteredAlready, TooMuchThatDay."""
    sat = of_meeting(ctx, ctx.me.user_id, meeting)
    if sat is None or sat.meeting.start_at > (ctx.sent_at or ctx.now):
        raise Refused(WasNotThere(f"S{meeting}"))
    if sat.entered is not None:
        raise Refused(EnteredAlready(sat.ref, sat.entered.id))
    row = enter_for(ctx, sat, carrier=ctx.event_id)
    follow(ctx, row)
    ctx.undo(enter_no_more, number=row.id)
    return HoursNow(entry(ctx, row))


@action
def enter_no_more(ctx: Context, number: int) -> HoursNow:
    """They are withdrawn again. Refuses: AlreadyWithdrawn."""
    reply = take_back(ctx, number)
    follow(ctx, get(ctx, number))
    return reply


@waiting("hours", more=("stunden meine", "hours mine"))
def unentered(ctx: Context) -> list[Waits]:
    """The meetings of the last weeks whose hours the asker has not entered, the newest first."""
    return [
        Waits(
            sat.ref,
            SIGN,
            what=(f"{sat.ref} {sat.meeting.title}", f"{sat.ref} {sat.meeting.title}"),
            asks=(f"{sat.hours} eintragen?", f"Enter {sat.hours}?"),
            opens=f"meeting show {sat.ref}",
            answers=(Answer("hours meeting", ("Eintragen", "Enter them")),),
            typed=(sat.ref, sat.ref),
            at=sat.meeting.start_at,
        )
        for sat in _waiting(ctx)
    ]
