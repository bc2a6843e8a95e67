"""What calendars and the agenda are told of events and trainings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from commands.calendars import TENTATIVE, Attendee, CalendarFile, Entry, next_stamp, sends_files
from commands.events.kinds import KINDS, Kind
from commands.events.model import find, ref_of
from commands.framework import AgendaItem, Context, agenda_item, calendar_entries
from storage import events as stored
from storage import members, seats
from storage.events import Event
from storage.seats import HOLDING, Seat

IN_CALENDAR = (*HOLDING, "waiting", "maybe")


def entry(
    ctx: Context, event: Event, user_id: str | None = None, *, partstat: str = "ACCEPTED"
) -> Entry | None:
    """The event for a calendar, as this person's; None without a date.

    It does not say who else comes.
    """
    if event.start_at is None:
        return None
    zone = ctx.settings.zone
    member = members.find(ctx.tx, user_id) if user_id is not None else None
    bot = ctx.settings.bot
    return Entry(
        uid=f"{event.uid}@{bot.partition(':')[2]}",
        sequence=event.sequence,
        stamp=event.stamped_at or ctx.now,
        title=event.title,
        start=event.start_at.astimezone(zone),
        end=event.end_at.astimezone(zone) if event.end_at else None,
        text=event.text,
        place=event.place,
        link=event.link,
        organizer=Attendee(bot, "Public Innovators", "ACCEPTED"),
        attendees=(Attendee(user_id, member.name if member else user_id, partstat),) if user_id else (),
        cancelled=event.cancelled,
    )


def next_file(ctx: Context, event: Event, *, count: bool = False) -> Event:
    """The event as the next files tell it: with a later stamp than all before, with `count` a higher number too."""
    last = find(ctx, event.kind, event.id)
    stored.stamp(ctx.tx, event.kind, event.id, next_stamp(ctx.now, last.stamped_at), count=count)
    return find(ctx, event.kind, event.id)


def invite(ctx: Context, event: Event, user_id: str) -> CalendarFile | None:
    """The file by which the person's calendar has the event as it is now; None without a date."""
    return _file(ctx, event, user_id, "REQUEST", "ACCEPTED")


def take_out(ctx: Context, event: Event, user_id: str) -> CalendarFile | None:
    """The file by which the event is out of the person's calendar: they don't come, or it is cancelled."""
    return _file(ctx, event, user_id, "CANCEL", "DECLINED")


def _file(ctx: Context, event: Event, user_id: str, method: str, partstat: str) -> CalendarFile | None:
    told = entry(ctx, event, user_id, partstat=partstat) if sends_files(ctx, user_id) else None
    return CalendarFile(of=ref_of(event), method=method, entries=(told,)) if told is not None else None


def own_entries(ctx: Context, kind: str, user_id: str, since: datetime) -> list[Entry]:
    """The events where the person has a seat, may come, or waits, as they are to this person."""
    found = []
    for seat in seats.list_of_person(ctx.tx, user_id):
        if seat.kind != kind or seat.state not in IN_CALENDAR:
            continue
        event = find(ctx, kind, seat.number)
        told = entry(ctx, event)
        if told is not None and not event.cancelled and (event.over_at is None or event.over_at > since):
            found.append(_as_of(ctx, replace(told, organizer=None), seat, user_id))
    return found


def _as_of(ctx: Context, told: Entry, seat: Seat, user_id: str) -> Entry:
    if seat.state in HOLDING:
        return told
    if seat.state == "waiting":
        member = members.find(ctx.tx, user_id)
        language = (member.language if member is not None else None) or ctx.settings.language
        waits = "Warteliste" if language == "de" else "Waiting list"
        told = replace(told, title=f"{waits}: {told.title}")
    return replace(told, status=TENTATIVE)


def _items(
    ctx: Context, kind: str, start: datetime, end: datetime | None, user: str | None
) -> Sequence[AgendaItem]:
    mine = {s.number: s.state for s in seats.list_of_person(ctx.tx, user) if s.kind == kind} if user else {}
    return [
        AgendaItem(
            ref_of(event),
            event.title,
            event.start_at,
            event.end_at,
            event.place,
            mine=mine.get(event.id) in HOLDING,
            waits=mine.get(event.id) == "waiting",
            entry=entry(ctx, event),
        )
        for event in stored.list_between(ctx.tx, kind, start=start, end=end)
        if event.start_at is not None
    ]


def _declare(kind: Kind) -> None:
    @agenda_item(kind.code)
    def list_items(
        ctx: Context, start: datetime, end: datetime | None, user: str | None
    ) -> Sequence[AgendaItem]:
        return _items(ctx, kind.code, start, end, user)

    @calendar_entries(kind.code)
    def list_entries(ctx: Context, user_id: str, since: datetime) -> Sequence[Entry]:
        return own_entries(ctx, kind.code, user_id, since)


for _kind in KINDS.values():
    _declare(_kind)
