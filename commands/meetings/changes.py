"""How meetings are moved, cancelled and changed: one date, or all of a series that are to come.

Everybody invited is told once, with a calendar file of the same UID. Moved, nobody has answered yet: they accepted
another time.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from commands import groups, notices
from commands.framework import (
    Body,
    BuiltUpon,
    Context,
    Duration,
    Impersonal,
    Machine,
    NewTitle,
    NewWhen,
    Reason,
    Refused,
    Role,
    Short,
    Unreadable,
    WebLinkOrNone,
    action,
    choices,
    command,
)
from commands.framework.arguments import on_day, refusal
from commands.meetings import invitations, model, rhythms
from commands.meetings.model import AboutMeeting, MeetingRef
from commands.meetings.times import holidays_of, kept, lasts, restored, times
from commands.words import EMPTY, normal
from storage import meetings as stored
from storage.meetings import Meeting, Series

Scope = Annotated[
    Literal["one", "all"], choices({"alle": "all", "einer": "one"}, also={"eine": "one", "serie": "all"})
]


class Moved(AboutMeeting):
    """The meeting takes place at another time, or all dates to come do; `former`: when it was."""

    former: datetime | None = None
    count: int = 1


class Cancelled(AboutMeeting):
    """The meeting does not take place, or no date to come does."""

    count: int = 1


class Changed(AboutMeeting):
    """Title, place, link or agenda items are these now; `parts` says which were changed."""

    count: int = 1
    parts: tuple[str, ...] = ()


class TakenBack(AboutMeeting):
    """What was changed is again as it was before."""


class SameTime(Impersonal):
    """It is at that time already."""

    sitting: model.Sitting


@command(
    "sitzung verschieben",
    "meeting move",
    role=Role.LEADER,
    de="Sitzung verschieben, mit «modus: alle» alle kommenden der Serie",
    en="move a meeting, with «mode: all» all of the series to come",
    example=("S7 wann: 25.03.2027 13:30-15:00", "S7 when: 25.03.2027 13:30-15:00"),
)
def move(
    ctx: Context,
    meeting: MeetingRef,
    *,
    when: NewWhen,
    duration: Duration | None = None,
    mode: Scope = "one",
) -> Moved:
    """The meeting is at this time; without an end it lasts as long as before. Everybody answers anew.

    Refuses: NotTheLeader, MeetingOver, SameTime; BadInput where a month of the series lacks the day.
    """
    before = _led(ctx, meeting)
    series = stored.get_series(ctx.tx, before.series)
    when = on_day(ctx, when, before.start_at)
    said = lasts(ctx, when, duration)
    minutes = before.minutes if said is None else said
    zone = ZoneInfo(series.zone)
    start = when.start.astimezone(zone)
    former = model.sitting(ctx, before)
    if start == former.start and minutes == before.minutes:
        raise Refused(SameTime(former))
    every = rhythms.rhythm(series) if mode == "all" else None
    if every is None:
        changed = {before.id: (before, start.replace(tzinfo=None))}
    else:
        shifted = rhythms.shifted(ctx, every, before, start.replace(tzinfo=None))
        changed = {n: (one, w) for n, (one, w) in shifted.items() if (w, minutes) != (one.wall, one.minutes)}
    data, known = _kept(ctx, series.id), invitations.known(ctx, series.id)
    free = holidays_of([wall.date() for _, wall in changed.values()])
    for number, (date, wall) in changed.items():
        exact = start if number == before.id else None
        values = times(wall, minutes, zone, start=exact) | {
            "before": date.start_at,
            "holiday": free.get(wall.date()),
        }
        stored.change(ctx.tx, number, asked=None, **values)
    rhythms.follow_rule(ctx, series, every, minutes, zone)
    stored.change_series(ctx.tx, series.id, sequence=series.sequence + 1)
    after = [model.get(ctx, number) for number in changed]
    invitations.reopen(ctx, after)
    series = stored.get_series(ctx.tx, series.id)
    for date in after:
        notices.drop(ctx, "meeting", date.id)
        invitations.remind(ctx, [date], invitations.invited(ctx, series.id))
    invitations.tell(ctx, series.id, known)
    _done(ctx, series, meeting, data, answers=True)
    return Moved(_sitting(ctx, meeting), model.rsvp(ctx, meeting), former.start, count=len(after))


@command(
    "sitzung streichen",
    "meeting cancel",
    role=Role.LEADER,
    de="Sitzung absagen, mit «modus: alle» alle kommenden der Serie",
    en="cancel a meeting, with «mode: all» all of the series to come",
    example=("S7 grund: Die Leitung ist krank", "S7 reason: The leader is ill"),
)
def cancel(
    ctx: Context, meeting: MeetingRef, *, reason: Reason | None = None, mode: Scope = "one"
) -> Cancelled:
    """The meeting, or each date to come of its series, does not take place.

    The reason may be given, or put right, later too. Refuses: NotTheLeader, MeetingOver.
    """
    before = model.get(ctx, meeting)
    groups.require_leader(ctx, before.process)
    series = stored.get_series(ctx.tx, before.series)
    if before.state == "cancelled":
        if reason in (None, before.reason):
            raise Refused(model.MeetingOver(model.sitting(ctx, before), again=True))
        off = [one for one in stored.dates(ctx.tx, series.id) if one.state == "cancelled"]
        found = [one for one in off if one.over_at > ctx.now] if mode == "all" else [before]
    else:
        model.get_planned(ctx, meeting)
        found = model.coming(ctx, series.id) if mode == "all" else [before]
    data, known = _kept(ctx, series.id), invitations.known(ctx, series.id)
    for one in found:
        stored.change(ctx.tx, one.id, state="cancelled", reason=reason)
        notices.drop(ctx, "meeting", one.id)
    stored.change_series(ctx.tx, series.id, sequence=series.sequence + 1)
    invitations.tell(ctx, series.id, known)
    _done(ctx, series, meeting, data, answers=False)
    return Cancelled(_sitting(ctx, meeting), model.rsvp(ctx, meeting), count=len(found))


@command(
    "sitzung ändern",
    "meeting edit",
    role=Role.LEADER,
    de="Titel, Ort, Link oder Traktanden einer Sitzung ändern",
    en="change title, place, link or agenda items of a meeting",
    example=("S7 ort: Rathaus Liestal", "S7 place: town hall Liestal"),
)
def change(
    ctx: Context,
    meeting: MeetingRef,
    *,
    title: NewTitle | None = None,
    place: Short | None = None,
    link: WebLinkOrNone | None = None,
    mode: Scope = "one",
    text: Body = "",
) -> Changed:
    """The meeting, or each date to come of its series, says this. Answers stay. Refuses: NotTheLeader, MeetingOver."""
    before = _led(ctx, meeting)
    given = {"title": title, "place": place, "link": link, "text": text or None}
    emptied = {name: None if value == "-" else value for name, value in given.items() if value is not None}
    values: dict[str, Any] = emptied | ({"text": ""} if normal(text) in EMPTY else {})
    if not values:
        question = Unreadable(de="Was soll sich ändern?", en="What shall change?")
        raise refusal(ctx, question, None, command=ctx.command)
    series = stored.get_series(ctx.tx, before.series)
    whole = mode == "all" or series.rhythm is None
    found = model.coming(ctx, series.id) if whole else [before]
    data, known = _kept(ctx, series.id), invitations.known(ctx, series.id)
    for one in found:
        stored.change(ctx.tx, one.id, **values)
    more = values if whole else {}
    stored.change_series(ctx.tx, series.id, sequence=series.sequence + (place is not None), **more)
    invitations.tell(ctx, series.id, known)
    _done(ctx, series, meeting, data, answers=False)
    return Changed(_sitting(ctx, meeting), model.rsvp(ctx, meeting), count=len(found), parts=tuple(values))


# --- what they have in common


def _led(ctx: Context, number: int) -> Meeting:
    """The meeting, which is to come, of a group that the asker leads. Refuses: NotFound, NotTheLeader, MeetingOver."""
    groups.require_leader(ctx, model.get(ctx, number).process)
    return model.get_planned(ctx, number)


def _sitting(ctx: Context, number: int) -> model.Sitting:
    return model.sitting(ctx, model.get(ctx, number))


def _done(ctx: Context, series: Series, meeting: int, before: Machine, *, answers: bool) -> None:
    """Cards follow; the change is in the audit log, and can be taken back."""
    model.show(ctx, series.id)
    ctx.audit(f"S{meeting}")
    after = _kept(ctx, series.id)
    dates = {
        number: changed
        for number, now in after["dates"].items()
        if (changed := _changed(before["dates"][number], now))
    }
    for number in dates:
        ctx.note("meeting", int(number))
    ctx.undo(
        restore,
        number=series.id,
        meeting=meeting,
        dates=dates,
        series=_changed(before["series"], after["series"]),
        answers=before["answers"] if answers else [],
    )


def _kept(ctx: Context, series: int) -> Machine:
    """The series, its dates and what was answered, as they are now."""
    names = ("title", "place", "link", "text", "minutes", "nth", "rule")
    row, dates = stored.get_series(ctx.tx, series), stored.dates(ctx.tx, series)
    return {
        "series": {name: getattr(row, name) for name in names},
        "dates": {str(one.id): kept(one) for one in dates},
        "answers": [
            [a.meeting, a.user_id, a.answer] for one in dates for a in stored.answers(ctx.tx, one.id)
        ],
    }


def _changed(before: Machine, now: Machine) -> Machine:
    """What is not as it was: for each column what it was."""
    return {name: value for name, value in before.items() if now[name] != value}


@action
def restore(
    ctx: Context, number: int, meeting: int, dates: Machine, series: Machine, answers: list[list[Any]]
) -> TakenBack:
    """What the change has changed is as before, and those invited are told. Refuses: BuiltUpon, of what is over."""
    known = invitations.known(ctx, number)
    was = {int(key): restored(columns) for key, columns in dates.items()}
    for key, columns in was.items():
        now = model.get(ctx, key)
        if now.state == "held" or min(now.over_at, columns.get("over_at", now.over_at)) <= ctx.now:
            raise Refused(BuiltUpon(ref=f"S{key}", instead=f"sitzung zeige S{key}"))
        stored.change(ctx.tx, key, **columns)
    found = stored.get_series(ctx.tx, number)
    stored.change_series(ctx.tx, number, sequence=found.sequence + 1, **series)
    for date, user, answer in answers:
        if date in was and stored.find_answer(ctx.tx, date, user) is not None:
            stored.put_answer(ctx.tx, meeting=date, user_id=user, answer=answer, carrier="", at=ctx.now)
    invitations.come_again(ctx, number, known)
    model.show(ctx, number)
    ctx.audit(f"S{meeting}")
    return TakenBack(_sitting(ctx, meeting), model.rsvp(ctx, meeting))
