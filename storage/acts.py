"""The journal of acts: what was done about which thing, so that nothing built on it is lost.

A thing is what has a reference (`I12`, `P3`, a member's Matrix id) or a part of it: `group`, `product/profile`, or what
one person is to it, the Matrix id. Taking back asks here whether anything was done about the same thing since.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Index, bindparam, delete, func, insert, literal, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared


class Act(Base):
    """Something was done about this thing because of this event."""

    __tablename__ = "acts"
    __table_args__ = (Index(None, "thing", "id"), Index(None, "cause"), Index(None, "at"))
    id: Mapped[int] = mapped_column(primary_key=True)
    thing: Mapped[str]
    part: Mapped[str]  # empty: all of it
    cause: Mapped[str]  # the event of the command or reaction
    at: Mapped[datetime]


_ADD = Prepared(insert(Act).inline())  # many at once return no numbers
_OF = Prepared(
    select(Act.thing, Act.part, func.max(Act.id))
    .where(Act.cause == bindparam("event"))
    .group_by(Act.thing, Act.part)
)
_PART = bindparam("p", type_=Act.part.type)
_ME = bindparam("me", type_=Act.part.type)
_SINCE = Prepared(
    select(Act.id)
    .where(
        Act.thing == bindparam("t"),
        Act.id > bindparam("after"),
        Act.cause != bindparam("event"),
        or_(Act.part == _PART, func.replace(Act.part, _ME, "") == Act.part),
        or_(
            Act.part == "",
            _PART == "",
            Act.part == _PART,
            func.substr(Act.part, 1, func.length(_PART) + 1) == _PART + literal("/"),
            func.substr(_PART, 1, func.length(Act.part) + 1) == Act.part + literal("/"),
        ),
    )
    .limit(1)
)
_COUNT = Prepared(
    select(func.count()).where(
        Act.thing == bindparam("t"), Act.part == bindparam("p"), Act.at > bindparam("since")
    )
)
_REMOVE = Prepared(delete(Act).where(Act.cause == bindparam("event")))


def add(tx: Tx, things: Iterable[tuple[str, str]], *, cause: str, at: datetime) -> None:
    """Something was done about these things."""
    rows = [{"thing": thing, "part": part, "cause": cause, "at": at} for thing, part in things]
    if rows:
        _ADD.run(tx, rows)


def since(tx: Tx, cause: str, *, by: str) -> str | None:
    """The first of the things of this act about which something else was done since; None: nothing.

    An act of the same person on their own thing since, like a vote on their new idea, does not count.
    """
    for thing, part, last in _OF.run(tx, {"event": cause}):
        values = {"t": thing, "p": part, "after": last, "event": cause, "me": by}
        if _SINCE.run(tx, values).first() is not None:
            return str(thing)
    return None


def count(tx: Tx, thing: str, part: str, *, since: datetime) -> int:
    """The number of times that something was done about this part of the thing since then."""
    return int(_COUNT.run(tx, {"t": thing, "p": part, "since": since}).scalar_one())


def remove(tx: Tx, cause: str) -> None:
    """This act was taken back."""
    _REMOVE.run(tx, {"event": cause})


def clean(tx: Tx, *, before: datetime) -> int:
    return tx.execute(delete(Act).where(Act.at < before)).rowcount


def list_of(tx: Tx, user_id: str) -> list[tuple[str, str, datetime]]:
    """The acts about this person, and about what the person is to things."""
    found = select(Act.thing, Act.part, Act.at).where(_concerns(user_id)).order_by(Act.id)
    return [(row[0], row[1], row[2]) for row in tx.execute(found)]


def forget(tx: Tx, user_id: str) -> None:
    """All that was done stays known, about the whole of each thing; no row names the person."""
    tx.execute(delete(Act).where(Act.thing == user_id))
    tx.execute(update(Act).where(_concerns(user_id)).values(part=""))


def _concerns(user_id: str) -> ColumnElement[bool]:
    return or_(Act.thing == user_id, Act.part == user_id, Act.part.endswith(f"/{user_id}", autoescape=True))
