"""What people are told of surveys by themselves, some at a time: that one asks them, and that one is closed."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from commands.framework import Context, job
from commands.framework.telling import Since, told
from commands.surveys.asking import AT_ONCE, invite_some
from commands.surveys.model import AboutSurvey, is_closed, view
from storage import surveys as stored
from storage.surveys import OPEN, Survey

TOPIC: Final = "survey closed"


class ResultThere(AboutSurvey):
    """In the weekly digest: it is closed, and has a result."""


@job("survey news", every=timedelta(seconds=10))
def tell_the_others(ctx: Context) -> bool:
    """All whom an open survey asks are invited; who was asked by one that is closed is told so in the digest."""
    number = stored.next_to_inform(ctx.tx)
    survey = stored.find(ctx.tx, number) if number is not None else None
    if survey is None:
        return False
    if survey.state == OPEN:
        invite_some(ctx, survey)
    else:
        _tell_some(ctx, survey)
    return True


def _tell_some(ctx: Context, survey: Survey) -> None:
    """A group finds the result in its room instead."""
    users = stored.list_uninformed(ctx.tx, survey.id, limit=AT_ONCE)
    for user in users if survey.process is None else ():
        if user != survey.author:
            ctx.tell(user, TOPIC, before={}, digest=True, survey=survey.id)
    stored.set_informed(ctx.tx, survey.id, users)


@told(TOPIC)
def _closed(ctx: Context, since: Since, survey: int) -> ResultThere | None:  # noqa: ARG001
    row = stored.find(ctx.tx, survey)
    return ResultThere(view(ctx, row)) if row is not None and is_closed(row) else None
