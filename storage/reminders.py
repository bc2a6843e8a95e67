"""What people are to be reminded of, and when: one row a person, thing and lead time.

A row is decided once: sent, or missed, or gone with what it was about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Index,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal_column,
    not_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows
from storage.members import Member

# Written out, as the partial index is found by these very words.
_PENDING = text("reminders.state = 'pending'")
_INDEXED = text("state = 'pending'")


class Reminder(Base):
    __tablename__ = "reminders"
    __table_args__ = (
        Index(
            "ix_reminders_due",
            "due_at",
            "kind",
            "number",
            "id",
            sqlite_where=_INDEXED,
            postgresql_where=_INDEXED,
        ),
        Index(None, "kind", "number", "user_id"),
        Index(None, "user_id"),
        Index(None, "done_at"),
        {"sqlite_autoincrement": True},  # a number is never given again: messages are known by it
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]  # what it is about: as declared with `@reminded`
    number: Mapped[int]
    user_id: Mapped[str]
    lead: Mapped[int]  # seconds before the start
    start: Mapped[datetime]  # of the thing, as it was planned then
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="pending")  # pending, sent, missed
    done_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Due:
    """A row whose time has come; `overtaken` by another of the same person and thing that is closer to the start."""

    id: int
    kind: str
    number: int
    user_id: str
    lead: int
    due_at: datetime
    start: datetime
    member: str | None  # the person's state
    overtaken: bool


@dataclass(frozen=True)
class Missed:
    """The number of people who were not reminded of a thing that has begun."""

    kind: str
    number: int
    people: int


_later = aliased(Reminder)
_ADD = Prepared(insert(Reminder).inline())
_DUE = Prepared(
    select(
        Reminder.id,
        Reminder.kind,
        Reminder.number,
        Reminder.user_id,
        Reminder.lead,
        Reminder.due_at,
        Reminder.start,
        Member.state.label("member"),
        exists(_later.id)
        .where(
            _later.kind == Reminder.kind,
            _later.number == Reminder.number,
            _later.user_id == Reminder.user_id,
            _later.state == literal_column("'pending'"),
            _later.due_at <= bindparam("at"),
            _later.lead < Reminder.lead,
        )
        .label("overtaken"),
    )
    .outerjoin(Member, Member.user_id == Reminder.user_id)
    .where(_PENDING, Reminder.due_at <= bindparam("at"))
    .order_by(Reminder.due_at, Reminder.kind, Reminder.number, Reminder.id)
    .limit(bindparam("limit"))
)
_NEXT = Prepared(select(Reminder.due_at).where(_PENDING).order_by(Reminder.due_at).limit(1))
_OVER = (_PENDING, Reminder.due_at <= bindparam("late"), Reminder.start <= bindparam("at"))
_MISSED = Prepared(
    select(Reminder.kind, Reminder.number, func.count(Reminder.user_id.distinct()))
    .join(Member, Member.user_id == Reminder.user_id)
    .where(*_OVER, Member.state == "active")
    .group_by(Reminder.kind, Reminder.number)
    .order_by(func.min(Reminder.start), Reminder.kind, Reminder.number)
)
_CLOSE = Prepared(update(Reminder).where(*_OVER).values(state="missed", done_at=bindparam("at")))
_OF_PERSON = Rows(
    Reminder, select(Reminder).where(Reminder.user_id == bindparam("user_id")).order_by(Reminder.due_at)
)
_OF = Rows(
    Reminder,
    select(Reminder)
    .where(Reminder.kind == bindparam("kind"), Reminder.number == bindparam("number"))
    .order_by(Reminder.due_at, Reminder.id),
)
_OF_THING = (_PENDING, Reminder.kind == bindparam("kind"), Reminder.number == bindparam("number"))
_FORGET = Prepared(delete(Reminder).where(*_OF_THING))
_FORGET_ONE = Prepared(delete(Reminder).where(*_OF_THING, Reminder.user_id == bindparam("user_id")))
_REPLACE = Prepared(
    delete(Reminder).where(
        *_OF_THING,
        Reminder.user_id == bindparam("user_id"),
        not_((Reminder.start == bindparam("start")) & (Reminder.due_at <= bindparam("at"))),
    )
)
_FORGET_PERSON = Prepared(delete(Reminder).where(_PENDING, Reminder.user_id == bindparam("user_id")))
_SETTLE = Prepared(
    update(Reminder)
    .where(Reminder.id == bindparam("row"), _PENDING)
    .values(state=bindparam("becomes"), done_at=bindparam("at"))
)


def add(tx: Tx, rows: Iterable[Mapping[str, Any]]) -> None:
    """Rows with kind, number, user_id, lead, start and due_at."""
    values = [{**row, "state": "pending"} for row in rows]
    if values:
        _ADD.run(tx, values)


def forget(tx: Tx, kind: str, number: int, user_id: str | None = None) -> None:
    """Nobody (or this person not) is to be reminded of the thing any more; what was sent stays recorded."""
    if user_id is None:
        _FORGET.run(tx, {"kind": kind, "number": number})
    else:
        _FORGET_ONE.run(tx, {"kind": kind, "number": number, "user_id": user_id})


def forget_all(tx: Tx, kind: str, numbers: Sequence[int]) -> None:
    """Nobody is to be reminded of these things any more."""
    if numbers:
        _FORGET.run(tx, [{"kind": kind, "number": number} for number in numbers])


def forget_some(tx: Tx, kind: str, of: Sequence[tuple[int, str]]) -> None:
    """These people are not to be reminded of these things any more."""
    if of:
        _FORGET_ONE.run(tx, [{"kind": kind, "number": number, "user_id": user} for number, user in of])


def replace(tx: Tx, kind: str, starts: Mapping[tuple[int, str], datetime], *, at: datetime) -> None:
    """All that was planned is gone, by thing and person, but for what is due already and still about this start."""
    if starts:
        _REPLACE.run(
            tx,
            [
                {"kind": kind, "number": number, "user_id": user, "start": start, "at": at}
                for (number, user), start in starts.items()
            ],
        )


def due(tx: Tx, *, at: datetime, limit: int) -> list[Due]:
    """Those whose time has come, the longest waiting first, those of a thing together."""
    return [
        Due(r.id, r.kind, r.number, r.user_id, r.lead, r.due_at, r.start, r.member, bool(r.overtaken))
        for r in _DUE.run(tx, {"at": at, "limit": limit})
    ]


def next_due(tx: Tx) -> datetime | None:
    """The time at which the next one is due, or the longest overdue one was."""
    found: datetime | None = _NEXT.run(tx).scalar()
    return found


def close_missed(tx: Tx, *, at: datetime, late: datetime) -> list[Missed]:
    """Close those due by `late` whose thing has begun by `at`: how many active people missed what."""
    found = [Missed(*row) for row in _MISSED.run(tx, {"at": at, "late": late})]
    _CLOSE.run(tx, {"at": at, "late": late})
    return found


def list_of(tx: Tx, kind: str, number: int) -> list[Reminder]:
    """All about the thing, also those that are over."""
    return _OF.all(tx, kind=kind, number=number)


def list_of_person(tx: Tx, user_id: str) -> list[Reminder]:
    return _OF_PERSON.all(tx, user_id=user_id)


def settle(tx: Tx, ids: Iterable[int], state: str, *, at: datetime) -> None:
    """These were sent, or are missed."""
    rows = [{"row": number, "becomes": state, "at": at} for number in ids]
    if rows:
        _SETTLE.run(tx, rows)


def drop_person(tx: Tx, user_id: str) -> None:
    """The person is not to be reminded of anything any more."""
    _FORGET_PERSON.run(tx, {"user_id": user_id})


def forget_person(tx: Tx, user_id: str) -> None:
    tx.execute(delete(Reminder).where(Reminder.user_id == user_id))


def clean(tx: Tx, *, before: datetime) -> None:
    """Forget what was sent or missed before then."""
    tx.execute(delete(Reminder).where(Reminder.done_at < before))


def leads_of(configured: Iterable[timedelta], own: list[int] | None) -> list[int]:
    """A member's lead times in seconds: their own, else the configured ones."""
    return [int(lead.total_seconds()) for lead in configured] if own is None else own
