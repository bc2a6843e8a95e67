"""What is in trouble at present: rooms that the bot can't be in, write to or read; servers that take no invitations."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert


class Trouble(Base):
    __tablename__ = "troubles"
    about: Mapped[str] = mapped_column(
        primary_key=True
    )  # a room id, `server example.ch`, or `purpose news #news:example.ch`
    what: Mapped[str] = mapped_column(primary_key=True)  # gone, missing, rights, manage, mute, unread
    since: Mapped[datetime]


_ALL = Rows(Trouble, select(Trouble).order_by(Trouble.since, Trouble.about))
_ADD = Upsert(Trouble, "about", "what", keep=True)
_OVER = Prepared(
    delete(Trouble).where(Trouble.about == bindparam("place"), Trouble.what == bindparam("kind"))
)


def begin(tx: Tx, about: str, what: str, *, at: datetime) -> bool:
    """It is in trouble; False if it was already."""
    return execute_upsert(tx, _ADD, about=about, what=what, since=at)


def end(tx: Tx, about: str, what: str) -> bool:
    """It is well; False if it was already."""
    return _OVER.run(tx, {"place": about, "kind": what}).rowcount > 0


def forget(tx: Tx, about: str) -> None:
    tx.execute(delete(Trouble).where(Trouble.about == about))


def list_all(tx: Tx) -> list[Trouble]:
    return _ALL.all(tx)
