"""Surveys: what is asked, who is asked, and what was answered.

Of a survey with names an answer is a row of its own. Of an anonymous one there are no such rows: one tally a question
holds what all have answered together, and each answer rewrites it whole, so that neither rows nor their order or place
tell one from another; what stands in it is sealed (`commands.surveys.tallies`). Who has answered stands in
`survey_people` alone, without a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Index,
    String,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage import counters
from storage.engine.base import Base, Tx
from storage.engine.database import SCRUB
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert
from storage.polls import Poll
from storage.rooms import Purpose, Room

OPEN: Final = "open"
CLOSED: Final = "closed"
WITHDRAWN: Final = "withdrawn"
TEXT: Final = -1  # in place of a choice: the answer is a text
A_TICK: Final = 50  # surveys that are closed in one transaction
PART_OF_ALL: Final = "all"


class Survey(Base):
    """U2 is 2."""

    __tablename__ = "surveys"
    __table_args__ = (Index(None, "state", "until_at"), Index(None, "author"), Index(None, "process", "id"))
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str]
    process: Mapped[int | None]  # whose group is asked; None: all are
    author: Mapped[str]  # Matrix id; empty after erasure
    anonymous: Mapped[bool]
    standard: Mapped[bool]  # the one of each process, see `commands.surveys.standard`
    questions: Mapped[list[Any]] = mapped_column(JSON)  # see `commands.surveys.questions`
    until_at: Mapped[datetime]  # the first moment that is too late
    until_day: Mapped[bool]  # it was given as a day, which is over then
    state: Mapped[str]  # open, closed, withdrawn: was taken back
    early: Mapped[bool]  # it was closed before its time
    asked: Mapped[int]  # people
    answered: Mapped[int]
    made_at: Mapped[datetime]


class SurveyPerson(Base):
    """Somebody is asked. No row says when they have answered."""

    __tablename__ = "survey_people"
    __table_args__ = (
        Index(None, "user_id", "answered"),
        Index(None, "informed", "survey"),
        {"sqlite_with_rowid": False},
    )
    survey: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)  # a pseudonym after erasure
    answered: Mapped[bool]
    passed: Mapped[int]  # questions of an anonymous survey that are answered or passed over
    informed: Mapped[bool]  # that it asks them, or of its result


class SurveyAnswer(Base):
    """What somebody has answered, with the name; several choices are several rows."""

    __tablename__ = "survey_answers"
    __table_args__ = (Index(None, "user_id"), {"sqlite_with_rowid": False})
    survey: Mapped[int] = mapped_column(primary_key=True)
    question: Mapped[int] = mapped_column(primary_key=True)  # from 0
    choice: Mapped[int] = mapped_column(primary_key=True)  # from 0; -1: a text
    user_id: Mapped[str] = mapped_column(primary_key=True)  # a pseudonym after erasure
    text: Mapped[str]


class SurveyTally(Base):
    """All that was answered to a question of an anonymous survey, or a part of it where that is much."""

    __tablename__ = "survey_tallies"
    survey: Mapped[int] = mapped_column(primary_key=True)
    question: Mapped[int] = mapped_column(primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[str]


_number: Any = bindparam("number")
_user: Any = bindparam("user")
_SURVEY = Rows(Survey, select(Survey).where(Survey.id == _number))
_ADD = Prepared(insert(Survey))
_REMOVE = Prepared(delete(Survey).where(Survey.id == _number))
_DUE = Prepared(
    select(Survey.id)
    .where(
        Survey.state == literal(OPEN),
        Survey.until_at <= bindparam("at"),
        or_(Survey.anonymous.is_(False), Survey.until_at <= bindparam("sure")),
    )
    .order_by(Survey.until_at, Survey.id)
    .limit(A_TICK)
)
_BY_AUTHOR = Rows(Survey, select(Survey).where(Survey.author == _user).order_by(Survey.id.desc()))
_OPEN_OF = Rows(
    Survey,
    select(Survey)
    .where(Survey.process == bindparam("group"), Survey.state == literal(OPEN))
    .order_by(Survey.id),
)
_OPEN_TO_ALL = Rows(
    Survey,
    select(Survey).where(Survey.process.is_(None), Survey.state == literal(OPEN)).order_by(Survey.id),
)
_group = literal("group ", String) + cast(Survey.process, String)
_here = (
    select(Purpose.room_id)
    .join(Room, Room.room_id == Purpose.room_id)
    .where(Purpose.purpose == _group, Room.joined)
)
_UNPOLLED = Rows(
    Survey,
    select(Survey)
    .where(
        Survey.state == literal(OPEN),
        Survey.process.is_not(None),
        Survey.anonymous.is_(False),
        _here.correlate(Survey).exists(),
        ~select(Poll.number)
        .where(
            Poll.kind == literal("survey"),
            Poll.number == Survey.id,
            or_(Poll.ended_at.is_not(None), Poll.room_id == _here.correlate(Survey).scalar_subquery()),
        )
        .exists(),
    )
    .order_by(Survey.id),
)
_FORGET_AUTHOR = Prepared(update(Survey).where(Survey.author == _user).values(author=""))
_people = SurveyPerson.survey == _number
_the_person = (_people, SurveyPerson.user_id == _user)
_RECOUNT = Prepared(
    update(Survey)
    .where(Survey.id == _number)
    .values(asked=select(func.count()).where(_people).scalar_subquery())
)
_COUNT_ANSWERED = Prepared(
    update(Survey).where(Survey.id == _number).values(answered=Survey.answered + bindparam("by"))
)
_ASK = Upsert(SurveyPerson, "survey", "user_id", keep=True)
_PERSON = Rows(SurveyPerson, select(SurveyPerson).where(*_the_person))
_PEOPLE = Prepared(
    select(SurveyPerson.user_id)
    .where(_people, SurveyPerson.answered == bindparam("done"))
    .order_by(SurveyPerson.user_id)
)
_UNINFORMED = Prepared(
    select(SurveyPerson.user_id)
    .where(_people, SurveyPerson.informed.is_(False))
    .order_by(SurveyPerson.user_id)
    .limit(bindparam("most"))
)
_TO_INFORM = Prepared(
    select(SurveyPerson.survey).where(SurveyPerson.informed.is_(False)).order_by(SurveyPerson.survey).limit(1)
)
_INFORMED = Prepared(update(SurveyPerson).where(*_the_person).values(informed=True))
_INFORM_ALL = Prepared(update(SurveyPerson).where(_people).values(informed=False))
_UNASK = Prepared(delete(SurveyPerson).where(*_the_person, SurveyPerson.answered.is_(False)))
_UNASK_ALL = Prepared(delete(SurveyPerson).where(_people))
_SET_PERSON = Prepared(
    update(SurveyPerson)
    .where(*_the_person)
    .values(answered=bindparam("done"), passed=bindparam("so_far"), informed=True)
)
_WAITING = Rows(
    Survey,
    select(Survey)
    .join(SurveyPerson, SurveyPerson.survey == Survey.id)
    .where(SurveyPerson.user_id == _user, SurveyPerson.answered.is_(False), Survey.state == literal(OPEN))
    .order_by(Survey.until_at, Survey.id),
)
_BEGUN = Prepared(
    select(SurveyPerson.user_id)
    .where(
        _people,
        SurveyPerson.user_id != bindparam("but"),
        or_(SurveyPerson.answered, SurveyPerson.passed > 0),
    )
    .limit(1)
)
_OF_PERSON = Rows(
    SurveyPerson,
    select(SurveyPerson).where(SurveyPerson.user_id == _user).order_by(SurveyPerson.survey),
)
_RENAME_PERSON = Prepared(
    update(SurveyPerson).where(*_the_person).values(user_id=bindparam("known"), informed=True)
)
_NAMED = Prepared(
    select(SurveyAnswer.question, SurveyAnswer.choice, SurveyAnswer.user_id)
    .where(SurveyAnswer.survey == _number, SurveyAnswer.choice != literal(TEXT))
    .order_by(SurveyAnswer.question, SurveyAnswer.choice, SurveyAnswer.user_id)
)
_the_answer = (SurveyAnswer.survey == _number, SurveyAnswer.user_id == _user)
_ANSWER = Prepared(insert(SurveyAnswer).inline())
_UNANSWER = Prepared(delete(SurveyAnswer).where(*_the_answer, SurveyAnswer.question == bindparam("of")))
_FORGET_ANSWERS = Prepared(delete(SurveyAnswer).where(SurveyAnswer.survey == _number))
_ANSWERS = Rows(
    SurveyAnswer,
    select(SurveyAnswer).where(*_the_answer).order_by(SurveyAnswer.question, SurveyAnswer.choice),
)
_RENAME_ANSWERS = Prepared(update(SurveyAnswer).where(*_the_answer).values(user_id=bindparam("known")))
_COUNTS = Prepared(
    select(SurveyAnswer.question, SurveyAnswer.choice, func.count())
    .where(SurveyAnswer.survey == _number)
    .group_by(SurveyAnswer.question, SurveyAnswer.choice)
)
_ANSWERED = Prepared(
    select(func.count(func.distinct(SurveyAnswer.user_id))).where(
        SurveyAnswer.survey == _number, SurveyAnswer.question == bindparam("of")
    )
)
_TEXTS = Prepared(
    select(SurveyAnswer.question, SurveyAnswer.text)
    .where(SurveyAnswer.survey == _number, SurveyAnswer.choice == literal(TEXT))
    .order_by(SurveyAnswer.question, SurveyAnswer.text)
)
_TALLIES = Rows(
    SurveyTally,
    select(SurveyTally)
    .where(SurveyTally.survey == _number, SurveyTally.question == bindparam("of"))
    .order_by(SurveyTally.part),
)
_TALLIED = Prepared(
    select(SurveyTally.survey, SurveyTally.question)
    .distinct()
    .order_by(SurveyTally.survey, SurveyTally.question)
)
_SET_TALLY = Upsert(SurveyTally, "survey", "question", "part")
_FORGET_TALLIES = Prepared(delete(SurveyTally).where(SurveyTally.survey == _number))


# --- surveys


def put(tx: Tx, *, number: int, process: int | None, **values: object) -> None:
    """There is this open survey, which asks nobody yet, in place of one with this number."""
    _remove(tx, number)
    _ADD.run(
        tx,
        {
            "id": number,
            "process": process,
            "state": OPEN,
            "early": False,
            "asked": 0,
            "answered": 0,
            **values,
        },
    )
    _count(tx, process, 1)


def find(tx: Tx, number: int) -> Survey | None:
    return _SURVEY.first(tx, number=number)


def change(tx: Tx, number: int, **values: object) -> None:
    """It has these values from now on."""
    tx.execute(update(Survey).where(Survey.id == number).values(**values))


def withdraw(tx: Tx, number: int) -> None:
    """It was taken back: it is in no list, and nothing of what was answered is kept."""
    survey = find(tx, number)
    if survey is not None and survey.state != WITHDRAWN:
        _count(tx, survey.process, -1)
    change(tx, number, state=WITHDRAWN, asked=0, answered=0)
    _clear(tx, number)


def _remove(tx: Tx, number: int) -> None:
    survey = find(tx, number)
    if survey is None:
        return
    if survey.state != WITHDRAWN:
        _count(tx, survey.process, -1)
    _REMOVE.run(tx, {"number": number})
    _clear(tx, number)


def _clear(tx: Tx, number: int) -> None:
    for statement in (_UNASK_ALL, _FORGET_ANSWERS, _FORGET_TALLIES):
        statement.run(tx, {"number": number})
    tx.info[SCRUB] = True


def list_due(tx: Tx, *, at: datetime, sure: datetime) -> list[int]:
    """Some of the open ones whose time is over, the first to end first; of anonymous ones, since `sure` at least."""
    return list(_DUE.run(tx, {"at": at, "sure": sure}).scalars())


def list_by(tx: Tx, author: str) -> list[Survey]:
    return _BY_AUTHOR.all(tx, user=author)


def list_open_of(tx: Tx, process: int | None) -> list[Survey]:
    """The open ones that ask this group; None: that ask all."""
    return _OPEN_TO_ALL.all(tx) if process is None else _OPEN_OF.all(tx, group=process)


def list_unpolled(tx: Tx) -> list[Survey]:
    """The open ones with names that ask a group and have no poll in its room, in which the bot is."""
    return _UNPOLLED.all(tx)


def forget_author(tx: Tx, author: str) -> None:
    _FORGET_AUTHOR.run(tx, {"user": author})


def _count(tx: Tx, process: int | None, by: int) -> None:
    counters.add(tx, "surveys", by)
    counters.add(tx, f"surveys of {process or PART_OF_ALL}", by)


def count(tx: Tx, processes: Sequence[int] | None) -> int:
    """How many there are to all and to these groups; None: to whomever."""
    if processes is None:
        return counters.value(tx, "surveys")
    return sum(counters.value(tx, f"surveys of {one}") for one in (PART_OF_ALL, *processes))


def list_page(tx: Tx, processes: Sequence[int] | None, *, limit: int, offset: int) -> list[Survey]:
    """Those to all and to these groups, newest first; None: to whomever."""
    values = {f"group{n}": one for n, one in enumerate(processes or ())}
    found = _page(None if processes is None else len(processes))
    return found.all(tx, **values, limit=limit, offset=offset)


@cache
def _page(groups: int | None) -> Rows[Survey]:
    shown = select(Survey).where(Survey.state != literal(WITHDRAWN))
    if groups is not None:
        some = (Survey.process == bindparam(f"group{n}") for n in range(groups))
        shown = shown.where(or_(Survey.process.is_(None), *some))
    page = shown.order_by(Survey.id.desc()).limit(bindparam("limit")).offset(bindparam("offset"))
    return Rows(Survey, page)


# --- who is asked


def ask(tx: Tx, number: int, users: Iterable[str]) -> None:
    """These are asked too; who is already stays as they are."""
    for user in users:
        row = {"survey": number, "user_id": user, "answered": False, "passed": 0, "informed": False}
        execute_upsert(tx, _ASK, **row)
    _RECOUNT.run(tx, {"number": number})


def unask(tx: Tx, number: int, user: str) -> None:
    """The person is asked no more, unless they have answered."""
    _UNASK.run(tx, {"number": number, "user": user})
    _RECOUNT.run(tx, {"number": number})


def person(tx: Tx, number: int, user: str) -> SurveyPerson | None:
    """The person, if asked."""
    return _PERSON.first(tx, number=number, user=user)


def list_people(tx: Tx, number: int, *, answered: bool) -> list[str]:
    """Those who have answered, or have not."""
    return list(_PEOPLE.run(tx, {"number": number, "done": answered}).scalars())


def set_passed(tx: Tx, number: int, user: str, *, passed: int, answered: bool) -> None:
    """The person, who is asked, has got so far, or has answered all."""
    before = person(tx, number, user)
    _SET_PERSON.run(tx, {"number": number, "user": user, "so_far": passed, "done": answered})
    if before is not None and before.answered != answered:
        _COUNT_ANSWERED.run(tx, {"number": number, "by": 1 if answered else -1})


def has_begun(tx: Tx, number: int, *, but: str) -> bool:
    """Has anybody else answered something?"""
    return _BEGUN.run(tx, {"number": number, "but": but}).first() is not None


def list_uninformed(tx: Tx, number: int, *, limit: int) -> list[str]:
    return list(_UNINFORMED.run(tx, {"number": number, "most": limit}).scalars())


def next_to_inform(tx: Tx) -> int | None:
    """A survey of which somebody does not know yet that it asks them, or that it is closed."""
    found: int | None = _TO_INFORM.run(tx).scalar()
    return found


def set_informed(tx: Tx, number: int, users: Iterable[str]) -> None:
    for user in users:
        _INFORMED.run(tx, {"number": number, "user": user})


def inform_all(tx: Tx, number: int) -> None:
    """All whom it asks are to be told something new of it."""
    _INFORM_ALL.run(tx, {"number": number})


def list_waiting(tx: Tx, user: str) -> list[Survey]:
    """The open ones that ask this person, who has not answered, the first to end first."""
    return _WAITING.all(tx, user=user)


def list_of_person(tx: Tx, user: str) -> list[SurveyPerson]:
    return _OF_PERSON.all(tx, user=user)


# --- answers with names


def put_answer(
    tx: Tx, number: int, user: str, question: int, *, choices: Iterable[int] = (), text: str = ""
) -> None:
    """This is the person's answer to the question, in place of a former one; none without choices and text."""
    _UNANSWER.run(tx, {"number": number, "user": user, "of": question})
    about = {"survey": number, "question": question, "user_id": user}
    rows = [{**about, "choice": choice, "text": ""} for choice in sorted(set(choices))]
    if text:
        rows = [{**about, "choice": TEXT, "text": text}]
    if rows:
        _ANSWER.run(tx, rows)


