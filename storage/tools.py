"""The toolbox: methods and instruments that help in the work, as they read now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache

from sqlalchemy import Index, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage import counters
from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows
from storage.engine.words import WORD, WordIndex, values_of

SHARED, REMOVED = "shared", "removed"
_ALL = "all tools"  # the counter


class Tool(Base):
    """T3 is 3. Nobody's name: it is the community's, and who took it up stands in the audit log."""

    __tablename__ = "tools"
    __table_args__ = (Index(None, "state", "id"), Index(None, "title_key"))
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str]
    title_key: Mapped[str]
    text: Mapped[str]
    link: Mapped[str | None]
    tags: Mapped[list[str]]
    state: Mapped[str]  # shared, removed
    added_at: Mapped[datetime]


class ToolWord(Base):
    """A word of a tool, folded, by which it is found."""

    __tablename__ = "tool_words"
    __table_args__ = (Index(None, "tool", "word"), {"sqlite_with_rowid": False})
    word: Mapped[str] = mapped_column(WORD, primary_key=True)
    tool: Mapped[int] = mapped_column(primary_key=True)


_WORDS = WordIndex(ToolWord, ToolWord.tool)
_BY_ID = Rows(Tool, select(Tool).where(Tool.id == bindparam("number")))
_newest = select(Tool).where(Tool.state == SHARED).order_by(Tool.id.desc())
_NEWEST = Rows(Tool, _newest.offset(bindparam("offset")).limit(bindparam("limit")))
_CALLED = Rows(Tool, _newest.where(Tool.title_key == bindparam("key")))
_ADD = Prepared(insert(Tool))
_REMOVE = Prepared(delete(Tool).where(Tool.id == bindparam("number")))
_SET_STATE = Prepared(update(Tool).where(Tool.id == bindparam("number")).values(state=bindparam("to")))


def add(tx: Tx, *, words: Iterable[str], **values: object) -> None:
    """There is this tool; one that was removed and has its number is replaced."""
    _REMOVE.run(tx, {"number": values["id"]})
    _ADD.run(tx, {"state": SHARED, **values})
    _WORDS.set(tx, values["id"], words)
    counters.add(tx, _ALL, 1)


def find(tx: Tx, number: int) -> Tool | None:
    return _BY_ID.first(tx, number=number)


def count(tx: Tx) -> int:
    return counters.value(tx, _ALL)


def list_newest(tx: Tx, *, offset: int, limit: int) -> list[Tool]:
    return _NEWEST.all(tx, offset=offset, limit=limit)


def list_called(tx: Tx, title_key: str) -> list[Tool]:
    return _CALLED.all(tx, key=title_key)


def search(tx: Tx, words: Iterable[str], *, offset: int, limit: int) -> tuple[list[Tool], int]:
    """Those with words that begin with all of these folded ones, newest first, and how many there are."""
    wanted, few = _WORDS.ranked(tx, words)
    count, page = _holding(len(wanted), few)
    values = values_of(wanted)
    return page.all(tx, **values, offset=offset, limit=limit), int(count.run(tx, values).scalar_one())


@cache
def _holding(words: int, few: bool) -> tuple[Prepared, Rows[Tool]]:
    found = _newest.where(*_WORDS.holding(Tool.id, words, few=few))
    count = select(func.count()).where(Tool.state == SHARED, *_WORDS.holding(Tool.id, words))
    return Prepared(count), Rows(Tool, found.offset(bindparam("offset")).limit(bindparam("limit")))


def change(tx: Tx, number: int, values: Mapping[str, object], *, words: Iterable[str]) -> None:
    """It says this, and is found by these words."""
    _WORDS.set(tx, number, words)
    tx.execute(update(Tool).where(Tool.id == number).values(**values))


def set_state(tx: Tx, number: int, state: str) -> None:
    """It is shared from now on, or removed; it was not before."""
    _SET_STATE.run(tx, {"number": number, "to": state})
    counters.add(tx, _ALL, 1 if state == SHARED else -1)
