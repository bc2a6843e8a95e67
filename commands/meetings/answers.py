"""Who comes to a meeting: by reaction on its card or on the invitation, or by command. The latest act counts.

The store keeps which event carries the present answer: taking off that reaction leaves the question open again, taking
off another changes nothing. On the invitation to a series a reaction answers for all its dates to come. Also the lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, ClassVar, Final

from commands import groups, notices
from commands.framework import (
    PERSON,
    Audience,
    BuiltUpon,
    Context,
    Impersonal,
    Machine,
    Page,
    Present,
    Refused,
    Reply,
    Role,
    Touch,
    action,
    choices,
    command,
    group,
    reactions,
    reconciler,
    reference,
    tap,
)
from commands.meetings import model
from commands.meetings.model import KEYS, AboutMeeting, MeetingOver, MeetingRef, Sitting
from commands.words import FIELDS
from storage import meetings as stored
from storage.meetings import Meeting

A_PAGE: Final = 10
Which = Annotated[str, choices({"kommend": "coming", "vorbei": "past"})]


class Answered(AboutMeeting):
    """How the meeting stands, and the asker's answer."""


class Shown(AboutMeeting):
    """The meeting with agenda items, who comes, agreements, and minutes."""

    def outside(self) -> None:
        return None


class NotInvited(Impersonal):
    """Only who is invited to the meeting can answer."""

    code: ClassVar[str] = "not_allowed"
    sitting: Sitting


class MeetingList(Reply):
    """A page of meetings."""

    rows: tuple[AboutMeeting, ...]
    process: int | None
    past: bool
    page: int
    total: int

    @property
    def audience(self) -> Audience:
        return group(self.process) if self.process is not None else PERSON

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // A_PAGE))

    def machine(self) -> Machine:
        refs = [row.sitting.ref for row in self.rows]
        page = {"page": self.page, "pages": self.pages, "total": self.total}
        return {"type": "list", "of": "meeting", "refs": refs} | page

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
    own="answer",
    role=Role.PI,
    de="zu einer Sitzung zusagen",
    en="accept the invitation to a meeting",
    example=("S7", "S7"),
)
def accept(ctx: Context, meeting: MeetingRef) -> Answered:
    """The asker comes, and is reminded. Refuses: MeetingOver, NotInvited."""
    return _say(ctx, meeting, "accepted")


@command(
    "sitzung absagen",
    "meeting decline",
    own="answer",
    role=Role.PI,
    pausing=True,
    de="zu einer Sitzung absagen",
    en="decline the invitation to a meeting",
    example=("S7", "S7"),
)
def decline(ctx: Context, meeting: MeetingRef) -> Answered:
    """The asker does not come, and is not reminded any more. Refuses: MeetingOver, NotInvited."""
    return _say(ctx, meeting, "declined")


@command(
    "sitzung vielleicht",
    "meeting maybe",
    own="answer",
    role=Role.PI,
    de="vielleicht an eine Sitzung kommen",
    en="say that one may come to a meeting",
    example=("S7", "S7"),
)
def hesitate(ctx: Context, meeting: MeetingRef) -> Answered:
    """The asker may come, and is reminded. Refuses: MeetingOver, NotInvited."""
    return _say(ctx, meeting, "maybe")


def _say(ctx: Context, number: int, answer: str) -> Answered:
    meeting = _open(ctx, number)
    before = stored.find_answer(ctx.tx, number, ctx.me.user_id)
    _give(ctx, meeting, answer, carrier=ctx.event_id)
    former = [before.answer, before.carrier, before.at.isoformat()] if before is not None else None
    ctx.undo(restore_answer, number=number, carrier=ctx.event_id, before=former)
    return Answered(model.sitting(ctx, meeting), answer)


@action
def restore_answer(ctx: Context, number: int, carrier: str, before: list[str] | None) -> Answered:
    """The asker's answer is what it was before the command, unless a later act has changed it since."""
    meeting = _open(ctx, number)
    present = stored.find_answer(ctx.tx, number, ctx.me.user_id)
    if present is None or present.carrier != carrier:
        raise Refused(BuiltUpon(ref=f"S{number}", instead=f"sitzung zeige S{number}"))
    answer, former, at = before or ("open", "", present.at.isoformat())
    _give(ctx, meeting, answer, carrier=former, at=datetime.fromisoformat(at))
    return Answered(model.sitting(ctx, meeting), answer)


def _open(ctx: Context, number: int) -> Meeting:
    """The meeting, which can be answered by the asker. Refuses: NotFound, MeetingOver, NotInvited."""
    meeting = model.get(ctx, number)
    known = stored.find_answer(ctx.tx, number, ctx.me.user_id) is not None
    if not known and ctx.me.user_id not in groups.confirmed(ctx, meeting.process):
        raise Refused(NotInvited(model.sitting(ctx, meeting)))
    if not model.is_coming(ctx, meeting):
        raise Refused(MeetingOver(model.sitting(ctx, meeting)))
    return meeting


