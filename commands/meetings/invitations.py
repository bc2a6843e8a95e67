"""Who is invited to meetings: asked to answer, and taken out again.

Follows who comes and goes in the group: who joins is invited to what is to come, who leaves is taken out of it. What
people are told of that, and of every change, is in `told`. There are no commands here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from commands import groups, notices
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
from commands.meetings import saving
from commands.meetings.cards import invitation_to, show
from commands.meetings.schedule import coming, known_to
from storage import cards, members, schedules, seats
from storage import meetings as stored
from storage.schedules import Asked, Given, Schedule


def entered(
    ctx: Context, schedule: Schedule, users: Iterable[str], *, accepted: Collection[str] = ()
) -> Schedule:
    """Each of these is invited to all dates to come; answers given stay.

    `accepted`: those of them who have said that they come.
    """
    users, known = list(users), set(schedule.invited)
    new = [user for user in users if user not in known]
    numbers = ctx.numbers("invitation", len(new))
    asked = [Asked(number, schedule.series.id, None, user) for number, user in zip(numbers, new, strict=True)]
    given = {
        (date.id, user): _given(ctx, "accepted" if user in accepted else "open")
        for date in coming(ctx, schedule)
        for user in users
        if (date.id, user) not in schedule.answers
    }
    unknown = [user for user in new if user not in schedule.names]
    names = {**schedule.names, **members.names(ctx.tx, unknown)}
    return replace(schedule.with_invitations(asked).with_answers(given), names=names)


def _given(ctx: Context, answer: str) -> Given:
    return Given(answer, ctx.event_id if answer == "accepted" else "", ctx.sent_at or ctx.now)


def ask(ctx: Context, schedule: Schedule, user: str, *, meeting: int | None = None) -> Schedule:
    """The person gets a message to answer on, with the calendar file, in place of those before.

    `meeting`: for this date only; else for all that are to come.
    """
    new = None
    over = []
    for one in schedule.valid(user):
        if one.meeting == meeting and cards.find(ctx.tx, "invitation", str(one.id)) is None:
            new = one
        elif meeting is None or one.meeting == meeting:
            over.append(one._replace(state="replaced"))
        ctx.changed("invitation", one.id)  # that of a whole series too, which is for one date less
    if new is None:
        new = Asked(ctx.number("invitation"), schedule.series.id, meeting, user)
    after = saving.stamped(ctx, schedule.with_invitations([*over, new]))
    saving.save(ctx, schedule, after)
    _send(ctx, after, new)
    return after


def invite(ctx: Context, schedule: Schedule, user: str) -> None:
    """The person gets a message to answer on, who is new in the series and has none."""
    [asked] = schedule.valid(user)
    _send(ctx, schedule, asked)


def _send(ctx: Context, schedule: Schedule, asked: Asked) -> None:
    said = invitation_to(ctx, schedule, asked.id)
    ctx.place_card("invitation", asked.id, purpose=asked.user_id, new=said)


def without(ctx: Context, schedule: Schedule, user: str) -> Schedule:
    """The person is out of all dates to come: no answer, no reminders. All that was replaced before stays so."""
    void = [one._replace(state="void") for one in schedule.valid(user)]
    dates = [(date.id, user) for date in coming(ctx, schedule)]
    later = schedule.with_series(sequence=schedule.series.sequence + 1)
    return later.with_invitations(void).without_answers(dates)


def _refresh(ctx: Context, schedule: Schedule, user: str) -> None:
    """The dates to come say that the person is in, or out, and so do the person's invitations."""
    things = [("meeting", str(date.id)) for date in coming(ctx, schedule)]
    things += [("invitation", str(one.id)) for one in schedule.invitations.values() if one.user_id == user]
    cards.mark_all_dirty(ctx.tx, things, at=ctx.now)


