"""What a survey has come to: told once it is closed, and before to who has started it, if it names people."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final

from commands.framework import (
    PERSON,
    Audience,
    Context,
    Drawing,
    Failure,
    Refused,
    Role,
    command,
    meant,
    reference,
    valued,
)
from commands.surveys import tallies
from commands.surveys.model import (
    FEWEST,
    AboutSurvey,
    Result,
    SurveyCard,
    SurveyRef,
    View,
    WholeSurvey,
    get,
    groups_of,
    has_answered,
    is_closed,
    require_knowing,
    view,
)
from commands.surveys.questions import Question
from storage import surveys as stored
from storage.surveys import TEXT, Survey


class ResultTold(WholeSurvey):
    """What it has come to; `few`: so few have answered without names that it is not told."""

    few: bool = False

    @property
    def audience(self) -> Audience:
        return PERSON if self.early else super().audience

    def outside(self) -> None:
        """It stands in the direct chat."""

    def drawing(self) -> Drawing | None:
        """A bar for each choice; what was answered in words has none."""
        asked = [
            {
                "question": one.question.text,
                "choices": [
                    [choice, count] for choice, count in zip(one.question.choices, one.counts, strict=True)
                ],
            }
            for one in self.results or ()
            if one.question.choices
        ]
        row = self.survey.row
        data = {"title": row.title, "answered": row.answered, "asked": row.asked, "questions": asked}
        return Drawing("survey", data, ("resultat.png", "result.png")) if asked else None


class NotYet(Failure):
    """It is open still, and its result is told when it is closed."""

    code: ClassVar[str] = "conflict"
    survey: View

    @property
    def about(self) -> tuple[str, int]:
        return "survey", self.survey.row.id


def of(ctx: Context, survey: Survey) -> tuple[Result, ...]:
    """What was answered to each question; of an anonymous survey, to which at least five have answered."""
    questions = view(ctx, survey).questions
    if not survey.anonymous:
        return _named(ctx, survey, questions)
    found = []
    for n, question in enumerate(questions):
        tally = tallies.total(ctx, survey, n)
        counts = tuple(tally.counts[choice] for choice in range(len(question.choices)))
        if tally.answers >= FEWEST:
            found.append(Result(question, counts, tuple(tally.texts), tally.answers))
    return tuple(found)


def _named(ctx: Context, survey: Survey, questions: tuple[Question, ...]) -> tuple[Result, ...]:
    counted = stored.counts(ctx.tx, survey.id)
    texts = stored.texts(ctx.tx, survey.id)
    return tuple(
        Result(
            question,
            tuple(counted.get((n, choice), 0) for choice in range(len(question.choices))),
            tuple(text for of_question, text in texts if of_question == n),
            counted.get((n, TEXT), 0) if not question.choices else stored.count_answers(ctx.tx, survey.id, n),
        )
        for n, question in enumerate(questions)
    )


def may_see(ctx: Context, survey: Survey) -> bool:
    """May the asker know the result now?"""
    return is_closed(survey) or (survey.author == ctx.me.user_id and not survey.anonymous)


def told(ctx: Context, survey: Survey) -> ResultTold:
    """The result, of which the asker may know."""
    found = of(ctx, survey)
    early = not is_closed(survey)
    few = survey.anonymous and not found
    return ResultTold(
        view(ctx, survey),
        you=has_answered(ctx, survey.id),
        results=None if few else found,
        early=early,
        few=few,
    )


NEWEST: Final = 9
WITH_RESULT: Final = "survey with a result"
ToldRef = Annotated[int, reference("survey", among=WITH_RESULT)]


@valued(WITH_RESULT)
def with_result(ctx: Context) -> list[tuple[int, str]]:
    """The newest ones whose result the asker may see now."""
    newest = stored.list_page(ctx.tx, groups_of(ctx), limit=NEWEST, offset=0)
    return [(one.id, one.title) for one in newest if may_see(ctx, one)]


@meant(WITH_RESULT)
def the_one_with_result(ctx: Context) -> int | None:
    found = with_result(ctx)
    return found[0][0] if len(found) == 1 else None


@command(
    "umfrage resultat",
    "survey result",
    "umfrage ergebnis",
    "umfrage auswertung",
    "survey results",
    role=Role.PI,
    de="was eine Umfrage ergeben hat",
    en="what a survey has come to",
    example=("U2", "U2"),
    reads=True,
    words=(
        "ergeben",
        "herausgekommen",
        "rausgekommen",
        "usecho",
        "was haben alle gesagt",
        "wie haben geantwortet",
        "what came out of",
        "how did people respond",
        "outcome",
    ),
    offer=("Das Resultat einer Umfrage ansehen", "See the result of a survey"),
)
def result(ctx: Context, survey: ToldRef) -> ResultTold:
    """What it has come to. Refuses: NotFound, NotYours, NotYet."""
    row = get(ctx, survey)
    require_knowing(ctx, row)
    if not may_see(ctx, row):
        raise Refused(NotYet(view(ctx, row)))
    return told(ctx, row)


@command(
    "umfrage zeige",
    "survey show",
    role=Role.PI,
    de="eine Umfrage mit ihren Fragen zeigen",
    en="show a survey with its questions",
    example=("U2", "U2"),
    reads=True,
    words=("worum geht es in der Umfrage", "Fragen der Umfrage", "wer hat geantwortet", "how many answered"),
    offer=("Eine Umfrage ansehen", "See a survey"),
)
def show(ctx: Context, survey: SurveyRef) -> AboutSurvey:
    """It, with its questions; its result too, where the asker may know that. Refuses: NotFound, NotYours."""
    row = get(ctx, survey)
    require_knowing(ctx, row)
    return SurveyCard(view(ctx, row), you=has_answered(ctx, survey), results=_shown(ctx, row))


def _shown(ctx: Context, row: Survey) -> tuple[Result, ...] | None:
    """The results that go with it, as they do once it is closed."""
    return of(ctx, row) or None if is_closed(row) else None


def result_card(ctx: Context, number: int) -> SurveyCard:
    """A closed survey with what it has come to, as all who may know of it are told. Refuses: NotFound."""
    row = get(ctx, number)
    return SurveyCard(view(ctx, row), results=_shown(ctx, row))
