"""Meetings of groups: each date is a meeting of its own; what a calendar has as one entry is a series.

A meeting that takes place once is a series of one date. Times are kept twice: in wall time, as people mean them and
series are computed, and as the instant, to ask what is due.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Index, bindparam, delete, func, insert, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from storage import calendar_subscriptions
from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert, is_any, table_of

_PLANNED = text("state = 'planned'")
_UNASKED = text("asked IS NULL AND state <> 'cancelled'")


class Series(Base):
    """The meetings that a calendar has as one entry: its UID is for ever, SEQUENCE never goes back."""

    __tablename__ = "meeting_series"
    __table_args__ = (Index(None, "organizer"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    uid: Mapped[str]  # before the server's name
    process: Mapped[int]
    organizer: Mapped[str]  # Matrix id of who planned it; empty after erasure
    title: Mapped[str]  # as the entry has it; single dates may be otherwise
    place: Mapped[str | None]
    link: Mapped[str | None]
    text: Mapped[str]  # agenda items
    zone: Mapped[str]
    minutes: Mapped[int | None]  # how long it lasts on the clock; None: not said
    rhythm: Mapped[str | None]  # week, two_weeks, month, month_weekday; None: one date
    nth: Mapped[int | None]  # of month_weekday: 3 is the third, -1 the last
    rule: Mapped[str | None]  # the same as calendars read it
    sequence: Mapped[int]
    version: Mapped[int]  # goes up with every change
    stamped_at: Mapped[datetime | None]  # the stamp of the last file about it, to the second


class Meeting(Base):
    """One date: S7 is 7."""

    __tablename__ = "meetings"
    __table_args__ = (
        Index(None, "series", "planned"),
        Index(None, "process", "start_at"),
        Index("ix_meetings_over", "over_at", sqlite_where=_PLANNED, postgresql_where=_PLANNED),
        Index("ix_meetings_begun", "start_at", sqlite_where=_UNASKED, postgresql_where=_UNASKED),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    series: Mapped[int]
    process: Mapped[int]
    title: Mapped[str]
    place: Mapped[str | None]
    link: Mapped[str | None]
    text: Mapped[str]  # agenda items
    planned: Mapped[datetime] = mapped_column(DateTime)  # wall time that the rule of the series has it at
    wall: Mapped[datetime] = mapped_column(DateTime)  # wall time of its start
    minutes: Mapped[int | None]
    start_at: Mapped[datetime]
    end_at: Mapped[datetime | None]
    over_at: Mapped[datetime]  # its end; where none was said, the end of the day
    state: Mapped[str]  # planned, cancelled, held
    reason: Mapped[str | None]  # of the cancellation
    holiday: Mapped[list[str] | None] = mapped_column(JSON)  # that it falls on, German and English
    before: Mapped[datetime | None]  # the start before it was moved last
    record: Mapped[str | None]  # the minutes
    record_link: Mapped[str | None]
    asked: Mapped[datetime | None]  # when the group was asked about its agreements
    carded: Mapped[bool]  # it has, or had, its card in the group's room


class Invitation(Base):
    """A message in somebody's direct chat on which a reaction answers, for one date or for all of a series."""

    __tablename__ = "meeting_invitations"
    __table_args__ = (Index(None, "series", "user_id"), Index(None, "user_id"))
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    series: Mapped[int]
    meeting: Mapped[int | None]  # None: all dates to come
    user_id: Mapped[str]
    state: Mapped[str]  # valid; replaced by a newer one; void: the person is not invited any more


class Answer(Base):
    """The answer of somebody who is invited; the latest act counts."""

    __tablename__ = "meeting_answers"
    __table_args__ = (Index(None, "user_id"),)
    meeting: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)
    answer: Mapped[str]  # accepted, declined, maybe, open
    carrier: Mapped[str]  # the event that brought it about: a command, or a reaction that may be taken off
    at: Mapped[datetime]


class Attendance(Base):
    """A person who was there."""

    __tablename__ = "meeting_attendance"
    __table_args__ = (Index(None, "user_id"),)
    meeting: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int]  # in the order named


