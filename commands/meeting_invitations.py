"""Who is invited to meetings: the message in the direct chat, the calendar file, the reminders.

Follows who comes and goes in the group: who joins is invited to what is to come, who leaves is taken out of it, and
both get the files that put it right in their calendar. There are no commands here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from commands import groups, meeting_entries, meetings, reminders
from commands.api import membership, personal
from commands.calendars import CalendarFile, next_stamp
from commands.context import Context, Errand
from commands.notices import Since, told
from commands.replies import Machine, Reply
from storage import cards
from storage import meetings as stored
from storage.meetings import Meeting, Series


class NotInvitedAnyMore(Reply):
    """Told to who has left the group: the meetings that are not theirs any more."""

    titles: tuple[tuple[str, str], ...]  # reference and title of each
    process: int

    def machine(self) -> Machine:
        return {
            "type": "meeting",
            "ref": self.titles[0][0],
            "title": self.titles[0][1],
            "process": f"P{self.process}",
        }


def invited(ctx: Context, series: int) -> list[str]:
    """Who has the series in the calendar: those with an invitation that is not void."""
    found = stored.invitations(ctx.tx, series)
    return list(dict.fromkeys(one.user_id for one in found if one.state != "void"))


def invite(ctx: Context, series: Series, users: Iterable[str], *, meeting: Meeting | None = None) -> None:
    """Each of these gets a message to answer on, in place of those before, and the calendar file.

    `meeting`: for this date only; else for all that are to come. Answers given stay; reminders are planned anew.
    """
    dates = [meeting] if meeting is not None else meetings.coming(ctx, series.id)
    before = stored.invitations(ctx.tx, series.id)
    for user in users:
        for one in before:
            same = meeting is None or one.meeting == meeting.id
            if one.user_id == user and one.state == "valid" and same:
                stored.settle_invitation(ctx.tx, one.id, "replaced")
                ctx.changed("invitation", one.id)
        number = ctx.number("invitation")
        scope = meeting.id if meeting is not None else None
        stored.add_invitation(ctx.tx, number=number, series=series.id, meeting=scope, user_id=user)
        for date in dates:
            expect(ctx, date, user)
        remind(ctx, dates, [user])
    _post(ctx, series, users)


def expect(ctx: Context, meeting: Meeting, user: str) -> None:
    """The person is asked to answer, if they have not."""
    if stored.find_answer(ctx.tx, meeting.id, user) is None:
        stored.put_answer(
            ctx.tx, meeting=meeting.id, user_id=user, answer="open", carrier="", at=ctx.sent_at or ctx.now
        )


def _post(ctx: Context, series: Series, users: Iterable[str]) -> None:
    """The newest invitation of each is sent, and the calendar file after it."""
    newest = {one.user_id: one.id for one in stored.invitations(ctx.tx, series.id) if one.state == "valid"}
    for user in users:
        ctx.place_card("invitation", newest[user], purpose=user)
    send_files(ctx, series, users)


def send_files(ctx: Context, series: Series, users: Iterable[str]) -> None:
    """Each of these gets a file that says the whole truth of the series as it is now."""
    found = meeting_entries.entry(ctx, _stamped(ctx, series.id))
    method = "CANCEL" if found.cancelled else "REQUEST"
    ref = f"S{stored.dates(ctx.tx, series.id)[0].id}"
    for user in users:
        ctx.post(user, CalendarFile(ref, method, (found,)))


def _stamped(ctx: Context, number: int) -> Series:
    """The series as the next files tell it: with a later stamp than all before."""
    last = stored.get_series(ctx.tx, number)
    stored.stamp(ctx.tx, number, next_stamp(ctx.now, last.stamped_at))
    return stored.get_series(ctx.tx, number)


def remind(ctx: Context, dates: Iterable[Meeting], users: Iterable[str]) -> None:
    """Of these people, those who have not declined are reminded of the meetings at their times."""
    for date in dates:
        answers = {a.user_id: a.answer for a in stored.answers(ctx.tx, date.id)}
        wanted = [user for user in users if answers.get(user, "declined") != "declined"]
        reminders.plan(ctx, "meeting", date.id, start=date.start_at, users=wanted)


def uninvite(ctx: Context, series: Series, user: str) -> None:
    """The person is out of all dates to come: no answer, no reminders, and a file that takes them out."""
    stored.change_series(ctx.tx, series.id, sequence=series.sequence + 1)
    series = _stamped(ctx, series.id)
    _strike(ctx, series, user)
    ref = f"S{stored.dates(ctx.tx, series.id)[0].id}"
    ctx.post(user, CalendarFile(ref, "CANCEL", (meeting_entries.entry(ctx, series, only=user),)))


def _strike(ctx: Context, series: Series, user: str) -> None:
    """The person is not asked to the dates to come any more."""
    for date in meetings.coming(ctx, series.id):
        stored.remove_answer(ctx.tx, date.id, user)
        reminders.drop(ctx, "meeting", date.id, user)
        ctx.changed("meeting", date.id)
    for one in stored.invitations(ctx.tx, series.id):
        if one.user_id == user and one.state != "void":
            stored.settle_invitation(ctx.tx, one.id, "void")
            ctx.changed("invitation", one.id)


def come_again(ctx: Context, number: int, told: Reply | None) -> None:
    """What was taken back may be to come again: those in the group now are invited, and nobody else.

    Who was invited all along is told, and gets the file; who has left the group meanwhile knows it as cancelled.
    """
    series = stored.get_series(ctx.tx, number)
    members = groups.confirmed(ctx, series.process)
    stay = [user for user in invited(ctx, number) if user in members]
    for user in invited(ctx, number):
        if user not in members:
            _strike(ctx, series, user)
    dates = meetings.coming(ctx, number)
    for date in dates:
        reminders.drop(ctx, "meeting", date.id)
        for user in stay:
            expect(ctx, date, user)
    remind(ctx, dates, stay)
    if told is not None:
        for user in stay:
            if user != ctx.me.user_id:
                ctx.post(user, told)
        send_files(ctx, series, stay)
    if dates:
        for user in members:
            if user not in stay:
                joined(ctx, series.process, user)


def reopen(ctx: Context, dates: Iterable[Meeting]) -> None:
    """Nobody has answered yet: the time is another. Reactions on the card are taken off, to be put on again."""
    for date in dates:
        stored.reopen(ctx.tx, date.id)
        placed = cards.find(ctx.tx, "meeting", str(date.id))
        for tap in cards.list_taps(ctx.tx, "meeting", str(date.id)) if placed is not None else ():
            cards.remove_tap(ctx.tx, tap.event_id)
            if placed is not None:
                ctx.errands.append(Errand("redaction", placed.room_id, {"event_id": tap.event_id}))


# --- who comes and goes


def joined(ctx: Context, process: int, user_id: str) -> None:
    """Who is new in the group is invited to what it has planned; who is invited already is left in peace."""
    for series in _series_of(ctx, process):
        if user_id not in invited(ctx, series.id):
            if any(one.user_id == user_id for one in stored.invitations(ctx.tx, series.id)):
                stored.change_series(ctx.tx, series.id, sequence=series.sequence + 1)  # was taken out before
            invite(ctx, stored.get_series(ctx.tx, series.id), [user_id])
            for date in meetings.coming(ctx, series.id):
                ctx.changed("meeting", date.id)


def left(ctx: Context, process: int, user_id: str) -> None:
    """Who has left the group is taken out of what it has planned, and told so."""
    gone = []
    for series in _series_of(ctx, process):
        if user_id in invited(ctx, series.id):
            following = meetings.coming(ctx, series.id)[0]
            uninvite(ctx, series, user_id)
            gone.append((f"S{following.id}", following.title))
    if gone:
        ctx.tell(user_id, "meetings", before=dict(gone), process=process)


@told("meetings")
def news(ctx: Context, since: Since, process: int) -> NotInvitedAnyMore | None:
    gone = [
        (ref, title)
        for ref, title in since.before.items()
        if stored.find_answer(ctx.tx, int(ref[1:]), since.recipient) is None
    ]
    return NotInvitedAnyMore(tuple(gone), process) if gone else None


def _series_of(ctx: Context, process: int) -> list[Series]:
    """What the group has planned, the next first."""
    numbers = dict.fromkeys(m.series for m in stored.list_coming(ctx.tx, process, at=ctx.now))
    return [stored.get_series(ctx.tx, number) for number in numbers]


@membership
def follow(ctx: Context, process: int, user_id: str, joins: bool) -> None:
    (joined if joins else left)(ctx, process, user_id)


# --- personal data


def _erase(ctx: Context, user_id: str) -> None:
    """Meetings stay; that the person planned, answered or attended them is gone."""
    touched = {answer.meeting for answer in stored.list_answers_of(ctx.tx, user_id)}
    stored.forget(ctx.tx, user_id)
    for number in sorted(touched):
        ctx.changed("meeting", number)


@personal("meetings", erase=_erase)
def export(ctx: Context, user_id: str) -> Machine:
    """What the person planned, answered and attended."""
    answers: list[dict[str, Any]] = [
        {"meeting": f"S{a.meeting}", "answer": a.answer, "at": a.at.isoformat()}
        for a in stored.list_answers_of(ctx.tx, user_id)
    ]
    return {
        "planned": [
            {"meeting": f"S{date.id}", "title": date.title, "start": date.start_at.isoformat()}
            for series in stored.list_organized(ctx.tx, user_id)
            for date in stored.dates(ctx.tx, series.id)
        ],
        "invitations": [
            {"meeting": f"S{i.meeting}" if i.meeting else "all of the series", "state": i.state}
            for i in stored.list_invitations_of(ctx.tx, user_id)
        ],
        "answers": answers,
        "attended": [f"S{a.meeting}" for a in stored.list_attended_of(ctx.tx, user_id)],
    }