def _give(
    ctx: Context,
    meeting: Meeting,
    answer: str,
    *,
    carrier: str,
    user: str | None = None,
    at: datetime | None = None,
) -> None:
    """Store the answer; reminders and cards follow."""
    user = user or ctx.me.user_id
    stored.put_answer(
        ctx.tx,
        meeting=meeting.id,
        user_id=user,
        answer=answer,
        carrier=carrier,
        at=at or ctx.sent_at or ctx.now,
    )
    if answer == "declined":
        notices.drop(ctx, "meeting", meeting.id, user)
    else:
        notices.plan(ctx, "meeting", meeting.id, start=meeting.start_at, users=[user])
    ctx.changed("meeting", meeting.id)
    for one in stored.invitations(ctx.tx, meeting.series):
        if one.user_id == user and one.state == "valid":
            ctx.changed("invitation", one.id)


@tap("meeting", *KEYS, own="answer", pausing=("❌",))
def react(ctx: Context, number: int, touch: Touch) -> None:
    """A reaction put on is an answer; the one that carries it taken off leaves it open. Refuses: as the commands."""
    if touch.on:
        _give(ctx, _open(ctx, number), KEYS[touch.key], carrier=touch.event_id)
    else:
        _let_go(ctx, model.get(ctx, number), ctx.me.user_id, touch.event_id)


@tap("invitation", *KEYS, pausing=("❌",))
def react_in_direct(ctx: Context, number: int, touch: Touch) -> None:
    """The same, for the date or for all dates to come that the invitation is for."""
    invitation = stored.find_invitation(ctx.tx, number)
    if invitation is None or invitation.user_id != ctx.me.user_id:
        return
    for meeting in model.covered(ctx, invitation) or stored.dates(ctx.tx, invitation.series)[-1:]:
        ctx.note("meeting", meeting.id, part="answer", person=ctx.me.user_id)
        react(ctx, meeting.id, touch)


def _let_go(ctx: Context, meeting: Meeting, user: str, carrier: str) -> None:
    """The reaction is gone; so is the answer, if it carried it and there is still time."""
    present = stored.find_answer(ctx.tx, meeting.id, user)
    if present is not None and present.carrier == carrier and model.is_coming(ctx, meeting):
        _give(ctx, meeting, "open", carrier="", user=user)


@reconciler("meeting")
def reconcile(ctx: Context, number: int, present: Sequence[Present]) -> None:
    """Answers are in line with the reactions on the card now, after some may have been missed.

    Idempotent; nobody is told.
    """
    meeting = stored.find(ctx.tx, number)
    if meeting is None or not model.is_coming(ctx, meeting):
        return
    gone, missed = reactions.differences(ctx, "meeting", number, present, keys=KEYS)
    for tap_ in gone:
        _let_go(ctx, meeting, tap_.user_id, tap_.event_id)
    for one in missed:
        given = stored.find_answer(ctx.tx, number, one.user_id)
        if given is None:
            continue
        one.keep(ctx)
        if given.at < one.at:
            _give(ctx, meeting, KEYS[one.key], carrier=one.event_id, user=one.user_id, at=one.at)


# --- looking


@command(
    "sitzung liste",
    "meeting list",
    role=Role.PI,
    pausing=True,
    de="meine kommenden Sitzungen, oder die einer Gruppe",
    en="my meetings to come, or those of a group",
    example=("P3", "P3"),
    reads=True,
)
def show_list(
    ctx: Context,
    process: Annotated[int, reference("process")] | None = None,
    *,
    state: Which = "coming",
    page: Page = 1,
) -> MeetingList:
    """What is to come, the next first; past ones of a group, the latest first. Refuses: NotInGroup."""
    process = process or ctx.where.group
    at, past = ctx.now, state == "past" and process is not None
    found: list[Meeting]
    if process is None:
        found = stored.list_coming_of(ctx.tx, ctx.me.user_id, at=at)
    else:
        groups.get(ctx, process)
        groups.require_member(ctx, process)
        found = stored.list_coming(ctx.tx, process, at=at)
    first = A_PAGE * (page - 1)
    total = len(found)
    found = found[first : first + A_PAGE]
    if past and process is not None:
        found, total = stored.list_past(ctx.tx, process, at=at, limit=A_PAGE, offset=first)
    own = process is None or ctx.where.group != process  # in the group's room, the list is everybody's
    rows = (Shown(model.sitting(ctx, one), model.rsvp(ctx, one.id) if own else None) for one in found)
    return MeetingList(tuple(rows), process, past, page, total)


@command(
    "sitzung zeige",
    "meeting show",
    role=Role.PI,
    pausing=True,
    de="eine Sitzung mit Traktanden, Zusagen und Protokoll",
    en="a meeting with agenda items, answers and minutes",
    example=("S7", "S7"),
    reads=True,
)
def show(ctx: Context, meeting: MeetingRef) -> Shown:
    """The meeting as it stands, for its group. Refuses: NotFound, NotInGroup."""
    found = model.get(ctx, meeting)
    groups.require_member(ctx, found.process)
    return Shown(model.sitting(ctx, found, full=True), model.rsvp(ctx, meeting))
