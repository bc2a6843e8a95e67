"""Closing a survey: by itself when its time is over, or earlier by who may."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from commands import groups
from commands.framework import Context, Machine, Refused, Role, action, command, job
from commands.surveys import ballots, reminding, results, standard
from commands.surveys.model import AboutSurvey, OverAlready, SurveyRef, get, require_starter, view
from commands.surveys.results import ResultTold
from storage import surveys as stored
from storage.surveys import A_TICK, CLOSED, OPEN, Survey

ON_THE_WAY: Final = timedelta(seconds=30)  # an answer that was sent in time is there by then


class ResultsInGroup(ResultTold):
    """Said in the group's room once it is closed; `more` has counted than its poll there shows."""

    more: bool = False


class Ended(ResultTold):
    """Told to who has started it: its time is over."""


class ReopenedInGroup(AboutSurvey):
    """In place of the results: it is open after all."""


class Reopened(AboutSurvey):
    """It can be answered again."""


@command(
    "umfrage abschliessen",
    "survey close",
    "umfrage beenden",
    "survey end",
    role=Role.LEADER,
    de="eine Umfrage vor ihrem Ende abschliessen",
    en="close a survey before its end",
    example=("U2", "U2"),
    there=lambda ctx: (
        ctx.me.role >= Role.COORDINATOR
        or any(one.state == OPEN for one in stored.list_by(ctx.tx, ctx.me.user_id))
    ),
    words=(
        "Umfrage ist vorbei",
        "keine Antworten mehr",
        "zumachen",
        "zuemache",
        "beenden",
        "schliessen",
        "stop the survey",
        "finish the survey",
    ),
    offer=("Eine Umfrage abschliessen", "Close a survey"),
)
def close(ctx: Context, survey: SurveyRef) -> ResultTold:
    """It takes no more answers, and its result is told. Refuses: NotFound, NotStarted, OverAlready."""
    row = get(ctx, survey)
    require_starter(ctx, survey)
    if row.state != OPEN:
        raise Refused(OverAlready(view(ctx, row)))
    ctx.audit(f"U{survey}")
    if not row.anonymous:  # two results would tell what was answered in between
        ctx.undo(reopen, number=survey, before=standard.before(ctx, row))
    _close(ctx, row)
    return results.told(ctx, get(ctx, survey))


def _close(ctx: Context, row: Survey) -> Survey:
    """It is closed; the group finds the result in its room."""
    now = ctx.sent_at or ctx.now
    stored.change(ctx.tx, row.id, state=CLOSED, early=row.until_at > ctx.now)
    reminding.drop(ctx, row.id)
    stored.inform_all(ctx.tx, row.id)
    closed = get(ctx, row.id)
    last = min(now, row.until_at - timedelta(milliseconds=1))
    if row.process is not None:
        _tell_group(ctx, closed, row.process, at=last)
    standard.finish(ctx, closed)
    return closed


def _tell_group(ctx: Context, row: Survey, process: int, *, at: datetime) -> None:
    """The poll in the group's room ends; the result is a message there too, where people can't see it in the poll."""
    told = _in_group(ctx, row)
    polled = ballots.end(ctx, row, told, at=at)
    posted = ctx.post(groups.purpose(process), told if polled else replace(told, more=False))
    if posted is not None:
        posted.again = _again(row)
        posted.only_again = polled and (not told.more or ctx.where.purpose == groups.purpose(process))


def _in_group(ctx: Context, row: Survey) -> ResultsInGroup:
    told = results.told(ctx, row)
    more = ballots.is_polled(row) and not ballots.shows(
        ctx, row, told.results[0].counts if told.results else ()
    )
    return ResultsInGroup(told.survey, results=told.results, few=told.few, more=more)


def correct(ctx: Context, row: Survey) -> None:
    """The group reads the result once more, as something that was chosen in time has changed it."""
    assert row.process is not None
    posted = ctx.post(groups.purpose(row.process), _in_group(ctx, row))
    if posted is not None:
        posted.again = _again(row)


def _again(row: Survey) -> tuple[str, str]:
    return f"survey {row.id} {row.made_at.isoformat()}", "results"


@action
def reopen(ctx: Context, number: int, before: Machine | None = None) -> Reopened:
    """It can be answered until its end, as before. Refuses: OverAlready, where that is past."""
    row = get(ctx, number)
    if row.until_at <= ctx.now:
        raise Refused(OverAlready(view(ctx, row)))
    stored.change(ctx.tx, number, state=OPEN, early=False)
    opened = get(ctx, number)
    standard.put_back(ctx, opened, before)
    reminding.plan(ctx, opened, stored.list_people(ctx.tx, number, answered=False))
    if row.process is not None:
        ballots.place(ctx, opened)
        posted = ctx.post(groups.purpose(row.process), ReopenedInGroup(view(ctx, opened)))
        if posted is not None:
            posted.again, posted.only_again = _again(row), True
    ctx.audit(f"U{number}")
    return Reopened(view(ctx, opened))


@job("surveys", every=timedelta(seconds=10))
def close_due(ctx: Context) -> bool:
    """What is over is closed, and who has started it is told."""
    due = stored.list_due(ctx.tx, at=ctx.now, sure=ctx.now - ON_THE_WAY)
    for number in due:
        row = _close(ctx, get(ctx, number))
        if row.author:
            told = results.told(ctx, row)
            ctx.post(row.author, Ended(told.survey, results=told.results, few=told.few))
    return len(due) == A_TICK