class Excuse(Base):
    """A person who was not there, and had said so before."""

    __tablename__ = "meeting_excused"
    __table_args__ = (Index(None, "user_id"),)
    meeting: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int]  # in the order named


SERIES = Rows(Series, select(Series).where(Series.id == bindparam("id")))
MEETING = Rows(Meeting, select(Meeting).where(Meeting.id == bindparam("id")))
_DATES = Rows(
    Meeting,
    select(Meeting).where(Meeting.series == bindparam("series")).order_by(Meeting.planned, Meeting.id),
)
_COMING = Rows(
    Meeting,
    select(Meeting)
    .where(Meeting.process == bindparam("process"), Meeting.over_at > bindparam("at"), _PLANNED)
    .order_by(Meeting.start_at, Meeting.id),
)
_OF_PROCESS = Rows(
    Meeting, select(Meeting).where(Meeting.process == bindparam("process")).order_by(Meeting.series)
)
_OVER = Rows(
    Meeting,
    select(Meeting)
    .where(_PLANNED, Meeting.over_at <= bindparam("at"))
    .order_by(Meeting.over_at)
    .limit(bindparam("limit")),
)
_BEGUN = Rows(
    Meeting,
    select(Meeting)
    .where(_UNASKED, Meeting.start_at <= bindparam("at"))
    .order_by(Meeting.start_at)
    .limit(bindparam("limit")),
)
_NEXT = (
    select(
        Meeting.series,
        Meeting.process,
        Meeting.start_at,
        Meeting.carded,
        func.row_number()
        .over(partition_by=Meeting.series, order_by=(Meeting.start_at, Meeting.id))
        .label("place"),
    )
    .where(_PLANNED, Meeting.over_at > bindparam("at"))
    .subquery()
)
_UNCARDED = Prepared(
    select(_NEXT.c.series, _NEXT.c.process)
    .where(_NEXT.c.place == 1, _NEXT.c.carded.is_(False))
    .order_by(_NEXT.c.start_at, _NEXT.c.series)
)
_PUT_SERIES = Upsert(Series, "id")
_PUT_MEETING = Upsert(Meeting, "id")
_REMOVE = Prepared(delete(Meeting).where(Meeting.id == bindparam("number")))
_BY_ORGANIZER = Rows(Series, select(Series).where(Series.organizer == bindparam("user")).order_by(Series.id))

_ANSWER = Rows(
    Answer,
    select(Answer).where(Answer.meeting == bindparam("meeting"), Answer.user_id == bindparam("user_id")),
)
_ANSWERS_OF = Rows(
    Answer, select(Answer).where(Answer.user_id == bindparam("user_id")).order_by(Answer.meeting)
)
_PUT_ANSWER = Upsert(Answer, "meeting", "user_id")
_REMOVE_ANSWERS = Prepared(delete(Answer).where(Answer.meeting == bindparam("number")))
_SHOW = calendar_subscriptions.touching(select(Answer.user_id).where(Answer.meeting == bindparam("n")))
_TO_COME = ("accepted", "open", "maybe")
_SERIES_OF = Prepared(
    select(Meeting.series)
    .join(Answer, Answer.meeting == Meeting.id)
    .where(
        Answer.user_id == bindparam("user_id"),
        is_any(Answer.answer, _TO_COME),
        Meeting.over_at > bindparam("since"),
        Meeting.state != "cancelled",
    )
    .distinct()
    .order_by(Meeting.series)
)
_ASKED = Prepared(
    select(Meeting, Answer.answer)
    .join(Answer, Answer.meeting == Meeting.id)
    .where(
        Answer.user_id == bindparam("user_id"),
        Meeting.over_at > bindparam("at"),
        Meeting.state + "" == "planned",  # so that the person's answers are read, not all that is planned
    )
    .order_by(Meeting.start_at, Meeting.id)
)

