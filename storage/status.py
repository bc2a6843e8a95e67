"""What the store knows of how the bot is doing."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import bindparam, func, select, text

from storage.engine.base import Tx
from storage.engine.statements import Prepared
from storage.members import Member
from storage.outbox import NO_LOSS, Outgoing, why

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


def count_sent(tx: Tx) -> int:
    """How many messages were sent, of those not forgotten yet."""
    return int(tx.execute(select(func.count()).where(Outgoing.state == "sent")).scalar_one())


def given_up(tx: Tx, *, since: datetime) -> dict[tuple[str, str], int]:
    """What was not sent since then, by its kind and by why."""
    dropped = select(Outgoing.kind, Outgoing.error).where(
        Outgoing.state == "dropped", Outgoing.done_at >= since
    )
    found = ((kind, why(error or "")) for kind, error in tx.execute(dropped) if error not in NO_LOSS)
    return dict(Counter(found))


def stuck(tx: Tx, *, since: datetime) -> list[tuple[str, int, datetime]]:
    """Where what was decided before then still waits: the room or person, how much of it, and since when."""
    waits = (
        select(Outgoing.room, func.count(), func.min(Outgoing.created_at))
        .where(text("state = 'pending'"), Outgoing.created_at < since)
        .group_by(Outgoing.room)
        .order_by(func.min(Outgoing.created_at))
    )
    return [(room, number, at) for room, number, at in tx.execute(waits)]
