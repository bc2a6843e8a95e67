"""Who comes to an event or a training: signing up and off, by command and by reaction, and who moves up.

The latest act counts. The store keeps which event of Matrix carries what somebody is to the event, because taking off
that reaction signs off, and taking off another does not. Acts count by the homeserver's time: who signed up in time
has done so, also where the bot was away meanwhile.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final, TypeVar

from commands import notices
from commands import seats as rules
from commands.calendars import CalendarFile
from commands.events import absences
from commands.events.entries import invite, next_file, take_out
from commands.events.kinds import KINDS
from commands.events.model import AboutEvent, Occasion, closed_by, find, hall, occasion, ref_of
from commands.framework import (
    BuiltUpon,
    Context,
    Failure,
    Machine,
    Present,
    Refused,
    Touch,
    pause_follower,
    reactions,
    telling,
)
from commands.framework.haste import in_haste
from commands.members import is_member, was_active
from storage import seats
from storage.events import Event
from storage.seats import HOLDING, Seat

OWN: Final = "seat"  # the part of an event that is somebody's own
IN: Final = (*HOLDING, "waiting")
SAID: Final = {"✅": "confirmed", "❌": "declined", "❓": "maybe"}


class SignedUp(AboutEvent):
    """The person has a seat, or waits for one; `by`: the name of who has signed them up."""

    by: str = ""


class SignedOff(AboutEvent):
    """The person does not come; `waited`: does not wait for a seat any more; `maybe`: does not know yet.

    `told`: the coordinators know why. `by`: the name of who had signed them up, and has taken it back.
    """

    maybe: bool = False
    waited: bool = False
    told: bool = False
    by: str = ""


Told = TypeVar("Told", SignedUp, SignedOff)


class MovedUp(AboutEvent):
    """To somebody who waited: they have a seat now."""


class AlreadySignedUp(Failure):
    """The person has a seat, or waits, already."""

    event: Occasion
    you: Machine


class NotSignedUp(Failure):
    """The person has no seat, and waits for none."""

    event: Occasion


class Closed(Failure):
    """Too late; `why`: cancelled, begun, deadline."""

    event: Occasion
    why: str


# --- by command


def sign_up(ctx: Context, kind: str, number: int) -> SignedUp:
    """The asker has a seat, or waits for one. Refuses: AlreadySignedUp, Closed."""
    event = find(ctx, kind, number)
    require_to_come(ctx, event)
    before = seats.find(ctx.tx, kind, number, ctx.me.user_id)
    if before is not None and before.state in IN:
        raise Refused(AlreadySignedUp(occasion(ctx, event), you_of(ctx, event)))
    return _signed_up(ctx, event)


def sign_off(ctx: Context, kind: str, number: int, reason: str | None = None) -> SignedOff:
    """The asker does not come, and the seat is the next one's; the reason goes to the coordinators alone.

    Refuses: NotSignedUp, where there is no reason to add either; Closed.
    """
    event = find(ctx, kind, number)
    before = seats.find(ctx.tx, kind, number, ctx.me.user_id)
    if before is None or (before.state == "declined" and not reason):
        raise Refused(NotSignedUp(occasion(ctx, event)))
    require_to_come(ctx, event)
    if reason:
        absences.tell(ctx, event, reason, of=ctx.event_id)
    if before.state == "declined":
        return SignedOff(occasion(ctx, event), you=you_of(ctx, event), told=True)
    reply = replace(_signed_off(ctx, event, said="declined"), told=bool(reason))
    if rules.holds(before) and not reason:
        absences.invite(ctx, event)
    return reply


def say_no_more(ctx: Context, kind: str, number: int, told: str) -> SignedOff:
    """The reason that this event of Matrix gave is taken back; the person does not come all the same."""
    event = find(ctx, kind, number)
    absences.tell(ctx, event, "", of=told)
    return SignedOff(occasion(ctx, event), you=you_of(ctx, event))


def undo_sign_up(ctx: Context, kind: str, number: int, carrier: str) -> SignedOff:
    """All that this act of signing up brought is gone again. Refuses: BuiltUpon, Closed."""
    event = carried(ctx, kind, number, ctx.me.user_id, carrier)
    require_to_come(ctx, event)
    return _signed_off(ctx, event)


def undo_sign_off(ctx: Context, kind: str, number: int, carrier: str, told: str) -> SignedUp:
    """The asker is signed up again, after all the others. `told`: the event that gave a reason.

    Refuses: BuiltUpon, Closed.
    """
    event = carried(ctx, kind, number, ctx.me.user_id, carrier)
    if told:
        absences.tell(ctx, event, "", of=told)
    return _signed_up(ctx, event)


def carried(ctx: Context, kind: str, number: int, user_id: str, carrier: str) -> Event:
    """The event, to which the person is still what that act made them. Refuses: BuiltUpon."""
    event = find(ctx, kind, number)
    seat = seats.find(ctx.tx, kind, number, user_id)
    if seat is None or seat.carrier != carrier:
        raise Refused(BuiltUpon(ref=ref_of(event)))
    return event


def _signed_up(ctx: Context, event: Event) -> SignedUp:
    seat = take(ctx, event, ctx.me.user_id)
    return _answer(ctx, SignedUp(occasion(ctx, event), you=you_of(ctx, event)), _put_in(ctx, event, seat))


def _signed_off(ctx: Context, event: Event, *, said: str | None = None) -> SignedOff:
    before = leave(ctx, event, ctx.me.user_id, said=said)
    waited = before is not None and before.state == "waiting"
    reply = SignedOff(occasion(ctx, event), you=you_of(ctx, event), waited=waited)
    return _answer(ctx, reply, _taken_out(ctx, event, before))


def _answer(ctx: Context, reply: Told, file: CalendarFile | None) -> Told:
    """In the direct chat the answer is the caption of the file; given elsewhere, the file comes there with it."""
    _knows(ctx, reply.event.row, ctx.me.user_id)
    if file is None:
        return reply
    with_file = replace(reply, calendar=file)
    if ctx.where.direct:
        return with_file
    ctx.post(ctx.me.user_id, with_file)
    return reply


def you_of(ctx: Context, event: Event) -> Machine:
    """The part for programs that says what the event is to the asker: a seat, a place, nothing."""
    return rules.you(ctx.tx, hall(event), ctx.me.user_id)


# --- by reaction


def react(ctx: Context, kind: str, number: int, touch: Touch) -> None:
    """The person's answer is what ✅, ❌ or ❓ says, or is taken back with it. Refuses: Closed."""
    event = find(ctx, kind, number)
    if touch.on:
        _tapped(ctx, event, ctx.me.user_id, touch.key)
    else:
        _taken_off(ctx, event, ctx.me.user_id, touch.event_id)


