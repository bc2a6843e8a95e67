"""A survey of one question in a group is a poll in the group's room as well.

What is chosen there and what is answered in the direct chat are one: of each person the latest counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from commands import groups
from commands.framework import Ballot, Context
from commands.surveys.model import WholeSurvey, view
from commands.surveys.questions import of_row
from storage import polls
from storage.surveys import Survey

KIND: Final = "survey"
SEVERAL: Final = {  # most clients let choose one alone
    "de": " (auch mehrere, am besten im Direktchat)",
    "en": " (also several, best in the direct chat)",
}


class SurveyPoll(WholeSurvey):
    """The poll in the group's room, as those read it who see no polls."""


def is_polled(row: Survey) -> bool:
    """Is it asked in the group's room too? Of one question with choices, and not anonymous."""
    questions = of_row(row.questions)
    return (
        row.process is not None and not row.anonymous and len(questions) == 1 and bool(questions[0].choices)
    )


def place(ctx: Context, row: Survey) -> bool:
    """It is a poll in the group's room, in place of one that has ended; False where it is none."""
    if row.process is None or not is_polled(row):
        return False
    [question] = of_row(row.questions)
    most = len(question.choices) if question.several else 1
    asked = question.text + (SEVERAL[ctx.settings.language] if question.several else "")
    ballot = Ballot(KIND, row.id, asked, question.choices, most)
    return ctx.place_poll(ballot, groups.purpose(row.process), SurveyPoll(view(ctx, row))) is not None


def end(ctx: Context, row: Survey, said: WholeSurvey, *, at: datetime) -> bool:
    """The poll ends with these words; what was chosen by then counts. False where there is none."""
    return ctx.end_poll(KIND, row.id, said, at=at)


def shows(ctx: Context, row: Survey, counts: Sequence[int]) -> bool:
    """Does who looks at the poll see these counts? Clients count what was chosen there, and know of nothing else."""
    said = sorted(polls.list_responses(ctx.tx, KIND, row.id), key=lambda one: one.said_at)
    latest = {one.user_id: one.chosen for one in said}
    chosen = Counter(place for places in latest.values() for place in places)
    return all(chosen[place] == count for place, count in enumerate(counts, 1))


def withdraw(ctx: Context, row: Survey) -> None:
    ctx.withdraw_poll(KIND, row.id)


def answered(ctx: Context, row: Survey, choices: Iterable[int]) -> None:
    """The asker has answered in the direct chat: that counts until they choose something later."""
    poll = polls.find(ctx.tx, KIND, row.id)
    if poll is not None and ctx.event_id:
        polls.put_response(
            ctx.tx,
            poll,
            event_id=ctx.event_id,
            user_id=ctx.me.user_id,
            chosen=[choice + 1 for choice in choices],
            at=ctx.sent_at or ctx.now,
            elsewhere=True,
        )


def taken_back(ctx: Context, row: Survey, event: str) -> list[int] | None:
    """What counts instead of the answer given by this event: the choices, from 0; None, where nothing is known."""
    polls.take_back(ctx.tx, event)
    latest = polls.standing(ctx.tx, KIND, row.id, ctx.me.user_id)
    return [place - 1 for place in latest.chosen] if latest is not None and latest.chosen else None
