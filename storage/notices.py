"""What there is to tell people in their direct chats, kept until it is gathered into one message.

Each waits for its time: half a minute, or the weekly digest.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, bindparam, delete, insert, select

from storage.base import Base, Tx
from storage.statements import Prepared, Rows
from storage.tables import Mapped, mapped_column


class Notice(Base):
    __tablename__ = "notices"
    __table_args__ = (Index(None, "user_id", "digest", "id"), Index(None, "due_at", "user_id", "digest"))
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str]
    digest: Mapped[bool]  # it is for the weekly digest
    at: Mapped[datetime]
    due_at: Mapped[datetime]
    html: Mapped[str]
    machine: Mapped[dict[str, Any]] = mapped_column(JSON)


_ADD = Prepared(insert(Notice))
_OF = Rows(
    Notice,
    select(Notice)
    .where(Notice.user_id == bindparam("user_id"), Notice.digest == bindparam("digest"))
    .order_by(Notice.id),
)
_DUE = Prepared(
    select(Notice.user_id, Notice.digest).where(Notice.due_at <= bindparam("at")).distinct().limit(100)
)
_TAKE = Prepared(
    delete(Notice).where(Notice.user_id == bindparam("user_id"), Notice.digest == bindparam("digest"))
)


def add(
    tx: Tx,
    *,
    user_id: str,
    at: datetime,
    due_at: datetime,
    html: str,
    machine: dict[str, Any],
    digest: bool = False,
) -> None:
    values = {"user_id": user_id, "digest": digest, "at": at, "due_at": due_at}
    _ADD.run(tx, values | {"html": html, "machine": machine})


def due(tx: Tx, *, at: datetime) -> list[tuple[str, bool]]:
    """Up to 100 people whose time to be told has come, and whether it is their digest."""
    return [(row[0], bool(row[1])) for row in _DUE.run(tx, {"at": at})]


def take(tx: Tx, user_id: str, *, digest: bool) -> list[Notice]:
    """All that waits for the person, or for the digest, oldest first; it is gone from the store."""
    values = {"user_id": user_id, "digest": digest}
    found = _OF.all(tx, **values)
    _TAKE.run(tx, values)
    return found


def remove(tx: Tx, user_id: str) -> None:
    tx.execute(delete(Notice).where(Notice.user_id == user_id))
