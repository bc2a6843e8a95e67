"""Who is invited to meetings: asked to answer, reminded, and told what becomes of them.

Follows who comes and goes in the group: who joins is invited to what is to come, who leaves is taken out of it. What
people are told of that, and of every change, is in `meeting_news`; here it is kept what they know. There are no
commands here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from commands import groups, notices
from commands.calendars import next_stamp
from commands.framework import (
    UNDO_WITHIN,
    Came,
    Context,
    Errand,
    Machine,
    membership,
    pause_follower,
    personal,
    returning,
    telling,
)
from commands.framework.who_may import there
from commands.meetings import model
from storage import cards, seats
from storage import meetings as stored
from storage.meetings import Invitation, Meeting, Series

Known = dict[str, dict[str, Machine]]  # how each person knows each date, by reference


def invited(ctx: Context, series: int) -> list[str]:
    """Who has the series in the calendar: those with an invitation that is valid."""
    found = stored.invitations(ctx.tx, series)
    return list(dict.fromkeys(one.user_id for one in found if one.state == "valid"))


def enter(ctx: Context, series: Series, users: Iterable[str], *, planner: str | None = None) -> None:
    """Each of these is invited to all dates to come; answers given stay; reminders are planned anew.

    `planner`: comes, and is not asked.
    """
    dates, known = model.coming(ctx, series.id), invited(ctx, series.id)
    for user in users:
        if user not in known:
            _add(ctx, series.id, None, user)
        for date in dates:
            expect(ctx, date, user, comes=user == planner)
        remind(ctx, dates, [user])


def ask(ctx: Context, series: Series, user: str, *, meeting: Meeting | None = None) -> None:
    """The person gets a message to answer on, with the calendar file, in place of those before.

    `meeting`: for this date only; else for all that are to come.
    """
    scope = meeting.id if meeting is not None else None
    new = None
    for one in valid(ctx, series.id, user):
        if one.meeting == scope and cards.find(ctx.tx, "invitation", str(one.id)) is None:
            new = one.id
        elif meeting is None or one.meeting == scope:
            stored.settle_invitation(ctx.tx, one.id, "replaced")
        ctx.changed("invitation", one.id)  # that of a whole series too, which is for one date less
    stamp(ctx, series.id)
    ctx.place_card("invitation", new or _add(ctx, series.id, scope, user), purpose=user)


def valid(ctx: Context, series: int, user: str) -> list[Invitation]:
    """The invitations that the person can answer on."""
    found = stored.invitations(ctx.tx, series)
    return [one for one in found if one.user_id == user and one.state == "valid"]


def _add(ctx: Context, series: int, meeting: int | None, user: str) -> int:
    number = ctx.number("invitation")
    stored.add_invitation(ctx.tx, number=number, series=series, meeting=meeting, user_id=user)
    return number


def expect(ctx: Context, meeting: Meeting, user: str, *, comes: bool = False) -> None:
    """The person is asked to answer, if they have not."""
    if stored.find_answer(ctx.tx, meeting.id, user) is None:
        _put(ctx, meeting, user, "accepted" if comes else "open")


def _put(ctx: Context, meeting: Meeting, user: str, answer: str) -> None:
    carrier = ctx.event_id if answer == "accepted" else ""
    at = ctx.sent_at or ctx.now
    stored.put_answer(ctx.tx, meeting=meeting.id, user_id=user, answer=answer, carrier=carrier, at=at)


def stamp(ctx: Context, number: int) -> Series:
    """The series as the next files tell it: with a later stamp than all before."""
    last = stored.get_series(ctx.tx, number)
    stored.stamp(ctx.tx, number, next_stamp(ctx.now, last.stamped_at))
    return stored.get_series(ctx.tx, number)


def remind(ctx: Context, dates: Iterable[Meeting], users: Iterable[str]) -> None:
    """Of these people, those who have not declined are reminded of the meetings at their times."""
    for date in dates:
        answers = {a.user_id: a.answer for a in stored.answers(ctx.tx, date.id)}
        wanted = [user for user in users if answers.get(user, "declined") != "declined"]
        notices.plan(ctx, "meeting", date.id, start=date.start_at, users=wanted)


def uninvite(ctx: Context, series: Series, user: str) -> None:
    """The person is out of all dates to come: no answer, no reminders. What was replaced before stays so."""
    stored.change_series(ctx.tx, series.id, sequence=series.sequence + 1)
    for date in model.coming(ctx, series.id):
        stored.remove_answer(ctx.tx, date.id, user)
        notices.drop(ctx, "meeting", date.id, user)
        ctx.changed("meeting", date.id)
    for one in valid(ctx, series.id, user):
        stored.settle_invitation(ctx.tx, one.id, "void")
        ctx.changed("invitation", one.id)


def come_again(ctx: Context, number: int, before: Known) -> None:
    """What was taken back may be to come again: those in the group now are invited, and nobody else.

    Who was invited all along is told what is different; who has left the group meanwhile knows it as cancelled.
    """
    series = stored.get_series(ctx.tx, number)
    members, dates = groups.confirmed(ctx, series.process), model.coming(ctx, number)
    asked = {
        answer.user_id for date in dates for answer in stored.answers(ctx.tx, date.id)
    }  # as long as it was on
    for user in sorted(asked.union(invited(ctx, number)).difference(members)):
        uninvite(ctx, series, user)
    for date in dates:
        notices.drop(ctx, "meeting", date.id)
    if dates:
        known_to, back = set(invited(ctx, number)), set(there(ctx, members))
        enter(ctx, stored.get_series(ctx.tx, number), [user for user in members if user in known_to | back])
    tell(ctx, number, before)


def reopen(ctx: Context, dates: Iterable[Meeting]) -> None:
    """Nobody has answered yet, but who moves it: the time is another. Reactions on the card are taken off again."""
    for date in dates:
        mine = stored.find_answer(ctx.tx, date.id, ctx.me.user_id)
        stored.reopen(ctx.tx, date.id)
        if mine is not None:
            _put(ctx, date, ctx.me.user_id, "accepted")
        placed = cards.find(ctx.tx, "meeting", str(date.id))
        for tap in cards.list_taps(ctx.tx, "meeting", str(date.id)) if placed is not None else ():
            cards.remove_tap(ctx.tx, tap.event_id)
            if placed is not None:
                ctx.errands.append(
                    Errand("redaction", tap.room_id or placed.room_id, {"event_id": tap.event_id})
                )


# --- what they know of it


def known(ctx: Context, series: int) -> Known:
    """How those invited know the series: to be given to `tell` when it has changed."""
    found: Known = {}
    for date in stored.dates(ctx.tx, series):
        for answer in stored.answers(ctx.tx, date.id):
            found.setdefault(answer.user_id, {})[f"S{date.id}"] = as_known(date)
    return found


def as_known(meeting: Meeting) -> Machine:
    return {
        "series": meeting.series,
        "start": meeting.start_at.isoformat(),
        "end": meeting.end_at.isoformat() if meeting.end_at else None,
        "place": meeting.place,
        "link": meeting.link,
        "title": meeting.title,
        "text": hashlib.sha256(meeting.text.encode()).hexdigest()[:16],
        "state": meeting.state,
        "reason": meeting.reason if meeting.state == "cancelled" else None,
    }


def tell(ctx: Context, number: int, before: Known) -> None:
    """Who is or was invited is told soon what is different; who did it too, for the calendar does not know."""
    stamp(ctx, number)
    for user in sorted({*before, *invited(ctx, number)}):
        tell_one(ctx, number, user, before.get(user, {}))


def tell_one(
    ctx: Context, number: int, user: str, before: dict[str, Machine], *, after: timedelta = timedelta()
) -> None:
    """The person is told soon what is different from this; `after`: not earlier than that."""
    dates = stored.dates(ctx.tx, number)
    was: dict[str, Any] = {f"S{date.id}": None for date in dates} | before
    about = {"process": stored.get_series(ctx.tx, number).process}
    telling.keep(ctx, user, "meetings", before=was, about=about, after=after)


# --- who comes and goes


def joined(ctx: Context, process: int, user_id: str) -> None:
    """Who is new in the group is invited to what it has planned; who is invited already is left in peace.

    So is who pauses, until they are back.
    """
    for series in _series_of(ctx, process) if there(ctx, [user_id]) else ():
        if user_id not in invited(ctx, series.id):
            if any(one.user_id == user_id for one in stored.invitations(ctx.tx, series.id)):
                stored.change_series(ctx.tx, series.id, sequence=series.sequence + 1)  # was taken out before
            before = known(ctx, series.id).get(user_id, {})
            enter(ctx, series, [user_id])
            tell_one(ctx, series.id, user_id, before)
            for date in model.coming(ctx, series.id):
                ctx.changed("meeting", date.id)


def left(ctx: Context, process: int, user_id: str, *, gone: bool) -> None:
    """Who has left the group is taken out of what it has planned, and told so.

    `gone`: they have left the community, and are told when that can't be taken back any more.
    """
    for series in _series_of(ctx, process):
        if user_id in invited(ctx, series.id):
            before = known(ctx, series.id).get(user_id, {})
            uninvite(ctx, series, user_id)
            tell_one(ctx, series.id, user_id, before, after=UNDO_WITHIN if gone else timedelta())


def _series_of(ctx: Context, process: int) -> list[Series]:
    """What the group has planned, the next first."""
    numbers = dict.fromkeys(m.series for m in stored.list_coming(ctx.tx, process, at=ctx.now))
    return [stored.get_series(ctx.tx, number) for number in numbers]


@membership
def follow(ctx: Context, process: int, user_id: str, came: Came) -> None:
    if came == "joined":
        joined(ctx, process, user_id)
    else:
        left(ctx, process, user_id, gone=came == "gone")


@pause_follower
def back(ctx: Context, user_id: str, pauses: bool) -> None:
    """Who is back is invited to what was planned meanwhile, and asked what waited for that."""
    if not pauses:
        telling.hasten(ctx, user_id, "meetings")
    for seat in seats.list_of_person(ctx.tx, user_id) if not pauses else ():
        if seat.kind == "group" and seat.state == "confirmed":
            joined(ctx, seat.number, user_id)


# --- personal data


def _give_back(ctx: Context, user_id: str, before: list[list[Any]]) -> None:
    """The answers to meetings that ask the person anew."""
    for meeting, answer, carrier, at in before:
        now = stored.find_answer(ctx.tx, meeting, user_id)
        if now is not None and now.answer == "open":
            said = {"answer": answer, "carrier": carrier, "at": datetime.fromisoformat(at)}
            stored.put_answer(ctx.tx, meeting=meeting, user_id=user_id, **said)
            if answer == "declined":
                notices.drop(ctx, "meeting", meeting, user_id)
            ctx.changed("meeting", meeting)


@returning("meetings", give_back=_give_back)
def _kept(ctx: Context, user_id: str) -> list[list[Any]]:
    given = stored.list_answers_of(ctx.tx, user_id)
    return [[a.meeting, a.answer, a.carrier, a.at.isoformat()] for a in given]


def _erase(ctx: Context, user_id: str) -> None:
    """Meetings stay; that the person planned, answered or attended them is gone."""
    touched = {answer.meeting for answer in stored.list_answers_of(ctx.tx, user_id)}
    touched |= {there.meeting for there in stored.list_attended_of(ctx.tx, user_id)}
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
