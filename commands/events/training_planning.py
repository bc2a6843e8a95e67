"""How coordinators put trainings into the catalogue, and change them."""

from __future__ import annotations

from typing import Any

from commands.events import changes
from commands.events.kinds import TrainingRef
from commands.events.model import AboutEvent, find
from commands.events.words import Deadline, Link, Seats, Words, date_values, deadline_values
from commands.framework import (
    Body,
    Context,
    Duration,
    NewTitle,
    Opening,
    Role,
    Texts,
    When,
    YesNo,
    command,
)


@command(
    "kurs neu",
    "training new",
    role=Role.COORDINATOR,
    de="einen Kurs in den Katalog setzen, mit oder ohne Datum",
    en="put a training into the catalogue, with or without a date",
    example=(
        "Einstieg in BPMN | wissen: BPMN, Prozessmodelle | wann: 12.04.2027 9:00-12:00 | plätze: 12",
        "First steps with BPMN | knowhow: BPMN, process models | when: 12.04.2027 9:00-12:00 | seats: 12",
    ),
    asks=("text", "when", "place"),
    previews=True,
    words=("ausschreiben", "anbieten", "organisieren", "planen", "plan", "offer"),
    offer=("Einen Kurs ausschreiben", "Announce a training"),
)
def plan(
    ctx: Context,
    title: Opening,
    *,
    text: Body = "",
    topic: Words | None = None,
    knowhow: Texts = (),
    when: When | None = None,
    duration: Duration | None = None,
    place: Words | None = None,
    link: Link | None = None,
    seats: Seats | None = None,
    deadline: Deadline | None = None,
    public: YesNo = "no",
    anyway: YesNo = "no",
) -> changes.Planned:
    """The training is in the catalogue, and its card in the agenda room; without a date one signs up all the same.

    Refuses: ThereAlready.
    """
    dated = date_values(ctx, when, duration)
    values: dict[str, Any] = {
        "title": title,
        "text": text,
        "topic": topic or None,
        "knowhow": list(knowhow),
        "place": place or None,
        "link": link or None,
        "capacity": seats or None,
        "public": public == "yes",
        "deadline_day": False,
    }
    values |= dated | deadline_values(ctx, deadline, dated.get("start_at"))
    return changes.add(ctx, "training", values, anyway=anyway)


@command(
    "kurs ändern",
    "training edit",
    role=Role.COORDINATOR,
    de="einen Kurs ändern",
    en="change a training",
    example=("K4 plätze: 16 | wissen: BPMN", "K4 seats: 16 | knowhow: BPMN"),
    offer=("Einen Kurs ändern", "Change a training"),
)
def edit(
    ctx: Context,
    training: TrainingRef,
    *,
    title: NewTitle | None = None,
    text: Body = "",
    topic: Words | None = None,
    knowhow: Texts = (),
    when: When | None = None,
    duration: Duration | None = None,
    place: Words | None = None,
    link: Link | None = None,
    seats: Seats | None = None,
    deadline: Deadline | None = None,
    public: YesNo | None = None,
) -> AboutEvent:
    """The training says this now; with more seats, those who wait move up. Refuses: NotAnyMore."""
    before = find(ctx, "training", training)
    wording = changes.given(
        title=title,
        text=text,
        place=place,
        link=link,
        seats=seats,
        public=public,
        topic=topic,
        knowhow=[] if knowhow in (("-",), ("–",)) else (list(knowhow) or None),
    )
    return changes.change(ctx, before, wording, date_values(ctx, when, duration, before=before), deadline)
