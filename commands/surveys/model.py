"""Surveys: what one looks like, whom it asks, and who may do what with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated, ClassVar, Final
from zoneinfo import ZoneInfo

from commands import groups, processes
from commands.framework import (
    EVERYONE,
    About,
    Audience,
    Context,
    Failure,
    Machine,
    NotFound,
    Refused,
    Reply,
    Role,
    card,
    group,
    meant,
    reference,
    right,
    titled,
    valued,
)
from commands.surveys.questions import Question, of_row
from storage import surveys as stored
from storage.surveys import CLOSED, OPEN, WITHDRAWN, Survey

SIGN: Final = "🗳️"
FEWEST: Final = 5  # answers without names of which a result is told
SurveyRef = Annotated[int, reference("survey")]


@dataclass(frozen=True)
class Result:
    """What was answered to one question: how often each choice, or which texts."""

    question: Question
    counts: tuple[int, ...]
    texts: tuple[str, ...]
    answers: int  # people

    def machine(self) -> Machine:
        told: Machine = {"question": self.question.text}
        if self.question.choices:
            return told | {"counts": dict(zip(self.question.choices, self.counts, strict=True))}
        return told | {"texts": len(self.texts)}


@dataclass(frozen=True)
class View:
    """A survey as people see it."""

    row: Survey
    questions: tuple[Question, ...]
    group: str  # the name of the process whose group is asked
    zone: ZoneInfo

    @property
    def ref(self) -> str:
        return f"U{self.row.id}"

    @property
    def last_day(self) -> date | None:
        """The day until which it can be answered, where it was given as one."""
        return (
            (self.row.until_at.astimezone(self.zone) - timedelta(days=1)).date()
            if self.row.until_day
            else None
        )

    @property
    def until(self) -> datetime:
        """The last moment in which it can be answered."""
        last = self.row.until_at - timedelta(seconds=1) if self.row.until_day else self.row.until_at
        return last.astimezone(self.zone)

    def machine(self) -> Machine:
        row = self.row
        return {
            "type": "survey",
            "title": row.title,
            "state": row.state,
            "until": self.until.isoformat(timespec="seconds"),
            "to": "all" if row.process is None else f"P{row.process}",
            "anonymous": row.anonymous,
            "questions": len(self.questions),
            "asked": row.asked,
            "answered": row.answered,
        }


class AboutSurvey(Reply):
    """A reply that carries a survey; `you`: whether the asker has answered it, if asked."""

    abstract: ClassVar[bool] = True
    survey: View
    you: bool | None = None
    results: tuple[Result, ...] | None = None
    early: bool = False  # the results are told before the end, to who started it alone

    @property
    def about(self) -> About:
        return "survey", self.survey.row.id

    def machine(self) -> Machine:
        found: Machine = {}
        if self.results is not None:
            found["results"] = [one.machine() for one in self.results]
        if self.you is not None:
            found["you"] = {"answered": self.you}
        return self.survey.machine() | found


class WholeSurvey(AboutSurvey):
    """A reply with what a survey asks, or what came out: of a group's, that is said to the group alone."""

    abstract: ClassVar[bool] = True
    whole: bool = True

    @property
    def audience(self) -> Audience:
        process = self.survey.row.process
        return EVERYONE if process is None or not self.whole else group(process)

    def outside(self) -> Reply | None:
        return replace(self, results=None, whole=False)


class SurveyCard(WholeSurvey):
    """It, with its questions."""


class NotYours(Failure):
    """Only the group that is asked, and coordinators, may know of it."""

    code: ClassVar[str] = "not_allowed"
    number: int


class NotStarted(Failure):
    """Only who has started it, the group's leader and coordinators may do that."""

    code: ClassVar[str] = "not_allowed"
    number: int


class OverAlready(Failure):
    """It is closed, or was taken back."""

    survey: View

    @property
    def about(self) -> About:
        return "survey", self.survey.row.id


def get(ctx: Context, number: int) -> Survey:
    """The survey, also a closed one. Refuses: NotFound, also for what was taken back."""
    survey = stored.find(ctx.tx, number)
    if survey is None or survey.state == WITHDRAWN:
        raise Refused(NotFound(ref=f"U{number}", noun="umfrage"))
    return survey


def view(ctx: Context, survey: Survey) -> View:
    group = "" if survey.process is None else processes.get(ctx, survey.process).name
    return View(survey, of_row(survey.questions), group, ctx.settings.zone)


def is_over(ctx: Context, survey: Survey) -> bool:
    """Can it be answered no more? By the time at which that was sent, also where the bot hears of it later.

    Not so of an anonymous one that is closed: two results would tell what was answered in between.
    """
    closed = survey.state != OPEN and (survey.early or survey.anonymous)
    return closed or survey.state == WITHDRAWN or (ctx.sent_at or ctx.now) >= survey.until_at


def get_open(ctx: Context, number: int) -> Survey:
    """The survey, which can be answered. Refuses: NotFound, OverAlready."""
    survey = get(ctx, number)
    if is_over(ctx, survey):
        raise Refused(OverAlready(view(ctx, survey)))
    return survey


def has_answered(ctx: Context, number: int) -> bool | None:
    """Has the asker answered it? None, if not asked."""
    person = stored.person(ctx.tx, number, ctx.me.user_id)
    return person.answered if person is not None else None


def require_knowing(ctx: Context, survey: Survey) -> None:
    """Refuses: NotYours. Of a survey to all, all may know."""
    if survey.process is None or survey.author == ctx.me.user_id or groups.belongs(ctx, survey.process):
        return
    if has_answered(ctx, survey.id) is None:
        raise Refused(NotYours(survey.id))


@right
def require_starter(ctx: Context, number: int) -> None:
    """Refuses: NotFound, NotStarted. Who has started it may, the group's leader, and coordinators."""
    survey = get(ctx, number)
    if survey.author == ctx.me.user_id or ctx.me.role >= Role.COORDINATOR:
        return
    if survey.process is None or not groups.leads(ctx, survey.process):
        raise Refused(NotStarted(number))


@card("survey", letter="U", sign=SIGN, purpose="")
def survey_card(ctx: Context, number: int) -> SurveyCard:
    """Refuses: NotFound."""
    return SurveyCard(view(ctx, get(ctx, number)))


@meant("survey")
def the_one_that_waits(ctx: Context) -> int | None:
    """The open one that waits for the asker, if there is but one."""
    waiting = stored.list_waiting(ctx.tx, ctx.me.user_id)
    return waiting[0].id if len(waiting) == 1 else None


@valued("survey")
def likely_ones(ctx: Context) -> list[tuple[int, str]]:
    """Those that wait for the asker, then those that the asker has started and are open."""
    waiting = stored.list_waiting(ctx.tx, ctx.me.user_id)
    own = (one for one in stored.list_by(ctx.tx, ctx.me.user_id) if one.state == OPEN)
    return list({one.id: (one.id, one.title) for one in (*waiting, *own)}.values())


@titled("survey")
def by_title(ctx: Context, _text: str) -> list[tuple[int, str]]:
    """The newest of those that the asker may know of."""
    newest = stored.list_page(ctx.tx, groups_of(ctx), limit=50, offset=0)
    return [(one.id, one.title) for one in newest]


def groups_of(ctx: Context) -> list[int] | None:
    """The groups whose surveys may be named where the asker is, beside those to all; None: all."""
    if ctx.where.group is not None:
        return [ctx.where.group]
    if not ctx.where.private:
        return []
    return None if ctx.me.role >= Role.COORDINATOR else groups.groups_of(ctx)


def is_closed(survey: Survey) -> bool:
    return survey.state == CLOSED
