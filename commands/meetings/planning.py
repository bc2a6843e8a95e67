"""How meetings are planned: one date or a series, each with what belongs to it.

A meeting without an end is taken: many groups don't know theirs, and nothing is guessed. Its calendar entry has none
either, and it counts as over at the end of its day.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, ValidationInfo

from commands import dates, groups
from commands.calendars import new_uid
from commands.dates import Moment
from commands.framework import (
    Body,
    BuiltUpon,
    Context,
    Duration,
    Refused,
    Role,
    Short,
    Title,
    WebLink,
    When,
    YesNo,
    action,
    command,
    named,
)
from commands.framework.carrying import refuse_twice
from commands.framework.who_may import there
from commands.meetings import invitations, recurrences, saving
from commands.meetings.cards import place_next, refresh, show
from commands.meetings.model import AboutMeeting
from commands.meetings.recurrences import Every
from commands.meetings.schedule import sitting
from commands.meetings.times import holidays_of, lasts, times, walls_of
from commands.processes import ProcessRef
from storage import meetings as stored
from storage import schedules
from storage.meetings import Series
from storage.schedules import Schedule

TO_CANCEL: Final = named("meeting cancel")


def _last_day(raw: Any, info: ValidationInfo) -> Any:
    if not isinstance(raw, str):
        return raw
    ctx: Any = info.context
    rules = {"whole_day": True, "range_allowed": False}
    return dates.read_moment(raw, now=ctx.now, zone=ctx.settings.zone, **rules)


Rhythm = Annotated[Every, BeforeValidator(recurrences.read)]
LastDay = Annotated[Moment, BeforeValidator(_last_day)]


class Planned(AboutMeeting):
    """The meeting, or the series, is planned, and so many are invited."""

    invited: int = 0


class Unplanned(AboutMeeting):
    """All that was planned is taken back; those invited are told."""


@command(
    "sitzung neu",
    "meeting new",
    role=Role.LEADER,
    de="eine Sitzung oder Serie planen und die Gruppe einladen",
    en="plan a meeting or a series, and invite the group",
    example=(
        "P3 Formulare sichten | wann: 18.03.2027 13:30-15:00 | ort: Liestal | jede: 2 wochen | bis: 30.06.2027",
        "P3 Look at the forms | when: 18.03.2027 13:30-15:00 | place: Liestal | every: 2 weeks | until: 30.06.2027",
    ),
    asks=("place",),
    previews=True,
    first=groups.require_led,
    words=(
        "abhalten",
        "einladen zur Sitzung",
        "durchführen",
        "Termin festlegen",
        "festlegen",
        "Termin abmachen",
        "Sitzung machen",
        "Termin Gruppe",
        "set up",
        "arrange",
        "Sitzung vorschlagen",
        "zusammenrufen",
        "planen",
        "einberufen",
        "ansetzen",
        "einladen",
        "Einladung",
        "vereinbaren",
        "abmachen",
        "schedule",
        "plan",
        "organisieren",
        "invite",
    ),
    offer=("Eine Sitzung planen", "Plan a meeting"),
)
def plan(
    ctx: Context,
    process: ProcessRef,
    title: Title,
    *,
    when: When,
    duration: Duration | None = None,
    place: Short | None = None,
    link: WebLink | None = None,
    every: Rhythm | None = None,
    until: LastDay | None = None,
    text: Body = "",
    anyway: YesNo = "no",
) -> Planned:
    """The group has this meeting, or one on each date of the series, and each confirmed member is invited.

    Below stand the agenda items. Refuses: Stopped; NotTheLeader; BadInput where rhythm and dates do not fit.
    """
    groups.require_going(ctx, process)
    groups.require_leader(ctx, process)
    zone = ctx.settings.zone
    start = when.start.astimezone(zone)
    minutes = lasts(ctx, when, duration)
    settled, walls = walls_of(ctx, start, every, until)
    refuse_twice(
        ctx,
        anyway,
        title,
        lambda: (
            (f"S{one.id}", one.title, None)
            for one in stored.list_coming(ctx.tx, process, at=ctx.now)
            if one.start_at == start
        ),
    )
    plan = _Plan(process, title, start, minutes, place, link, text, settled, tuple(walls))
    number = _write(ctx, plan)
    return _invite_all(ctx, number, accepted=[ctx.me.user_id])


def plan_found(
    ctx: Context,
    *,
    process: int,
    title: str,
    start: datetime,
    end: datetime | None,
    accepted: Collection[str],
) -> tuple[int, int, int]:
    """The group has this meeting, on a date that was found with it; these have accepted by that.

    Its series, the version of that, and its own number. The card comes where it is not said there anyway.
    """
    local = start.astimezone(ctx.settings.zone)
    wall = local.replace(tzinfo=None)
    minutes = lasts(ctx, Moment(local, end.astimezone(ctx.settings.zone) if end else None, False), None)
    number = _write(ctx, _Plan(process, title, local, minutes, None, None, "", None, (wall,)))
    after = _invited(ctx, number, accepted=accepted)
    show(ctx, after)
    first = next(iter(after.dates))
    return number, after.series.version, first


@dataclass(frozen=True)
class _Plan:
    """A series as it is to be; `walls`: its dates."""

    process: int
    title: str
    start: datetime
    minutes: int | None
    place: str | None
    link: str | None
    text: str
    settled: Every | None
    walls: tuple[datetime, ...]


def _write(ctx: Context, plan: _Plan) -> int:
    """The series is stored with its dates, and nobody is invited yet; its number."""
    process, settled, walls, zone = plan.process, plan.settled, plan.walls, ctx.settings.zone
    minutes = plan.minutes
    said = {"title": plan.title, "place": plan.place, "link": plan.link, "text": plan.text}
    number = ctx.number("meeting series", of=process)
    before = _planned_before(ctx, number)
    stored.put_series(
        ctx.tx,
        id=number,
        uid=before.uid if before is not None else new_uid(f"meeting-{number}", ctx.event_id),
        process=process,
        organizer=ctx.me.user_id,
        **said,
        zone=zone.key,
        minutes=minutes,
        rhythm=settled.code if settled else None,
        nth=settled.nth if settled else None,
        rule=recurrences.rule(settled, walls[0], walls[-1], zone) if settled else None,
        sequence=before.sequence if before is not None else 0,
        version=before.version + 1 if before is not None else 1,
        stamped_at=before.stamped_at if before is not None else None,
    )
    free = holidays_of([wall.date() for wall in walls])
    numbers = ctx.numbers("meeting", len(walls), of=process)
    alike = {"series": number, "process": process, **said}
    stored.put_all(
        ctx.tx,
        [
            {
                "id": one,
                "planned": wall,
                "state": "planned",
                "holiday": free.get(wall.date()),
                **alike,
                **times(wall, minutes, zone, start=plan.start if wall == walls[0] else None),
            }
            for one, wall in zip(numbers, walls, strict=True)
        ],
    )
    return number


def _planned_before(ctx: Context, number: int) -> Series | None:
    """The series that an edited command has planned; its dates there never were."""
    before = stored.find_series(ctx.tx, number)
    if before is not None:
        stored.remove_all(ctx.tx, [meeting.id for meeting in stored.dates(ctx.tx, number)])
    return before


def _invite_all(ctx: Context, number: int, *, accepted: Collection[str]) -> Planned:
    """Everybody of the group is invited, and the next date has its card; ↩️ takes all of it back."""
    after = _invited(ctx, number, accepted=accepted)
    refresh(ctx, after)
    place_next(ctx, after)
    first = next(iter(after.dates))
    ctx.audit(f"S{first}")
    ctx.undo(take_back, number=number, version=after.series.version, by=ctx.event_id)
    rsvp = after.answer(first, ctx.me.user_id)
    return Planned(sitting(ctx, after, first), rsvp, invited=len(after.invited))


def _invited(ctx: Context, number: int, *, accepted: Collection[str]) -> Schedule:
    """Everybody of the group is invited; who was before an edit knows it so, and is told of what is different."""
    schedule = after = schedules.load(ctx.tx, number)
    users, before = groups.confirmed(ctx, schedule.series.process), schedule.invited
    for user in before:
        if user not in users:
            after = invitations.without(ctx, after, user)
    new = there(ctx, [user for user in users if user not in before])
    asked = [user for user in users if user in before or user in new]
    after = saving.stamped(ctx, invitations.entered(ctx, after, asked, accepted=accepted))
    saving.save(ctx, schedule, after)
    for user in before:
        saving.tell_one(ctx, after, user, {})
    for user in asked:
        if user not in before:
            invitations.invite(ctx, after, user)
    for date in after.dates:
        ctx.note("meeting", date)
    version = stored.get_series(ctx.tx, number).version
    return after.with_series(version=version)


@action
def take_back(ctx: Context, number: int, version: int, by: str = "") -> Unplanned:
    """All that was planned is cancelled again, and those invited are told, unless somebody has answered.

    `by`: the event that has planned it; what it brought is no answer. For an edited command all numbers are free to be
    used again by the same group: where it plans, nobody is told. Refuses: BuiltUpon.
    """
    before = after = schedules.load(ctx.tx, number)
    dates = before.dates
    first = next(iter(dates))
    answered = any(given.answer != "open" and given.carrier != by for given in before.answers.values())
    if before.series.version != version or answered or any(m.state != "planned" for m in dates.values()):
        raise Refused(BuiltUpon(ref=f"S{first}", instead=TO_CANCEL(f"S{first}")))
    ctx.audit(f"S{first}")
    ctx.keep_numbers("meeting series", number, of=before.series.process)
    ctx.keep_numbers("meeting", *dates, of=before.series.process)
    for date in dates:
        after = after.changed(date, state="cancelled")
    after = saving.stamped(ctx, after.with_series(sequence=before.series.sequence + 1))
    saving.save(ctx, before, after)
    saving.tell(ctx, before, after)
    show(ctx, after)
    return Unplanned(sitting(ctx, after, first))
