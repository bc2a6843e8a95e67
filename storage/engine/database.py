"""The engine, and the one way to open a transaction.

Synchronous on purpose: one worker thread owns the connection and carries a whole batch through in it. Six
statements cost 0.8 ms of CPU this way and 8 to 9 ms through the asynchronous session (measured).
"""

from __future__ import annotations

import fcntl
import os
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import StaticPool

from storage.engine.address import connect_arguments, give_to_owner, require_utf8, store_file, store_url
from storage.engine.base import Tx
from storage.engine.statements import failure

SCRUB = "scrub"  # in a transaction's `info`: nothing of what it overwrites shall be left in the journal
LOCK_WITHIN = 2  # seconds in which PostgreSQL notices that the process before has died
LONGEST_STATEMENT = 30  # seconds; of the running bot, whose statements take milliseconds
ALONE = 0x70690B07  # PostgreSQL's advisory lock of the one process that has the store to itself

_SQLITE_AWAY = frozenset(
    (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    )
)
_POSTGRES_AWAY = (
    "08",  # connection
    "25006",  # it only reads: a server that another one follows, or whose disk is nearly full
    "40",  # deadlock
    "53",  # resources
    "57",  # shutdown
    "58",  # system
)


_LOCK_NOT_AVAILABLE = "55P03"
_PATIENCE = (  # PostgreSQL's own, with a bot whose machine or network is gone
    "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3;"
    "SET tcp_user_timeout = 8000"
)
_LIMIT = f"SET statement_timeout = '{LONGEST_STATEMENT}s'"
_BACKEND = text("SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()")
_END = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = :pid AND backend_start = :backend_start"
)
_PULSE = text(
    "INSERT INTO facts (name, value) VALUES ('alive', :at) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)


class InUseError(BaseException):
    """Another process works on this store, or has done so since this one began.

    No `Exception`, so that nothing that guards against a single failure goes on after it.
    """


class LostError(InUseError):
    """This process has led, and leads no more."""


class StoreAwayError(BaseException):
    """The store can't take anything at present: the transaction is lost, and to be tried again as a whole.

    No `Exception`, so that what guards a batch against one bad event does not take it for one, and go on.
    """


class FileGoneError(StoreAwayError):
    """The store's file was removed or replaced: what is written goes nowhere."""


class Database:
    """One connection to the store; not to be used by two threads at once."""

    def __init__(self, url: str) -> None:
        parsed = store_url(url)
        self.path = store_file(url)
        if self.path is not None:
            # What people wrote is for the bot's user alone.
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.engine = create_engine(
            parsed, poolclass=StaticPool, connect_args=connect_arguments(parsed), hide_parameters=True
        )
        if parsed.drivername == "sqlite":
            event.listen(self.engine, "connect", _configure_sqlite)
        else:
            event.listen(self.engine, "connect", lambda raw, _: require_utf8(raw), insert=True)
        self._connection: Connection | None = None
        self._line: Any = None  # the driver's, of the newest connection to PostgreSQL
        self._lock_file: int | None = None
        self._file: tuple[int, int] | None = None  # which file is open
        self._fence: tuple[str, tuple[object, ...]] | None = None  # asked first in each transaction
        self.connected: Callable[[Tx], None] | None = (
            None  # called with each new connection before it is used
        )
        self.backend: dict[str, Any] | None = None  # PostgreSQL's process at the other end

    def lock(self) -> None:
        """Make this process the only one that runs the bot on this store, until `close`.

        Raises: InUseError.
        """
        if self.path is not None:
            handle = self._opened(Path(f"{self.path}.lock"))
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                os.close(handle)
                raise InUseError(str(self.path)) from error
            self._lock_file = handle
        elif self.engine.dialect.name == "postgresql":
            self.connected = self._lock
            self._drop()
            self._connect()

    def fence(self, question: str, values: tuple[object, ...]) -> None:
        """Each transaction asks this first from now on; on another answer than yes it is none, and raises LostError."""
        self._fence = question, values
        self._drop()

    def pulse(self, at: datetime) -> None:
        """The store takes what is written to it. Raises: FileGoneError."""
        if self.path is not None and self._file is not None:
            try:
                now = self.path.stat()
            except OSError as error:
                raise FileGoneError from error
            if (now.st_dev, now.st_ino) != self._file:
                raise FileGoneError
        with self.transaction() as tx:
            tx.execute(_PULSE, {"at": at.isoformat(timespec="seconds")})

    def _lock(self, connection: Tx) -> None:
        """The store is this connection's alone. Raises: InUseError."""
        try:
            connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_WITHIN}s'")
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({ALONE})")
            connection.exec_driver_sql("RESET lock_timeout")
        except OperationalError as error:
            connection.rollback()
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            raise InUseError(self.name) from error

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        """A transaction: committed at the end, rolled back on any exception.

        Begun and ended at the driver itself, which costs a tenth; SQLAlchemy's own joins in where it runs a statement.
        """
        connection = self._connect()
        raw: Any = connection.connection.driver_connection
        try:
            if self.engine.dialect.name == "sqlite":
                # The transaction takes the write lock at once: what is read inside it stays true until the commit.
                _say(raw, "BEGIN IMMEDIATE")
            elif self._fence is not None:
                self._pass(raw, *self._fence)
            yield connection
            _commit(connection if connection.in_transaction() else raw)
            if connection.info.pop(SCRUB, False) and self.engine.dialect.name == "sqlite":
                connection.info[SCRUB] = not _emptied(raw)  # somebody reads: after the next transaction
        except connection.dialect.loaded_dbapi.Error as error:
            failed = failure(connection, error, "BEGIN or COMMIT")
            _roll_back(connection, raw)
            raise failed from error
        except BaseException:
            _roll_back(connection, raw)
            raise

    def _pass(self, raw: Any, question: str, values: tuple[object, ...]) -> None:
        found = raw.execute(question, values, prepare=True).fetchone()
        if found is None or not found[0]:
            raise LostError(self.name)

    def _opened(self, file: Path) -> int:
        """The file is there, readable by the bot's user alone; SQLite gives its journal the same mode."""
        made = not file.exists()
        handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        if made:
            give_to_owner(file, like=file.parent)
        return handle

    def flush(self) -> None:
        """All that was committed so far survives a power cut too."""
        journal = f"{self.path}-wal"
        if self.path is not None and os.path.exists(journal):  # noqa: PTH110 - a name beside the path
            handle = os.open(journal, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def _connect(self) -> Connection:
        if self._connection is None or self._connection.closed or self._connection.invalidated:
            if self.path is not None:
                handle = self._opened(self.path)
                found = os.fstat(handle)
                self._file = found.st_dev, found.st_ino
                os.close(handle)
            connection = self._connection = self.engine.connect()
            if self.engine.dialect.name == "postgresql":
                try:
                    self._greet(connection)
                except BaseException:
                    self._drop()
                    raise
        return self._connection

    def _greet(self, connection: Tx) -> None:
        """The new connection is the only one; its server gives up as soon as we do."""
        if self.backend is not None:  # the server may not have noticed that its client is gone
            connection.execute(_END, self.backend)
        raw: Any = connection.connection.driver_connection
        self._line = raw
        _say(raw, _PATIENCE)
        if self._fence is not None:
            _say(raw, _LIMIT)
        self.backend = dict(connection.execute(_BACKEND).mappings().one())
        if self.connected is not None:
            self.connected(connection)
        connection.commit()

    def cut(self) -> None:
        """What waits for an answer of PostgreSQL gets none, in whatever thread, and the next has a new connection."""
        # Not by way of `_connection`: one that has ended would connect anew, and wait for that.
        with suppress(Exception), socket.socket(fileno=os.dup(self._line.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)

    def _drop(self) -> None:
        """The next transaction has a new connection."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    @property
    def name(self) -> str:
        """The address, without its password."""
        return self.engine.url.render_as_string(hide_password=True)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self.engine.dispose()
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None


def is_held(path: Path) -> bool:
    """Does a process run the bot on this file?"""
    try:
        handle = os.open(f"{path}.lock", os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def _say(raw: Any, command: str) -> None:
    """At the driver, past SQLAlchemy."""
    raw.execute(command)


def _emptied(raw: Any) -> bool:
    """All of the journal is in the store's file, and the journal holds nothing."""
    with suppress(sqlite3.Error):
        busy, *_ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
    return False


def _commit(what: Any) -> None:
    what.commit()


def _roll_back(connection: Connection, raw: Any) -> None:
    try:
        if connection.in_transaction():
            connection.rollback()
        raw.rollback()
    except (DBAPIError, connection.dialect.loaded_dbapi.Error):
        connection.invalidate()  # it is broken: the next transaction has a new one


@contextmanager
def savepoint(tx: Tx) -> Iterator[None]:
    """All that happens inside is undone alone if it raises.

    Written out instead of `begin_nested`, which costs four times as much and is on the path of every command.
    """
    raw: Any = tx.connection.driver_connection
    _say(raw, "SAVEPOINT message")
    try:
        yield
    except StoreAwayError:
        raise  # there is no transaction any more in which to go back
    except BaseException as error:
        if is_away(error):
            raise StoreAwayError from error
        _say(raw, "ROLLBACK TO SAVEPOINT message")
        _say(raw, "RELEASE SAVEPOINT message")
        raise
    _say(raw, "RELEASE SAVEPOINT message")


def is_away(error: BaseException) -> bool:
    """Is it the store that failed (a full disk, a lost connection, a lock), and not the statement?"""
    if isinstance(error, StoreAwayError):
        return True
    orig = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(orig, sqlite3.Error):
        code: int = getattr(orig, "sqlite_errorcode", 0)
        return code & 0xFF in _SQLITE_AWAY
    state: str | None = getattr(orig, "sqlstate", None)
    gone = isinstance(error, DBAPIError) and error.connection_invalidated
    unreachable = isinstance(error, OperationalError) and state is None
    return gone or unreachable or (state or "").startswith(_POSTGRES_AWAY)


def reason(error: BaseException) -> str:
    """The driver's name for what went wrong, or PostgreSQL's SQLSTATE; no words of a statement."""
    if isinstance(error, FileGoneError):
        return "its file is gone"
    while isinstance(error, StoreAwayError) and error.__cause__ is not None:
        error = error.__cause__
    orig = getattr(error, "orig", None) or error
    code = getattr(orig, "sqlite_errorname", None) or getattr(orig, "sqlstate", None)
    return " ".join([type(orig).__name__, *([code] if code else [])])


def _configure_sqlite(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    # A commit survives the death of the process, at any moment; a power cut may take back the last second, until
    # `flush`. What is taken back is read again from the homeserver, since the sync token goes with it, and answered
    # by the same messages. A sync to disk with each commit costs 0.65 of 2 ms of CPU a command (measured).
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA busy_timeout=2500")
    connection.execute("PRAGMA secure_delete=ON")  # what is erased is overwritten
