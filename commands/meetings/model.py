"""Meetings of groups (concept 5): what one looks like; the commands are in `meeting_*`.

Each date is a meeting of its own; a series is what calendars have as one entry. Only the next date of a series has a
card in the group's room, and each invitation in a direct chat is a card too, so that a reaction on it answers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Final
from zoneinfo import ZoneInfo

from commands import groups
from commands.agreements import Promise, promise
from commands.calendars import CalendarFile
from commands.dates import span_code
from commands.framework import (
    Audience,
    Context,
    FileReply,
    Impersonal,
    Machine,
    NotFound,
    Refused,
    Reply,
    card,
    group,
    meant,
    reference,
    reminded,
    renaming,
)
from commands.meetings import entries
from commands.meetings.minutes_text import parted
from storage import agreements, cards, meetings, processes
from storage.meetings import Invitation, Meeting, Series

MeetingRef = Annotated[int, reference("meeting")]
SIGN: Final = "📅"
KEYS: Final = {"✅": "accepted", "❌": "declined", "❓": "maybe"}


@dataclass(frozen=True)
class Sitting:
    """A meeting with what stands beside it."""

    meeting: Meeting
    series: Series
    zone: ZoneInfo
    process: str  # its name
    answers: tuple[tuple[str, str], ...]  # name and answer of each person invited
    dates: tuple[Meeting, ...] = ()  # of its series, those to come; empty for a single date
    promises: tuple[Promise, ...] = ()  # the group's open ones
    agreed: tuple[Promise, ...] = ()  # in its minutes
    attended: tuple[str, ...] = ()  # names
    link: str | None = None  # to its card

    @property
    def ref(self) -> str:
        return f"S{self.meeting.id}"

    @property
    def start(self) -> datetime:
        return self.meeting.start_at.astimezone(self.zone)

    @property
    def end(self) -> datetime | None:
        return self.meeting.end_at.astimezone(self.zone) if self.meeting.end_at else None

    @property
    def said(self) -> str:
        """Its minutes without the agreements in them, which are shown by themselves."""
        return parted(self.meeting.record or "")[1]

    def who(self, answer: str) -> list[str]:
        return [name for name, given in self.answers if given == answer]

    @property
    def others(self) -> list[Promise]:
        """The group's open agreements from elsewhere."""
        return [one for one in self.promises if one not in self.agreed]

    @property
    def silent(self) -> list[str]:
        """Those asked who neither answered nor, afterwards, were there."""
        return [name for name in self.who("open") if name not in self.attended]

    def count(self, answer: str) -> int:
        return len(self.who(answer))

    def outside(self) -> Sitting:
        """Without what is the group's own: the link, what was recorded, and who has answered what."""
        kept: Any = self.meeting
        return replace(
            self,
            meeting=kept._replace(link=None, record=None, record_link=None),
            answers=tuple(("", answer) for _, answer in self.answers),
            promises=(),
            attended=(),
        )

    def machine(self) -> Machine:
        found = {
            "end": self.end.isoformat(timespec="seconds") if self.end else None,
            "place": self.meeting.place,
            "link": self.meeting.link,
        }
        return {
            "type": "meeting",
            "ref": self.ref,
            "title": self.meeting.title,
            "process": f"P{self.meeting.process}",
            "state": self.meeting.state,
            "start": self.start.isoformat(timespec="seconds"),
            "accepted": self.count("accepted"),
            "declined": self.count("declined"),
            "open": self.count("open") + self.count("maybe"),
        } | {key: value for key, value in found.items() if value}


class AboutMeeting(Reply):
    """A reply that carries a meeting; `rsvp`: what the asker has answered, where they are invited."""

    abstract: ClassVar[bool] = True
    sitting: Sitting
    rsvp: str | None = None

    @property
    def audience(self) -> Audience:
        return group(self.sitting.meeting.process)

    def outside(self) -> Reply | None:
        return replace(self, sitting=self.sitting.outside())

    def machine(self) -> Machine:
        return self.sitting.machine() | ({"you": {"rsvp": self.rsvp}} if self.rsvp else {})


class MeetingCard(AboutMeeting):
    """A meeting as the group sees it in its room."""