_THERE = Prepared(
    select(Attendance.user_id).where(Attendance.meeting == bindparam("meeting")).order_by(Attendance.place)
)
_INVITATIONS_OF = Rows(
    Invitation, select(Invitation).where(Invitation.user_id == bindparam("user_id")).order_by(Invitation.id)
)
_THERE_OF = Rows(
    Attendance,
    select(Attendance).where(Attendance.user_id == bindparam("user_id")).order_by(Attendance.meeting),
)
_ATTEND = Prepared(insert(Attendance))
_NOBODY_THERE = Prepared(delete(Attendance).where(Attendance.meeting == bindparam("number")))
_EXCUSED = Prepared(
    select(Excuse.user_id).where(Excuse.meeting == bindparam("meeting")).order_by(Excuse.place)
)
_EXCUSED_OF = Prepared(
    select(Excuse.meeting).where(Excuse.user_id == bindparam("user_id")).order_by(Excuse.meeting)
)
_EXCUSE = Prepared(insert(Excuse))
_NOBODY_EXCUSED = Prepared(delete(Excuse).where(Excuse.meeting == bindparam("number")))


# --- series and their dates


def put_series(tx: Tx, **values: object) -> None:
    """Write a whole series; what is not given is empty."""
    execute_upsert(tx, _PUT_SERIES, **_empty(Series) | values)


def put_all(tx: Tx, rows: Iterable[Mapping[str, object]]) -> None:
    """Write whole meetings; what is not given is empty."""
    empty = {**_empty(Meeting), "carded": False}
    _PUT_MEETING.statement(tx.dialect.name).run(tx, [{**empty, **row} for row in rows])


def _empty(table: type[Base]) -> dict[str, object]:
    return dict.fromkeys(column.name for column in table_of(table).columns)


def columns(row: Base, table: type[Base]) -> dict[str, Any]:
    """The row as `put` and `put_series` take it."""
    return {column.name: getattr(row, column.name) for column in table_of(table).columns}


def find_series(tx: Tx, number: int) -> Series | None:
    return SERIES.first(tx, id=number)


def get_series(tx: Tx, number: int) -> Series:
    found = find_series(tx, number)
    assert found is not None, f"no series {number}"
    return found


def find(tx: Tx, number: int) -> Meeting | None:
    return MEETING.first(tx, id=number)


def dates(tx: Tx, series: int) -> list[Meeting]:
    """All dates of the series, also those cancelled or over, in the order of its rule."""
    return _DATES.all(tx, series=series)


def change(tx: Tx, number: int, **values: object) -> None:
    tx.execute(update(Meeting).where(Meeting.id == number).values(**values))
    _SHOW.run(tx, {"n": number})


def remove_all(tx: Tx, numbers: Iterable[int]) -> None:
    """There never were such dates: their series is being made anew."""
    rows = [{"number": number} for number in numbers]
    _SHOW.run(tx, [{"n": row["number"]} for row in rows])
    _REMOVE.run(tx, rows)
    _REMOVE_ANSWERS.run(tx, rows)


def list_coming(tx: Tx, process: int, *, at: datetime) -> list[Meeting]:
    """The meetings that the group has planned and that are not over, the next one first."""
    return _COMING.all(tx, process=process, at=at)


def list_series(tx: Tx, process: int) -> list[int]:
    """All series of the group, also those that are over."""
    return list(dict.fromkeys(meeting.series for meeting in _OF_PROCESS.all(tx, process=process)))


def list_past(tx: Tx, process: int, *, at: datetime, limit: int, offset: int) -> tuple[list[Meeting], int]:
    """The meetings that are over, held or cancelled, the latest first; and how many there are."""
    found = select(Meeting).where(
        Meeting.process == process, (Meeting.over_at <= at) | (Meeting.state != "planned")
    )
    total: int = tx.execute(found.with_only_columns(func.count())).scalar_one()
    page = found.order_by(Meeting.start_at.desc(), Meeting.id.desc()).limit(limit).offset(offset)
    return Rows(Meeting, page).all(tx), total


def list_coming_of(tx: Tx, user_id: str, *, at: datetime) -> list[Meeting]:
    """The meetings to which the person is invited and that are not over, the next one first."""
    return [meeting for meeting, _ in list_asked(tx, user_id, at=at)]


