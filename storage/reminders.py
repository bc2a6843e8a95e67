"""What people are to be reminded of, and when: one row a person, thing and lead time.

A row is decided once: sent, or missed, or gone with what it was about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, bindparam, delete, insert, select, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Tx
from storage.statements import Prepared, Rows

_PENDING = text("state = 'pending'")


class Reminder(Base):
    __tablename__ = "reminders"
    __table_args__ = (
        Index("ix_reminders_due", "due_at", "id", sqlite_where=_PENDING, postgresql_where=_PENDING),
        Index(None, "kind", "number", "user_id"),
        Index(None, "user_id"),
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


_ADD = Prepared(insert(Reminder))
_DUE = Rows(
    Reminder,
    select(Reminder)
    .where(_PENDING, Reminder.due_at <= bindparam("at"))
    .order_by(Reminder.due_at, Reminder.id)
    .limit(bindparam("limit")),
)
_OF_PERSON = Rows(
    Reminder,
    select(Reminder).where(_PENDING, Reminder.user_id == bindparam("user_id")).order_by(Reminder.due_at),
)
_OF = Rows(
    Reminder,
    select(Reminder)
    .where(Reminder.kind == bindparam("kind"), Reminder.number == bindparam("number"))
    .order_by(Reminder.due_at, Reminder.id),
)
_FORGET = Prepared(
    delete(Reminder).where(
        _PENDING, Reminder.kind == bindparam("kind"), Reminder.number == bindparam("number")
    )
)
_FORGET_ONE = Prepared(
    delete(Reminder).where(
        _PENDING,
        Reminder.kind == bindparam("kind"),
        Reminder.number == bindparam("number"),
        Reminder.user_id == bindparam("user_id"),
    )
)
_SETTLE = Prepared(
    text(
        "UPDATE reminders SET state = :state, done_at = :at WHERE id = :id AND state = 'pending'"
    ).bindparams(bindparam("at", type_=Reminder.done_at.type))
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


def due(tx: Tx, *, at: datetime, limit: int) -> list[Reminder]:
    """Those whose time has come, the longest waiting first."""
    return _DUE.all(tx, at=at, limit=limit)


def list_of(tx: Tx, kind: str, number: int) -> list[Reminder]:
    """All about the thing, also those that are over."""
    return _OF.all(tx, kind=kind, number=number)


def list_pending_of_person(tx: Tx, user_id: str) -> list[Reminder]:
    return _OF_PERSON.all(tx, user_id=user_id)


def settle(tx: Tx, ids: Iterable[int], state: str, *, at: datetime) -> None:
    """These were sent, or are missed."""
    rows = [{"id": number, "state": state, "at": at} for number in ids]
    if rows:
        _SETTLE.run(tx, rows)


def forget_person(tx: Tx, user_id: str) -> None:
    tx.execute(delete(Reminder).where(Reminder.user_id == user_id))


def clean(tx: Tx, *, before: datetime) -> None:
    """Forget what was sent or missed before then."""
    tx.execute(delete(Reminder).where(Reminder.done_at < before))


def leads_of(configured: Iterable[timedelta], own: list[int] | None) -> list[int]:
    """A member's lead times in seconds: their own, else the configured ones."""
    return [int(lead.total_seconds()) for lead in configured] if own is None else own