class InvitationCard(AboutMeeting):
    """A meeting, or a series, as one who is invited sees it in the direct chat."""

    whole: bool = False  # for all dates of a series
    state: str = "valid"
    answer: str = "open"  # what the person has said; of a series: to all dates alike, else «mixed»
    dates: tuple[Meeting, ...] = ()  # those to come that the answer here is for
    calendar: CalendarFile | None = None

    def machine(self) -> Machine:
        """How many come is on the group's card: in each invitation it would be out of date with each answer."""
        found = self.sitting.machine()
        counts = {"accepted", "declined", "open"}
        if self.state != "valid":
            return {name: found[name] for name in ("type", "ref", "title", "process")}
        return {name: value for name, value in found.items() if name not in counts}

    def attached(self) -> FileReply | None:
        return self.calendar

    @property
    def moved(self) -> datetime | None:
        return self.sitting.meeting.before


class MeetingReminder(Reply):
    """The meeting is soon; late after an outage."""

    sitting: Sitting
    lead: timedelta
    late: bool

    @property
    def audience(self) -> Audience:
        return group(self.sitting.meeting.process)

    def machine(self) -> Machine:
        return {
            "type": "reminder",
            "ref": self.sitting.ref,
            "lead": span_code(self.lead),
            "start": self.sitting.start.isoformat(timespec="seconds"),
            "late": self.late,
        }


class MeetingOver(Impersonal):
    """The meeting is cancelled, or over: this can't be done any more.

    `again`: who cancelled it once more may want to say why.
    """

    sitting: Sitting
    again: bool = False


# --- looking at meetings


def get(ctx: Context, number: int) -> Meeting:
    """The meeting. Refuses: NotFound."""
    found = meetings.find(ctx.tx, number)
    if found is None:
        raise Refused(NotFound(ref=f"S{number}", noun="sitzung"))
    return found


def get_planned(ctx: Context, number: int) -> Meeting:
    """The meeting, which is planned and not over. Refuses: NotFound, MeetingOver."""
    found = get(ctx, number)
    if not is_coming(ctx, found):
        raise Refused(MeetingOver(sitting(ctx, found)))
    return found


def is_coming(ctx: Context, meeting: Meeting) -> bool:
    return meeting.state == "planned" and meeting.over_at > ctx.now


def coming(ctx: Context, series: int) -> list[Meeting]:
    """The dates of the series that are planned and not over, the next one first."""
    found = [meeting for meeting in meetings.dates(ctx.tx, series) if is_coming(ctx, meeting)]
    return sorted(found, key=lambda meeting: (meeting.start_at, meeting.id))


def sitting(ctx: Context, meeting: Meeting, *, full: bool = False) -> Sitting:
    """The meeting with what stands beside it; `full`: also agreements and who was there."""
    series = meetings.get_series(ctx.tx, meeting.series)
    process = processes.find(ctx.tx, meeting.process)
    answers = [(groups.name_of(ctx, a.user_id), a.answer) for a in meetings.answers(ctx.tx, meeting.id)]
    link = ctx.card_link("meeting", meeting.id)
    if link is not None and "\x01" in link and ctx.revising:
        link = None  # an edit can't wait for a message
    return Sitting(
        meeting,
        series,
        ZoneInfo(series.zone),
        process.name if process is not None else "",
        tuple(sorted(answers)),
        dates=tuple(coming(ctx, series.id)) if series.rhythm else (),
        promises=promises(ctx, meeting.process) if full else (),
        agreed=agreed(ctx, meeting.id) if full else (),
        attended=tuple(groups.name_of(ctx, user) for user in meetings.attended(ctx.tx, meeting.id))
        if full or meeting.state == "held"
        else (),
        link=link,
    )


def promises(ctx: Context, process: int) -> tuple[Promise, ...]:
    """The group's open agreements, the most urgent first."""
    return tuple(promise(ctx, one) for one in agreements.list_open(ctx.tx, process))


def agreed(ctx: Context, meeting: int) -> tuple[Promise, ...]:
    """What was agreed in the meeting's minutes, and was not taken back."""
    found = agreements.list_of_meeting(ctx.tx, meeting)
    return tuple(promise(ctx, one) for one in found if one.state != "dropped")


def rsvp(ctx: Context, meeting: int) -> str | None:
    """What the asker has answered; None where they are not invited."""
    given = meetings.find_answer(ctx.tx, meeting, ctx.me.user_id)
    return given.answer if given is not None else None


@meant("meeting")
def the_only_one(ctx: Context) -> int | None:
    """The one meeting to come of the group whose room this is; in a direct chat the only one of the asker's."""
    process = groups.of_the_room(ctx) if not ctx.where.direct else None
    if process is not None:
        coming = meetings.list_coming(ctx.tx, process, at=ctx.now)
    else:
        coming = meetings.list_coming_of(ctx.tx, ctx.me.user_id, at=ctx.now) if ctx.where.direct else []
    return coming[0].id if len(coming) == 1 else None


