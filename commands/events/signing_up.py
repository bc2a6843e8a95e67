"""Events as everybody uses them: the list, one of them, signing up and off, by command and by reaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from commands.events import attendance, views
from commands.events.model import SEEDS, EventRef
from commands.framework import Context, Page, Role, Touch, action, command, reconciler, tap


@command(
    "anlass liste",
    "event list",
    role=Role.PI,
    de="Anlässe, die nächsten zuerst",
    en="events, the next ones first",
    example=("stand: vergangen", "state: past"),
    reads=True,
)
def show_list(ctx: Context, *, state: views.Which = "coming", page: Page = 1) -> views.EventList:
    return views.list_page(ctx, "event", state, page)


@command(
    "anlass zeige",
    "event show",
    role=Role.PI,
    de="einen Anlass zeigen",
    en="show an event",
    example=("A5", "A5"),
    reads=True,
)
def show(ctx: Context, event: EventRef) -> views.EventShown:
    """The event, and what the asker is to it. Refuses: NotFound."""
    return views.show(ctx, "event", event)


@command(
    "anlass anmelden",
    "event join",
    "anlass zusagen",
    "event accept",
    own="seat",
    role=Role.PI,
    de="sich für einen Anlass anmelden",
    en="sign up for an event",
    example=("A5", "A5"),
)
def sign_up(ctx: Context, event: EventRef) -> attendance.SignedUp:
    """The asker has a seat, or waits for one. Refuses: AlreadySignedUp, Closed."""
    reply = attendance.sign_up(ctx, "event", event)
    ctx.undo(sign_off_again, number=event, carrier=ctx.event_id)
    return reply


@action
def sign_off_again(ctx: Context, number: int, carrier: str) -> attendance.SignedOff:
    """What signing up brought is gone again, unless a later act has changed it. Refuses: BuiltUpon."""
    return attendance.undo_sign_up(ctx, "event", number, carrier)


@command(
    "anlass abmelden",
    "event leave",
    "anlass absagen",
    "event decline",
    own="seat",
    pausing=True,
    role=Role.PI,
    de="sich von einem Anlass abmelden",
    en="sign off from an event",
    example=("A5", "A5"),
)
def sign_off(ctx: Context, event: EventRef) -> attendance.SignedOff:
    """The asker's seat is the next one's. Refuses: NotSignedUp, Closed."""
    reply = attendance.sign_off(ctx, "event", event)
    ctx.undo(sign_up_again, number=event, carrier=ctx.event_id)
    return reply


@action
def sign_up_again(ctx: Context, number: int, carrier: str) -> attendance.SignedUp:
    """The asker is signed up again, at the end. Refuses: BuiltUpon, Closed."""
    return attendance.undo_sign_off(ctx, "event", number, carrier)


@command(
    "anlass teilnehmende",
    "event attendees",
    role=Role.COORDINATOR,
    de="wer an einen Anlass kommt, und wer wartet",
    en="who comes to an event, and who waits",
    example=("A5", "A5"),
    direct=True,
    coordination=True,
    reads=True,
)
def show_attendees(ctx: Context, event: EventRef, *, page: Page = 1) -> views.Attendees:
    return views.attendees(ctx, "event", event, page)


@tap("event", *SEEDS, own="seat", pausing=("❌",))
def react(ctx: Context, number: int, touch: Touch) -> None:
    """✅ comes, ❌ does not, ❓ may; taken off, what it carried is gone. Refuses: Closed."""
    attendance.react(ctx, "event", number, touch)


@reconciler("event")
def reconcile(ctx: Context, number: int, present: Sequence[tuple[str, str, str, datetime]]) -> None:
    attendance.reconcile(ctx, "event", number, present)
