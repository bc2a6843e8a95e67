"""Who did what, when."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Index, func, insert, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx, containing
from storage.engine.statements import Prepared, Rows


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


class About(Base):
    """A person whom an entry is about, beside what its reference says."""

    __tablename__ = "audit_people"
    __table_args__ = (Index(None, "user_id", "entry"),)
    entry: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    user_id: Mapped[str] = mapped_column(primary_key=True)  # or a pseudonym after erasure


@dataclass(frozen=True)
class Filter:
    """The entries that are meant: by whom, about what or whom, and from when (inclusive) until when (exclusive)."""

    actor: str | None = None
    ref: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    people: Collection[str] = ()  # who else is meant by `ref`

    def conditions(self) -> list[ColumnElement[bool]]:
        found = []
        if self.actor is not None:
            found.append(Entry.actor == self.actor)
        if self.ref is not None:
            found.append(
                or_(Entry.ref == self.ref, _about(self.people)) if self.people else Entry.ref == self.ref
            )
        if self.since is not None:
            found.append(Entry.at >= self.since)
        if self.until is not None:
            found.append(Entry.at < self.until)
        return found


_ADD = Prepared(insert(Entry).returning(Entry.id))
_ADD_PERSON = Prepared(insert(About))
_SINCE = Prepared(select(func.min(Entry.at)))


def add(
    tx: Tx,
    *,
    at: datetime,
    actor: str,
    command: str,
    ref: str,
    text: str,
    event_id: str,
    people: Collection[str] = (),
) -> None:
    values = {"at": at, "actor": actor, "command": command, "ref": ref, "text": text, "event_id": event_id}
    entry = _ADD.run(tx, values).scalar_one()
    for user_id in people:
        _ADD_PERSON.run(tx, {"entry": entry, "user_id": user_id})


def since(tx: Tx) -> datetime | None:
    """When the first change was made; None where there is none yet."""
    found: datetime | None = _SINCE.run(tx).scalar_one()
    return found


def list_newest(tx: Tx, which: Filter, *, offset: int, limit: int) -> list[Entry]:
    query = select(Entry).where(*which.conditions()).order_by(Entry.at.desc(), Entry.id.desc())
    return Rows(Entry, query.offset(offset).limit(limit)).all(tx)


def count(tx: Tx, which: Filter, *, most: int) -> int:
    """The number of entries, counted up to `most`."""
    found = select(Entry.id).where(*which.conditions()).limit(most).subquery()
    return tx.execute(select(func.count()).select_from(found)).scalar_one()


def list_of(tx: Tx, actor: str) -> list[Entry]:
    """All that this person did, oldest first."""
    return Rows(Entry, select(Entry).where(Entry.actor == actor).order_by(Entry.at, Entry.id)).all(tx)


def list_about(tx: Tx, user_id: str) -> list[Entry]:
    """All that was done about this person, oldest first."""
    which = or_(Entry.ref == user_id, _about([user_id]))
    return Rows(Entry, select(Entry).where(which).order_by(Entry.at, Entry.id)).all(tx)


def people_of(tx: Tx, entries: Collection[int]) -> dict[int, list[str]]:
    """The people whom these entries are about."""
    found: dict[int, list[str]] = {}
    for row in tx.execute(select(About).where(About.entry.in_(entries)).order_by(About.entry, About.user_id)):
        found.setdefault(row.entry, []).append(row.user_id)
    return found


def rename(
    tx: Tx, *, actor: str, pseudonym: str, names: Collection[str], typed: Callable[[str, bool], str]
) -> None:
    """The person has the pseudonym wherever the log had the Matrix id or a name, also in what others typed.

    `typed`: an entry's text without the person, who is what it is about, or is only named in it.
    """
    about = {entry.id for entry in list_about(tx, actor)}
    said = or_(*(func.lower(Entry.text).like(containing(n.lower()), escape="/") for n in (actor, *names)))
    for entry in tx.execute(select(Entry).where(or_(said, Entry.id.in_(about)))).all():
        text = typed(entry.text, entry.id in about)
        if text != entry.text:
            tx.execute(update(Entry).where(Entry.id == entry.id).values(text=text))
    tx.execute(update(Entry).where(Entry.actor == actor).values(actor=pseudonym))
    tx.execute(update(Entry).where(Entry.ref == actor).values(ref=pseudonym))
    tx.execute(update(About).where(About.user_id == actor).values(user_id=pseudonym))


def _about(people: Collection[str]) -> ColumnElement[bool]:
    return Entry.id.in_(select(About.entry).where(About.user_id.in_(people)))