def _is_open(ctx: Context, number: int) -> bool:
    return is_coming(ctx, get(ctx, number))


@card("meeting", letter="S", sign=SIGN, purpose="", seeds=tuple(KEYS), is_open=_is_open)
def meeting_card(ctx: Context, number: int) -> MeetingCard:
    return MeetingCard(sitting(ctx, get(ctx, number)))


@card("invitation", purpose="", seeds=tuple(KEYS))
def invitation_card(ctx: Context, number: int) -> InvitationCard:
    """Refuses: NotFound, also where the person's data are erased."""
    invitation = meetings.find_invitation(ctx.tx, number)
    if invitation is None:
        raise Refused(NotFound(ref="", noun="sitzung"))
    whole = invitation.meeting is None
    found = meetings.dates(ctx.tx, invitation.series)
    dates = covered(ctx, invitation)
    shown = min(dates or found, key=lambda meeting: (meeting.start_at, meeting.id))
    given = {
        answer.answer
        for meeting in dates
        if (answer := meetings.find_answer(ctx.tx, meeting.id, invitation.user_id)) is not None
    }
    return InvitationCard(
        sitting(ctx, shown),
        whole=whole and len(found) > 1,
        state=invitation.state,
        answer=given.pop() if len(given) == 1 else ("mixed" if given else "open"),
        dates=tuple(dates),
        calendar=calendar_file(ctx, invitation.series) if invitation.state == "valid" else None,
    )


def covered(ctx: Context, invitation: Invitation) -> list[Meeting]:
    """The dates that an answer on the invitation is for: its own, or those to come that have no other."""
    found = meetings.dates(ctx.tx, invitation.series)
    if invitation.meeting is not None:
        return [one for one in found if one.id == invitation.meeting]
    others = {
        one.meeting
        for one in meetings.invitations(ctx.tx, invitation.series)
        if one.user_id == invitation.user_id and one.state == "valid"
    }
    return [one for one in coming(ctx, invitation.series) if one.id not in others]


def calendar_file(ctx: Context, series: int) -> CalendarFile:
    """The file that says the whole truth of the series as it is now."""
    found = entries.entry(ctx, meetings.get_series(ctx.tx, series))
    method = "CANCEL" if found.cancelled else "REQUEST"
    return CalendarFile(f"S{meetings.dates(ctx.tx, series)[0].id}", method, (found,))


def show(ctx: Context, series: int) -> None:
    """All cards of the series say what is true, and its next date has one in the group's room.

    Where the command was given in that very room, its reply is all that is said there: the card of the next date
    comes a little later, by itself.
    """
    refresh(ctx, series)
    following = next(iter(coming(ctx, series)), None)
    if following is not None and ctx.room_for(groups.purpose(following.process)) != ctx.where.room_id:
        place_next(ctx, series)


def refresh(ctx: Context, series: int) -> None:
    """The cards that the series has, also those in direct chats, say what is true."""
    for meeting in meetings.dates(ctx.tx, series):
        ctx.changed("meeting", meeting.id)
    for invitation in meetings.invitations(ctx.tx, series):
        ctx.changed("invitation", invitation.id)


@renaming
def _renamed(ctx: Context, process: int) -> None:
    for series in meetings.list_series(ctx.tx, process):
        refresh(ctx, series)


def place_next(ctx: Context, series: int) -> None:
    """The next date of the series has its card, if the group has a room."""
    following = next(iter(coming(ctx, series)), None)
    purpose = groups.purpose(following.process) if following is not None else ""
    if following is None or ctx.room_for(purpose) is None:
        return
    if not following.carded:
        meetings.change(ctx.tx, following.id, carded=True)
    if cards.find(ctx.tx, "meeting", str(following.id)) is None:
        ctx.place_card("meeting", following.id, purpose=purpose)


# --- reminders


@reminded("meeting")
def remind(ctx: Context, number: int, lead: timedelta, late: bool) -> MeetingReminder | None:
    """Place, link, agenda items, who comes, and the agreements still open."""
    meeting = meetings.find(ctx.tx, number)
    if meeting is None or not is_coming(ctx, meeting):
        return None
    return MeetingReminder(sitting(ctx, meeting, full=True), lead, late)
