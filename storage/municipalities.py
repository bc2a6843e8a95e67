"""The 86 municipalities."""

from __future__ import annotations

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Rows, Tx, execute_upsert, upsert


class Municipality(Base):
    __tablename__ = "municipalities"
    name: Mapped[str] = mapped_column(primary_key=True)
    name_key: Mapped[str] = mapped_column(unique=True)
    district: Mapped[str]
    population: Mapped[int]
    first_mover: Mapped[bool]


_NAMED = Rows(Municipality, select(Municipality).where(Municipality.name_key == bindparam("name_key")))
_ALL = Rows(Municipality, select(Municipality).order_by(Municipality.name))
_PUT = upsert(Municipality, "name", keep=True)


def put(tx: Tx, *, name: str, name_key: str, district: str, population: int) -> None:
    """The municipality is known; whether it is a First Mover stays as it was."""
    execute_upsert(
        tx, _PUT, name=name, name_key=name_key, district=district, population=population, first_mover=False
    )


def find_named(tx: Tx, name_key: str) -> Municipality | None:
    return _NAMED.first(tx, name_key=name_key)


def list_all(tx: Tx) -> list[Municipality]:
    return _ALL.all(tx)


def list_names(tx: Tx) -> list[str]:
    return [m.name for m in _ALL.all(tx)]


def set_first_mover(tx: Tx, name: str, *, first_mover: bool) -> None:
    tx.execute(update(Municipality).where(Municipality.name == name).values(first_mover=first_mover))
