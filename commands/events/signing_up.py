"""Events and trainings as everybody uses them: the list, signing up and off, by command and by reaction."""

from __future__ import annotations

from collections.abc import Sequence

from commands.events import attendance, for_others, views
from commands.events.kinds import KINDS, EventRef, Kind, command_of_each
from commands.events.model import SEEDS, some_to_come
from commands.framework import (
    Context,
    FieldMember,
    Page,
    Present,
    Reason,
    Reply,
    Role,
    Touch,
    action,
    command,
    reconciler,
    tap,
)
from commands.seats import has_seat
from storage import seats


@command_of_each(
    "liste",
    "list",
    role=Role.PI,
    de="die {many}, die nächsten zuerst",
    en="the {many}, the next ones first",
    reads=True,
    words=(
        "lernen",
        "learn",
        "dieses Jahr",
        "finden statt",
        "angeboten",
        "was geplant",
        "welche geplant",
        "was für",
        "nächster",
        "wieder mal",
        "upcoming",
        "next",
        "wann nächste",
    ),
    offer=("Die {many} sehen", "See the {many}"),
)
def show_list(ctx: Context, kind: str, *, state: views.Which = "coming", page: Page = 1) -> views.EventList:
    return views.list_page(ctx, kind, state, page)


@command(
    "anlass zeige",
    "event show",
    role=Role.PI,
    de="einen Anlass zeigen",
    en="show an event",
    example=("A5", "A5"),
    reads=True,
    words=("wo findet statt", "freie Plätze", "noch Plätze", "wann beginnt", "when does start", "take place"),
)
def show(ctx: Context, event: EventRef) -> views.EventShown:
    """The event, and what the asker is to it. Refuses: NotFound."""
    return views.show(ctx, "event", event)


@command_of_each(
    "anmelden",
    "join",
    "zusagen",
    "accept",
    own="seat",
    role=Role.PI,
    de="sich für einen {one} anmelden",
    en="sign up for {one}",
    words=(
        "Platz frei",
        "Platz für mich",
        "besuche",
        "bin dabei A",
        "komme gern",
        "machen Kurs",
        "komme an Anlass",
        "come to event",
        "dabei Anlass",
        "anmelden",
        "Platz reservieren",
        "melde an",
        "take part",
        "sign me up",
        "sign up",
        "register",
    ),
    there=some_to_come,
    offer=("Mich für einen {one} anmelden", "Sign up for {one}"),
    for_others=("Jemanden für einen {one} anmelden", "Sign somebody up for {one}"),
)
def sign_up(ctx: Context, kind: str, number: int, *, whom: FieldMember | None = None) -> Reply:
    """The asker has a seat, or waits for one; with `whom`, that person, whom coordinators sign up.

    Refuses: AlreadySignedUp, Closed; NotAllowed, TakesNoPart, HasSeat.
    """
    if whom is not None and whom != ctx.me.user_id:
        signed_up = for_others.sign_up(ctx, kind, number, whom)
        ctx.undo(take_out_again, kind=kind, number=number, user=whom, carrier=ctx.event_id)
        return signed_up
    reply = attendance.sign_up(ctx, kind, number)
    ctx.undo(sign_off_again, kind=kind, number=number, carrier=ctx.event_id)
    return reply


@action
def sign_off_again(ctx: Context, kind: str, number: int, carrier: str) -> attendance.SignedOff:
    """All that signing up brought is gone again, unless a later act has changed it. Refuses: BuiltUpon."""
    return attendance.undo_sign_up(ctx, kind, number, carrier)


@action
def put_in_again(ctx: Context, kind: str, number: int, user: str) -> for_others.SignedUpFor:
    """Who was signed off by the asker is signed up again, at the end. Refuses: as signing up."""
    return for_others.sign_up(ctx, kind, number, user)


