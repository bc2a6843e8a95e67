"""What calendars and the agenda are told of meetings, and of which ones a person is to be reminded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

from commands import groups
from commands.calendars import CONFIRMED, TENTATIVE, Attendee, Entry, Instance
from commands.framework import AgendaItem, Context, agenda_item, attending, calendar_entries
from storage import meetings as stored
from storage import schedules
from storage.meetings import Meeting, Series
from storage.schedules import Schedule

PARTSTAT: Final = {
    "accepted": "ACCEPTED",
    "declined": "DECLINED",
    "maybe": "TENTATIVE",
    "open": "NEEDS-ACTION",
}
STATUS: Final = {"accepted": CONFIRMED, "maybe": TENTATIVE, "open": TENTATIVE}  # in one's own calendar


def entry(ctx: Context, schedule: Schedule) -> Entry:
    """The whole truth of the series, or of its one date."""
    series, names = schedule.series, schedule.names
    zone = ZoneInfo(series.zone)
    found = list(schedule.dates.values())
    first = found[0]
    single = series.rule is None
    start = first.start_at.astimezone(zone) if single else first.planned.replace(tzinfo=zone)
    span = None if series.minutes is None else timedelta(minutes=series.minutes)
    standing = [meeting for meeting in found if meeting.state != "cancelled"]
    organizer = series.organizer or ctx.settings.bot
    return Entry(
        uid=f"{series.uid}@{ctx.settings.bot.partition(':')[2]}",
        sequence=series.sequence,
        stamp=series.stamped_at or ctx.now,
        title=series.title,
        start=start,
        end=_end_of(first, zone) if single else None if span is None else _ends(first.planned, span, zone),
        text=series.text,
        place=series.place,
        link=series.link,
        organizer=Attendee(organizer, names.get(organizer) or groups.name_of(ctx, organizer), ""),
        attendees=tuple(
            Attendee(user, names.get(user) or groups.name_of(ctx, user), PARTSTAT[answer])
            for user, answer in _answers(schedule).items()
        ),
        rule=series.rule,
        changed=() if single else tuple(_instance(m, zone) for m in standing if _differs(m, series)),
        dropped=()
        if single
        else tuple(m.planned.replace(tzinfo=zone) for m in found if m.state == "cancelled"),
        cancelled=not standing,
    )


def entry_out_of(ctx: Context, schedule: Schedule, user: str, *, title: str) -> Entry:
    """The entry by which a calendar finds it, for this person, who is out: with this title, and nothing more of it."""
    whole = entry(ctx, schedule)
    alone = (Attendee(user, schedule.names.get(user) or groups.name_of(ctx, user), PARTSTAT["open"]),)
    less: Any = {"title": title, "text": "", "place": None, "link": None}
    changed = tuple(replace(one, **less) for one in whole.changed)
    return replace(whole, **less, changed=changed, attendees=alone)


@calendar_entries("meeting")
def own_entries(ctx: Context, user_id: str, since: datetime) -> list[Entry]:
    """The series to which the person is invited, as they are to this person."""
    numbers = stored.list_series_of(ctx.tx, user_id, since=since)
    found = (_own_entry(ctx, schedules.load(ctx.tx, number), user_id) for number in numbers)
    return [entry for entry in found if entry is not None]


def _own_entry(ctx: Context, schedule: Schedule, user: str) -> Entry | None:
    """The entry without the dates that the person has declined, or is not invited to; None where none is left."""
    series = schedule.series
    status = {
        number: STATUS[answer]
        for number, meeting in schedule.dates.items()
        if meeting.state != "cancelled" and (answer := schedule.answer(number, user)) in STATUS
    }
    if not status:
        return None
    usual = CONFIRMED if CONFIRMED in status.values() else TENTATIVE
    whole = replace(entry(ctx, schedule), organizer=None, attendees=(), status=usual)
    if series.rule is None:
        return whole
    zone = ZoneInfo(series.zone)
    dates = schedule.dates.items()
    return replace(
        whole,
        changed=tuple(
            replace(_instance(meeting, zone), status=status[number])
            for number, meeting in dates
            if number in status and (status[number] != usual or _differs(meeting, series))
        ),
        dropped=tuple(m.planned.replace(tzinfo=zone) for number, m in dates if number not in status),
    )


def _ends(start: datetime, span: timedelta, zone: ZoneInfo) -> datetime:
    return (start + span).replace(tzinfo=zone)


def _end_of(meeting: Meeting, zone: tzinfo | None) -> datetime | None:
    return meeting.end_at.astimezone(zone) if meeting.end_at is not None else None


def _instance(meeting: Meeting, zone: ZoneInfo) -> Instance:
    return Instance(
        planned=meeting.planned.replace(tzinfo=zone),
        start=meeting.start_at.astimezone(zone),
        end=_end_of(meeting, zone),
        title=meeting.title,
        place=meeting.place,
        link=meeting.link,
        text=meeting.text,
    )


def _differs(meeting: Meeting, series: Series) -> bool:
    """Is this date otherwise than the series says?"""
    said = (meeting.planned, series.minutes, series.title, series.place, series.link, series.text)
    return (meeting.wall, meeting.minutes, meeting.title, meeting.place, meeting.link, meeting.text) != said


def _answers(schedule: Schedule) -> dict[str, str]:
    """All that each person invited has answered to the entry: to dates of a series differently, the best of it."""
    given: dict[str, str] = {}
    order = ("accepted", "maybe", "open", "declined")
    for number, meeting in schedule.dates.items():
        if meeting.state == "cancelled" and len(schedule.dates) > 1:
            continue
        for user, answer in schedule.answers_to(number).items():
            given[user] = min(given.get(user, answer), answer, key=order.index)
    return dict(sorted(given.items()))


@agenda_item("meeting")
def agenda(ctx: Context, first: datetime, last: datetime | None, user_id: str | None) -> Sequence[AgendaItem]:
    """The meetings the person is invited to, but for those declined; theirs are those accepted.

    In a group's room, those of the group.
    """
    if user_id is None:
        group, zone = ctx.where.group, ctx.settings.zone
        return [
            AgendaItem(f"S{m.id}", m.title, m.start_at.astimezone(zone), _end_of(m, zone), m.place)
            for m in (stored.list_coming(ctx.tx, group, at=first) if group is not None else ())
            if last is None or m.start_at < last
        ]
    found = []
    entries: dict[int, Entry] = {}
    for meeting, answer in stored.list_asked(ctx.tx, user_id, at=first):
        if (last is not None and meeting.start_at >= last) or answer == "declined":
            continue
        if meeting.series not in entries:
            entries[meeting.series] = entry(ctx, schedules.load(ctx.tx, meeting.series))
        said = entries[meeting.series]
        found.append(
            AgendaItem(
                f"S{meeting.id}",
                meeting.title,
                meeting.start_at.astimezone(said.start.tzinfo),
                _end_of(meeting, said.start.tzinfo),
                meeting.place,
                mine=answer == "accepted",
                asked=answer if answer in ("open", "maybe") else "",
                entry=said,
            )
        )
    return found


@attending("meeting")
def attends(ctx: Context, user_id: str) -> list[tuple[int, datetime]]:
    """The meetings to come to which the person is invited, but for those declined."""
    asked = stored.list_asked(ctx.tx, user_id, at=ctx.now)
    return [(meeting.id, meeting.start_at) for meeting, answer in asked if answer != "declined"]
