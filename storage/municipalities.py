"""The 86 municipalities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, func, literal, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert
from storage.members import Member

SIZES: Final = ("small", "medium", "large")
_SMALL, _MEDIUM = 5_000, 10_000  # inhabitants, that many included


class Municipality(Base):
    __tablename__ = "municipalities"
    name: Mapped[str] = mapped_column(primary_key=True)
    name_key: Mapped[str] = mapped_column(unique=True)
    district: Mapped[str]
    population: Mapped[int]  # at 31 December 2017, for the size class only
    first_mover: Mapped[bool]


_NAMED = Rows(Municipality, select(Municipality).where(Municipality.name_key == bindparam("name_key")))
_ALL = Rows(Municipality, select(Municipality).order_by(Municipality.name_key))
_COUNT = Prepared(select(func.count()).select_from(Municipality))
_PUT = Upsert(Municipality, "name", keep=True)
_ACTIVE = or_(Member.state == "active", Member.state == "paused")
_MEMBERS = Prepared(
    select(Member.municipality, func.count())
    .where(Member.municipality.in_(bindparam("names", expanding=True)), _ACTIVE)
    .group_by(Member.municipality)
)
# Asked of each municipality: the cost is that of 86 looks into an index, however many members there are.
_COVERED = Prepared(
    select(Municipality.name).where(
        select(Member.user_id).where(Member.municipality == Municipality.name, _ACTIVE).exists()
    )
)
_DELEGATED = Prepared(
    select(func.count()).select_from(
        select(literal(1).label("one"))
        .where(_ACTIVE, Member.municipality > "")
        .limit(bindparam("most"))
        .subquery()
    )
)


def size_of(population: int) -> str:
    """The size class: small up to 5,000 inhabitants, medium up to 10,000, large above."""
    return "small" if population <= _SMALL else "medium" if population <= _MEDIUM else "large"


def put(tx: Tx, *, name: str, name_key: str, district: str, population: int) -> None:
    """The municipality is known; whether it is a First Mover stays as it was."""
    execute_upsert(
        tx, _PUT, name=name, name_key=name_key, district=district, population=population, first_mover=False
    )


def find_named(tx: Tx, name_key: str) -> Municipality | None:
    return _NAMED.first(tx, name_key=name_key)


def list_all(tx: Tx) -> list[Municipality]:
    return _ALL.all(tx)


def count(tx: Tx) -> int:
    return int(_COUNT.run(tx).scalar_one())


def list_names(tx: Tx) -> list[str]:
    return [m.name for m in _ALL.all(tx)]


def count_members(tx: Tx, names: Sequence[str]) -> dict[str, int]:
    """The number of active members of each of these municipalities; those without any are left out."""
    return {name: count for name, count in _MEMBERS.run(tx, {"names": list(names)}) if name is not None}


def list_covered(tx: Tx) -> set[str]:
    """The names of the municipalities with at least one active member."""
    return set(_COVERED.run(tx).scalars())


def count_delegated(tx: Tx, *, most: int) -> int:
    """The number of active members who have been sent by a municipality, counted up to `most`."""
    return int(_DELEGATED.run(tx, {"most": most}).scalar_one())


def set_first_mover(tx: Tx, name: str, *, first_mover: bool) -> None:
    tx.execute(update(Municipality).where(Municipality.name == name).values(first_mover=first_mover))
