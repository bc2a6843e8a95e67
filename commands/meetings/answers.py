"""Who comes to a meeting: by reaction on its card or on the invitation, or by command. The latest act counts.

The store keeps which event carries the present answer: taking off that reaction leaves the question open again, taking
off another changes nothing. On the invitation to a series a reaction answers for all its dates to come. Also the lists.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, ClassVar, Final

from commands import groups
from commands.fields import FIELDS
from commands.framework import (
    PERSON,
    Audience,
    BuiltUpon,
    Context,
    Impersonal,
    Machine,
    Page,
    Present,
    Reason,
    Refused,
    Role,
    Touch,
    action,
    choices,
    command,
    group,
    named,
    reactions,
    reconciler,
    reference,
    tap,
)
from commands.framework.haste import in_haste
from commands.framework.paging import A_PAGE, ListPage, require_page, rows_before, rows_on
from commands.meetings import apologies, saving
from commands.meetings.cards import covered
from commands.meetings.model import KEYS, AboutMeeting, MeetingRef, Sitting
from commands.meetings.schedule import around, around_invitation, is_coming, require_coming, sitting
from commands.meetings.upcoming import invited
from storage import cards, schedules
from storage import meetings as stored
from storage.meetings import Meeting
from storage.schedules import Given, Schedule

TO_SHOW: Final = named("meeting show")
OWN: Final = "answer"  # the part of a meeting that is somebody's own
ANSWERS: Final = ("✅ für ja, ❌ für nein, ❓ für vielleicht", "✅ for yes, ❌ for no, ❓ for maybe")

Which = Annotated[str, choices({"kommend": "coming", "vorbei": "past"})]


class Answered(AboutMeeting):
    """The meeting as it stands, and the asker's answer; `told`: and why, which those know whom it concerns."""

    told: bool = False


class Shown(AboutMeeting):
    """The meeting with agenda items, who comes, agreements, and minutes."""

    def outside(self) -> None:
        return None


class NotInvited(Impersonal):
    """Only who is invited to the meeting can answer."""

    code: ClassVar[str] = "not_allowed"
    sitting: Sitting


class MeetingList(ListPage):
    """A page of meetings."""

    rows: tuple[AboutMeeting, ...]
    process: int | None
    past: bool

    @property
    def audience(self) -> Audience:
        return group(self.process) if self.process is not None else PERSON

    def machine(self) -> Machine:
        refs = [row.sitting.ref for row in self.rows]
        return self.listed("meeting", refs)

    def next(self, language: str) -> str:
        """The command for the next page, without prefix."""
        index = 0 if language == "de" else 1
        words = [("sitzung liste", "meeting list")[index]]
        words += [f"P{self.process}"] if self.process else []
        words += [f"{FIELDS['state'][index]}: {('vorbei', 'past')[index]}"] if self.past else []
        return " ".join([*words, f"{FIELDS['page'][index]}: {self.page + 1}"])


# --- answers


@command(
    "sitzung zusagen",
    "meeting accept",
    own=OWN,
    role=Role.PI,
    de="zu einer Sitzung zusagen",
    en="accept the invitation to a meeting",
    example=("S7", "S7"),
    there=invited,
    words=(
        "Teilnahme",
        "bestätige Teilnahme",
        "confirm attendance",
        "count me in",
        "nehme an der Sitzung teil",
        "passt mir",
        "I accept",
        "komme an Sitzung",
        "ich komme",
        "dabei",
        "bin dabei",
        "teilnehmen",
        "be at",
        "be there",
        "will come",
        "attend",
    ),
    offer=("Zu einer Sitzung zusagen", "Accept a meeting"),
)
def accept(ctx: Context, meeting: MeetingRef) -> Answered:
    """The asker comes, and is reminded. Refuses: MeetingOver, NotInvited."""
    return _say(ctx, meeting, "accepted")


@command(
    "sitzung absagen",
    "meeting decline",
    own=OWN,
    role=Role.PI,
    pausing=True,
    de="zu einer Sitzung absagen",
    en="decline the invitation to a meeting",
    example=("S7", "S7"),
    there=invited,
    words=(
        "skip",
        "schaffe es nicht",
        "miss",
        "passt nicht",
        "passt mir nicht",
        "am Tag nicht",
        "Kind krank",
        "leider nicht",
        "muss absagen",
        "andere Verpflichtung",
        "überschnitten",
        "conflict",
        "cannot",
        "unable",
        "excuse",
        "apologies",
        "sick",
        "ill",
        "verhindert an",
        "bin verhindert",
        "verhindert",
        "nicht Sitzung",
        "not meeting",
        "keine Zeit Sitzung",
        "entschuldigt",
        "entschuldigen",
        "abmelden",
        "kann nicht",
        "nicht kommen",
        "komme nicht",
        "abwesend",
        "Abwesenheit",
        "fehlen",
        "t come",
        "t make",
        "t attend",
        "can t make",
        "can t come",
        "not come",
        "miss meeting",
        "Militär Sitzung",
        "krank Sitzung",
    ),
    offer=("Zu einer Sitzung absagen", "Decline a meeting"),
)
def decline(ctx: Context, meeting: MeetingRef, *, reason: Reason | None = None) -> Answered:
    """The asker does not come, and is not reminded any more; the reason goes to the leader alone.

    Refuses: MeetingOver, NotInvited.
    """
    return _say(ctx, meeting, "declined", reason)


