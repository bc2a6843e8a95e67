"""What people are told at most now and then: when each was last told what."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Rows, Upsert, execute_upsert


class Told(Base):
    __tablename__ = "told"
    user_id: Mapped[str] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(primary_key=True)
    told_at: Mapped[datetime] = mapped_column(index=True)


_LAST = Rows(Told, select(Told).where(Told.user_id == bindparam("user_id"), Told.what == bindparam("what")))
_PUT = Upsert(Told, "user_id", "what")


def is_due(tx: Tx, user_id: str, what: str, *, every: timedelta, at: datetime) -> bool:
    """True if the person was not told this for so long; then they are told now."""
    last = _LAST.first(tx, user_id=user_id, what=what)
    if last is not None and at - last.told_at < every:
        return False
    execute_upsert(tx, _PUT, user_id=user_id, what=what, told_at=at)
    return True


def erase(tx: Tx, user_id: str) -> None:
    tx.execute(delete(Told).where(Told.user_id == user_id))


def clean(tx: Tx, *, before: datetime) -> None:
    tx.execute(delete(Told).where(Told.told_at < before))
