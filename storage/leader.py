"""Which of several processes on one PostgreSQL leads: a row, and advisory locks that say the same to the server.

Each leader has a number. Its transactions hold that number's lock together, and ask for the row, so that who takes
over, by taking that lock alone and raising the number, knows that none of them is under way, nor comes after it.
The times are the database's: no machine's clock counts.
"""

# ruff: noqa: S608 - statements are put together from constants of this module

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, delete, insert, select, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import DEVICE, Base, Tx
from storage.engine.database import ALONE, Database, InUseError, LostError, is_held
from storage.engine.statements import Prepared, Rows

LATE: Final = 3.0  # seconds without a renewal: who has lost its connection besides is followed by another
DEAD: Final = 6.0  # seconds without a renewal: its connections are ended
_NUMBERS: Final = 0x70690B09  # the advisory locks of leaders' numbers
_RIGHT_MISSING: Final = "42501"
WAITS: Final = "pi-bot waits"  # how PostgreSQL lists those that stand by
_LEADS: Final = "pi-bot leads"
_TAKEN: Final = 1  # second in which a lock of ours can be had, unless another process has it


class Leader(Base):
    """One row: who leads, or led last."""

    __tablename__ = "leader"
    __table_args__ = DEVICE  # a number that comes back from a backup would let in who had it then
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str]
    version: Mapped[str]
    since: Mapped[datetime]
    until: Mapped[datetime]  # unless renewed


class Waiting(NamedTuple):
    """A process that stands by; `since`: when it has begun to."""

    name: str
    version: str
    since: datetime