@action
def take_out_again(
    ctx: Context, kind: str, number: int, user: str, carrier: str
) -> for_others.SignedOffAgain:
    """The same, of somebody whom the asker has signed up. Refuses: BuiltUpon, Closed."""
    return for_others.take_back(ctx, kind, number, user, carrier)


@command_of_each(
    "abmelden",
    "leave",
    "absagen",
    "decline",
    own="seat",
    pausing=True,
    role=Role.PI,
    de="sich von einem {one} abmelden",
    en="sign off from {one}",
    there=has_seat,
    words=(
        "streicht mich",
        "leider nicht",
        "muss mich abmelden",
        "Anmeldung zurückziehen",
        "cancel registration",
        "doch nicht kommen",
        "doch nicht",
        "nicht anmelden",
        "keine Zeit",
    ),
    offer=("Mich von einem {one} abmelden", "Sign off from {one}"),
    for_others=("Jemanden von einem {one} abmelden", "Sign somebody off from {one}"),
)
def sign_off(
    ctx: Context, kind: str, number: int, *, reason: Reason | None = None, whom: FieldMember | None = None
) -> Reply:
    """The asker's seat is the next one's; the reason goes to the coordinators alone.

    With `whom` it is that person's, whom coordinators sign off. Refuses: NotSignedUp, Closed; NotAllowed, HasNoSeat.
    """
    if whom is not None and whom != ctx.me.user_id:
        signed_off = for_others.sign_off(ctx, kind, number, whom)
        ctx.undo(put_in_again, kind=kind, number=number, user=whom)
        return signed_off
    before = seats.find(ctx.tx, kind, number, ctx.me.user_id)
    reply = attendance.sign_off(ctx, kind, number, reason)
    told = ctx.event_id if reason else ""
    if before is not None and before.state == "declined":
        ctx.undo(say_no_more, kind=kind, number=number, told=told)
    else:
        ctx.undo(sign_up_again, kind=kind, number=number, carrier=ctx.event_id, told=told)
    return reply


@action
def sign_up_again(ctx: Context, kind: str, number: int, carrier: str, told: str = "") -> attendance.SignedUp:
    """The asker is signed up again, at the end. Refuses: BuiltUpon, Closed."""
    return attendance.undo_sign_off(ctx, kind, number, carrier, told)


@action
def say_no_more(ctx: Context, kind: str, number: int, told: str) -> attendance.SignedOff:
    """The reason is taken back; that the asker does not come was said before."""
    return attendance.say_no_more(ctx, kind, number, told)


@command_of_each(
    "teilnehmende",
    "attendees",
    role=Role.COORDINATOR,
    de="wer an einen {one} kommt, und wer wartet",
    en="who comes to {one}, and who waits",
    direct=True,
    coordination=True,
    reads=True,
    words=(
        "wie viele angemeldet",
        "wie viele haben sich angemeldet",
        "how many signed up",
        "who signed up",
        "Anmeldungen für",
    ),
    offer=("Sehen, wer an einen {one} kommt", "See who comes to {one}"),
)
def show_attendees(ctx: Context, kind: str, number: int, *, page: Page = 1) -> views.Attendees:
    return views.attendees(ctx, kind, number, page)


def _answered_by_reaction(kind: Kind) -> None:
    @tap(
        kind.code,
        *SEEDS,
        de="✅ für ja, ❌ für nein, ❓ für vielleicht",
        en="✅ for yes, ❌ for no, ❓ for maybe",
        own="seat",
        pausing=("❌",),
    )
    def react(ctx: Context, number: int, touch: Touch) -> None:
        """✅ comes, ❌ does not, ❓ may; taken off, what it carried is gone. Refuses: Closed."""
        attendance.react(ctx, kind.code, number, touch)

    @reconciler(kind.code)
    def reconcile(ctx: Context, number: int, present: Sequence[Present]) -> None:
        attendance.reconcile(ctx, kind.code, number, present)


for _kind in KINDS.values():
    _answered_by_reaction(_kind)
