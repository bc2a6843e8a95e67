"""Which messages that are still kept name whom: what was said about somebody is found without reading all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Index, bindparam, delete, func, insert, or_, select, union_all
from sqlalchemy.orm import Mapped, mapped_column

from storage import inbox, outbox
from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, is_any
from storage.outbox import Outgoing

MANY: Final = 30  # people named by one message, above which it is looked through for each who asks: an export
_ID: Final = re.compile(r"@[^\s@:<>\"]+:[a-z0-9.:-]*[a-z0-9]")


class Named(Base):
    """The Matrix id, in lower case, of a person whom a row of the outbox names; empty: there are many."""

    __tablename__ = "outbox_people"
    __table_args__ = (Index(None, "row"), {"sqlite_with_rowid": False})
    user_id: Mapped[str] = mapped_column(primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True)


_KEEP = Prepared(insert(Named).inline())
_UP_TO: Final = "outbox read for names up to"
_WORDED = is_any(Outgoing.kind, (*outbox.SAID, "edit"))
_NEXT = Prepared(
    select(Outgoing.id, Outgoing.content)
    .where(Outgoing.id > bindparam("after"), Outgoing.id < bindparam("before"), _WORDED)
    .order_by(Outgoing.id)
    .limit(bindparam("limit"))
)
_BOUNDS = Prepared(
    select(
        select(func.min(Outgoing.id)).where(Outgoing.state == "pending").scalar_subquery(),
        select(func.max(Outgoing.id)).scalar_subquery(),
    )
)
# In a statement: the rows that may name this person, those that were not read for names yet among them.
NAMING: Final = union_all(
    select(Named.row).where(or_(Named.user_id == bindparam("named"), Named.user_id == "")),
    select(Outgoing.id).where(Outgoing.id > bindparam("up_to")),
)


def up_to(tx: Tx) -> int:
    """The last row of the outbox that was read for names; later ones are looked through."""
    return int(inbox.fact(tx, _UP_TO) or 0)


def read_on(tx: Tx, *, at_most: int) -> bool:
    """So many more rows are found by whom they name; True if there are still others.

    Off the way of commands, as only what is stored about a person is found by it. What still waits to be sent may
    become other words, and is left with all that comes after it.
    """
    waits, last = _BOUNDS.run(tx).one()
    before = waits or (last or 0) + 1
    rows = _NEXT.run(tx, {"after": up_to(tx), "before": before, "limit": at_most}).all()
    found = [{"user_id": who, "row": row} for row, content in rows for who in named_by(content)]
    if found:
        _KEEP.run(tx, found)
    if rows:
        inbox.set_fact(tx, _UP_TO, str(rows[-1].id))
    return len(rows) == at_most


def named_by(content: Any) -> list[str]:
    """The Matrix ids under which this content is found, in lower case."""
    found = _ids(content)
    return sorted(found) if len(found) <= MANY else [""]


def is_named(user_id: str, content: Any) -> bool:
    """Does the person's Matrix id stand in this content?"""
    return user_id.casefold() in _ids(content)


def _ids(content: Any) -> set[str]:
    return {who for text in _texts(content) if "@" in text for who in _ID.findall(text.casefold())}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)


def forget(tx: Tx, user_id: str) -> None:
    """Nothing says any more which rows name this person."""
    tx.execute(delete(Named).where(Named.user_id == user_id.casefold()))


def clean(tx: Tx) -> None:
    """Nothing is kept of rows that are no more."""
    first = tx.execute(select(func.min(Outgoing.id))).scalar() or 0
    tx.execute(delete(Named).where(Named.row < first))
