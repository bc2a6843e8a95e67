"""Looking at a store without being in the way of the bot that runs on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from storage.base import Tx


class StoreError(Exception):
    """Something about the store that a person has to put right; the text is one line."""


def store_url(url: str) -> URL:
    parsed = make_url(url)
    return parsed.set(drivername="postgresql+psycopg") if parsed.drivername == "postgresql" else parsed


def store_file(url: str) -> Path | None:
    """The file of an SQLite store."""
    parsed = make_url(url)
    return Path(parsed.database) if parsed.drivername == "sqlite" and parsed.database else None


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
            engine = create_engine(
                f"sqlite:///file:{file}?mode=ro&uri=true",
                poolclass=NullPool,
                connect_args={"isolation_level": None},
            )
            event.listen(engine, "begin", _begin)
        else:
            engine = create_engine(store_url(url), poolclass=NullPool, isolation_level="REPEATABLE READ")
        with engine.connect() as connection, connection.begin():
            yield connection
    except SQLAlchemyError as error:
        raise StoreError(f"the store: {words(error)}") from error


def words(error: Exception) -> str | None:
    """The database's own words in one line, if it is one of its errors; never the values of a statement."""
    if not isinstance(error, SQLAlchemyError):
        return None
    original: Any = getattr(error, "orig", None) or error
    return " ".join(str(original).split())[:300]


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
