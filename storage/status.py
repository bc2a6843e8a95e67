"""What the store knows of how the bot is doing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, func, select, text

from storage.engine.base import Tx
from storage.engine.statements import Prepared
from storage.members import Member
from storage.outbox import Outgoing

# By id, not by time: the partial index of what is pending is in this order.
_OLDEST = Prepared(
    select(Outgoing.created_at).where(text("state = 'pending'")).order_by(Outgoing.id).limit(1)
)
_IN_STATE = Prepared(select(func.count()).where(Member.state == bindparam("state")))


def oldest_pending(tx: Tx) -> datetime | None:
    """Since when the oldest message waits to be sent; None if none does."""
    since: datetime | None = _OLDEST.run(tx).scalar()
    return since


def count_members(tx: Tx, state: str) -> int:
    return int(_IN_STATE.run(tx, {"state": state}).scalar_one())


def size(tx: Tx) -> int:
    """The size of the store, in bytes."""
    if tx.dialect.name == "sqlite":
        pages: int = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
        page: int = tx.exec_driver_sql("PRAGMA page_size").scalar_one()
        return pages * page
    taken: int = tx.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one()
    return taken
