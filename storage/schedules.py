"""A series with its dates, who is invited to it, and what they have answered: read at once, and saved by difference.

Four statements to read, however many dates there are, and one for each table in which something is different to save.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy import bindparam, delete, insert, select, update

from storage import calendar_subscriptions
from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows, Upsert
from storage.meetings import Answer, Invitation, Meeting, Series, columns
from storage.members import Member
from storage.processes import Process

R = TypeVar("R", bound="Base")
Key = tuple[int, str]  # a date, and somebody who is asked


class Given(NamedTuple):
    """The answer of somebody; see `Answer`."""

    answer: str
    carrier: str
    at: datetime


class Asked(NamedTuple):
    """See `Invitation`."""

    id: int
    series: int
    meeting: int | None
    user_id: str
    state: str = "valid"


@dataclass(frozen=True)
class Schedule:
    """All there is of a series; `answers` may be those to one date alone, `changed` and the others give a new one."""

    series: Series
    process: str  # its name
    dates: Mapping[int, Meeting]  # in the order of its rule
    answers: Mapping[Key, Given]  # by date, the earlier first
    names: Mapping[str, str]  # of those who have a name
    invitations: Mapping[int, Asked]  # all that were ever sent

    def changed(self, number: int, **values: object) -> Schedule:
        """With a date that is otherwise."""
        return replace(self, dates={**self.dates, number: _changed(self.dates[number], values)})

    def with_series(self, **values: object) -> Schedule:
        return replace(self, series=_changed(self.series, values))

    def with_answers(self, given: Mapping[Key, Given]) -> Schedule:
        """With these answers, and the others as they are."""
        return replace(self, answers={**self.answers, **given})

    def without_answers(self, keys: Iterable[Key]) -> Schedule:
        gone = set(keys)
        return replace(self, answers={key: given for key, given in self.answers.items() if key not in gone})

    def with_invitations(self, asked: Iterable[Asked]) -> Schedule:
        """With these invitations, new or in another state."""
        return replace(self, invitations={**self.invitations, **{one.id: one for one in asked}})

    def answer(self, number: int, user: str) -> str | None:
        """The person's answer; None if not invited."""
        given = self.answers.get((number, user))
        return given.answer if given is not None else None

    def answers_to(self, number: int) -> dict[str, str]:
        """Of each person asked."""
        return {user: given.answer for (date, user), given in self.answers.items() if date == number}

    @property
    def invited(self) -> list[str]:
        """The people who have the series in the calendar: those with an invitation that is valid."""
        return list(dict.fromkeys(one.user_id for one in self.invitations.values() if one.state == "valid"))

    def valid(self, user: str) -> list[Asked]:
        """The invitations that the person can answer on."""
        return [one for one in self.invitations.values() if one.user_id == user and one.state == "valid"]


def _changed(row: R, values: Mapping[str, object]) -> R:
    return cast("R", cast("Any", row)._replace(**values))


_SERIES = Prepared(
    select(Series, Process.name.label("process_name"))
    .outerjoin(Process, Process.id == Series.process)
    .where(Series.id == bindparam("id"))
)
_OF = select(Meeting.series).where(Meeting.id == bindparam("meeting")).scalar_subquery()
_IN_ORDER = (Meeting.planned, Meeting.id)
_DATES = Rows(Meeting, select(Meeting).where(Meeting.series == bindparam("series")).order_by(*_IN_ORDER))
_DATES_AROUND = Rows(Meeting, select(Meeting).where(Meeting.series == _OF).order_by(*_IN_ORDER))
_DATES_OF_INVITATION = Rows(
    Meeting,
    select(Meeting)
    .where(
        Meeting.series
        == select(Invitation.series).where(Invitation.id == bindparam("invitation")).scalar_subquery()
    )
    .order_by(*_IN_ORDER),
)
_ANSWER = (
    select(Answer.meeting, Answer.user_id, Answer.answer, Answer.carrier, Answer.at, Member.name)
    .outerjoin(Member, Member.user_id == Answer.user_id)
    .order_by(Answer.at)
)
_ANSWERS = Prepared(
    _ANSWER.join(Meeting, Meeting.id == Answer.meeting).where(Meeting.series == bindparam("series"))
)
_ANSWERS_TO = Prepared(_ANSWER.where(Answer.meeting == bindparam("meeting")))
_INVITATIONS = Prepared(
    select(Invitation.id, Invitation.series, Invitation.meeting, Invitation.user_id, Invitation.state)
    .where(Invitation.series == bindparam("series"))
    .order_by(Invitation.id)
)