def _tapped(ctx: Context, event: Event, user_id: str, key: str) -> None:
    require_to_come(ctx, event)
    before = seats.find(ctx.tx, event.kind, event.id, user_id)
    if key != "✅":
        _leave_by_tap(ctx, event, user_id, said=SAID[key])
    elif before is not None and before.state in IN:
        _carry(ctx, before)
    else:
        seat = take(ctx, event, user_id)
        if not _is_told_later(ctx, event, user_id, was="none"):
            you = rules.you(ctx.tx, hall(event), user_id)
            ctx.post(user_id, SignedUp(occasion(ctx, event), you=you, calendar=_put_in(ctx, event, seat)))


def _leave_by_tap(ctx: Context, event: Event, user_id: str, *, said: str | None = None) -> None:
    """The person does not come; who had a seat is told."""
    before = leave(ctx, event, user_id, said=said)
    held = rules.holds(before)
    if before is not None and held and not _is_told_later(ctx, event, user_id, was=before.state):
        you: Machine = {"seat": "none"}
        file = _taken_out(ctx, event, before)
        ctx.post(user_id, SignedOff(occasion(ctx, event), you=you, maybe=said == "maybe", calendar=file))
        if said == "declined" and user_id == ctx.me.user_id:
            absences.invite(ctx, event)


def _carry(ctx: Context, seat: Seat) -> None:
    """The same seat or place, carried by this act from now on."""
    seats.put(
        ctx.tx,
        kind=seat.kind,
        number=seat.number,
        user_id=seat.user_id,
        state=seat.state,
        carrier=ctx.event_id,
        at=ctx.sent_at or ctx.now,
        arrived=seat.arrived,
    )


