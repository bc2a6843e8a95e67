"""How events and trainings come to be, change, move and are cancelled.

Who is told of it is in `event_news`. Files for calendars have a higher number where the date, the place or the state
changed, the same one where only words did.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal

from commands import notices
from commands import seats as rules
from commands.calendars import new_uid
from commands.dates import Moment
from commands.events import told as event_news
from commands.events.attendance import holders, move_up
from commands.events.entries import next_file
from commands.events.kinds import KINDS
from commands.events.model import (
    AboutEvent,
    Occasion,
    find,
    hall,
    next_turn,
    occasion,
    ref_of,
    state_of,
)
from commands.events.words import UNLIMITED, check_deadline, deadline_values
from commands.framework import BuiltUpon, Context, Failure, Machine, Refused, action, named
from commands.framework.arguments import nothing_to_change
from commands.framework.carrying import refuse_twice
from commands.words import means_nothing
from storage import events as stored
from storage import seats
from storage.events import Event

TO_EDIT: Final = {kind: named(f"{kind} edit") for kind in KINDS}

DATED: Final = ("start_at", "end_at", "place", "cancelled")  # what a calendar counts as another version
SHOWN: Final = (*DATED, "title", "text", "link")  # what those concerned must know
TIMES: Final = ("start_at", "end_at", "over_at", "deadline_at")


class Planned(AboutEvent):
    """It stands in the agenda."""


class Changed(AboutEvent):
    """It says something else now; `told`: how many people are told."""

    told: int = 0


class Unchanged(AboutEvent):
    """It says all that already."""


class Moved(AboutEvent):
    """It takes place at another time."""

    told: int = 0


class Cancelled(AboutEvent):
    """It does not take place."""

    told: int = 0


class TakenBack(AboutEvent):
    """It is as it was before the command."""


class NotAnyMore(Failure):
    """It is cancelled, or over, and stays as it is; `again`: who cancelled it once more may want to say why."""

    event: Occasion
    again: bool = False


def add(ctx: Context, kind: str, values: dict[str, Any], *, anyway: str) -> Planned:
    """There is a new event or training, and its card in the agenda room.

    Refuses: ThereAlready, where one of this title is planned for the same time.
    """
    start = values.get("start_at")
    refuse_twice(
        ctx,
        anyway,
        values["title"],
        lambda: (
            (ref_of(event), event.title, ctx.card_link(kind, event.id))
            for event in stored.list_coming(ctx.tx, kind, now=ctx.now)
            if event.start_at == start
        ),
    )
    number = ctx.number(kind)
    before = stored.find(ctx.tx, kind, number)  # of an edited command: calendars remember its number
    if before is not None:
        told = {"uid": before.uid, "sequence": before.sequence, "stamped_at": before.stamped_at}
        values = values | told | {"version": before.version + 1}
    else:
        values = values | {"uid": new_uid(f"{kind}-{number}", ctx.event_id)}
    stored.put(ctx.tx, kind=kind, number=number, created_at=ctx.now, **values)
    event = find(ctx, kind, number)
    stored.turn(ctx.tx, kind, number, next_turn(event, ctx.now))
    ctx.place_card(kind, number)
    ctx.audit(ref_of(event))
    ctx.undo(take_back, kind=kind, number=number, version=event.version)
    return Planned(occasion(ctx, event, unsent=True))


@action
def take_back(ctx: Context, kind: str, number: int, version: int) -> Cancelled:
    """It is cancelled again, as long as nobody has signed up or changed it. Refuses: BuiltUpon."""
    event = find(ctx, kind, number)
    if event.version != version or seats.list_all(ctx.tx, kind, number):
        raise Refused(BuiltUpon(ref=ref_of(event), instead=TO_EDIT[event.kind](ref_of(event))))
    stored.change(ctx.tx, kind, number, cancelled=True, turns_at=None)
    ctx.changed(kind, number)
    ctx.audit(ref_of(event))
    ctx.keep_numbers(kind, number)
    return Cancelled(occasion(ctx, find(ctx, kind, number)))


def given(
    *,
    title: str | None,
    text: str,
    place: str | None,
    link: str | None,
    seats: int | None,
    public: str | None,
    **more: Any,
) -> dict[str, Any]:
    """The values of what was typed; what was emptied has none."""
    found: dict[str, Any] = {"title": title, "place": place, "link": link}
    found |= {"text": "" if means_nothing(text) else text} if text else {}
    found |= {"capacity": seats, "public": None if public is None else public == "yes"} | more
    empty = {"place": "", "link": "", "topic": "", "capacity": UNLIMITED}
    return {
        name: None if name in empty and value == empty[name] else value
        for name, value in found.items()
        if value is not None
    }


def change(
    ctx: Context,
    before: Event,
    wording: dict[str, Any],
    dated: dict[str, Any],
    deadline: Moment | Literal["none"] | None,
) -> AboutEvent:
    """It is like this from now on, and can be brought back.

    Refuses: NotAnyMore; NothingToChange; BadInput, where one could sign up after the start.
    """
    if before.cancelled or (dated and state_of(before, ctx.now) == "past"):
        raise Refused(NotAnyMore(occasion(ctx, before)))
    start = dated.get("start_at", before.start_at)
    values = wording | dated | deadline_values(ctx, deadline, start)
    if not values:
        raise nothing_to_change(ctx)
    if not _different(before, values):
        return Unchanged(occasion(ctx, before))
    if dated and deadline is None:
        check_deadline(ctx, before.deadline_at, start, whole_day=before.deadline_day)
    reply = write(ctx, before, values)
    _undoable(ctx, before, values)
    return reply


def cancel(ctx: Context, before: Event, reason: str | None) -> AboutEvent:
    """It does not take place; the reason may be given, or put right, later too. Refuses: NotAnyMore."""
    says_why = before.cancelled and reason not in (None, before.reason)
    if not says_why and state_of(before, ctx.now) != "planned":
        raise Refused(NotAnyMore(occasion(ctx, before), again=before.cancelled))
    values = {"cancelled": True, "reason": reason}
    reply = write(ctx, before, values)
    _undoable(ctx, before, values)
    return reply


def _undoable(ctx: Context, before: Event, values: dict[str, Any]) -> None:
    ctx.audit(ref_of(before))
    kept: Machine = {
        name: value.isoformat() if isinstance(value := getattr(before, name), datetime) else value
        for name in values
    }
    version = find(ctx, before.kind, before.id).version
    ctx.undo(restore, kind=before.kind, number=before.id, version=version, before=kept)


@action
def restore(ctx: Context, kind: str, number: int, version: int, before: Machine) -> TakenBack:
    """It is as it was before the command, and those who were told of that are told. Refuses: BuiltUpon."""
    event = find(ctx, kind, number)
    if event.version != version:
        raise Refused(BuiltUpon(ref=ref_of(event), instead=TO_EDIT[event.kind](ref_of(event))))
    values = {n: datetime.fromisoformat(v) if n in TIMES and v else v for n, v in before.items()}
    write(ctx, event, values)
    ctx.audit(ref_of(event))
    return TakenBack(occasion(ctx, find(ctx, kind, number)))


def write(ctx: Context, before: Event, values: dict[str, Any]) -> AboutEvent:
    """It has these values, its card and reminders follow, who fits now moves up, and all concerned will be told."""
    kind, number = before.kind, before.id
    different = _different(before, values)
    stored.change(ctx.tx, kind, number, **values)
    after = find(ctx, kind, number)
    if different & set(SHOWN):
        after = next_file(ctx, after, count=bool(different & set(DATED)))
    stored.turn(ctx.tx, kind, number, next_turn(after, ctx.now))
    ctx.changed(kind, number)
    told = event_news.tell(ctx, before, after)
    _remind(ctx, after, different)
    if occasion(ctx, after).to_come:
        move_up(ctx, after, rules.fill(ctx, hall(after)))
    made: type[Any] = Cancelled if after.cancelled else Moved if "start_at" in different else Changed
    reply: AboutEvent = made(occasion(ctx, after), told=told)
    return reply


def _different(before: Event, values: dict[str, Any]) -> set[str]:
    return {name for name, value in values.items() if getattr(before, name) != value}


def _remind(ctx: Context, after: Event, different: set[str]) -> None:
    """Reminders of those who have a seat are right."""
    if after.cancelled:
        notices.drop(ctx, after.kind, after.id)
    elif different & {"start_at", "cancelled"} and after.start_at is not None:
        notices.plan(ctx, after.kind, after.id, start=after.start_at, users=holders(ctx, after))
