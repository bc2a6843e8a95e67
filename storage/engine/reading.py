"""Looking at a store without being in the way of the bot that runs on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from storage.engine.address import StoreError, connect_arguments, require_utf8, store_file, store_url, uri
from storage.engine.base import Tx
from storage.engine.database import StoreAwayError

_ONLY_READS: Final = {
    "sqlite": "PRAGMA query_only=ON",
    "postgresql": "SET default_transaction_read_only = on; SET statement_timeout = '5s'",
}
_MOMENT: Final = {
    "sqlite": "PRAGMA data_version",
    "postgresql": "SELECT CAST(pg_current_snapshot() AS text)",
}


@contextmanager
def reading(url: str) -> Iterator[Tx]:
    """A transaction that sees the store as it is at one moment, changes nothing, and locks nobody out.

    Raises: StoreError where there is no store.
    """
    try:
        with _engine(url).connect() as connection, connection.begin():
            yield connection
    except SQLAlchemyError as error:
        raise StoreError(f"the store: {words(error)}") from error


def _engine(url: str) -> Engine:
    """Connections that only read. Raises: StoreError where there is no store."""
    file = store_file(url)
    if file is not None:
        if not file.is_file():
            raise StoreError(f"there is no store at {file} yet; `pi-bot run` makes it")
        at = uri(file, "mode=ro")
        engine = create_engine(
            "sqlite://",
            creator=lambda: sqlite3.connect(at, uri=True, isolation_level=None, check_same_thread=False),
            poolclass=NullPool,
        )
        event.listen(engine, "begin", _begin)
    else:
        address = store_url(url)
        engine = create_engine(
            address,
            poolclass=NullPool,
            isolation_level="REPEATABLE READ",
            connect_args=connect_arguments(address),
        )
        event.listen(engine, "connect", lambda connection, _: require_utf8(connection), insert=True)
    return engine


class Reader:
    """A connection that is kept open, for those who look often; not to be used by two threads at once."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection: Connection | None = None

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        """The store as it is at one moment. Raises: StoreError; the next transaction has a new connection then."""
        try:
            with self._connect().begin():
                yield self._connect()
        except (SQLAlchemyError, StoreAwayError) as error:
            self.close()
            raise StoreError(f"the store: {words(error)}") from error

    def _connect(self) -> Connection:
        if self._connection is None:
            self._connection = _engine(self.url).connect()
            self._connection.exec_driver_sql(_ONLY_READS[self._connection.dialect.name])
            self._connection.commit()
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            with suppress(SQLAlchemyError):
                self._connection.close()
            self._connection = None


def moment(tx: Tx) -> str:
    """What is another once somebody has committed anything to the store; for no more than looking at no row."""
    return str(tx.exec_driver_sql(_MOMENT[tx.dialect.name]).scalar())


def words(error: BaseException) -> str | None:
    """The database's own words in one line, if it is one of its errors; never the values of a statement."""
    if isinstance(error, StoreAwayError) and error.__cause__ is not None:
        error = error.__cause__
    if not isinstance(error, SQLAlchemyError):
        return None
    original: Any = getattr(error, "orig", None) or error
    return " ".join(str(original).split())[:300]


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
