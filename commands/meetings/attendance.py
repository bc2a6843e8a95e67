"""Who was at a meeting, and who was excused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Final

from commands import groups, hours
from commands.framework import (
    EVERYBODY,
    NOT,
    Attending,
    BuiltUpon,
    Context,
    Failure,
    FieldAttending,
    Machine,
    Refused,
    Role,
    action,
    command,
    named,
    reference,
    valued,
)
from commands.meetings.minutes import Unrecorded, back, hold, standing
from commands.meetings.model import AboutMeeting, titled_by_day
from commands.meetings.schedule import around, sitting
from storage import meetings as stored

TO_ATTENDED: Final = named("meeting attended")


class Attended(AboutMeeting):
    """It is written down who was there, and who was excused."""

    def outside(self) -> None:
        return None


class WhoWasThere(Failure):
    """Nobody was named, and nobody has accepted."""

    code: ClassVar[str] = "bad_input"
    ref: str


class ThereAndExcused(Failure):
    """These are named as having been there, and as excused."""

    code: ClassVar[str] = "bad_input"
    ref: str
    names: tuple[str, ...]


class NotBegun(AboutMeeting):
    """The meeting is still to come: nobody can have been there."""

    def machine(self) -> Machine:
        return {"type": "error", "code": "conflict"}


class NotOfTheGroup(Failure):
    """These are not in the group, and were not invited."""

    ref: str
    process: int
    names: tuple[str, ...]


HELD: Final = "meeting held"
LATEST: Final = 5
HeldRef = Annotated[int, reference("meeting", among=HELD)]


@valued(HELD)
def latest_ones(ctx: Context) -> list[tuple[int, str]]:
    """The latest meetings that have begun, of the groups that the asker leads, else sits in."""
    found = [
        one for one in stored.list_coming_of(ctx.tx, ctx.me.user_id, at=ctx.now) if one.start_at <= ctx.now
    ]
    for process in groups.led_by(ctx) or groups.groups_of(ctx):
        found += stored.list_past(ctx.tx, process, at=ctx.now, limit=LATEST, offset=0)[0]
    held = {one.id: one for one in found if one.state != "cancelled"}.values()
    return titled_by_day(ctx, sorted(held, key=lambda one: one.start_at, reverse=True)[:LATEST])


@command(
    "sitzung anwesend",
    "meeting attended",
    role=Role.LEADER,
    de="festhalten, wer an der Sitzung war",
    en="write down who was at the meeting",
    example=("S7 Pia Muster", "S7 Pia Muster"),
    words=(
        "Anwesenheit",
        "wer war da",
        "war dabei",
        "festhalten wer",
        "attended",
        "who attended",
        "Präsenz",
    ),
    offer=("Festhalten, wer an einer Sitzung war", "Write down who was at a meeting"),
)
def attend(
    ctx: Context, meeting: HeldRef, members: Attending = (), *, excused: FieldAttending = ()
) -> Attended:
    """The meeting is held, and these were there too; `alle` is the group, without names those who have accepted.

    `-Pia`: she was not there. `excused`: these were not there, and had said so; with `-`, they had not. Where they
    alone are named, who was there stays as it was written down.

    Refuses: NotTheLeader, MeetingOver where it is cancelled, NotBegun, NotOfTheGroup, WhoWasThere, ThereAndExcused.
    """
    schedule = standing(ctx, meeting)
    before, answers = schedule.dates[meeting], schedule.answers_to(meeting)
    if before.start_at > (ctx.sent_at or ctx.now):
        raise Refused(NotBegun(sitting(ctx, schedule, meeting)))
    there, group = stored.attended(ctx.tx, meeting), groups.confirmed(ctx, before.process)
    absent = stored.excused(ctx.tx, meeting)
    named, gone = _told_apart(members, of=there)
    away, not_excused = _told_apart(excused, of=absent)
    if not members and not (excused and there):
        named = [user for user, answer in answers.items() if answer == "accepted" and user not in away]
    elif named == [EVERYBODY]:
        named = [user for user in group if user not in away]
    if away == [EVERYBODY]:
        away = [user for user in group if user not in (*there, *named) or user in gone]
    if not (named or gone or excused):
        raise Refused(WhoWasThere(f"S{meeting}"))
    if both := [groups.name_of(ctx, user) for user in away if user in named]:
        raise Refused(ThereAndExcused(f"S{meeting}", tuple(both)))
    known = {*group, *there, *absent, *answers}
    if before.process and (leader := groups.get(ctx, before.process).leader) is not None:
        known.add(leader)
    strangers = [groups.name_of(ctx, user) for user in (*named, *away) if user not in known]
    if strangers:
        raise Refused(NotOfTheGroup(f"S{meeting}", before.process, tuple(strangers)))
    after = [user for user in dict.fromkeys([*there, *named]) if user not in (*gone, *away)]
    still = [user for user in dict.fromkeys([*absent, *away]) if user not in (*named, *not_excused)]
    _write_down(ctx, meeting, before=there, after=after, excused=still)
    held = hold(ctx, schedule, meeting)
    was = {"state": before.state, "before": there, "absent": absent}
    ctx.undo(forget_attended, number=meeting, after=after, excused=still, **was)
    return Attended(sitting(ctx, held, meeting, full=True), held.answer(meeting, ctx.me.user_id))


def _told_apart(people: tuple[str, ...], *, of: list[str]) -> tuple[list[str], list[str]]:
    """Those named, and those of whom it is said that they are not meant any more; `of`: all that may be."""
    if people == (NOT + EVERYBODY,):
        return [], of
    gone = [user.removeprefix(NOT) for user in people if user.startswith(NOT)]
    return [user for user in people if not user.startswith(NOT)], gone


def _write_down(
    ctx: Context, number: int, *, before: list[str], after: list[str], excused: list[str]
) -> None:
    stored.set_attended(ctx.tx, number, after)
    stored.set_excused(ctx.tx, number, excused)
    hours.were_there(ctx, number, before=before, after=after)


@action
def forget_attended(
    ctx: Context,
    number: int,
    state: str,
    before: list[str],
    after: list[str],
    absent: Sequence[str] = (),
    excused: Sequence[str] = (),
) -> Unrecorded:
    """The people who were there, and who were excused, are again those written down before. Refuses: BuiltUpon."""
    if (stored.attended(ctx.tx, number), stored.excused(ctx.tx, number)) != (after, list(excused)):
        raise Refused(BuiltUpon(ref=f"S{number}", instead=TO_ATTENDED(f"S{number}")))
    _write_down(ctx, number, before=after, after=before, excused=list(absent))
    return back(ctx, around(ctx, number), number, state=state)