@command(
    "sitzung vielleicht",
    "meeting maybe",
    own=OWN,
    role=Role.PI,
    de="vielleicht an eine Sitzung kommen",
    en="say that you may come to a meeting",
    example=("S7", "S7"),
    there=invited,
    words=(
        "vielleicht",
        "vielleicht komme",
        "weiss noch nicht",
        "noch nicht sicher",
        "might come",
        "not sure",
        "eventuell",
        "may come",
        "unsicher",
    ),
    offer=("Vielleicht an eine Sitzung kommen", "Say that I may come to a meeting"),
)
def hesitate(ctx: Context, meeting: MeetingRef) -> Answered:
    """The asker may come, and is reminded. Refuses: MeetingOver, NotInvited."""
    return _say(ctx, meeting, "maybe")


def _say(ctx: Context, number: int, answer: str, reason: str | None = None) -> Answered:
    before = around(ctx, number, whole=False)
    _require_open(ctx, before, number)
    given = before.answers.get((number, ctx.me.user_id))
    stays = given if reason and given is not None and given.answer == answer else None  # a word more about it
    now = stays or _now(ctx, answer, ctx.event_id)
    after = _give(ctx, before, {number: now}, ctx.me.user_id)
    former = [given.answer, given.carrier, given.at.isoformat()] if given is not None else None
    told = ctx.event_id if reason else ""
    ctx.undo(restore_answer, number=number, carrier=now.carrier, before=former, told=told)
    found = sitting(ctx, after, number)
    if reason:
        apologies.tell(ctx, after, found, reason, of=ctx.event_id)
    elif answer == "declined":
        apologies.invite(ctx, after, number)
    return Answered(found, answer, told=bool(reason))


@action
def restore_answer(
    ctx: Context, number: int, carrier: str, before: list[str] | None, told: str = ""
) -> Answered:
    """The asker's answer is what it was before the command, unless a later act has changed it since.

    `told`: the event that gave a reason, which is taken back too.
    """
    schedule = around(ctx, number, whole=False)
    _require_open(ctx, schedule, number)
    present = schedule.answers.get((number, ctx.me.user_id))
    if present is None or present.carrier != carrier:
        raise Refused(BuiltUpon(ref=f"S{number}", instead=TO_SHOW(f"S{number}")))
    answer, former, at = before or ("open", "", present.at.isoformat())
    given = Given(answer, former, datetime.fromisoformat(at))
    after = _give(ctx, schedule, {number: given}, ctx.me.user_id)
    found = sitting(ctx, after, number)
    if told:
        apologies.tell(ctx, after, found, "", of=told)
    return Answered(found, answer)


def _require_open(ctx: Context, schedule: Schedule, number: int) -> None:
    """The asker can answer. Refuses: NotInvited, MeetingOver."""
    known = (number, ctx.me.user_id) in schedule.answers
    if not known and ctx.me.user_id not in groups.confirmed(ctx, schedule.series.process):
        raise Refused(NotInvited(sitting(ctx, schedule, number)))
    require_coming(ctx, schedule, number)


def _now(ctx: Context, answer: str, carrier: str) -> Given:
    return Given(answer, carrier, ctx.sent_at or ctx.now)


def _give(ctx: Context, before: Schedule, given: Mapping[int, Given], user: str) -> Schedule:
    """The person's answers, by date, are stored; reminders and cards follow."""
    after = before.with_answers({(number, user): one for number, one in given.items()})
    if user not in after.names:
        after = replace(after, names={**after.names, user: groups.name_of(ctx, user)})
    saving.save(ctx, before, after)
    things = [("meeting", str(number)) for number in given]
    things += [("invitation", str(one.id)) for one in after.valid(user)]
    cards.mark_all_dirty(ctx.tx, things, at=ctx.now)
    return after


@tap("meeting", *KEYS, de=ANSWERS[0], en=ANSWERS[1], own=OWN, pausing=("❌",))
def react(ctx: Context, number: int, touch: Touch) -> None:
    """A reaction put on is an answer; the one that carries it taken off leaves it open. Refuses: as the commands."""
    _react(ctx, around(ctx, number, whole=False), [number], touch)


@tap("invitation", *KEYS, de=ANSWERS[0], en=ANSWERS[1], pausing=("❌",))
def react_in_direct(ctx: Context, number: int, touch: Touch) -> None:
    """The same, for the date or for all dates to come that the invitation is for.

    Refuses: NotFound, where the person's data were erased since.
    """
    schedule = around_invitation(ctx, number)
    invitation = schedule.invitations[number]
    if invitation.user_id != ctx.me.user_id:
        return
    dates = covered(ctx, schedule, invitation) or list(schedule.dates.values())[-1:]
    for meeting in dates:
        ctx.note("meeting", meeting.id, part=OWN, person=ctx.me.user_id)
    _react(ctx, schedule, [meeting.id for meeting in dates], touch)