def _taken_off(ctx: Context, event: Event, user_id: str, carrier: str) -> None:
    """The reaction is gone; so is what the person is to the event, if it carried that."""
    before = seats.find(ctx.tx, event.kind, event.id, user_id)
    if before is None or before.carrier != carrier:
        return
    require_to_come(ctx, event)
    _leave_by_tap(ctx, event, user_id)


def reconcile(ctx: Context, kind: str, number: int, present: Sequence[Present]) -> None:
    """Seats are in line with the reactions on the card now, after some may have been missed.

    One that the store does not know counts as put on, unless the person has said something newer or was no member
    then; one that is there no longer, as taken off. Idempotent.
    """
    event = find(ctx, kind, number)
    gone, missed = reactions.differences(ctx, kind, number, present, keys=SAID)
    for tap in gone:
        if is_member(ctx, tap.user_id):
            with contextlib.suppress(Refused):
                _taken_off(ctx, event, tap.user_id, tap.event_id)
    for one in missed:
        if not was_active(ctx, one.user_id, one.at):
            continue
        one.keep(ctx)
        before = seats.find(ctx.tx, kind, number, one.user_id)
        said_at = before.at if before is not None else seats.left_at(ctx.tx, kind, number, one.user_id)
        if said_at is None or said_at < one.at:
            with contextlib.suppress(Refused):
                _tapped(replace(ctx, event_id=one.event_id, sent_at=one.at), event, one.user_id, one.key)


# --- seats


def take(ctx: Context, event: Event, user_id: str) -> Seat:
    """The person has a seat and is reminded, or waits for one. Refuses: Closed."""
    why = closed_by(event, ctx.sent_at or ctx.now)
    if why is not None:
        raise Refused(Closed(occasion(ctx, event), why))
    seat = rules.take(ctx, hall(event), user_id)
    assert seat is not None  # who finds no seat waits
    if rules.holds(seat):
        _expect(ctx, event, user_id)
    ctx.changed(event.kind, event.id)
    return seat


def _put_in(ctx: Context, event: Event, seat: Seat) -> CalendarFile | None:
    """The entry for the calendar of somebody who has a seat."""
    return invite(ctx, next_file(ctx, event), seat.user_id) if rules.holds(seat) else None


def _taken_out(ctx: Context, event: Event, before: Seat | None) -> CalendarFile | None:
    """The entry for the calendar of somebody who had a seat."""
    if before is None or not rules.holds(before):
        return None
    return take_out(ctx, next_file(ctx, event, count=True), before.user_id)


def _is_told_later(ctx: Context, event: Event, user_id: str, *, was: str) -> bool:
    """Do they tap on and on? Then what they are in the end is told in a while, with one file; else it is told now."""
    if in_haste(ctx, ref_of(event), OWN, user_id):
        tell_later(ctx, event, user_id, was=was)
        return True
    _knows(ctx, event, user_id)
    return False


def tell_own_seat_later(ctx: Context, event: Event, before: Seat, *, after: timedelta) -> None:
    """A person whose seat is another by then is told, and so is their calendar."""
    if rules.holds(before):
        tell_later(ctx, event, before.user_id, was=before.state, after=after)


def tell_later(
    ctx: Context, event: Event, user_id: str, *, was: str, by: str = "", after: timedelta = timedelta()
) -> None:
    """The person is told soon, if their seat is another by then; `by`: the name of who does it for them."""
    about = {"kind": event.kind, "number": event.id}
    before = {"seat": was} | ({"by": by} if by else {})
    telling.keep(ctx, user_id, "own seat", before=before, about=about, after=after)


def _knows(ctx: Context, event: Event, user_id: str) -> None:
    """The person is told now what they are to the event, and how it is: nothing of that waits any more."""
    for topic in ("own seat", "event"):
        about = {"kind": event.kind, "number": event.id}
        telling.forget(ctx, user_id, topic, about, digest=False)