def list_asked(tx: Tx, user_id: str, *, at: datetime) -> list[tuple[Meeting, str]]:
    """The same, each with what the person has answered."""
    return [(row, row.answer) for row in _ASKED.run(tx, {"user_id": user_id, "at": at})]


def list_series_of(tx: Tx, user_id: str, *, since: datetime) -> list[int]:
    """The series that the person is invited to, and has not declined, with a date that was not over then."""
    return list(_SERIES_OF.run(tx, {"user_id": user_id, "since": since}).scalars())


def list_over(tx: Tx, *, at: datetime, limit: int) -> list[Meeting]:
    """Up to so many planned meetings whose end has passed."""
    return _OVER.all(tx, at=at, limit=limit)


def list_begun(tx: Tx, *, at: datetime, limit: int) -> list[Meeting]:
    """Up to so many that have begun, and whose groups were not asked about their agreements."""
    return _BEGUN.all(tx, at=at, limit=limit)


def list_uncarded(tx: Tx, *, at: datetime) -> list[tuple[int, int]]:
    """The series whose next date had no card yet, each with its group's process, the next one first."""
    return [(series, process) for series, process in _UNCARDED.run(tx, {"at": at})]


def list_organized(tx: Tx, user_id: str) -> list[Series]:
    return _BY_ORGANIZER.all(tx, user=user_id)


# --- who is invited, and what they answered


def find_answer(tx: Tx, meeting: int, user_id: str) -> Answer | None:
    """The person's answer; None if not invited."""
    return _ANSWER.first(tx, meeting=meeting, user_id=user_id)


def put_answer(tx: Tx, *, meeting: int, user_id: str, answer: str, carrier: str, at: datetime) -> None:
    execute_upsert(tx, _PUT_ANSWER, meeting=meeting, user_id=user_id, answer=answer, carrier=carrier, at=at)
    calendar_subscriptions.touch(tx, [user_id])


# --- who was there


def attended(tx: Tx, meeting: int) -> list[str]:
    return list(_THERE.run(tx, {"meeting": meeting}).scalars())


def set_attended(tx: Tx, meeting: int, users: Iterable[str]) -> None:
    """These people were there, and nobody else."""
    _NOBODY_THERE.run(tx, {"number": meeting})
    if rows := _placed(meeting, users):
        _ATTEND.run(tx, rows)


def excused(tx: Tx, meeting: int) -> list[str]:
    return list(_EXCUSED.run(tx, {"meeting": meeting}).scalars())


def set_excused(tx: Tx, meeting: int, users: Iterable[str]) -> None:
    """These people were excused, and nobody else."""
    _NOBODY_EXCUSED.run(tx, {"number": meeting})
    if rows := _placed(meeting, users):
        _EXCUSE.run(tx, rows)


def _placed(meeting: int, users: Iterable[str]) -> list[Mapping[str, Any]]:
    return [{"meeting": meeting, "user_id": user, "place": place} for place, user in enumerate(users)]


# --- personal data


def list_answers_of(tx: Tx, user_id: str) -> list[Answer]:
    return _ANSWERS_OF.all(tx, user_id=user_id)


def list_attended_of(tx: Tx, user_id: str) -> list[Attendance]:
    return _THERE_OF.all(tx, user_id=user_id)


def list_excused_of(tx: Tx, user_id: str) -> list[int]:
    """The meetings from which the person was excused."""
    return list(_EXCUSED_OF.run(tx, {"user_id": user_id}).scalars())


def list_invitations_of(tx: Tx, user_id: str) -> list[Invitation]:
    return _INVITATIONS_OF.all(tx, user_id=user_id)


def forget(tx: Tx, user_id: str) -> None:
    """Nothing says any more what the person planned, answered or attended."""
    tx.execute(delete(Answer).where(Answer.user_id == user_id))
    tx.execute(delete(Attendance).where(Attendance.user_id == user_id))
    tx.execute(delete(Excuse).where(Excuse.user_id == user_id))
    tx.execute(delete(Invitation).where(Invitation.user_id == user_id))
    tx.execute(update(Series).where(Series.organizer == user_id).values(organizer=""))