_FIND = Rows(Leader, select(Leader))
_NOW = "(clock_timestamp() AT TIME ZONE 'UTC')"
_IS_THERE = text("SELECT to_regclass('leader') IS NOT NULL")
_LOOK = text(f"SELECT number, until, extract(epoch FROM {_NOW} - until)::float + {DEAD} AS age FROM leader")
_END_ALL = text(
    "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
    f" AND classid = {_NUMBERS} AND objid = :lock AND objsubid = 2 AND mode = 'ShareLock'"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_TRY_ALONE = text(f"SELECT pg_try_advisory_lock({ALONE})")
_TRY_NUMBER = text(f"SELECT pg_try_advisory_lock({_NUMBERS}, :lock)")
_SHARE_NUMBER = text(f"SELECT pg_try_advisory_lock_shared({_NUMBERS}, :lock)")
_GIVE_UP = text("SELECT pg_advisory_unlock_all()")
_FIRST = text(
    "INSERT INTO leader (number, name, version, since, until)"
    f" SELECT 0, '', '', {_NOW}, {_NOW} WHERE NOT EXISTS (SELECT FROM leader)"
)
_RAISE = text(
    f"UPDATE leader SET number = number + 1, name = :name, version = :version, since = {_NOW},"
    f" until = {_NOW} + interval '{DEAD} s' RETURNING number"
)
_RENEW = text(
    f"UPDATE leader SET until = {_NOW} + interval '{DEAD} s' WHERE number = :number AND name = :name"
)
_RELEASE = text(f"UPDATE leader SET until = {_NOW} WHERE number = :number AND name = :name")
_FENCE = (
    f"SELECT pg_try_advisory_xact_lock_shared({_NUMBERS}, %s) FROM leader WHERE number = %s AND name = %s"
)
_IS_SURE = text(f"SELECT until > {_NOW} FROM leader")
_NAMED = text("SELECT set_config('application_name', :name, false)")
_CLEAR = Prepared(delete(Leader))
_PUT = Prepared(insert(Leader))
_WAITING = text(
    "SELECT application_name, backend_start FROM pg_stat_activity"
    " WHERE datname = current_database() AND starts_with(application_name, :waits) ORDER BY backend_start"
)


def find(tx: Tx) -> Leader | None:
    """Who leads, or led last."""
    return _FIND.first(tx)


def leads(tx: Tx, file: Path | None) -> Leader | None:
    """Who leads at present; `file`: the store's, on SQLite."""
    row = find(tx)
    if row is None:
        return None
    return row if (is_held(file) if file is not None else tx.execute(_IS_SURE).scalar()) else None


def waiting(tx: Tx) -> list[Waiting]:
    """Each process that stands by; on SQLite there is none."""
    if tx.dialect.name == "sqlite":
        return []
    found = []
    for about, since in tx.execute(_WAITING, {"waits": WAITS}):
        name, _, version = about.removeprefix(WAITS).strip().partition(" ")
        found.append(Waiting(name, version, since))
    return found


def enter(tx: Tx, *, name: str, version: str, at: datetime) -> None:
    """This process has the store, on SQLite, where its file's lock says for how long."""
    before = find(tx)
    _CLEAR.run(tx)
    number = before.number + 1 if before is not None else 1
    _PUT.run(tx, {"number": number, "name": name, "version": version, "since": at, "until": at})


def alone(database: Database) -> None:
    """The store is this short command's alone, until it is closed: no bot runs, and one that was cut off is told.

    Raises: InUseError.
    """
    database.lock()
    if database.path is not None:
        return
    with database.transaction() as tx:
        row = _look(tx)
        if row is not None:
            if not tx.execute(_TRY_NUMBER, {"lock": _lock(row.number)}).scalar():
                raise InUseError(database.name)
            number = tx.execute(_RAISE, {"name": "", "version": ""}).scalar_one()
            tx.execute(_RELEASE, {"number": number, "name": ""})


class Seat:
    """The one place of a leader, as one process wants it or has it, by a connection of its own to PostgreSQL."""

    def __init__(self, url: str, *, name: str, version: str) -> None:
        self.url, self.name, self.version = url, name, version
        self.number: int | None = None  # None: it stands by
        self.powerless = False  # its role may not end the connections of whoever leads
        self.database = Database(url)
        self.database.connected = self._connected
        self._claimed: object = None  # the connection that has the locks
        self._seen: tuple[object, float] = None, 0.0  # the newest row, and when it was seen first

    def _connected(self, connection: Tx) -> None:
        about = f"{WAITS} {self.name} {self.version}" if self.number is None else _LEADS
        connection.execute(_NAMED, {"name": about})
        connection.exec_driver_sql(f"SET lock_timeout = '{_TAKEN}s'")
        connection.exec_driver_sql(f"SET statement_timeout = '{2 * _TAKEN}s'")
        if self.number is None:
            return
        try:  # of the connection before this one, which has just been ended
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({ALONE})")
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) == "55P03":
                raise LostError(self.database.name) from error
            raise
        if not connection.execute(_SHARE_NUMBER, {"lock": _lock(self.number)}).scalar():
            raise LostError(self.database.name)

    def claim(self, *, at: float) -> bool:
        """Nobody leads, and this process may `rise`; `at`: by a clock that only goes on."""
        with self.database.transaction() as tx:
            row = _look(tx)
        lock = None
        if row is not None:
            if self._seen[0] != row.until:
                self._seen = row.until, at
            age = max(row.age, at - self._seen[1])  # the second: the database's clock was put back
            if age < LATE:
                return False
            lock = _lock(row.number)
            if age >= DEAD:
                self._end(lock)
        with self.database.transaction() as tx:
            if not (tx.execute(_TRY_ALONE).scalar() and self._is_free(tx, row, lock)):
                tx.execute(_GIVE_UP)
                return False
        self._claimed = self.database.backend
        return True

    def rise(self) -> bool:
        """This process leads, unless it has lost the connection by which it has claimed to. The schema is new."""
        with self.database.transaction() as tx:
            if self.database.backend != self._claimed:
                return False
            tx.execute(_FIRST)
            number: int = tx.execute(_RAISE, {"name": self.name, "version": self.version}).scalar_one()
            tx.execute(_SHARE_NUMBER, {"lock": _lock(number)})
            tx.execute(_NAMED, {"name": _LEADS})
        self.number = number
        return True

    def _is_free(self, tx: Tx, row: Any, lock: int | None) -> bool:
        """No transaction of the leader before is under way, and nobody has followed it meanwhile."""
        if lock is None or row is None:
            return _look(tx) is None
        if not tx.execute(_TRY_NUMBER, {"lock": lock}).scalar():
            return False
        now = _look(tx)
        return now is not None and now.number == row.number and now.until == row.until

    def _end(self, lock: int) -> None:
        """Whoever led has no connection to this store any more, in a moment."""
        try:
            with self.database.transaction() as tx:
                tx.execute(_END_ALL, {"lock": lock})
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _RIGHT_MISSING:
                raise
            self.powerless = True  # the server ends them by itself, if their machine is gone

    def renew(self) -> None:
        """This process leads for a while longer. Raises: LostError."""
        with self.database.transaction() as tx:
            if not tx.execute(_RENEW, {"number": self.number, "name": self.name}).rowcount:
                raise LostError(self.database.name)

    def fence(self, database: Database) -> None:
        """No transaction there is one any more once another process leads."""
        assert self.number is not None
        database.fence(_FENCE, (_lock(self.number), self.number, self.name))

    def release(self) -> None:
        """Another process may lead at once; to be called when all else has ended."""
        with suppress(LostError, DBAPIError):
            if self.number is not None:
                with self.database.transaction() as tx:
                    tx.execute(_RELEASE, {"number": self.number, "name": self.name})
        self.database.close()


def _look(tx: Tx) -> Any:
    """Number, end and age of the leader's row, if there is one."""
    return tx.execute(_LOOK).first() if tx.execute(_IS_THERE).scalar() else None


def _lock(number: int) -> int:
    """The lock of a number."""
    return number % (1 << 31)