def answers_of(tx: Tx, number: int, user: str) -> list[SurveyAnswer]:
    return _ANSWERS.all(tx, number=number, user=user)


def counts(tx: Tx, number: int) -> dict[tuple[int, int], int]:
    """How many have chosen what, by question and choice; under -1 stand the texts."""
    return {(question, choice): n for question, choice, n in _COUNTS.run(tx, {"number": number})}


def count_answers(tx: Tx, number: int, question: int) -> int:
    """How many people have answered the question."""
    return int(_ANSWERED.run(tx, {"number": number, "of": question}).scalar_one())


def choosers(tx: Tx, number: int) -> list[tuple[int, int, str]]:
    """Question, choice and person of each choice that was made."""
    return [(question, choice, user) for question, choice, user in _NAMED.run(tx, {"number": number})]


def texts(tx: Tx, number: int) -> list[tuple[int, str]]:
    """The texts by question, in the order of the alphabet."""
    return [(question, text) for question, text in _TEXTS.run(tx, {"number": number})]


# --- answers without


def tallies(tx: Tx, number: int, question: int) -> list[tuple[int, str]]:
    """What was answered to the question, by part."""
    return [(one.part, one.content) for one in _TALLIES.all(tx, number=number, of=question)]


def set_tally(tx: Tx, number: int, question: int, part: int, content: str) -> None:
    """This part of what was answered is so from now on; what it was before is left nowhere."""
    execute_upsert(tx, _SET_TALLY, survey=number, question=question, part=part, content=content)
    tx.info[SCRUB] = True


def list_tallied(tx: Tx) -> list[tuple[int, int]]:
    """All questions that were answered without names, each with its survey before it."""
    return [(survey, question) for survey, question in _TALLIED.run(tx)]


# --- erasure


def rename(tx: Tx, user: str, known: str) -> None:
    """What the person has answered counts on, under this pseudonym."""
    for one in list_of_person(tx, user):
        values = {"number": one.survey, "user": user, "known": known}
        _RENAME_PERSON.run(tx, values)
        _RENAME_ANSWERS.run(tx, values)