def come_again(ctx: Context, before: Schedule, after: Schedule) -> Schedule:
    """A meeting that was taken back may be to come again: those in the group now are invited, and nobody else.

    A person who was invited all along is told what is different; one who has left meanwhile knows it as cancelled.
    """
    there_now = groups.confirmed(ctx, after.series.process)
    on = {date.id for date in coming(ctx, after)}
    asked = {user for number, user in after.answers if number in on}  # as long as it was on
    for user in sorted(asked.union(after.invited).difference(there_now)):
        after = without(ctx, after, user)
    if on:
        back = {*after.invited, *there(ctx, there_now)}
        after = entered(ctx, after, [user for user in there_now if user in back])
    after = saving.stamped(ctx, after)
    saving.save(ctx, before, after)
    saving.tell(ctx, before, after)
    show(ctx, after)
    return after


def reopened(ctx: Context, schedule: Schedule, dates: Iterable[int]) -> Schedule:
    """Nobody has answered yet, but who moves it: the time is another. Reactions on the card are taken off again."""
    numbers, me = set(dates), ctx.me.user_id
    given = {
        (number, user): _given(ctx, "accepted") if user == me else one._replace(answer="open", carrier="")
        for (number, user), one in schedule.answers.items()
        if number in numbers
    }
    taps = cards.list_taps_on(ctx.tx, "meeting", [str(number) for number in sorted(numbers)])
    cards.remove_taps(ctx.tx, [event for _, event in taps])
    ctx.outside.errands += [Errand("redaction", room, {"event_id": event}) for room, event in taps]
    return schedule.with_answers(given)


# --- who comes and goes


def joined(ctx: Context, process: int, user_id: str) -> None:
    """A person who is new in the group is invited to what it has planned; who is invited already is left in peace.

    So is who pauses, until they are back.
    """
    for schedule in _planned(ctx, process) if there(ctx, [user_id]) else ():
        if user_id in schedule.invited:
            continue
        after = schedule
        if any(one.user_id == user_id for one in schedule.invitations.values()):  # was taken out before
            after = schedule.with_series(sequence=schedule.series.sequence + 1)
        after = entered(ctx, after, [user_id])
        saving.save(ctx, schedule, after)
        saving.tell_one(ctx, after, user_id, known_to(schedule, user_id))
        _refresh(ctx, after, user_id)


def left(ctx: Context, process: int, user_id: str, *, gone: bool) -> None:
    """A person who has left the group is taken out of what it has planned, and told so.

    `gone`: they have left the community, and are told when that can't be taken back any more.
    """
    for schedule in _planned(ctx, process):
        if user_id in schedule.invited:
            after = without(ctx, schedule, user_id)
            saving.save(ctx, schedule, after)
            told_after = UNDO_WITHIN if gone else timedelta()
            saving.tell_one(ctx, after, user_id, known_to(schedule, user_id), after=told_after)
            _refresh(ctx, schedule, user_id)


def _planned(ctx: Context, process: int) -> list[Schedule]:
    """All that the group has planned, the next first."""
    numbers = dict.fromkeys(m.series for m in stored.list_coming(ctx.tx, process, at=ctx.now))
    return [schedules.load(ctx.tx, number) for number in numbers]


@membership
def follow(ctx: Context, process: int, user_id: str, came: Came) -> None:
    if came == "joined":
        joined(ctx, process, user_id)
    else:
        left(ctx, process, user_id, gone=came == "gone")


@pause_follower
def back(ctx: Context, user_id: str, pauses: bool) -> None:
    """A person who is back is invited to what was planned meanwhile, and asked what waited for that."""
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
    touched |= set(stored.list_excused_of(ctx.tx, user_id))
    stored.forget(ctx.tx, user_id)
    for number in sorted(touched):
        ctx.changed("meeting", number)


@personal("meetings", erase=_erase)
def export(ctx: Context, user_id: str) -> Machine:
    """All that the person planned, answered and attended."""
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
        "excused": [f"S{number}" for number in stored.list_excused_of(ctx.tx, user_id)],
    }
