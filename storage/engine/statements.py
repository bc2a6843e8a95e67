"""Statements built once and run at the price of the driver.

SQLAlchemy's `execute` costs 70 to 130 µs of CPU a statement, whatever it does; a command needs about fifteen. A
`Prepared` statement is compiled by SQLAlchemy once for each dialect and set of values, and from then on goes
straight to the driver, with the types' own conversions of values and rows: 10 to 20 µs (measured). It is written
and read like any other; what a statement needs that is made anew for each execution (`IN` lists, defaults that
are functions) it leaves to SQLAlchemy. docs/statements.md says why, and what of SQLAlchemy this relies on.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import ColumnElement, Executable, Insert, Select, Table, and_, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ReturnsRows
from sqlalchemy.types import TypeEngine

from storage.engine.base import Base, Tx

T = TypeVar("T", bound="Base")
V = TypeVar("V")
Values = Mapping[str, object]
Convert = Callable[[Any], Any] | None


class Found:
    """The rows a statement returned: all of it, read at once."""

    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self._rows, self.rowcount = rows, rowcount

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def all(self) -> list[Any]:
        return self._rows

    def first(self) -> Any:
        return self._rows[0] if self._rows else None

    def one(self) -> Any:
        [row] = self._rows
        return row

    def scalar(self) -> Any:
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        return self.one()[0]

    def scalars(self) -> list[Any]:
        return [row[0] for row in self._rows]


@dataclass
class Compiled:
    """A statement in the words of a dialect, with the conversions of values and rows.

    Those of the columns are known once the driver has said what types it returns, at the first execution.
    """

    sql: str
    positional: bool
    binds: tuple[tuple[str, Convert], ...]
    fixed: Values  # values that stand in the statement itself, and defaults
    types: tuple[TypeEngine[Any], ...]
    make: Callable[[Any], Any]  # a row of its columns
    columns: tuple[Convert, ...] | None = None
    converts: bool = False

    def values(self, given: Values) -> Any:
        fixed = self.fixed
        found = [
            value if convert is None else convert(value)
            for name, convert in self.binds
            for value in (given[name] if name in given else fixed[name],)
        ]
        return found if self.positional else dict(zip((name for name, _ in self.binds), found, strict=True))

    def rows(self, cursor: Any, dialect: Dialect) -> list[Any]:
        """The rows that the statement has returned."""
        if not self.types:
            return []
        if self.columns is None:
            self.columns = tuple(
                cast("Convert", kind.dialect_impl(dialect).result_processor(dialect, described[1]))
                for kind, described in zip(self.types, cursor.description, strict=True)
            )
            self.converts = any(self.columns)
        raw, make, columns = cursor.fetchall(), self.make, self.columns
        if not self.converts:
            return [make(row) for row in raw]
        return [make([v if c is None else c(v) for c, v in zip(columns, row, strict=True)]) for row in raw]


class Prepared:
    """A statement for `run`; `statement` is SQLAlchemy's."""

    def __init__(self, statement: Executable) -> None:
        self.statement = statement
        self._compiled: dict[tuple[str, ...], Compiled | None] = {}

    def run(self, tx: Tx, values: Values | Sequence[Values] = ()) -> Found:
        """Execute it with these values; with a list of them, once for each."""
        many = not isinstance(values, Mapping) and bool(values)
        first = cast("Values", values[0] if many else values or {})  # type: ignore[index]
        key = (tx.dialect.name, *first)
        try:
            compiled = self._compiled[key]
        except KeyError:
            compiled = self._compiled[key] = compile_once(self.statement, tx.dialect, tuple(first))
        if compiled is None:
            result = tx.execute(self.statement, cast("Any", values or None))
            return Found(list(result) if result.returns_rows else [], result.rowcount)
        return _run(tx, compiled, [*values] if many else None, first)


def _run(tx: Tx, compiled: Compiled, many: list[Values] | None, values: Values) -> Found:
    raw: Any = tx.connection.driver_connection
    cursor = raw.cursor()
    try:
        if many is not None:
            cursor.executemany(compiled.sql, [compiled.values(one) for one in many])
        else:
            cursor.execute(compiled.sql, compiled.values(values))
        return Found(compiled.rows(cursor, tx.dialect), cursor.rowcount)
    except tx.dialect.loaded_dbapi.Error as error:
        raise failure(tx, error, compiled.sql) from error
    finally:
        cursor.close()


