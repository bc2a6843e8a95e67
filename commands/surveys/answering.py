"""Answering a survey: one question after the other in the direct chat, with names or without.

With a name all answers are stored together at the end, and can be given anew until the survey is over. Without, each
is counted at once and forgotten: nobody knows any more whose it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, ClassVar, Final

from pydantic import AfterValidator

from commands.framework import Context, Failure, Machine, Refused, Role, action, command
from commands.framework.arguments import lacking
from commands.framework.declarations import Parameter
from commands.framework.failures import InDirectChat
from commands.framework.replies import Reply
from commands.surveys import ballots, reminding, tallies
from commands.surveys.asking import invite
from commands.surveys.model import AboutSurvey, SurveyRef, View, get, get_open, has_answered, view
from commands.surveys.names import choose, read_names
from commands.surveys.questions import Question, of_row, read_answer
from storage import surveys as stored
from storage.surveys import TEXT, Survey

_ANONYMOUS: Final = (
    (
        "Anonym: Gespeichert wird, dass Sie geantwortet haben, und getrennt davon, was alle zusammen sagen. Niemand "
        "sieht, welche Antwort Ihre ist. Ein Resultat gibt es ab 5 Antworten. Ändern lässt sich eine Antwort nicht."
    ),
    (
        "Anonymous: it is stored that you have answered, and apart from that what all say together. Nobody sees "
        "which answer is yours. There is a result from 5 answers on. An answer can't be changed."
    ),
)
_NAMED: Final = (
    (
        "Ihre Antworten werden mit Ihrem Namen gespeichert. Das Resultat nennt keine Namen. Ändern können Sie sie bis "
        "zum Schluss."
    ),
    "Your answers are stored with your name. The result names nobody. You can change them until the end.",
)


class Thanks(AboutSurvey):
    """It is answered; `again`: anew, in place of a former answer."""

    again: bool = False


class AnswersBack(AboutSurvey):
    """The former answers count again, or none do."""


class NotAsked(Failure):
    """The survey asks others."""

    code: ClassVar[str] = "not_allowed"
    number: int


class AnsweredAlready(Failure):
    """An anonymous survey is answered once."""

    survey: View

    @property
    def about(self) -> tuple[str, int]:
        return "survey", self.survey.row.id


def _name(question: int) -> str:
    return f"q{question + 1}"


def _further(ctx: Context, known: Mapping[str, str]) -> tuple[Parameter, ...]:
    """The questions of the survey that is answered, as what the command takes beside."""
    typed = known.get("survey", "").lstrip("#uU ")
    survey = stored.find(ctx.tx, int(typed)) if typed.isascii() and typed.isdecimal() else None
    if survey is None:
        return ()
    person = stored.person(ctx.tx, survey.id, ctx.me.user_id)
    passed = person.passed if person is not None else 0
    return tuple(
        _parameter(survey, n, question, passed=passed) for n, question in enumerate(of_row(survey.questions))
    )


def _parameter(survey: Survey, n: int, question: Question, *, passed: int) -> Parameter:
    def check(text: str) -> str:
        if question.own:
            read_names(question, text)
        else:
            read_answer(question, text)
        return text

    return Parameter(
        _name(n),
        "body" if not question.choices else "field",
        Annotated[str, AfterValidator(check)],
        required=not question.optional,
        default=None,
        asked=(question.text, question.text),
        before=_first(survey) if n == passed else None,
        among=tuple((one.key, one.value, one.label) for one in question.options),
        several=question.several,
        own_words=question.own,
        takes=partial(_take, number=survey.id, question=n) if survey.anonymous else None,
        taken=survey.anonymous and n < passed,
    )


def _first(survey: Survey) -> tuple[str, str]:
    """What is said before the first question: who will see what."""
    n = len(survey.questions)
    german = "eine Frage" if n == 1 else f"{n} Fragen"
    english = "one question" if n == 1 else f"{n} questions"
    words = _ANONYMOUS if survey.anonymous else _NAMED
    return f"«{survey.title}»: {german}. {words[0]}", f"«{survey.title}»: {english}. {words[1]}"


@command(
    "umfrage antworten",
    "survey answer",
    "umfrage ausfüllen",
    "umfrage beantworten",
    "survey fill",
    role=Role.PI,
    own="answer",
    de="eine Umfrage beantworten, Frage um Frage im Direktchat",
    en="answer a survey, question by question in the direct chat",
    example=("U2", "U2"),
    further=_further,
    there=lambda ctx: bool(stored.list_waiting(ctx.tx, ctx.me.user_id)),
    words=(
        "meine Antwort zu",
        "ausfüllen",
        "usfülle",
        "wähle ich",
        "ich wähle",
        "my answer",
        "fill in",
        "fill out",
    ),
    offer=("Eine Umfrage beantworten", "Answer a survey"),
)
def answer(ctx: Context, survey: SurveyRef, **answers: str | None) -> Reply:
    """What the asker has answered counts. Refuses: NotFound, NotAsked, OverAlready, AnsweredAlready; and asks."""
    row = get(ctx, survey)
    if (before := has_answered(ctx, survey)) is None:
        raise Refused(NotAsked(survey))
    row = get_open(ctx, survey)
    if before and row.anonymous:
        raise Refused(AnsweredAlready(view(ctx, row)))
    if not ctx.where.direct:
        invite(ctx, row, ctx.me.user_id, anew=True)
        return InDirectChat()
    if row.anonymous:
        return _finish(ctx, row)
    if _name(0) not in {name for name, _, _ in ctx.ended}:
        raise lacking(ctx, _name(0))
    ctx.undo(put_back, number=survey, before=_kept(ctx, survey), event=ctx.event_id)
    _store(ctx, row, answers)
    return Thanks(view(ctx, get(ctx, survey)), you=True, again=before)


# --- with names


def _store(ctx: Context, row: Survey, answers: Mapping[str, str | None]) -> None:
    for n, question in enumerate(of_row(row.questions)):
        said = answers.get(_name(n))
        choices, text = _read(ctx, row.id, n, question, said) if said else ((), "")
        stored.put_answer(ctx.tx, row.id, ctx.me.user_id, n, choices=choices, text=text)
        ballots.answered(ctx, row, choices)
    has_all(ctx, row)


def _read(ctx: Context, number: int, n: int, question: Question, said: str) -> tuple[tuple[int, ...], str]:
    if question.own:
        return choose(ctx, number, n, read_names(question, said)), ""
    return read_answer(question, said)


def has_all(ctx: Context, row: Survey) -> None:
    """The asker has answered all of it, and is not reminded any more."""
    passed = len(row.questions)
    stored.set_passed(ctx.tx, row.id, ctx.me.user_id, passed=passed, answered=True)
    reminding.drop(ctx, row.id, ctx.me.user_id)


def has_nothing(ctx: Context, row: Survey) -> None:
    """The asker has not answered, and is reminded of it."""
    stored.set_passed(ctx.tx, row.id, ctx.me.user_id, passed=0, answered=False)
    reminding.plan(ctx, row, [ctx.me.user_id])


def _kept(ctx: Context, number: int) -> list[Machine] | None:
    """What the asker has answered until now; None, if nothing."""
    if not has_answered(ctx, number):
        return None
    found: dict[int, Machine] = {}
    for one in stored.answers_of(ctx.tx, number, ctx.me.user_id):
        kept = found.setdefault(one.question, {"question": one.question, "choices": [], "text": one.text})
        if one.choice != TEXT:
            kept["choices"].append(one.choice)
    return list(found.values())


@action
def put_back(ctx: Context, number: int, before: list[Machine] | None, event: str = "") -> AnswersBack:
    """The asker's former answers count again; without any, they are asked still. Refuses: OverAlready."""
    row = get_open(ctx, number)
    if ballots.is_polled(row):
        chosen = ballots.taken_back(ctx, row, event)
        before = before if chosen is None else [{"question": 0, "choices": chosen, "text": ""}]
    kept: dict[int, Any] = {one["question"]: one for one in before or ()}
    for n in range(len(row.questions)):
        one = kept.get(n, {"choices": [], "text": ""})
        stored.put_answer(ctx.tx, number, ctx.me.user_id, n, choices=one["choices"], text=one["text"])
    if before is None:
        has_nothing(ctx, row)
    return AnswersBack(view(ctx, get(ctx, number)), you=before is not None)


# --- without


def _take(ctx: Context, text: str, *, number: int, question: int) -> None:
    """The answer is counted, and that the asker has answered so far. Refuses: OverAlready."""
    row = get_open(ctx, number)
    person = stored.person(ctx.tx, number, ctx.me.user_id)
    if person is None or person.passed != question:
        raise Refused(NotAsked(number))
    asked = of_row(row.questions)[question]
    if text:
        choices, said = read_answer(asked, text)
        tallies.add(ctx, row, question, choices=choices, text=said)
    stored.set_passed(ctx.tx, number, ctx.me.user_id, passed=question + 1, answered=False)


def _finish(ctx: Context, row: Survey) -> Reply:
    """All is answered; else the next question is asked."""
    person = stored.person(ctx.tx, row.id, ctx.me.user_id)
    assert person is not None
    if person.passed < len(row.questions):
        raise lacking(ctx, _name(person.passed))
    has_all(ctx, row)
    return Thanks(view(ctx, get(ctx, row.id)), you=True)
