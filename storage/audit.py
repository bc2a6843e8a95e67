"""Who did what, when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, bindparam, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Rows, Tx


class Entry(Base):
    __tablename__ = "audit_log"
    __table_args__ = (Index(None, "actor"), Index(None, "ref"))
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]  # Matrix id, or a pseudonym after erasure
    command: Mapped[str]
    ref: Mapped[str]
    text: Mapped[str]  # the command's arguments
    event_id: Mapped[str]


_ADD = insert(Entry)


def add(tx: Tx, *, at: datetime, actor: str, command: str, ref: str, text: str, event_id: str) -> None:
    values = {"at": at, "actor": actor, "command": command, "ref": ref, "text": text, "event_id": event_id}
    tx.execute(_ADD, values)
