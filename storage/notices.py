"""What there is to tell people in their direct chats, kept until it is gathered into one message."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, bindparam, delete, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Tx
from storage.statements import Prepared, Rows


class Notice(Base):
    __tablename__ = "notices"
    __table_args__ = (Index(None, "user_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str]
    at: Mapped[datetime]
    html: Mapped[str]
    machine: Mapped[dict[str, Any]] = mapped_column(JSON)


_ADD = Prepared(insert(Notice))
_OF = Rows(Notice, select(Notice).where(Notice.user_id == bindparam("user_id")).order_by(Notice.id))
_DUE = Prepared(
    select(Notice.user_id)
    .group_by(Notice.user_id)
    .having(func.min(Notice.at) <= bindparam("before"))
    .limit(100)
)


def add(tx: Tx, *, user_id: str, at: datetime, html: str, machine: dict[str, Any]) -> None:
    _ADD.run(tx, {"user_id": user_id, "at": at, "html": html, "machine": machine})


def due(tx: Tx, *, before: datetime) -> list[str]:
    """Up to 100 people whose oldest notice is from before then."""
    return list(_DUE.run(tx, {"before": before}).scalars())


def take(tx: Tx, user_id: str) -> list[Notice]:
    """The person's notices, oldest first; they are gone from the store."""
    found = _OF.all(tx, user_id=user_id)
    tx.execute(delete(Notice).where(Notice.user_id == user_id))
    return found


def remove(tx: Tx, user_id: str) -> None:
    tx.execute(delete(Notice).where(Notice.user_id == user_id))
