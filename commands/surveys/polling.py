"""What people choose in the poll of a survey counts like their answers; and polls that came before their room."""

from __future__ import annotations

from datetime import timedelta

from commands import groups
from commands.framework import Context, Refused, Vote, job, polled
from commands.surveys import answering, ballots, closing
from commands.surveys.answering import NotAsked
from commands.surveys.model import AboutSurvey, OverAlready, get, has_answered, view
from storage import polls
from storage import surveys as stored
from storage.surveys import CLOSED


class GoesOnHere(AboutSurvey):
    """The group has another room, and the poll stands there now; who has answered has done so."""


@polled(ballots.KIND, own="answer")
def count(ctx: Context, number: int, vote: Vote) -> None:
    """What the asker has chosen is their answer; nothing, and they have not answered. Refuses: NotAsked, OverAlready.

    One that was sent in time and told late changes the result that the group has read: it reads the new one.
    """
    row = get(ctx, number)
    if has_answered(ctx, number) is None:
        raise Refused(NotAsked(number))
    if vote.at >= row.until_at:
        raise Refused(OverAlready(view(ctx, row)))
    choices = [place - 1 for place in vote.places]
    stored.put_answer(ctx.tx, number, ctx.me.user_id, 0, choices=choices)
    if choices:
        answering.has_all(ctx, row)
    else:
        answering.has_nothing(ctx, row)
    if row.state == CLOSED:
        closing.correct(ctx, get(ctx, number))


@job("survey polls", every=timedelta(minutes=1))
def place_later(ctx: Context) -> None:
    """A survey that was started before its group had a room, or has another one since, stands there now."""
    for row in stored.list_unpolled(ctx.tx):
        if polls.find(ctx.tx, ballots.KIND, row.id) is not None and row.process is not None:
            ctx.post(groups.purpose(row.process), GoesOnHere(view(ctx, row)))
        ballots.place(ctx, row)