@telling.told("own seat", strangers=True)
def tell_own_seat(ctx: Context, since: telling.Since, kind: str, number: int) -> SignedUp | SignedOff | None:
    """A person who tapped on and on, or whom somebody else has signed up, is told which seat they have in the end.

    So is the calendar.
    """
    event, user_id = find(ctx, kind, number), since.recipient
    seat = seats.find(ctx.tx, kind, number, user_id)
    now = seat.state if seat is not None and seat.state in IN else "none"
    if now == since.before["seat"]:
        return None
    told = next_file(ctx, event, count=True)
    you = rules.you(ctx.tx, hall(event), user_id)
    by = since.before.get("by", "")
    file = None
    if rules.holds(seat):
        file = invite(ctx, told, user_id)
    elif since.before["seat"] in HOLDING:
        file = take_out(ctx, told, user_id)
    if now == "none":
        maybe = seat is not None and seat.state == "maybe"
        return SignedOff(occasion(ctx, event), you=you, maybe=maybe, calendar=file, by=by)
    return SignedUp(occasion(ctx, event), you=you, calendar=file, by=by)


def _expect(ctx: Context, event: Event, user_id: str) -> None:
    """A person who has a seat is reminded."""
    if event.start_at is not None:
        notices.plan(ctx, event.kind, event.id, start=event.start_at, users=[user_id])


def put_back(ctx: Context, event: Event, user_id: str, *, state: str, arrived: int, carrier: str) -> None:
    """The person is this to the event, with this place in the order of arrival; there must be room for it."""
    seat = seats.put(
        ctx.tx,
        kind=event.kind,
        number=event.id,
        user_id=user_id,
        state=state,
        carrier=carrier,
        arrived=arrived,
        at=ctx.sent_at or ctx.now,
    )
    if rules.holds(seat):
        _expect(ctx, event, user_id)
    ctx.changed(event.kind, event.id)


@pause_follower
def _look_again(ctx: Context, user_id: str, pauses: bool) -> None:
    """A person who is back may find a seat free for which nobody else has waited."""
    for seat in seats.list_of_person(ctx.tx, user_id) if not pauses else ():
        if seat.kind in KINDS and seat.state == "waiting":
            event = find(ctx, seat.kind, seat.number)
            if closed_by(event, ctx.now) not in ("cancelled", "begun"):
                move_up(ctx, event, rules.fill(ctx, hall(event)))
                ctx.changed(event.kind, event.id)


def move_up(ctx: Context, event: Event, users: Iterable[str]) -> None:
    """Those who waited and have a seat now are told, once."""
    for user_id in users:
        _expect(ctx, event, user_id)
        _knows(ctx, event, user_id)
        file = invite(ctx, next_file(ctx, event), user_id)
        ctx.post(user_id, MovedUp(occasion(ctx, event), you={"seat": "confirmed"}, calendar=file))


def leave(ctx: Context, event: Event, user_id: str, *, said: str | None = None) -> Seat | None:
    """The person has no seat and waits for none, and the next one moves up; returns what the person had before.

    `said`: what is kept instead: declined, maybe.
    """
    before = seats.find(ctx.tx, event.kind, event.id, user_id)
    up = rules.give_up(ctx, hall(event), user_id, said=said)
    if rules.holds(before):
        notices.drop(ctx, event.kind, event.id, user_id)
    move_up(ctx, event, up)
    ctx.changed(event.kind, event.id)
    return before


def require_to_come(ctx: Context, event: Event) -> None:
    """Refuses: Closed, where it is cancelled or has begun. After the deadline one can still sign off."""
    why = closed_by(event, ctx.sent_at or ctx.now)
    if why in ("cancelled", "begun"):
        raise Refused(Closed(occasion(ctx, event), why))


def concerned(ctx: Context, event: Event) -> list[str]:
    """The people who come, wait, or may come, and who are told what becomes of it, in order of arrival."""
    found = seats.list_all(ctx.tx, event.kind, event.id)
    return [seat.user_id for seat in found if seat.state in (*IN, "maybe")]


def holders(ctx: Context, event: Event) -> list[str]:
    """The people who have a seat, in order of arrival."""
    return [s.user_id for s in seats.list_all(ctx.tx, event.kind, event.id) if s.state in HOLDING]
