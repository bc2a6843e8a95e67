"""The people of the group say which dates suit: by the numbers on the card, or with numbers in the direct chat.

Tapped is yes, not tapped is no. Each yes is carried by an event; what is typed says all of it at once, and the latest
act counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from commands.finding.model import (
    AboutFinding,
    NotAsked,
    asked,
    get,
    get_open,
    mine_open,
    view,
)
from commands.finding.told import was_asked
from commands.finding.words import KEYS, MOST, FindingRef, Numbers, shown
from commands.framework import (
    BuiltUpon,
    Context,
    Present,
    Refused,
    Role,
    Touch,
    Unreadable,
    action,
    command,
    named,
    numbered,
    reactions,
    reconciler,
    tap,
)
from commands.framework.arguments import refusal
from commands.framework.declarations import COMMANDS, Parameter, plain_key
from commands.members import was_active
from storage import date_findings as stored
from storage.date_findings import OPEN, Finding

TO_ANSWER: Final = named("dates answer")
PLACES: Final = {plain_key(key): place for place, key in enumerate(KEYS, 1)}


class Answered(AboutFinding):
    """These dates suit the asker; `back`: what was said before counts again."""

    mine: tuple[int, ...]
    back: bool = False


def _is_asked(ctx: Context) -> bool:
    return bool(mine_open(ctx))


def _require_asked(ctx: Context, known: Mapping[str, Any]) -> None:
    if "dates" in known:
        _open_to(ctx, known["dates"])


def _from_these(ctx: Context, known: Mapping[str, str]) -> tuple[Parameter, ...]:
    """The numbers are picked from the dates that stand to choose from."""
    typed = known.get("dates", "").lstrip("#dD ")
    row = stored.find(ctx.tx, int(typed)) if typed.isascii() and typed.isdecimal() else None
    if row is None:
        return ()
    numbers = next(p for p in COMMANDS[TO_ANSWER.name].parameters if p.name == "numbers")
    among = tuple(
        (str(one.place), str(one.place), shown(one.start_at, one.end_at, ctx.settings.zone, ctx.language))
        for one in stored.options(ctx.tx, row.id)
        if one.start_at > ctx.now
    )
    return (replace(numbers, among=among),)


@command(
    "termin antworten",
    "dates answer",
    own="answer",
    role=Role.PI,
    de="sagen, welche Termine passen",
    en="say which dates suit",
    example=("D4 1 und 3", "D4 1 and 3"),
    there=_is_asked,
    first=_require_asked,
    further=_from_these,
    words=(
        "mir passt",
        "passen mir",
        "ich kann am",
        "geht bei mir",
        "suits me",
        "I can make",
        "works for me",
    ),
    offer=("Sagen, welche Termine mir passen", "Say which dates suit me"),
)
def answer(ctx: Context, dates: FindingRef, numbers: Numbers) -> Answered:
    """These dates suit the asker, and no others. Refuses: FindingOver, NotAsked, BadInput for a number too high."""
    row = _open_to(ctx, dates)
    count = len(stored.options(ctx.tx, dates))
    if len(numbers) == MOST:  # all of them
        numbers = numbers[:count]
    if any(number > count for number in numbers):
        few = Unreadable(
            de=f"Zur Wahl stehen die Nummern 1 bis {count}.",
            en=f"There are the numbers 1 to {count} to choose from.",
        )
        raise refusal(ctx, few, "numbers")
    me = ctx.me.user_id
    before = [[one.place, one.carrier] for one in stored.suits(ctx.tx, dates) if one.user_id == me]
    said_at = stored.said(ctx.tx, dates).get(me)
    at = ctx.sent_at or ctx.now
    stored.put_all(ctx.tx, dates, me, [(number, ctx.event_id) for number in numbers], at=at)
    ctx.changed("dates", dates)
    ctx.undo(
        say_as_before,
        number=dates,
        before=before,
        said_at=said_at.isoformat() if said_at is not None else None,
        at=at.isoformat(),
    )
    return Answered(view(ctx, row), mine=tuple(numbers))


@action
def say_as_before(
    ctx: Context, number: int, before: list[tuple[int, str]], said_at: str | None, at: str
) -> Answered:
    """What the asker had said before counts again. Refuses: FindingOver, BuiltUpon."""
    row = get_open(ctx, number)
    me = ctx.me.user_id
    if stored.said(ctx.tx, number).get(me) != datetime.fromisoformat(at):
        raise Refused(BuiltUpon(ref=f"D{number}", instead=TO_ANSWER(f"D{number}")))
    again = datetime.fromisoformat(said_at) if said_at is not None else None
    stored.put_all(ctx.tx, number, me, [(place, carrier) for place, carrier in before], at=again)
    ctx.changed("dates", number)
    return Answered(view(ctx, row), mine=tuple(place for place, _ in before), back=True)


def _open_to(ctx: Context, number: int) -> Finding:
    """The finding, which is open, and in which the asker is asked. Refuses: NotFound, FindingOver, NotAsked."""
    row = get_open(ctx, number)
    if ctx.me.user_id not in asked(ctx, row.process):
        raise Refused(NotAsked(row.process))
    return row


@numbered("dates")
def by_numbers(ctx: Context, numbers: tuple[int, ...]) -> list[tuple[str, str]]:
    """What numbers in the direct chat answer: what the asker was asked there."""
    found = []
    for row in mine_open(ctx) if ctx.me.role >= Role.PI else ():
        if was_asked(ctx, row) and max(numbers, default=0) <= len(stored.options(ctx.tx, row.id)):
            typed = " ".join(map(str, numbers)) or "none"
            found.append((TO_ANSWER(f"D{row.id}", typed), f"D{row.id} · {row.title}"))
    return found


# --- by reaction


@tap(
    "dates",
    *KEYS,
    de=f"{' '.join(KEYS)} für die Termine, die Ihnen passen",
    en=f"{' '.join(KEYS)} for the dates that suit you",
    own="answer",
)
def react(ctx: Context, number: int, touch: Touch) -> None:
    """Put on, the date suits the asker; taken off, it does not. Refuses: FindingOver, NotAsked."""
    row, place = get(ctx, number), PLACES[touch.key]
    if not touch.on:
        if row.state == OPEN:
            stored.take(ctx.tx, number, ctx.me.user_id, carrier=touch.event_id)
            ctx.changed("dates", number)
        return
    _open_to(ctx, number)
    if place <= len(stored.options(ctx.tx, number)):
        stored.put(ctx.tx, number, ctx.me.user_id, place, carrier=touch.event_id)
        ctx.changed("dates", number)


@reconciler("dates")
def reconcile(ctx: Context, number: int, present: Sequence[Present]) -> None:
    """What people say is in line with the reactions on the card now, after some may have been missed. Idempotent."""
    row = stored.find(ctx.tx, number)
    if row is None or row.state != OPEN:
        return
    gone, missed = reactions.differences(ctx, "dates", number, present, keys=PLACES)
    for one in gone:
        stored.take(ctx.tx, number, one.user_id, carrier=one.event_id)
    people, said = asked(ctx, row.process), stored.said(ctx.tx, number)
    count = len(stored.options(ctx.tx, number))
    for new in missed:
        if new.user_id not in people or PLACES[new.key] > count or not was_active(ctx, new.user_id, new.at):
            continue
        new.keep(ctx)
        if new.user_id not in said or said[new.user_id] < new.at:
            stored.put(ctx.tx, number, new.user_id, PLACES[new.key], carrier=new.event_id)
    if gone or missed:
        ctx.changed("dates", number)