def failure(tx: Tx, error: Exception, sql: str) -> BaseException:
    """The driver's error as SQLAlchemy would raise it; a connection that is gone is not used again."""
    gone = tx.dialect.is_disconnect(cast("Any", error), cast("Any", tx.connection.driver_connection), None)
    if gone:
        tx.invalidate(error)
    driver_error = cast("Any", tx.dialect.loaded_dbapi.Error)
    return DBAPIError.instance(
        sql, None, error, driver_error, hide_parameters=True, connection_invalidated=gone, dialect=tx.dialect
    )


def compile_once(statement: Executable, dialect: Dialect, given: tuple[str, ...]) -> Compiled | None:
    """The statement for these values; None where only SQLAlchemy can execute it."""
    writes = isinstance(statement, Insert)
    keys = list(given) if isinstance(statement, Insert) and statement.select is None else None
    made = cast("SQLCompiler", cast("Any", statement).compile(dialect=dialect, column_keys=keys))
    if made.post_compile_params or made.literal_execute_params:
        return None
    fixed = {name: value for name, value in made.params.items() if not made.binds[name].required}
    for column in made.insert_prefetch if writes else ():
        default = cast("Any", column.default)
        if default is None or not default.is_scalar:
            return None
        fixed[column.key] = default.arg
    names = made.positiontup if made.positional else [made.bind_names[bind] for bind in made.binds.values()]
    binds = tuple(
        (name, made.binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names or ()
    )
    columns = statement.exported_columns if isinstance(statement, ReturnsRows) else ()
    row = cast("Any", namedtuple("Row", [str(column.key) for column in columns], rename=True))  # noqa: PYI024
    types = tuple(column.type for column in columns)
    return Compiled(made.string, made.positional, binds, fixed, types, row._make)


class Rows(Generic[T]):
    """A select of whole rows of one table, built once; what it returns has the attributes of the table's class."""

    def __init__(self, table: type[T], select: Select[Any]) -> None:
        self.table, self.prepared = table, Prepared(select)

    def first(self, tx: Tx, **values: object) -> T | None:
        return cast("T | None", self.prepared.run(tx, values).first())

    def all(self, tx: Tx, **values: object) -> list[T]:
        return cast("list[T]", self.prepared.run(tx, values).all())


def is_any(column: Any, values: Iterable[object]) -> ColumnElement[bool]:
    """The column has one of these values; `IN` would be worded anew by SQLAlchemy at each execution."""
    return or_(*(column == value for value in values))


def is_none(column: Any, values: Iterable[object]) -> ColumnElement[bool]:
    """The column has none of these values; see `is_any`."""
    return and_(*(column != value for value in values))


def in_parts(values: Sequence[V], size: int = 1000) -> Iterator[Sequence[V]]:
    """As many values as a statement's `IN` takes anywhere, again and again."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def table_of(table: type[Base]) -> Table:
    return cast("Table", table.__table__)


class Upsert:
    """An insert that overwrites the row with the same `key`, or with `keep` leaves it; built once for the dialect used.

    The two dialects word it alike but have a class each.
    """

    def __init__(self, table: type[Base], *key: str, keep: bool = False) -> None:
        self.table, self.key, self.keep = table, key, keep
        self._statement: tuple[str, Prepared] | None = None

    def statement(self, dialect: str) -> Prepared:
        if self._statement is None or self._statement[0] != dialect:
            self._statement = dialect, Prepared(self._build(dialect))
        return self._statement[1]

    def _build(self, dialect: str) -> Insert:
        table = table_of(self.table)
        insert = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
        if self.keep:
            return insert.on_conflict_do_nothing(index_elements=list(self.key))
        others = {c.name: insert.excluded[c.name] for c in table.columns if c.name not in self.key}
        return insert.on_conflict_do_update(index_elements=list(self.key), set_=others)


def execute_upsert(tx: Tx, upserting: Upsert, **values: object) -> bool:
    """Run the upsert with a value for every column; True if a row was written."""
    return upserting.statement(tx.dialect.name).run(tx, values).rowcount > 0
