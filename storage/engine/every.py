"""All rows of a table, for what shows all there is: exports, reports."""

from __future__ import annotations

from functools import cache
from typing import TypeVar

from sqlalchemy import select

from storage.engine.base import Base, Tx
from storage.engine.statements import Rows, table_of

T = TypeVar("T", bound=Base)


def every(tx: Tx, table: type[T]) -> list[T]:
    """The table's rows, in order of their keys. It reads the whole table: for nothing that people do every day."""
    return _all(table).all(tx)


@cache
def _all(table: type[T]) -> Rows[T]:
    return Rows(table, select(table).order_by(*table_of(table).primary_key))
