"""Feeds: which there are, which of their entries are known, and which still wait for their turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Index, bindparam, case, delete, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage import counters
from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows

_ALL = "all feeds"  # the counter
DUE_AT_ONCE = 20


class Feed(Base):
    """F1 is 1."""

    __tablename__ = "feeds"
    __table_args__ = (
        Index(None, "due_at", "id"),
        Index(None, "removed_at", "id"),
        Index(None, "url_key"),
        Index(None, "added_by"),
        Index(None, "state", "failing_since"),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    added_by: Mapped[str]  # Matrix id; empty after erasure
    asked_in: Mapped[str]  # the command's event, whose reply says what became of it; empty once it is said
    language: Mapped[str]  # of that reply
    url: Mapped[str]  # where it is, as far as is known
    url_key: Mapped[str]  # by which it is the same as another
    title: Mapped[str]  # what it calls itself; until that is known, where it is
    mode: Mapped[str]  # draft, direct
    tags: Mapped[list[str]]
    state: Mapped[str]  # new, ok, failing
    problem: Mapped[str | None]  # why it fails
    failing_since: Mapped[datetime | None]
    failures: Mapped[int]  # in a row
    entries: Mapped[int]  # taken over
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]  # looked at, whatever came of it
    read_at: Mapped[datetime | None]  # read for the first time
    due_at: Mapped[datetime | None]  # looked at next; none where it was removed
    etag: Mapped[str]
    modified: Mapped[str]
    digest: Mapped[str]  # of what was read last


class KnownEntry(Base):
    """An entry that is news, or was there before; it stays for a while when the feed shows it no more."""

    __tablename__ = "feed_known"
    __table_args__ = ({"sqlite_with_rowid": False},)
    feed: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    gone_at: Mapped[datetime | None]  # since when the feed shows it no more


class WaitingEntry(Base):
    """An entry that becomes news at one of the next looks: not all of them at once."""

    __tablename__ = "feed_waiting"
    feed: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)  # the lower, the earlier
    key: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    link: Mapped[str]


_number: Any = bindparam("number")
_FEED = Rows(Feed, select(Feed).where(Feed.id == _number))
_CALLED = Rows(Feed, select(Feed).where(Feed.url_key == bindparam("key")).order_by(Feed.id))
_NEWEST = Rows(
    Feed,
    select(Feed)
    .where(Feed.removed_at.is_(None))
    .order_by(Feed.id.desc())
    .offset(bindparam("offset"))
    .limit(bindparam("limit")),
)
_DUE = Rows(
    Feed,
    select(Feed)
    .where(Feed.due_at.is_not(None), Feed.due_at <= bindparam("at"))
    .order_by(case((Feed.checked_at.is_(None), 0), else_=1), Feed.due_at, Feed.id)
    .limit(DUE_AT_ONCE),
)
_FAILING = Rows(
    Feed,
    select(Feed)
    .where(Feed.state == "failing", Feed.failing_since <= bindparam("since"), Feed.removed_at.is_(None))
    .order_by(Feed.failing_since, Feed.id)
    .limit(bindparam("limit")),
)
_removed = select(Feed.id).where(Feed.removed_at <= bindparam("before"))
_FORGET_REMOVED = [
    Prepared(delete(table).where(table.feed.in_(_removed))) for table in (KnownEntry, WaitingEntry)
]
_ADDED_BY = Rows(Feed, select(Feed).where(Feed.added_by == bindparam("who")).order_by(Feed.id))
_ADD = Prepared(insert(Feed))
_DROP = Prepared(delete(Feed).where(Feed.id == _number))
_FORGET = Prepared(update(Feed).where(Feed.added_by == bindparam("who")).values(added_by="", asked_in=""))
_KNOWN = Prepared(select(KnownEntry.key, KnownEntry.gone_at).where(KnownEntry.feed == _number))
_LEARN = Prepared(insert(KnownEntry).inline())
_the_entry = (KnownEntry.feed == bindparam("of"), KnownEntry.key == bindparam("it"))
_ENTRY = Prepared(select(KnownEntry.key).where(*_the_entry))
_GONE = Prepared(update(KnownEntry).where(*_the_entry).values(gone_at=bindparam("at")))
_UNLEARN = Prepared(delete(KnownEntry).where(*_the_entry))
_WAITING = Rows(
    WaitingEntry,
    select(WaitingEntry)
    .where(WaitingEntry.feed == _number)
    .order_by(WaitingEntry.place)
    .limit(bindparam("limit")),
)
_COUNT_WAITING = Prepared(select(func.count()).where(WaitingEntry.feed == _number))
_LAST = Prepared(select(func.coalesce(func.max(WaitingEntry.place), 0)).where(WaitingEntry.feed == _number))
_WAIT = Prepared(insert(WaitingEntry).inline())
_TAKE = Prepared(
    delete(WaitingEntry).where(WaitingEntry.feed == _number, WaitingEntry.place == bindparam("at"))
)


def put(tx: Tx, **values: object) -> None:
    """There is this feed, new; one that was removed and has its number is replaced, what is known of it stays."""
    empty = {"state": "new", "failures": 0, "entries": 0, "etag": "", "modified": "", "digest": ""}
    nothing = dict.fromkeys(("problem", "failing_since", "removed_at", "checked_at", "read_at"))
    _DROP.run(tx, {"number": values["id"]})
    _ADD.run(tx, empty | nothing | values)
    counters.add(tx, _ALL, 1)


def find(tx: Tx, number: int) -> Feed | None:
    return _FEED.first(tx, number=number)


def count(tx: Tx) -> int:
    return counters.value(tx, _ALL)


def list_newest(tx: Tx, *, offset: int, limit: int) -> list[Feed]:
    return _NEWEST.all(tx, offset=offset, limit=limit)


def list_at(tx: Tx, url_key: str) -> list[Feed]:
    """All that are, or were, at this address."""
    return _CALLED.all(tx, key=url_key)


def list_due(tx: Tx, *, at: datetime) -> list[Feed]:
    """Some of those to be looked at now: new ones first, for somebody waits for that, then the longest due."""
    return _DUE.all(tx, at=at)


def list_failing(tx: Tx, *, since: datetime, limit: int) -> list[Feed]:
    """All that have failed since then or longer, the longest first."""
    return _FAILING.all(tx, since=since, limit=limit)


def list_added_by(tx: Tx, user_id: str) -> list[Feed]:
    return _ADDED_BY.all(tx, who=user_id)


def change(tx: Tx, number: int, **values: object) -> None:
    tx.execute(update(Feed).where(Feed.id == number).values(**values))


def remove(tx: Tx, number: int, *, at: datetime) -> None:
    """It is looked at no more; it was before."""
    change(tx, number, removed_at=at, due_at=None)
    counters.add(tx, _ALL, -1)


def restore(tx: Tx, number: int, *, due_at: datetime) -> None:
    """It is looked at again; it was removed."""
    change(tx, number, removed_at=None, due_at=due_at)
    counters.add(tx, _ALL, 1)


def forget(tx: Tx, user_id: str) -> None:
    """All that the person has added stays, without a name."""
    _FORGET.run(tx, {"who": user_id})


# --- its entries


def known(tx: Tx, number: int) -> dict[str, datetime | None]:
    """The entries that are known, by key: since when the feed shows them no more, if it does not."""
    return dict(_KNOWN.run(tx, {"number": number}).all())


def knows(tx: Tx, number: int, key: str) -> bool:
    return _ENTRY.run(tx, {"of": number, "it": key}).first() is not None


def learn(tx: Tx, number: int, keys: Iterable[str]) -> None:
    """These are known from now on; they were not."""
    if rows := [{"feed": number, "key": key, "gone_at": None} for key in keys]:
        _LEARN.run(tx, rows)


def mark(tx: Tx, number: int, keys: Iterable[str], *, gone_at: datetime | None) -> None:
    """Of these it is known since when the feed shows them no more; None: it shows them."""
    if rows := [{"of": number, "it": key, "at": gone_at} for key in keys]:
        _GONE.run(tx, rows)


def unlearn(tx: Tx, number: int, keys: Iterable[str]) -> None:
    if rows := [{"of": number, "it": key} for key in keys]:
        _UNLEARN.run(tx, rows)


def unlearn_removed(tx: Tx, *, before: datetime) -> None:
    """Nothing is kept of what feeds that were removed before then have shown."""
    for statement in _FORGET_REMOVED:
        statement.run(tx, {"before": before})


def list_waiting(tx: Tx, number: int, *, limit: int) -> list[WaitingEntry]:
    """Some of those that wait, the oldest first."""
    return _WAITING.all(tx, number=number, limit=limit)


def count_waiting(tx: Tx, number: int) -> int:
    return int(_COUNT_WAITING.run(tx, {"number": number}).scalar_one())


def wait(tx: Tx, number: int, entries: Iterable[Mapping[str, str]]) -> None:
    """These wait behind those that do already."""
    first = int(_LAST.run(tx, {"number": number}).scalar_one()) + 1
    if rows := [{"feed": number, "place": first + n, **entry} for n, entry in enumerate(entries)]:
        _WAIT.run(tx, rows)


def take(tx: Tx, number: int, places: Iterable[int]) -> None:
    """These wait no more."""
    if rows := [{"number": number, "at": place} for place in places]:
        _TAKE.run(tx, rows)
