"""How meetings are planned: one date or a series, each with what belongs to it.

A meeting without an end is taken: many groups don't know theirs, and nothing is guessed. Its calendar entry has none
either, and it counts as over at the end of its day.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationInfo

from commands import dates, groups, notices
from commands.calendars import new_uid
from commands.dates import Moment
from commands.framework import (
    COMMANDS,
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
)
from commands.framework.carrying import refuse_twice
from commands.framework.who_may import there
from commands.meetings import invitations, model, recurrences
from commands.meetings.model import AboutMeeting
from commands.meetings.recurrences import Every
from commands.meetings.times import holidays_of, lasts, times, walls_of
from commands.processes import ProcessRef
from storage import meetings as stored
from storage.meetings import Series


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
    """What was planned is taken back; those invited are told."""


@command(
    "sitzung neu",
    "meeting new",
    role=Role.LEADER,
    de="Sitzung oder Serie planen, alle der Gruppe einladen",
    en="plan a meeting or a series, and invite the group",
    example=(
        "P3 Formulare sichten | wann: 18.03.2027 13:30-15:00 | ort: Liestal | jede: 2 wochen | bis: 30.06.2027",
        "P3 Look at the forms | when: 18.03.2027 13:30-15:00 | place: Liestal | every: 2 weeks | until: 30.06.2027",
    ),
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
    number = ctx.number("meeting series")
    before = stored.find_series(ctx.tx, number)  # of an edited command
    if before is not None:
        for meeting in stored.dates(ctx.tx, number):
            stored.remove(ctx.tx, meeting.id)
    stored.put_series(
        ctx.tx,
        id=number,
        uid=before.uid if before is not None else new_uid(f"meeting-{number}", ctx.event_id),
        process=process,
        organizer=ctx.me.user_id,
        title=title,
        place=place,
        link=link,
        text=text,
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
    for count, wall in enumerate(walls):
        stored.put(
            ctx.tx,
            id=ctx.number(_reused(count)) if _reused(count) in ctx.reuse else ctx.number("meeting"),
            series=number,
            process=process,
            title=title,
            place=place,
            link=link,
            text=text,
            planned=wall,
            state="planned",
            holiday=free.get(wall.date()),
            **times(wall, minutes, zone, start=start if count == 0 else None),
        )
    return _invite_all(ctx, stored.get_series(ctx.tx, number))


def _invite_all(ctx: Context, series: Series) -> Planned:
    """Everybody of the group is invited; who was before an edit knows it so, and is told of what is different."""
    users, before = groups.confirmed(ctx, series.process), invitations.invited(ctx, series.id)
    for user in before:
        if user not in users:
            invitations.uninvite(ctx, series, user)
    new = there(ctx, [user for user in users if user not in before])
    asked = [user for user in users if user in before or user in new]
    invitations.enter(ctx, series, asked, planner=ctx.me.user_id)
    for user in before:
        invitations.tell_one(ctx, series.id, user, {})
    for user in asked:
        if user not in before:
            invitations.ask(ctx, series, user)
    model.refresh(ctx, series.id)
    model.place_next(ctx, series.id)
    dates = stored.dates(ctx.tx, series.id)
    first = dates[0]
    for meeting in dates:
        ctx.note("meeting", meeting.id)
    ctx.audit(f"S{first.id}")
    ctx.undo(take_back, number=series.id, version=stored.get_series(ctx.tx, series.id).version)
    return Planned(model.sitting(ctx, first), model.rsvp(ctx, first.id), invited=len(asked))


def _reused(count: int) -> str:
    """The name under which an edited command finds the number of the date it had there."""
    return f"meeting date {count}"


@action
def take_back(ctx: Context, number: int, version: int) -> Unplanned:
    """What was planned is cancelled again, and those invited are told, unless somebody has answered.

    For an edited command all numbers are free to be used again: where it plans, nobody is told. Refuses: BuiltUpon.
    """
    series = stored.get_series(ctx.tx, number)
    found = stored.dates(ctx.tx, number)
    answers = [a for m in found for a in stored.answers(ctx.tx, m.id)]
    answered = any(a.answer != "open" and a.user_id != series.organizer for a in answers)
    if series.version != version or answered or any(m.state != "planned" for m in found):
        change = COMMANDS["meeting cancel"].called(ctx.language)
        raise Refused(BuiltUpon(ref=f"S{found[0].id}", instead=f"{change} S{found[0].id}"))
    ctx.audit(f"S{found[0].id}")
    known = invitations.known(ctx, number)
    for meeting in found:
        notices.drop(ctx, "meeting", meeting.id)
        ctx.changed("meeting", meeting.id)
    if ctx.revising:
        ctx.reuse["meeting series"] = number
        for count, meeting in enumerate(found):
            ctx.reuse[_reused(count)] = meeting.id
    for meeting in found:
        stored.change(ctx.tx, meeting.id, state="cancelled")
    stored.change_series(ctx.tx, number, sequence=series.sequence + 1)
    invitations.tell(ctx, number, known)
    model.show(ctx, number)
    return Unplanned(model.sitting(ctx, model.get(ctx, found[0].id)))
