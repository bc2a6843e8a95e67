"""What every table and statement is made of.

Rows are read through SQLAlchemy's Core, not its ORM session: one command costs a third of the CPU that way.
A table is declared once, as a mapped class; a `Rows` statement says that what it returns has the attributes of
that class. What comes back is a read-only row: change things with statements, never by assigning to a row.
"""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import JSON, Connection, DateTime, Insert, MetaData, Select, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

Tx = Connection
T = TypeVar("T", bound="Base")


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetime in, aware UTC datetime out; stored as naive UTC so that both databases compare alike."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a time without a zone"
            raise TypeError(message)
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else cast("datetime", value).replace(tzinfo=UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[str]: JSON}  # noqa: RUF012


class Rows(Generic[T]):
    """A select of whole rows of one table, built once."""

    def __init__(self, table: type[T], select: Select[Any]) -> None:
        self.table, self.select = table, select

    def first(self, tx: Tx, **values: object) -> T | None:
        return cast("T | None", tx.execute(self.select, values).first())

    def all(self, tx: Tx, **values: object) -> list[T]:
        return cast("list[T]", list(tx.execute(self.select, values)))


def table_of(table: type[Base]) -> Table:
    return cast("Table", table.__table__)


class Upsert:
    """An insert that overwrites the row with the same `key`, or with `keep` leaves it; built once for the dialect used.

    The two dialects word it alike but have a class each; PostgreSQL's is loaded only where it is spoken (2 MB).
    """

    def __init__(self, table: type[Base], *key: str, keep: bool = False) -> None:
        self.table, self.key, self.keep = table, key, keep
        self._statement: tuple[str, Insert] | None = None

    def statement(self, dialect: str) -> Insert:
        if self._statement is None or self._statement[0] != dialect:
            self._statement = dialect, self._build(dialect)
        return self._statement[1]

    def _build(self, dialect: str) -> Insert:
        table = table_of(self.table)
        spoken = import_module(f"sqlalchemy.dialects.{dialect}")
        # psycopg forgets how many rows were written, unless told to keep it
        insert = spoken.insert(table).execution_options(preserve_rowcount=True)
        if self.keep:
            return cast("Insert", insert.on_conflict_do_nothing(index_elements=list(self.key)))
        others = {c.name: insert.excluded[c.name] for c in table.columns if c.name not in self.key}
        return cast("Insert", insert.on_conflict_do_update(index_elements=list(self.key), set_=others))


def execute_upsert(tx: Tx, upserting: Upsert, **values: object) -> bool:
    """Run the upsert with a value for every column; True if a row was written."""
    return tx.execute(upserting.statement(tx.dialect.name), values).rowcount > 0
