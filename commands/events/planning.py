"""How coordinators plan events and change them; and move and cancel events and trainings."""

from __future__ import annotations

from typing import Any

from commands.events import changes
from commands.events.kinds import EventRef, command_of_each
from commands.events.model import AboutEvent, find
from commands.events.words import Deadline, Link, Seats, Words, date_values, deadline_values
from commands.framework import (
    Body,
    Context,
    Duration,
    NewTitle,
    NewWhen,
    Opening,
    Reason,
    Role,
    When,
    YesNo,
    command,
)
from commands.framework.arguments import on_day


@command(
    "anlass neu",
    "event new",
    role=Role.COORDINATOR,
    de="einen Anlass in die Agenda setzen",
    en="put an event into the agenda",
    example=(
        "PI-Event Frühling 2027 | wann: 18.03.2027 13:30-17:00 | ort: Liestal | plätze: 60",
        "PI event spring 2027 | when: 18.03.2027 13:30-17:00 | place: Liestal | seats: 60",
    ),
    asks=("text", "place"),
    previews=True,
    words=(
        "ausschreiben",
        "organisieren",
        "planen",
        "in die Agenda",
        "einladen",
        "plan",
        "organise",
        "organize",
        "publish",
    ),
    offer=("Einen Anlass planen", "Plan an event"),
)
def plan(
    ctx: Context,
    title: Opening,
    *,
    text: Body = "",
    when: When,
    duration: Duration | None = None,
    place: Words | None = None,
    link: Link | None = None,
    seats: Seats | None = None,
    deadline: Deadline | None = None,
    public: YesNo = "no",
    anyway: YesNo = "no",
) -> changes.Planned:
    """The event is in the agenda, and its card in the agenda room. Refuses: ThereAlready."""
    dated = date_values(ctx, when, duration)
    values: dict[str, Any] = {
        "title": title,
        "text": text,
        "knowhow": [],
        "place": place or None,
        "link": link or None,
        "capacity": seats or None,
        "public": public == "yes",
        "deadline_day": False,
    }
    values |= dated | deadline_values(ctx, deadline, dated["start_at"])
    return changes.add(ctx, "event", values, anyway=anyway)


@command(
    "anlass ändern",
    "event edit",
    role=Role.COORDINATOR,
    de="einen Anlass ändern",
    en="change an event",
    example=("A5 ort: Sissach, Gemeindesaal | plätze: 80", "A5 place: Sissach, town hall | seats: 80"),
    words=("hat neu Plätze", "andere Adresse", "Ort"),
    offer=("Einen Anlass ändern", "Change an event"),
)
def edit(
    ctx: Context,
    event: EventRef,
    *,
    title: NewTitle | None = None,
    text: Body = "",
    when: When | None = None,
    duration: Duration | None = None,
    place: Words | None = None,
    link: Link | None = None,
    seats: Seats | None = None,
    deadline: Deadline | None = None,
    public: YesNo | None = None,
) -> AboutEvent:
    """The event says this now; with more seats, those who wait move up. Refuses: NotAnyMore."""
    before = find(ctx, "event", event)
    given = changes.given(title=title, text=text, place=place, link=link, seats=seats, public=public)
    return changes.change(ctx, before, given, date_values(ctx, when, duration, before=before), deadline)


@command_of_each(
    "verschieben",
    "move",
    role=Role.COORDINATOR,
    de="einen {one} auf einen anderen Termin legen",
    en="move {one} to another date",
    words=("schieben", "nach hinten schieben"),
    offer=("Einen {one} verschieben", "Move {one}"),
)
def move(
    ctx: Context,
    kind: str,
    number: int,
    *,
    when: NewWhen,
    duration: Duration | None = None,
    deadline: Deadline | None = None,
) -> AboutEvent:
    """It begins then; without a new end it lasts as long as before. Refuses: NotAnyMore."""
    before = find(ctx, kind, number)
    dated = date_values(ctx, on_day(ctx, when, before.start_at), duration, before=before)
    return changes.change(ctx, before, {}, dated, deadline)


@command_of_each(
    "streichen",
    "cancel",
    role=Role.COORDINATOR,
    de="einen {one} absagen: Er findet nicht statt",
    en="cancel {one}: it does not take place",
    offer=("Einen {one} absagen", "Cancel {one}"),
)
def cancel(ctx: Context, kind: str, number: int, *, reason: Reason | None = None) -> AboutEvent:
    """It does not take place, and all concerned know. Refuses: NotAnyMore."""
    return changes.cancel(ctx, find(ctx, kind, number), reason)
