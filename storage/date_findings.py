"""Dates that groups look for: what stands to choose from, and who can come when. D4 is 4."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Index, bindparam, delete, insert, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert

OPEN: Final = "open"
FIXED: Final = "fixed"
CANCELLED: Final = "cancelled"
_OPEN = text("state = 'open'")


class Finding(Base):
    """A meeting whose date the group looks for."""

    __tablename__ = "date_findings"
    __table_args__ = (
        Index(None, "process", "state"),
        Index(
            "ix_date_findings_next",
            "next_at",
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index(None, "author"),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    process: Mapped[int]
    author: Mapped[str]  # Matrix id of who has asked; empty after erasure
    title: Mapped[str]
    state: Mapped[str]  # open, fixed, cancelled
    until: Mapped[datetime]  # by then all should have answered
    asked: Mapped[bool]  # `until` has come, and all were told
    next_at: Mapped[datetime]  # when something next follows by itself: `until`, then the last date
    meeting: Mapped[int | None]  # that was planned


class Option(Base):
    """One of the dates, by its number."""

    __tablename__ = "date_options"
    finding: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    start_at: Mapped[datetime]
    end_at: Mapped[datetime | None]


class Suits(Base):
    """Somebody can come on that date. No row is no."""

    __tablename__ = "date_answers"
    __table_args__ = (Index(None, "user_id"),)
    finding: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    user_id: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    carrier: Mapped[str]  # the event that says so


class Said(Base):
    """When somebody has last said which dates suit, all at once; also that none does."""

    __tablename__ = "date_said"
    __table_args__ = (Index(None, "user_id"),)
    finding: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    user_id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


_number: Any = bindparam("number")
_user: Any = bindparam("user")
_ADD = Prepared(insert(Finding))
_ADD_OPTIONS = Prepared(insert(Option))
_REMOVE = Prepared(delete(Finding).where(Finding.id == _number))
_NO_OPTIONS = Prepared(delete(Option).where(Option.finding == _number))
_NO_ANSWERS = Prepared(delete(Suits).where(Suits.finding == _number))
_NOTHING_SAID = Prepared(delete(Said).where(Said.finding == _number))
_BY_ID = Rows(Finding, select(Finding).where(Finding.id == _number))
_OPTIONS = Rows(Option, select(Option).where(Option.finding == _number).order_by(Option.place))
_OF_GROUP = Rows(
    Finding,
    select(Finding)
    .where(Finding.process == bindparam("process"), Finding.state == OPEN)
    .order_by(Finding.id),
)
_ALL_OF_GROUP = Rows(
    Finding, select(Finding).where(Finding.process == bindparam("process")).order_by(Finding.id)
)
_DUE = Rows(
    Finding,
    select(Finding)
    .where(_OPEN, Finding.next_at <= bindparam("at"))
    .order_by(Finding.next_at, Finding.id)
    .limit(bindparam("limit")),
)
_SUITS = Rows(Suits, select(Suits).where(Suits.finding == _number).order_by(Suits.place, Suits.user_id))
_SAID = Rows(Said, select(Said).where(Said.finding == _number))
_ADD_SUITS = Upsert(Suits, "finding", "user_id", "place")
_ADD_SAID = Upsert(Said, "finding", "user_id")
_MINE = (Suits.finding == _number, Suits.user_id == _user)
_FORGET_MINE = Prepared(delete(Suits).where(*_MINE))
_UNSUIT = Prepared(delete(Suits).where(*_MINE, Suits.carrier == bindparam("by")))
_UNSAID = Prepared(delete(Said).where(Said.finding == _number, Said.user_id == _user))
_SUITS_OF = Rows(Suits, select(Suits).where(Suits.user_id == _user).order_by(Suits.finding, Suits.place))
_SAID_OF = Rows(Said, select(Said).where(Said.user_id == _user).order_by(Said.finding))
_BY_AUTHOR = Rows(Finding, select(Finding).where(Finding.author == _user).order_by(Finding.id))


def add(
    tx: Tx,
    *,
    number: int,
    process: int,
    author: str,
    title: str,
    until: datetime,
    dates: Sequence[tuple[datetime, datetime | None]],
) -> None:
    """The group looks for a date, one of these."""
    values = {"id": number, "process": process, "author": author, "title": title, "until": until}
    _ADD.run(tx, values | {"state": OPEN, "asked": False, "next_at": until, "meeting": None})
    rows = [
        {"finding": number, "place": place, "start_at": start, "end_at": end}
        for place, (start, end) in enumerate(dates, 1)
    ]
    _ADD_OPTIONS.run(tx, rows)


def remove(tx: Tx, number: int) -> None:
    """There never was such a finding, and nobody has answered."""
    for statement in (_REMOVE, _NO_OPTIONS, _NO_ANSWERS, _NOTHING_SAID):
        statement.run(tx, {"number": number})


def find(tx: Tx, number: int) -> Finding | None:
    return _BY_ID.first(tx, number=number)


def options(tx: Tx, number: int) -> list[Option]:
    """The dates, by their numbers."""
    return _OPTIONS.all(tx, number=number)


def change(tx: Tx, number: int, **values: object) -> None:
    tx.execute(update(Finding).where(Finding.id == number).values(**values))


def list_open(tx: Tx, process: int) -> list[Finding]:
    """Those of the group that are open, the oldest first."""
    return _OF_GROUP.all(tx, process=process)


def list_of(tx: Tx, process: int) -> list[Finding]:
    """All of the group."""
    return _ALL_OF_GROUP.all(tx, process=process)


def list_due(tx: Tx, *, at: datetime, limit: int) -> list[Finding]:
    """Open ones of which something follows by now."""
    return _DUE.all(tx, at=at, limit=limit)


# --- who can come when


def suits(tx: Tx, number: int) -> list[Suits]:
    """All that anybody has said yes to."""
    return _SUITS.all(tx, number=number)


def said(tx: Tx, number: int) -> dict[str, datetime]:
    """The people who have said it all at once, and when."""
    return {row.user_id: row.at for row in _SAID.all(tx, number=number)}


def put(tx: Tx, number: int, user_id: str, place: int, *, carrier: str) -> None:
    """The date suits the person."""
    execute_upsert(tx, _ADD_SUITS, finding=number, user_id=user_id, place=place, carrier=carrier)


def take(tx: Tx, number: int, user_id: str, *, carrier: str) -> None:
    """The date that this event has said yes to suits no more."""
    _UNSUIT.run(tx, {"number": number, "user": user_id, "by": carrier})


def put_all(
    tx: Tx, number: int, user_id: str, places: Iterable[tuple[int, str]], *, at: datetime | None
) -> None:
    """These dates suit the person, each carried by an event, and no others; `at`: when that was said at once."""
    mine = {"number": number, "user": user_id}
    _FORGET_MINE.run(tx, mine)
    for place, carrier in places:
        put(tx, number, user_id, place, carrier=carrier)
    if at is None:
        _UNSAID.run(tx, mine)
    else:
        execute_upsert(tx, _ADD_SAID, finding=number, user_id=user_id, at=at)


# --- personal data


def list_suits_of(tx: Tx, user_id: str) -> list[Suits]:
    return _SUITS_OF.all(tx, user=user_id)


def list_said_of(tx: Tx, user_id: str) -> list[Said]:
    return _SAID_OF.all(tx, user=user_id)


def list_by(tx: Tx, user_id: str) -> list[Finding]:
    return _BY_AUTHOR.all(tx, user=user_id)


def erase(tx: Tx, user_id: str) -> None:
    """Nothing says any more what the person asked or answered."""
    tx.execute(delete(Suits).where(Suits.user_id == user_id))
    tx.execute(delete(Said).where(Said.user_id == user_id))
    tx.execute(update(Finding).where(Finding.author == user_id).values(author=""))