_PUT_SERIES = Upsert(Series, "id")
_PUT_DATES = Upsert(Meeting, "id")
_PUT_ANSWERS = Upsert(Answer, "meeting", "user_id")
_REMOVE_ANSWERS = Prepared(
    delete(Answer).where(Answer.meeting == bindparam("number"), Answer.user_id == bindparam("user"))
)
_INVITE = Prepared(insert(Invitation))
_SETTLE = Prepared(
    update(Invitation).where(Invitation.id == bindparam("number")).values(state=bindparam("new"))
)


def load(tx: Tx, series: int) -> Schedule:
    """The whole series, which there is."""
    return _load(tx, _DATES.all(tx, series=series), series, _ANSWERS.run(tx, {"series": series}))


def find(tx: Tx, meeting: int, *, whole: bool = True) -> Schedule | None:
    """The series of which this is a date; not `whole`: only with the answers to this date."""
    dates = _DATES_AROUND.all(tx, meeting=meeting)
    if not dates:
        return None
    series = dates[0].series
    answers = _ANSWERS.run(tx, {"series": series}) if whole else _ANSWERS_TO.run(tx, {"meeting": meeting})
    return _load(tx, dates, series, answers)


def find_of_invitation(tx: Tx, invitation: int) -> Schedule | None:
    """The whole series to which the invitation is."""
    dates = _DATES_OF_INVITATION.all(tx, invitation=invitation)
    if not dates:
        return None
    series = dates[0].series
    return _load(tx, dates, series, _ANSWERS.run(tx, {"series": series}))


def _load(tx: Tx, dates: list[Meeting], series: int, answers: Iterable[Any]) -> Schedule:
    row = _SERIES.run(tx, {"id": series}).one()
    given: dict[Key, Given] = {}
    names: dict[str, str] = {}
    for meeting, user, answer, carrier, at, name in answers:
        given[meeting, user] = Given(answer, carrier, at)
        if name is not None:
            names[user] = name
    asked = map(Asked._make, _INVITATIONS.run(tx, {"series": series}))
    process = row.process_name or ""
    return Schedule(row, process, {d.id: d for d in dates}, given, names, {one.id: one for one in asked})


def save(tx: Tx, before: Schedule, after: Schedule) -> None:
    """All that differs afterwards is in the store; the series is a version later, if more than its stamp is."""
    stamped = after.with_series(stamped_at=before.series.stamped_at)
    everybody = stamped.series != before.series or after.dates != before.dates
    if after.series != before.series:
        values = columns(after.series, Series)
        if stamped.series != before.series:
            values["version"] = before.series.version + 1
        _PUT_SERIES.statement(tx.dialect.name).run(tx, values)
    dates = [columns(date, Meeting) for key, date in after.dates.items() if before.dates.get(key) != date]
    if dates:
        _PUT_DATES.statement(tx.dialect.name).run(tx, dates)
    gone = [{"number": n, "user": user} for n, user in before.answers.keys() - after.answers.keys()]
    if gone:
        _REMOVE_ANSWERS.run(tx, gone)
    answers = [
        {"meeting": number, "user_id": user, **given._asdict()}
        for (number, user), given in after.answers.items()
        if before.answers.get((number, user)) != given
    ]
    if answers:
        _PUT_ANSWERS.statement(tx.dialect.name).run(tx, answers)
    both = before.answers.keys() | after.answers.keys()
    concerned = {user for _, user in both} if everybody else set()
    concerned |= {user for _, user in before.answers.keys() - after.answers.keys()} | {
        str(one["user_id"]) for one in answers
    }
    calendar_subscriptions.touch(tx, sorted(concerned))
    known = before.invitations
    new = [one._asdict() for one in after.invitations.values() if one.id not in known]
    if new:
        _INVITE.run(tx, new)
    settled = [
        {"number": one.id, "new": one.state}
        for one in after.invitations.values()
        if one.id in known and known[one.id].state != one.state
    ]
    if settled:
        _SETTLE.run(tx, settled)
