"""What people say of a process's service: staff one by one, residents by what was imported.

What is shown is added up by day as it comes in, so that no question ever reads the single ones.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Date, Index, bindparam, case, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert
from storage.processes import Process
from storage.seats import Seat

STAFF: Final = "staff"
RESIDENTS: Final = "residents"
EVER: Final = date(1, 1, 1)  # in place of a day: all days together


class Feedback(Base):
    """A member's latest word on a process, one each stage."""

    __tablename__ = "feedback"
    __table_args__ = (Index(None, "user_id"), Index(None, "process", "stage", "said_at"))
    process: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stage: Mapped[str] = mapped_column(primary_key=True)  # frontend, backend
    user_id: Mapped[str] = mapped_column(primary_key=True)  # a pseudonym after erasure
    rating: Mapped[int]
    comment: Mapped[str]
    on_day: Mapped[date] = mapped_column(Date)
    said_at: Mapped[datetime]


class FeedbackDay(Base):
    """All ratings of a day, added up; and those of all days, as EVER."""

    __tablename__ = "feedback_days"
    process: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stage: Mapped[str] = mapped_column(primary_key=True)
    on_day: Mapped[date] = mapped_column(Date, primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)  # staff, residents
    count: Mapped[int]
    total: Mapped[int]


@dataclass(frozen=True)
class Sum:
    """So many ratings, and what they add up to."""

    count: int = 0
    total: int = 0


@dataclass(frozen=True)
class Sums:
    """By source: all there are, and those since a day."""

    whole: Mapping[str, Sum]
    lately: Mapping[str, Sum]


_process: Any = bindparam("of")
_stage: Any = bindparam("in_stage")
_user: Any = bindparam("user")
_OF = (Feedback.process == _process, Feedback.stage == _stage)
_ONE = Rows(Feedback, select(Feedback).where(*_OF, Feedback.user_id == _user))
_PUT = Upsert(Feedback, "process", "stage", "user_id")
_REMOVE = Prepared(delete(Feedback).where(*_OF, Feedback.user_id == _user))
_OF_PERSON = Rows(
    Feedback, select(Feedback).where(Feedback.user_id == _user).order_by(Feedback.process, Feedback.stage)
)
_COMMENTS = Prepared(
    select(Feedback.comment)
    .where(*_OF, Feedback.comment != "")
    .order_by(Feedback.said_at.desc())
    .limit(bindparam("limit"))
)
_RENAME = Prepared(
    update(Feedback)
    .where(*_OF, Feedback.user_id == _user)
    .values(user_id=bindparam("known"), comment=bindparam("nothing"))
)
_DAY = (
    FeedbackDay.process == _process,
    FeedbackDay.stage == _stage,
    FeedbackDay.source == bindparam("by"),
    FeedbackDay.on_day == bindparam("day"),
)
_START_DAY = Upsert(FeedbackDay, "process", "stage", "source", "on_day", keep=True)
_ADD = Prepared(
    update(FeedbackDay)
    .where(*_DAY)
    .values(count=FeedbackDay.count + bindparam("more"), total=FeedbackDay.total + bindparam("points"))
)


def _since(column: Any) -> Any:
    return func.sum(case((FeedbackDay.on_day >= bindparam("since"), column), else_=0))


def _ever(column: Any) -> Any:
    return func.sum(case((FeedbackDay.on_day == EVER, column), else_=0))


_SUMS = Prepared(
    select(
        FeedbackDay.source,
        _ever(FeedbackDay.count),
        _ever(FeedbackDay.total),
        _since(FeedbackDay.count),
        _since(FeedbackDay.total),
    )
    .where(
        FeedbackDay.process == _process,
        FeedbackDay.stage == _stage,
        or_(FeedbackDay.on_day == EVER, FeedbackDay.on_day >= bindparam("since")),
    )
    .group_by(FeedbackDay.source)
)
_UNASKED = Rows(
    Process,
    select(Process)
    .join(Seat, Seat.number == Process.id)
    .where(
        Seat.kind == "group",
        Seat.user_id == _user,
        Seat.state == "confirmed",
        Process.evaluation_until >= bindparam("today"),
        Process.dropped.is_(False),
        Process.on_hold.is_(False),
    )
    .order_by(Process.evaluation_until, Process.id),
)


# --- what members say


def find(tx: Tx, process: int, stage: str, user_id: str) -> Feedback | None:
    return _ONE.first(tx, of=process, in_stage=stage, user=user_id)


def put(
    tx: Tx,
    *,
    process: int,
    stage: str,
    user_id: str,
    rating: int,
    comment: str,
    on_day: date,
    at: datetime,
) -> None:
    """This is the person's latest word, in place of the former one."""
    _count(tx, find(tx, process, stage, user_id), -1)
    values = {"process": process, "stage": stage, "user_id": user_id, "rating": rating, "comment": comment}
    execute_upsert(tx, _PUT, **values, on_day=on_day, said_at=at)
    add(tx, process, stage, STAFF, on_day, 1, rating)


def remove(tx: Tx, process: int, stage: str, user_id: str) -> None:
    """The person has said nothing."""
    _count(tx, find(tx, process, stage, user_id), -1)
    _REMOVE.run(tx, {"of": process, "in_stage": stage, "user": user_id})


def _count(tx: Tx, row: Feedback | None, by: int) -> None:
    if row is not None:
        add(tx, row.process, row.stage, STAFF, row.on_day, by, by * row.rating)


def list_of(tx: Tx, user_id: str) -> list[Feedback]:
    """All that the person has said."""
    return _OF_PERSON.all(tx, user=user_id)


def list_comments(tx: Tx, process: int, stage: str, *, limit: int) -> list[str]:
    """The latest comments of members."""
    return list(_COMMENTS.run(tx, {"of": process, "in_stage": stage, "limit": limit}).scalars())


def list_evaluated_of(tx: Tx, user_id: str, *, today: date) -> list[Process]:
    """The processes of the person's groups whose evaluation runs, the first to end first."""
    return _UNASKED.all(tx, user=user_id, today=today)


def erase(tx: Tx, user_id: str) -> None:
    """Ratings count on, each under a pseudonym and without its comment."""
    for row in list_of(tx, user_id):
        values = {"of": row.process, "in_stage": row.stage, "user": user_id, "nothing": ""}
        _RENAME.run(tx, values | {"known": f"~{secrets.token_hex(8)}"})


# --- added up


def sums(tx: Tx, process: int, stage: str, *, since: date) -> Sums:
    """All ratings of the stage, and those since this day."""
    rows = _SUMS.run(tx, {"of": process, "in_stage": stage, "since": since}).all()
    return Sums(
        {source: Sum(int(count), int(total)) for source, count, total, _, _ in rows},
        {source: Sum(int(count), int(total)) for source, _, _, count, total in rows},
    )


def add(tx: Tx, process: int, stage: str, source: str, day: date, count: int, total: int) -> None:
    for on_day in (day, EVER):
        values = {"of": process, "in_stage": stage, "by": source, "more": count, "points": total}
        if _ADD.run(tx, values | {"day": on_day}).rowcount == 0:
            key = {"process": process, "stage": stage, "source": source, "on_day": on_day}
            execute_upsert(tx, _START_DAY, **key, count=count, total=total)