def _react(ctx: Context, schedule: Schedule, dates: Sequence[int], touch: Touch) -> None:
    if not touch.on:
        _let_go(ctx, schedule, dates, ctx.me.user_id, touch.event_id)
        return
    for number in dates:
        _require_open(ctx, schedule, number)
    answer = _now(ctx, KEYS[touch.key], touch.event_id)
    after = _give(ctx, schedule, dict.fromkeys(dates, answer), ctx.me.user_id)
    if answer.answer == "declined" and not in_haste(ctx, f"S{dates[0]}", OWN, ctx.me.user_id):
        apologies.invite(ctx, after, dates[0])


def _let_go(ctx: Context, schedule: Schedule, dates: Sequence[int], user: str, carrier: str) -> None:
    """The reaction is gone; so are the answers that it carried, where there is still time."""
    carried = [
        number
        for number in dates
        if (given := schedule.answers.get((number, user))) is not None
        and given.carrier == carrier
        and is_coming(ctx, schedule.dates[number])
    ]
    if carried:
        _give(ctx, schedule, dict.fromkeys(carried, _now(ctx, "open", "")), user)


@reconciler("meeting")
def reconcile(ctx: Context, number: int, present: Sequence[Present]) -> None:
    """Answers are in line with the reactions on the card now, after some may have been missed.

    Idempotent; nobody is told.
    """
    schedule = schedules.find(ctx.tx, number, whole=False)
    if schedule is None or not is_coming(ctx, schedule.dates[number]):
        return
    gone, missed = reactions.differences(ctx, "meeting", number, present, keys=KEYS)
    for tap_ in gone:
        _let_go(ctx, schedule, [number], tap_.user_id, tap_.event_id)
        schedule = around(ctx, number, whole=False)
    for one in missed:
        given = schedule.answers.get((number, one.user_id))
        if given is None:
            continue
        one.keep(ctx)
        if given.at < one.at:
            answer = Given(KEYS[one.key], one.event_id, one.at)
            schedule = _give(ctx, schedule, {number: answer}, one.user_id)


# --- looking


@command(
    "sitzung liste",
    "meeting list",
    role=Role.PI,
    pausing=True,
    de="Ihre kommenden Sitzungen oder die einer Gruppe",
    en="your coming meetings, or those of a group",
    example=("P3", "P3"),
    reads=True,
    words=(
        "stehen noch an",
        "kommende Sitzungen",
        "upcoming meetings",
        "meine Sitzungen",
        "Sitzungen Gruppe",
        "welche Sitzungen",
        "my meetings",
        "all meetings",
    ),
    offer=("Die Sitzungen sehen", "See the meetings"),
)
def show_list(
    ctx: Context,
    process: Annotated[int, reference("process")] | None = None,
    *,
    state: Which = "coming",
    page: Page = 1,
) -> MeetingList:
    """The meetings to come, the next first; past ones of a group, the latest first. Refuses: NotInGroup."""
    process = process or ctx.where.group
    at, past = ctx.now, state == "past" and process is not None
    found: list[Meeting]
    if process is None:
        found = stored.list_coming_of(ctx.tx, ctx.me.user_id, at=at)
    else:
        groups.get(ctx, process)
        groups.require_member(ctx, process)
        found = stored.list_coming(ctx.tx, process, at=at)
    total = len(found)
    found = list(rows_on(page, found))
    if past and process is not None:
        found, total = stored.list_past(ctx.tx, process, at=at, limit=A_PAGE, offset=rows_before(page))
    require_page(ctx, page, total, group(process) if process is not None else PERSON)
    own = process is None or ctx.where.group != process  # in the group's room, the list is everybody's
    series = {number: schedules.load(ctx.tx, number) for number in {one.series for one in found}}
    rows = [
        Shown(sitting(ctx, whole, one.id), whole.answer(one.id, ctx.me.user_id) if own else None)
        for one in found
        for whole in [series[one.series]]
    ]
    return MeetingList(tuple(rows), process, past, page=page, total=total)


@command(
    "sitzung zeige",
    "meeting show",
    role=Role.PI,
    pausing=True,
    de="eine Sitzung mit Traktanden, Zusagen und Protokoll",
    en="a meeting with agenda items, answers and minutes",
    example=("S7", "S7"),
    reads=True,
    words=(
        "wann beginnt",
        "was besprechen",
        "besprochen",
        "Agenda S",
        "Teilnehmende",
        "wer hat zugesagt",
        "Traktanden",
        "Traktandenliste",
        "Protokoll lesen",
        "wo findet statt",
        "take place",
        "where S",
        "wo ist Sitzung",
        "Ort",
        "wer kommt",
        "minutes",
    ),
    offer=("Eine Sitzung zeigen", "Show a meeting"),
)
def show(ctx: Context, meeting: MeetingRef) -> Shown:
    """The meeting as it stands, for its group. Refuses: NotFound, NotInGroup."""
    found = around(ctx, meeting, whole=False)
    groups.require_member(ctx, found.series.process)
    return Shown(sitting(ctx, found, meeting, full=True), found.answer(meeting, ctx.me.user_id))
