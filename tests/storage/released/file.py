"""A store's rows as SQL that SQLite and PostgreSQL both take: no tables, which the migrations of that release make."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from sqlalchemy import MetaData, Table, text

from storage.engine import schema
from storage.engine.base import Tx
from storage.engine.database import Database

FOLDER: Final = Path(__file__).parent
_VERSION: Final = "alembic_version"
# Rows came with their numbers; the next ones go on from there, as SQLite does by itself.
_GO_ON: Final = """
SELECT setval(pg_get_serial_sequence(quote_ident(table_name), column_name), greatest(1, :newest))
FROM information_schema.columns WHERE table_name = :table AND column_name = :column
AND pg_get_serial_sequence(quote_ident(table_name), column_name) IS NOT NULL
"""


def file_of(name: str) -> Path:
    return FOLDER / f"{name}.sql.gz"


def stores() -> list[str]:
    """All that are kept."""
    return sorted(file.name.removesuffix(".sql.gz") for file in FOLDER.glob("*.sql.gz"))


def rows(tx: Tx) -> dict[str, list[str]]:
    """All that is in the store, which is one on SQLite: a statement a row, by table."""
    tables = MetaData()
    tables.reflect(tx)
    return {str(name): list(_rows(tx, table)) for name, table in tables.tables.items() if name != _VERSION}


def write(name: str, found: Mapping[str, list[str]]) -> None:
    """They are in the file, the same rows as the same bytes: no name and no time is in its head."""
    lines = [f"-- {schema.revisions()[-1]}", *(row for table in sorted(found) for row in found[table])]
    file_of(name).write_bytes(gzip.compress("\n".join(lines).encode() + b"\n", mtime=0))


def _rows(tx: Tx, table: Table) -> Iterator[str]:
    columns = list(table.columns)
    names = ", ".join(f'"{one.name}"' for one in columns)
    found = tx.exec_driver_sql(f'SELECT {names} FROM "{table.name}"')  # noqa: S608 - as the file has them, not as Python
    truths = [one.type.python_type is bool for one in columns]
    for values in sorted(_values(row, truths) for row in found):
        yield f'INSERT INTO "{table.name}" ({names}) VALUES ({values});'  # noqa: S608


def _values(row: Any, truths: list[bool]) -> str:
    return ", ".join(_literal(value, truth=truth) for value, truth in zip(row, truths, strict=True))


def _literal(value: Any, *, truth: bool) -> str:
    if value is None:
        return "NULL"
    if truth:
        return "TRUE" if value else "FALSE"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


def load(name: str, database: Database) -> None:
    """The empty store is one as that release has left it."""
    sql = gzip.decompress(file_of(name).read_bytes()).decode()
    schema.upgrade(database, to=sql.partition("\n")[0].removeprefix("-- "))
    with database.transaction() as tx:
        raw: Any = tx.connection.driver_connection
        if tx.dialect.name == "sqlite":
            for statement in _statements(sql):
                raw.execute(statement)
        else:
            raw.execute(sql)
            _go_on(tx)


def _statements(sql: str) -> Iterator[str]:
    """One at a time: SQLite's own way for many of them ends the transaction."""
    begun = ""
    for line in sql.splitlines(keepends=True)[1:]:
        begun += line
        if begun.count("'") % 2 == 0 and line.endswith(";\n"):
            yield begun
            begun = ""


def _go_on(tx: Tx) -> None:
    tables = MetaData()
    tables.reflect(tx)
    for table in tables.tables.values():
        for column in table.primary_key.columns:
            if column.type.python_type is int:
                newest = tx.execute(text(f'SELECT max("{column.name}") FROM "{table.name}"')).scalar()  # noqa: S608
                tx.execute(text(_GO_ON), {"newest": newest or 1, "table": table.name, "column": column.name})
