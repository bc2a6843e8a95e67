"""Numbers given once, in order, and never again; and counts that would be slow to count."""

from __future__ import annotations

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Upsert, execute_upsert


class Counter(Base):
    __tablename__ = "counters"
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]


_START = Upsert(Counter, "name", keep=True)
_ADD = Prepared(
    update(Counter)
    .where(Counter.name == bindparam("n"))
    .values(value=Counter.value + bindparam("by"))
    .returning(Counter.value)
)
_VALUE = Prepared(select(Counter.value).where(Counter.name == bindparam("n")))


def add(tx: Tx, name: str, by: int) -> int:
    """The counter's value after adding."""
    value = _ADD.run(tx, {"n": name, "by": by}).scalar()
    if value is None:
        execute_upsert(tx, _START, name=name, value=0)
        value = _ADD.run(tx, {"n": name, "by": by}).scalar_one()
    return int(value)


def next_number(tx: Tx, kind: str) -> int:
    return add(tx, kind, 1)


def value(tx: Tx, name: str) -> int:
    return int(_VALUE.run(tx, {"n": name}).scalar() or 0)
