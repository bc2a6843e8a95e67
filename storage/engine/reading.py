"""Looking at a store without being in the way of the bot that runs on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from storage.engine.address import StoreError, connect_arguments, require_utf8, store_file, store_url, uri
from storage.engine.base import Tx
from storage.engine.database import StoreAwayError


@contextmanager
def reading(url: str) -> Iterator[Tx]:
    """A transaction that sees the store as it is at one moment, changes nothing, and locks nobody out.

    Raises: StoreError where there is no store.
    """
    file = store_file(url)
    try:
        if file is not None:
            if not file.is_file():
                raise StoreError(f"there is no store at {file} yet; `pi-bot run` makes it")
            at = uri(file, "mode=ro")
            engine = create_engine(
                "sqlite://",
                creator=lambda: sqlite3.connect(at, uri=True, isolation_level=None),
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
        with engine.connect() as connection, connection.begin():
            yield connection
    except SQLAlchemyError as error:
        raise StoreError(f"the store: {words(error)}") from error


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
