"""What the bot has said that no outbox row tells of: since the backup that was restored, or with a store now lost.

Found in the rooms while catching up. No text is kept: what a message shows is known by its digest.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert


class Earlier(Base):
    __tablename__ = "said_earlier"
    txn: Mapped[str] = mapped_column(primary_key=True)  # what the errand's would be
    event_id: Mapped[str]
    edits: Mapped[str | None]  # the event that it is an edit of
    digest: Mapped[str]  # of what it shows
    said_at: Mapped[datetime] = mapped_column(index=True)  # the homeserver's time


_ADD = Upsert(Earlier, "txn", keep=True)
_ALL = Rows(Earlier, select(Earlier).order_by(Earlier.said_at))
_TAKE = Prepared(delete(Earlier).where(Earlier.txn == bindparam("txn")))


def add(tx: Tx, *, txn: str, event_id: str, edits: str | None, digest: str, said_at: datetime) -> None:
    execute_upsert(tx, _ADD, txn=txn, event_id=event_id, edits=edits, digest=digest, said_at=said_at)


def list_all(tx: Tx) -> list[Earlier]:
    """Oldest first."""
    return _ALL.all(tx)


def take(tx: Tx, txn: str) -> bool:
    """Was this said? It counts once: said again, it is new."""
    return _TAKE.run(tx, {"txn": txn}).rowcount > 0


def clean(tx: Tx, *, before: datetime) -> None:
    tx.execute(delete(Earlier).where(Earlier.said_at < before))
