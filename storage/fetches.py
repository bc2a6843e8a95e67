"""Commands that wait for the file they came with: where it is, and what to do with it. Its bytes are never here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, bindparam, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert


class Fetch(Base):
    """A command whose file is still to be fetched; gone with the transaction that carries the command out."""

    __tablename__ = "fetches"
    __table_args__ = (Index(None, "sender"),)
    event_id: Mapped[str] = mapped_column(primary_key=True)  # the command's
    sender: Mapped[str]
    command: Mapped[str]  # canonical
    message: Mapped[dict[str, Any]]  # as it was read
    edit: Mapped[str | None]  # of a command carried out already: the edit that is waiting
    wanted_at: Mapped[datetime]


_ALL = Rows(Fetch, select(Fetch).order_by(Fetch.wanted_at, Fetch.event_id))
_ONE = Rows(Fetch, select(Fetch).where(Fetch.event_id == bindparam("of")))
_OF_PERSON = Rows(Fetch, select(Fetch).where(Fetch.sender == bindparam("who")).order_by(Fetch.wanted_at))
_PUT = Upsert(Fetch, "event_id")
_REMOVE = Prepared(delete(Fetch).where(Fetch.event_id == bindparam("of")))
_FORGET = Prepared(delete(Fetch).where(Fetch.sender == bindparam("who")))


def put(tx: Tx, **values: object) -> None:
    """The command waits, in place of what it was in another wording."""
    execute_upsert(tx, _PUT, **values)


def find(tx: Tx, event_id: str) -> Fetch | None:
    return _ONE.first(tx, of=event_id)


def list_all(tx: Tx) -> list[Fetch]:
    """All that wait, the longest waiting first."""
    return _ALL.all(tx)


def list_of(tx: Tx, user_id: str) -> list[Fetch]:
    return _OF_PERSON.all(tx, who=user_id)


def remove(tx: Tx, event_id: str) -> None:
    _REMOVE.run(tx, {"of": event_id})


def erase(tx: Tx, user_id: str) -> None:
    """No command of the person waits any more."""
    _FORGET.run(tx, {"who": user_id})
