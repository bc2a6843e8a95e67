"""How meetings are moved, cancelled and changed: one date, or all of a series that are to come.

Everybody invited is told once, with a calendar file of the same UID. Moved, nobody has answered yet: they accepted
another time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from commands import groups
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
    WebLinkOrNone,
    action,
    choices,
    command,
    named,
)
from commands.framework.arguments import nothing_to_change, on_day
from commands.meetings import invitations, rhythms, saving
from commands.meetings.cards import show
from commands.meetings.model import AboutMeeting, MeetingOver, MeetingRef, Sitting
from commands.meetings.schedule import around, coming, require_coming, sitting
from commands.meetings.times import holidays_of, kept, lasts, restored, times
from commands.words import means_nothing
from storage import schedules
from storage.schedules import Given, Schedule

OF_SERIES: Final = ("title", "place", "link", "text", "minutes", "nth", "rule")  # what a change may change

TO_SHOW: Final = named("meeting show")

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
    """All that was changed is again as it was before."""


class SameTime(Impersonal):
    """It is at that time already."""

    sitting: Sitting


def _require_led(ctx: Context, known: Mapping[str, Any]) -> None:
    if "meeting" in known:
        _led(ctx, known["meeting"])


@command(
    "sitzung verschieben",
    "meeting move",
    role=Role.LEADER,
    de="eine Sitzung verschieben, mit «modus: alle» alle kommenden der Serie",
    en="move a meeting, with «mode: all» all coming ones of the series",
    example=("S7 wann: 25.03.2027 13:30-15:00", "S7 when: 25.03.2027 13:30-15:00"),
    words=("umbuchen",),
    offer=("Eine Sitzung verschieben", "Move a meeting"),
    first=_require_led,
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
    date = before.dates[meeting]
    zone = ZoneInfo(before.series.zone)
    when = on_day(ctx, when, date.start_at)
    said = lasts(ctx, when, duration)
    minutes = date.minutes if said is None else said
    start = when.start.astimezone(zone)
    former = date.start_at.astimezone(zone)
    if start == former and minutes == date.minutes:
        raise Refused(SameTime(sitting(ctx, before, meeting)))
    every = rhythms.rhythm(before.series) if mode == "all" else None
    if every is None:
        changed = {meeting: (date, start.replace(tzinfo=None))}
    else:
        shifted = rhythms.shifted(ctx, before, every, date, start.replace(tzinfo=None))
        changed = {n: (one, w) for n, (one, w) in shifted.items() if (w, minutes) != (one.wall, one.minutes)}
    free = holidays_of([wall.date() for _, wall in changed.values()])
    after = before
    for number, (one, wall) in changed.items():
        values = times(wall, minutes, zone, start=start if number == meeting else None)
        holiday = free.get(wall.date())
        after = after.changed(number, before=one.start_at, holiday=holiday, asked=None, **values)
    after = rhythms.follow_rule(ctx, after, every, minutes, zone)
    after = invitations.reopened(ctx, after, changed)
    about, rsvp = _done(ctx, before, after, meeting, later=1, answers=True)
    return Moved(about, rsvp, former, count=len(changed))


@command(
    "sitzung streichen",
    "meeting cancel",
    role=Role.LEADER,
    de="eine Sitzung absagen, mit «modus: alle» alle kommenden der Serie",
    en="cancel a meeting, with «mode: all» all coming ones of the series",
    example=("S7 grund: Die Leitung ist krank", "S7 reason: The leader is ill"),
    words=("Sitzung absagen für alle", "findet nicht statt"),
    offer=("Eine Sitzung ausfallen lassen", "Call off a meeting"),
)
def cancel(
    ctx: Context, meeting: MeetingRef, *, reason: Reason | None = None, mode: Scope = "one"
) -> Cancelled:
    """The meeting, or each date to come of its series, does not take place.

    The reason may be given, or put right, later too. Refuses: NotTheLeader, MeetingOver.
    """
    before = around(ctx, meeting)
    date = before.dates[meeting]
    groups.require_leader(ctx, date.process)
    if date.state == "cancelled":
        if reason in (None, date.reason):
            raise Refused(MeetingOver(sitting(ctx, before, meeting), again=True))
        off = [one for one in before.dates.values() if one.state == "cancelled"]
        found = [one for one in off if one.over_at > ctx.now] if mode == "all" else [date]
    else:
        require_coming(ctx, before, meeting)
        found = coming(ctx, before) if mode == "all" else [date]
    after = before
    for one in found:
        after = after.changed(one.id, state="cancelled", reason=reason)
    about, rsvp = _done(ctx, before, after, meeting, later=1)
    return Cancelled(about, rsvp, count=len(found))


@command(
    "sitzung ändern",
    "meeting edit",
    role=Role.LEADER,
    de="Titel, Ort, Link oder Traktanden einer Sitzung ändern",
    en="change title, place, link or agenda items of a meeting",
    example=("S7 ort: Rathaus Liestal", "S7 place: town hall Liestal"),
    words=(
        "Traktanden",
        "Traktandum",
        "Ort",
        "anderer Raum",
        "anderen Raum",
        "Traktanden ergänzen",
        "change place",
        "agenda items",
    ),
    offer=("Eine Sitzung ändern", "Change a meeting"),
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
    values: dict[str, Any] = emptied | ({"text": ""} if means_nothing(text) else {})
    if not values:
        raise nothing_to_change(ctx)
    whole = mode == "all" or before.series.rhythm is None
    found = coming(ctx, before) if whole else [before.dates[meeting]]
    after = before.with_series(**values) if whole else before
    for one in found:
        after = after.changed(one.id, **values)
    about, rsvp = _done(ctx, before, after, meeting, later=int(place is not None))
    return Changed(about, rsvp, count=len(found), parts=tuple(values))


# --- what they have in common


def _led(ctx: Context, number: int) -> Schedule:
    """Its series, of a group that the asker leads; it is to come. Refuses: NotFound, NotTheLeader, MeetingOver."""
    found = around(ctx, number)
    groups.require_leader(ctx, found.series.process)
    require_coming(ctx, found, number)
    return found


def _done(
    ctx: Context, before: Schedule, after: Schedule, meeting: int, *, later: int, answers: bool = False
) -> tuple[Sitting, str | None]:
    """It is so, those invited are told, and it can be taken back; the meeting as it is now, and the asker's answer.

    `later`: by how much calendars have it as a later version; `answers`: they are given anew.
    """
    after = saving.stamped(ctx, after.with_series(sequence=after.series.sequence + later))
    saving.save(ctx, before, after)
    saving.tell(ctx, before, after)
    show(ctx, after)
    ctx.audit(f"S{meeting}")
    dates = {
        str(number): changed
        for number, now in after.dates.items()
        if (changed := _changed(kept(before.dates[number]), kept(now)))
    }
    for number in dates:
        ctx.note("meeting", int(number))
    ctx.undo(
        restore,
        number=after.series.id,
        meeting=meeting,
        dates=dates,
        series=_changed(
            *({name: getattr(one.series, name) for name in OF_SERIES} for one in (before, after))
        ),
        answers=[[n, user, given.answer] for (n, user), given in before.answers.items()] if answers else [],
    )
    return sitting(ctx, after, meeting), after.answer(meeting, ctx.me.user_id)


def _changed(before: Machine, now: Machine) -> Machine:
    """The columns that have changed, each with its former value."""
    return {name: value for name, value in before.items() if now[name] != value}


@action
def restore(
    ctx: Context, number: int, meeting: int, dates: Machine, series: Machine, answers: list[list[Any]]
) -> TakenBack:
    """All that the change has changed is as before, and those invited are told. Refuses: BuiltUpon, of what is over."""
    before = after = schedules.load(ctx.tx, number)
    was = {int(key): restored(columns) for key, columns in dates.items()}
    for key, columns in was.items():
        now = before.dates[key]
        if now.state == "held" or min(now.over_at, columns.get("over_at", now.over_at)) <= ctx.now:
            raise Refused(BuiltUpon(ref=f"S{key}", instead=TO_SHOW(f"S{key}")))
        after = after.changed(key, **columns)
    after = after.with_series(sequence=before.series.sequence + 1, **series)
    given = {
        (date, user): Given(answer, "", ctx.now)
        for date, user, answer in answers
        if date in was and (date, user) in after.answers
    }
    after = invitations.come_again(ctx, before, after.with_answers(given))
    ctx.audit(f"S{meeting}")
    return TakenBack(sitting(ctx, after, meeting), after.answer(meeting, ctx.me.user_id))
