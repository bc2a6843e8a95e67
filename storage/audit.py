"""Who did what, when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Index, func, insert, select, update

from storage.base import Base, Tx
from storage.statements import Prepared, Rows
from storage.tables import Mapped, mapped_column


class Entry(Base):
    """A change by somebody whose role is above PI."""

    __tablename__ = "audit_log"
    __table_args__ = (
        Index(None, "at", "id"),
        Index(None, "actor", "at", "id"),
        Index(None, "ref", "at", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]  # Matrix id, or a pseudonym after erasure
    command: Mapped[str]
    ref: Mapped[str]
    text: Mapped[str]  # the command's arguments
    event_id: Mapped[str]


@dataclass(frozen=True)
class Filter:
    """Which entries are meant: by whom, about what, and from when (inclusive) until when (exclusive)."""

    actor: str | None = None
    ref: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        found = []
        if self.actor is not None:
            found.append(Entry.actor == self.actor)
        if self.ref is not None:
            found.append(Entry.ref == self.ref)
        if self.since is not None:
            found.append(Entry.at >= self.since)
        if self.until is not None:
            found.append(Entry.at < self.until)
        return found


_ADD = Prepared(insert(Entry))


def add(tx: Tx, *, at: datetime, actor: str, command: str, ref: str, text: str, event_id: str) -> None:
    values = {"at": at, "actor": actor, "command": command, "ref": ref, "text": text, "event_id": event_id}
    _ADD.run(tx, values)


def list_newest(tx: Tx, which: Filter, *, offset: int, limit: int) -> list[Entry]:
    query = select(Entry).where(*which.conditions()).order_by(Entry.at.desc(), Entry.id.desc())
    return Rows(Entry, query.offset(offset).limit(limit)).all(tx)


def count(tx: Tx, which: Filter, *, most: int) -> int:
    """How many entries there are, counted up to `most`."""
    found = select(Entry.id).where(*which.conditions()).limit(most).subquery()
    return tx.execute(select(func.count()).select_from(found)).scalar_one()


def list_of(tx: Tx, actor: str) -> list[Entry]:
    """All that this person did, oldest first."""
    return Rows(Entry, select(Entry).where(Entry.actor == actor).order_by(Entry.at, Entry.id)).all(tx)


def rename(tx: Tx, *, actor: str, pseudonym: str) -> None:
    """The person has the pseudonym wherever the log had their Matrix id, also in what others typed."""
    tx.execute(update(Entry).where(Entry.actor == actor).values(actor=pseudonym))
    tx.execute(update(Entry).where(Entry.ref == actor).values(ref=pseudonym, text=""))
    typed = Entry.text.contains(actor, autoescape=True)
    tx.execute(update(Entry).where(typed).values(text=func.replace(Entry.text, actor, pseudonym)))
