"""What remains of a meeting: its minutes, and the agreements that stand in them.

A line that begins with `Vereinbarung:` becomes an agreement, with `wer:` and `bis:` at its end or on the lines below.
One that can't be read refuses the whole command, so that nothing is half written down.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, Final

from pydantic import Field, TypeAdapter, ValidationError

from commands import agreements, groups
from commands.agreements import Promise
from commands.dates import DateRefused, explain
from commands.framework import (
    BODY_LENGTH,
    TITLE_LENGTH,
    BuiltUpon,
    Context,
    Line,
    Machine,
    MemberRefs,
    Place,
    Refused,
    Reply,
    Role,
    Unreadable,
    WebLink,
    action,
    command,
    named,
)
from commands.framework.arguments import lacking, refusal
from commands.meetings import invitations, saving
from commands.meetings.cards import show
from commands.meetings.minutes_text import DETAIL, parted
from commands.meetings.model import AboutMeeting, MeetingOver, MeetingRef
from commands.meetings.schedule import agreed, around, is_coming, sitting
from storage import agreements as stored_agreements
from storage.schedules import Schedule

TO_MINUTES: Final = named("meeting minutes")

WORDS: Final = ("vereinbarung", "vereinbarungen", "agreement", "agreements", "wer", "who", "bis", "until")
Minutes = Annotated[str, Place("body", WORDS), Field(max_length=BODY_LENGTH)]
_URL: Final = re.compile(r"https?://\S+", re.IGNORECASE)
_MEMBERS: Final[TypeAdapter[tuple[str, ...]]] = TypeAdapter(MemberRefs)


TOO_LONG: Final = Unreadable(
    de=f"Mit dem, was schon dasteht, wird das Protokoll zu lang: höchstens {BODY_LENGTH} Zeichen.",
    en=f"With what is there already, the minutes get too long: at most {BODY_LENGTH} characters.",
)


@dataclass(frozen=True)
class Found:
    """An agreement as it stands in the minutes."""

    title: str
    people: tuple[str, ...]
    until: date | None


class Recorded(AboutMeeting):
    """The minutes are kept, and these agreements with them."""

    promises: tuple[Promise, ...] = ()
    added: bool = False  # to minutes that there were before

    def outside(self) -> Reply | None:
        return replace(self, sitting=self.sitting.outside(), promises=())


class MinutesPosted(AboutMeeting):
    """The minutes, as the group reads them in its room; all agreements that stand in them."""

    promises: tuple[Promise, ...] = ()

    def outside(self) -> None:
        return None


class Unrecorded(AboutMeeting):
    """The minutes, or who was there, are as they were before."""


@command(
    "sitzung protokoll",
    "meeting minutes",
    role=Role.LEADER,
    de="das Protokoll einer Sitzung ablegen, als Text oder Link",
    en="keep the minutes of a meeting, as text or link",
    example=("S7 https://example.ch/protokoll", "S7 https://example.ch/minutes"),
    words=(
        "hier Protokoll",
        "Protokoll von",
        "ablegen",
        "hochladen",
        "Protokoll ablegen",
        "upload",
        "save minutes",
        "Protokoll schreiben",
        "Protokoll speichern",
    ),
    offer=("Das Protokoll einer Sitzung ablegen", "Keep the minutes of a meeting"),
)
def record(
    ctx: Context, meeting: MeetingRef, said: Line = "", *, link: WebLink | None = None, text: Minutes = ""
) -> Recorded:
    """The meeting is held and has these minutes too, which the group reads in its room; the agreements are open.

    Refuses: NotTheLeader, MeetingOver where it is cancelled; BadInput for an agreement that can't be read.
    """
    schedule = standing(ctx, meeting)
    before = schedule.dates[meeting]
    if _URL.fullmatch(said) and link is None:
        said, link = "", said
    text = "\n".join(part for part in (said, text) if part)
    if not text and link is None:
        raise lacking(ctx, "text")
    if text and link in (None, before.record_link) and f"\n\n{text}\n\n" in f"\n\n{before.record}\n\n":
        there = Unreadable(
            de=f"Das steht schon im Protokoll von S{meeting}.",
            en=f"That is already in the minutes of S{meeting}.",
            code="conflict",
        )
        raise refusal(ctx, there, "text")
    known = {one.agreement.title: one for one in agreed(ctx, meeting)}
    found = read_agreements(ctx, text)
    numbers = [
        agreements.add(
            ctx, process=before.process, title=one.title, people=one.people, until=one.until, meeting=meeting
        )
        for one in found
        if one.title not in known
    ]
    added = before.record is not None or before.record_link is not None
    if link is not None and before.record_link not in (None, link):  # both are kept
        text = "\n".join(part for part in (text, link) if part)
    whole = "\n\n".join(part for part in (before.record, text) if part) or None
    if whole is not None and len(whole) > BODY_LENGTH:
        raise refusal(ctx, TOO_LONG, "text")
    link = before.record_link or link
    after = hold(ctx, schedule, meeting, record=whole, record_link=link)
    kept = tuple(agreements.about(ctx, number) for number in numbers)
    about = sitting(ctx, after, meeting)
    named = known | {one.agreement.title: one for one in kept}
    shown = tuple(named[one.title] for one in found)
    ctx.post(groups.purpose(before.process), MinutesPosted(about, promises=shown))
    former = {"state": before.state, "record": before.record, "record_link": before.record_link}
    ctx.undo(take_back, number=meeting, before=former, after=[whole, link], agreed=numbers)
    return Recorded(about, after.answer(meeting, ctx.me.user_id), promises=kept, added=added)


@action
def take_back(
    ctx: Context, number: int, before: Machine, after: list[str | None], agreed: list[int]
) -> Unrecorded:
    """The minutes are as before, and their agreements dropped, unless one was settled since. Refuses: BuiltUpon."""
    schedule = around(ctx, number)
    meeting = schedule.dates[number]
    found = [stored_agreements.find(ctx.tx, one) for one in agreed]
    if [meeting.record, meeting.record_link] != after or any(
        one is None or one.state != "open" for one in found
    ):
        raise Refused(BuiltUpon(ref=f"S{number}", instead=TO_MINUTES(f"S{number}")))
    for one in agreed:
        agreements.drop(ctx, one)
    return back(ctx, schedule, number, **before)


def standing(ctx: Context, number: int) -> Schedule:
    """Its series, of a group that the asker leads; the meeting is not cancelled."""
    schedule = around(ctx, number)
    groups.require_leader(ctx, schedule.series.process)
    if schedule.dates[number].state == "cancelled":
        raise Refused(MeetingOver(sitting(ctx, schedule, number)))
    return schedule


def hold(ctx: Context, schedule: Schedule, number: int, **values: object) -> Schedule:
    """The meeting is held: nobody is reminded of it, its card says so, and the next date has one."""
    after = schedule.changed(number, state="held", **values)
    saving.save(ctx, schedule, after)
    show(ctx, after)
    ctx.audit(f"S{number}")
    return after


def back(ctx: Context, schedule: Schedule, number: int, **values: object) -> Unrecorded:
    """The meeting as it is again; where it is to come, people are reminded of it."""
    after = schedule.changed(number, **values)
    saving.save(ctx, schedule, after)
    if is_coming(ctx, after.dates[number]):
        after = invitations.come_again(ctx, after, after)  # to those invited nothing is different
    else:
        show(ctx, after)
    ctx.audit(f"S{number}")
    return Unrecorded(sitting(ctx, after, number), after.answer(number, ctx.me.user_id))


# --- agreements in the minutes


def read_agreements(ctx: Context, text: str) -> list[Found]:
    """The agreements that stand in the text, in order, each once. Refuses: BadInput, naming the line."""
    found = [_agreement(ctx, line) for line in parted(text)[0]]
    return list({one.title: one for one in found}.values())


def _agreement(ctx: Context, line: str) -> Found:
    details = list(DETAIL.finditer(line))
    title = " ".join((line[: details[0].start()] if details else line).split()).strip(" |")
    given: dict[str, Any] = {}
    ends = [match.start() for match in details[1:]] + [len(line)]
    for match, end in zip(details, ends, strict=False):
        name = "who" if match[1].lower() in ("wer", "who") else "until"
        raw = line[match.end() : end].strip(" |,;")
        if name in given:
            raise _unreadable(ctx, line, de="eine Angabe steht zweimal da.", en="something is given twice.")
        try:
            given[name] = (
                _MEMBERS.validate_python(raw, context=ctx) if name == "who" else agreements.read_day(ctx, raw)
            )
        except DateRefused as problem:
            raise _unreadable(ctx, line, de=explain(problem, "de"), en=explain(problem, "en")) from problem
        except ValidationError as error:
            cause = error.errors(include_url=False)[0].get("ctx", {}).get("error")
            if not isinstance(cause, Unreadable):
                raise
            raise _unreadable(ctx, line, **cause.sentence) from error
    if not 0 < len(title) <= TITLE_LENGTH:
        raise _unreadable(
            ctx,
            line,
            de=f"sie braucht zuerst einen Satz von höchstens {TITLE_LENGTH} Zeichen.",
            en=f"it needs a sentence of at most {TITLE_LENGTH} characters first.",
        )
    return Found(title, given.get("who", ()), given.get("until"))


def _unreadable(ctx: Context, line: str, *, de: str, en: str) -> Refused:
    return refusal(
        ctx,
        Unreadable(
            de=f"Das Protokoll ist noch nicht abgelegt. In der Vereinbarung «{line}» stimmt etwas nicht: {de}",
            en=f"The minutes are not kept yet. Something is wrong in the agreement «{line}»: {en}",
        ),
        "text",
    )
