"""The cards of meetings: the next date of a series has one in the group's room, each invitation is one too.

So a reaction on an invitation in a direct chat answers. What is asked of meetings by card, sign or reminder is here.
"""

from __future__ import annotations

from datetime import timedelta

from commands import groups
from commands.calendars import CalendarFile, sends_files
from commands.framework import Context, card, meant, reminded, renaming, valued
from commands.meetings import entries
from commands.meetings.model import KEYS, SIGN, InvitationCard, MeetingCard, MeetingReminder, titled_by_day
from commands.meetings.schedule import around, around_invitation, coming, get, is_coming, sitting
from storage import cards, schedules
from storage import meetings as stored
from storage.meetings import Meeting
from storage.schedules import Asked, Schedule


@meant("meeting")
def the_only_one(ctx: Context) -> int | None:
    """The one meeting to come of the group whose room this is; in a direct chat the only one of the asker's."""
    process = groups.of_the_room(ctx) if not ctx.where.direct else None
    if process is not None:
        found = stored.list_coming(ctx.tx, process, at=ctx.now)
    else:
        found = stored.list_coming_of(ctx.tx, ctx.me.user_id, at=ctx.now) if ctx.where.direct else []
    return found[0].id if len(found) == 1 else None


@valued("meeting")
def coming_ones(ctx: Context) -> list[tuple[int, str]]:
    """The asker's meetings to come, the next first."""
    return titled_by_day(ctx, stored.list_coming_of(ctx.tx, ctx.me.user_id, at=ctx.now))


def _is_open(ctx: Context, number: int) -> bool:
    return is_coming(ctx, get(ctx, number))


@card("meeting", letter="S", sign=SIGN, purpose="", seeds=tuple(KEYS), is_open=_is_open)
def meeting_card(ctx: Context, number: int) -> MeetingCard:
    return MeetingCard(sitting(ctx, around(ctx, number, whole=False), number))


@card("invitation", purpose="", seeds=tuple(KEYS))
def invitation_card(ctx: Context, number: int) -> InvitationCard:
    """Refuses: NotFound, also where the person's data are erased."""
    return invitation_to(ctx, around_invitation(ctx, number), number)


def invitation_to(ctx: Context, schedule: Schedule, number: int) -> InvitationCard:
    """The invitation to this series as it is now."""
    invitation = schedule.invitations[number]
    dates = covered(ctx, schedule, invitation)
    shown = min(dates or schedule.dates.values(), key=lambda meeting: (meeting.start_at, meeting.id))
    given = {schedule.answer(meeting.id, invitation.user_id) for meeting in dates} - {None}
    answer = given.pop() if len(given) == 1 else None
    return InvitationCard(
        sitting(ctx, schedule, shown.id),
        whole=invitation.meeting is None and len(schedule.dates) > 1,
        state=invitation.state,
        known=invitation.state != "void" and bool(schedule.valid(invitation.user_id)),
        answer=answer or ("mixed" if given else "open"),
        dates=tuple(dates),
        calendar=calendar_file(ctx, schedule)
        if invitation.state == "valid" and sends_files(ctx, invitation.user_id)
        else None,
    )


def covered(ctx: Context, schedule: Schedule, invitation: Asked) -> list[Meeting]:
    """The dates that an answer on the invitation is for: its own, or those to come that have no other."""
    if invitation.meeting is not None:
        return [date for number, date in schedule.dates.items() if number == invitation.meeting]
    others = {one.meeting for one in schedule.valid(invitation.user_id)}
    return [one for one in coming(ctx, schedule) if one.id not in others]


def calendar_file(ctx: Context, schedule: Schedule) -> CalendarFile:
    """The file that says the whole truth of the series as it is now."""
    found = entries.entry(ctx, schedule)
    method = "CANCEL" if found.cancelled else "REQUEST"
    return CalendarFile(f"S{next(iter(schedule.dates))}", method, (found,))


def show(ctx: Context, schedule: Schedule) -> None:
    """All cards of the series say what is true, and its next date has one in the group's room.

    Where the command was given in that very room, its reply is all that is said there: the card of the next date
    comes a little later, by itself.
    """
    refresh(ctx, schedule)
    following = next(iter(coming(ctx, schedule)), None)
    if following is not None and ctx.where.group != following.process:
        place_next(ctx, schedule)


def refresh(ctx: Context, schedule: Schedule) -> None:
    """The cards that the series has, also those in direct chats, say what is true."""
    things = [("meeting", str(number)) for number in schedule.dates]
    things += [("invitation", str(number)) for number in schedule.invitations]
    cards.mark_all_dirty(ctx.tx, things, at=ctx.now)


@renaming
def _renamed(ctx: Context, process: int) -> None:
    for series in stored.list_series(ctx.tx, process):
        refresh(ctx, schedules.load(ctx.tx, series))


def place_next(ctx: Context, schedule: Schedule) -> None:
    """The next date of the series has its card, if the group has a room."""
    following = next(iter(coming(ctx, schedule)), None)
    purpose = groups.purpose(following.process) if following is not None else ""
    if following is None or ctx.room_for(purpose) is None:
        return
    if not following.carded:
        stored.change(ctx.tx, following.id, carded=True)
    if cards.find(ctx.tx, "meeting", str(following.id)) is None:
        ctx.place_card("meeting", following.id, purpose=purpose)


@reminded("meeting")
def remind(ctx: Context, number: int, lead: timedelta, late: bool) -> MeetingReminder | None:
    """Place, link, agenda items, who comes, and the agreements still open."""
    found = schedules.find(ctx.tx, number, whole=False)
    if found is None or not is_coming(ctx, found.dates[number]):
        return None
    return MeetingReminder(sitting(ctx, found, number, full=True), lead, late)
