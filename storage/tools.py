"""The toolbox: methods and instruments that help in the work, as they read now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import cast

from sqlalchemy import Index, bindparam, delete, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage import counters
from storage.engine.base import Base, Tx, containing
from storage.engine.statements import Prepared, Rows

SHARED, REMOVED = "shared", "removed"
SEARCHED = 1000  # a search looks through so many, the newest
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
    search_key: Mapped[str]  # folded title, text and tags
    added_at: Mapped[datetime]


_BY_ID = Rows(Tool, select(Tool).where(Tool.id == bindparam("number")))
_newest = select(Tool).where(Tool.state == SHARED).order_by(Tool.id.desc())
_NEWEST = Rows(Tool, _newest.offset(bindparam("offset")).limit(bindparam("limit")))
_CALLED = Rows(Tool, _newest.where(Tool.title_key == bindparam("key")))
_ADD = Prepared(insert(Tool))
_REMOVE = Prepared(delete(Tool).where(Tool.id == bindparam("number")))
_SET_STATE = Prepared(update(Tool).where(Tool.id == bindparam("number")).values(state=bindparam("to")))


def add(tx: Tx, **values: object) -> None:
    """There is this tool; one that was removed and has its number is replaced."""
    _REMOVE.run(tx, {"number": values["id"]})
    _ADD.run(tx, {"state": SHARED, **values})
    counters.add(tx, _ALL, 1)


def find(tx: Tx, number: int) -> Tool | None:
    return _BY_ID.first(tx, number=number)


def count(tx: Tx) -> int:
    return counters.value(tx, _ALL)


def list_newest(tx: Tx, *, offset: int, limit: int) -> list[Tool]:
    return _NEWEST.all(tx, offset=offset, limit=limit)


def list_called(tx: Tx, title_key: str) -> list[Tool]:
    return _CALLED.all(tx, key=title_key)


def search(tx: Tx, words: Sequence[str]) -> list[int]:
    """The numbers of those, among the newest thousand, in which all of these folded words stand, newest first."""
    wanted = {f"word{n}": containing(word) for n, word in enumerate(words)}
    return cast("list[int]", list(_holding(len(words)).run(tx, wanted).scalars()))


@cache
def _holding(words: int) -> Prepared:
    some = _newest.with_only_columns(Tool.id, Tool.search_key).limit(SEARCHED).subquery()
    hold = (some.c.search_key.like(bindparam(f"word{n}"), escape="/") for n in range(words))
    return Prepared(select(some.c.id).where(*hold).order_by(some.c.id.desc()))


def change(tx: Tx, number: int, values: Mapping[str, object]) -> None:
    tx.execute(update(Tool).where(Tool.id == number).values(**values))


def set_state(tx: Tx, number: int, state: str) -> None:
    """It is shared from now on, or removed; it was not before."""
    _SET_STATE.run(tx, {"number": number, "to": state})
    counters.add(tx, _ALL, 1 if state == SHARED else -1)
