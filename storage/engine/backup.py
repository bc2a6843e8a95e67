"""A copy of the store, made while the bot runs, and the way back.

Left out are the keys of the bot's device: they have moved on when the copy is put back, and used twice they would be
broken. Without them, the bot is a new device of its own, signed by the same identity.

SQLite copies itself; PostgreSQL's own tools are used for PostgreSQL, and looked for in PATH.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import URL, inspect

import storage
from storage.engine.address import SECRETS, StoreError, give_to_owner, store_file, store_url, uri
from storage.engine.base import Base, of_device
from storage.engine.database import Database, InUseError
from storage.engine.reading import reading
from storage.engine.schema import is_newest, revisions

_WHOLLY = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error")
_NEAR = (
    "SELECT 1 FROM facts a, living.facts b, alembic_version c, living.alembic_version d"
    " WHERE a.name = 'alive' AND b.name = 'alive' AND c.version_num = d.version_num"
    " AND julianday(b.value) - julianday(a.value) BETWEEN 0 AND 0.9999"
)
_KINDS = {"sqlite": b"SQLite format 3\0", "postgresql": b"PGDMP"}


def back_up(url: str, file: Path) -> None:
    """`file` is a consistent copy of the store, readable by its user alone.

    Raises: StoreError; NewerSchemaError, as nobody here knows which tables of a newer store are the device's.
    """
    source = store_file(url)
    if source is not None and not source.is_file():
        raise StoreError(f"there is no store at {source} yet")
    with _new(file) as part:
        if source is not None:
            _copy(source, part)
            _without_device(part)
        else:
            left_out = [f"--exclude-table-data={name}" for name in _device_tables()]
            _run("pg_dump", url, "--format=custom", *left_out, f"--file={part}", connect=True)
        try:
            _revision(url, part)
        except StoreError as error:
            raise StoreError(
                f"nothing was copied, as there is no bot's store in the database: {error}"
            ) from error
        with reading(url) as tx:
            is_newest(tx)


def restore(url: str, file: Path, *, stamp: str) -> Path | None:
    """The store is as it was when `file` was made.

    SQLite: the store as it is now is kept beside it; its file, with `stamp` in its name. Where it is less than a day
    ahead, the device lives on in the restored one. Raises: StoreError, also where a bot runs on the store.
    """
    _check(url, file)
    database = Database(url)
    try:
        database.lock()
        if database.path is not None:
            return _restore_sqlite(database.path, file, stamp)
        _restore_postgresql(database, url, file)
    except InUseError as error:
        raise StoreError("a bot runs on this store: stop it first") from error
    finally:
        database.close()
    return None


def _restore_sqlite(path: Path, file: Path, stamp: str) -> Path | None:
    part = path.with_name(f"{path.name}.part")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        _copy(file, part)
        if path.exists():
            _take_device(path, part)
    except BaseException:  # on a full disk, say, where it is in the way of the store that is there
        part.unlink(missing_ok=True)
        raise
    if path.exists():  # the bot, which may not be who restores, opens it as it did the one before
        give_to_owner(part, like=path)
        part.chmod(path.stat().st_mode & 0o777)
    else:
        give_to_owner(part, like=path.parent)
    kept = path.with_name(f"{path.name}.before-{stamp}") if path.exists() else None
    if kept is not None:
        for end in ("-wal", "-shm", ""):  # what is not yet in the file itself goes with it
            beside = path.with_name(path.name + end)
            if beside.exists():
                beside.rename(kept.with_name(kept.name + end))
    part.rename(path)
    return kept


def _device_tables() -> list[str]:
    storage.load()
    return of_device()


def _without_device(copy: Path) -> None:
    """The copy has no keys of the device, nor their traces."""
    with closing(sqlite3.connect(copy)) as made:
        there = {name for (name,) in made.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        gone = [name for name in _device_tables() if name in there]
        for name in gone:
            made.execute(f"DELETE FROM {name}")  # noqa: S608 - a table of ours
        made.commit()
        if gone:
            made.execute("VACUUM")


def _take_device(living: Path, restored: Path) -> None:
    """The restored store has the device of the one it replaces, if both are of one schema and a day apart at most."""
    with closing(sqlite3.connect(restored)) as store:
        try:
            store.execute("ATTACH ? AS living", (str(living),))
            if not store.execute(_NEAR).fetchall():
                return
            for name in _device_tables():
                store.execute(f"DELETE FROM main.{name}")  # noqa: S608 - tables of ours
                store.execute(f"INSERT INTO main.{name} SELECT * FROM living.{name}")  # noqa: S608
        except sqlite3.Error:  # damaged: then there is no device to go on with
            store.rollback()
        else:
            store.commit()


def _restore_postgresql(database: Database, url: str, file: Path) -> None:
    """One transaction. Tables that are newer than the backup go."""
    listed = _run("pg_restore", url, "--list", str(file))
    saved = set(re.findall(r" TABLE \S+ (\S+) \S+$", listed, re.MULTILINE))
    _run("pg_restore", url, *_WHOLLY, str(file), connect=True)
    storage.load()
    with database.transaction() as tx:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name not in saved and inspect(tx).has_table(table.name):
                table.drop(tx)


def _check(url: str, file: Path) -> None:
    """The file is a whole backup of such a store, and not of a newer version."""
    kind = "sqlite" if store_file(url) is not None else "postgresql"
    try:
        with file.open("rb") as start:
            begins = start.read(16)
    except OSError as error:
        raise StoreError(f"{file}: can't be read: {error.strerror}") from error
    if not begins.startswith(_KINDS[kind]):
        raise StoreError(f"{file}: expected a backup made by `pi-bot backup` of a store on {kind}")
    try:
        revision = _revision(url, file)
    except StoreError as error:
        raise StoreError(f"{file}: is damaged, or no backup of a bot's store: {error}") from error
    if revision is not None and revision not in revisions():
        raise StoreError(f"{file}: was made by a newer version of the bot (schema {revision})")


def _revision(url: str, file: Path) -> str | None:
    """The schema of the store in this copy, which is sound; PostgreSQL's copies don't tell which it is."""
    if store_file(url) is None:
        if not re.search(r" TABLE DATA \S+ alembic_version ", _run("pg_restore", url, "--list", str(file))):
            raise StoreError("it has no tables of the bot's")
        return None
    try:
        with closing(sqlite3.connect(uri(file, "mode=ro&immutable=1"), uri=True)) as found:
            [(sound,)] = found.execute("PRAGMA integrity_check(1)").fetchall()
            [(revision,)] = found.execute("SELECT version_num FROM alembic_version").fetchall()
    except (sqlite3.Error, ValueError) as error:
        raise StoreError(str(error)) from error
    if sound != "ok":
        raise StoreError(str(sound))
    return str(revision)


def _copy(source: Path, target: Path) -> None:
    """SQLite's own copy: one moment of the store, whoever writes meanwhile; on the disk when this returns."""
    try:
        with (
            closing(sqlite3.connect(uri(source, "mode=ro"), uri=True)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
            new.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    except sqlite3.Error as error:
        raise StoreError(f"{source}: can't be copied to {target.parent}: {error}") from error


@contextmanager
def _new(file: Path) -> Iterator[Path]:
    """A path to write to, which becomes `file` in the end; one that exists is never overwritten."""
    part = file.with_name(f"{file.name}.part")
    try:
        file.touch(mode=0o600, exist_ok=False)  # the name is ours from here on
    except OSError as error:
        raise StoreError(f"{file}: {error.strerror}; expected the name of a new file") from error
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        yield part
        part.replace(file)
    except BaseException:
        part.unlink(missing_ok=True)
        file.unlink(missing_ok=True)
        raise


def _run(tool: str, url: str, *arguments: str, connect: bool = False) -> str:
    """Run a tool of PostgreSQL's; no secret is among the arguments, which everybody can see."""
    path = shutil.which(tool)
    if path is None:
        raise StoreError(
            f"{tool} is not in PATH: install PostgreSQL's client programs of the server's version"
        )
    with _target(store_url(url)) as (target, secret):
        done = subprocess.run(  # noqa: S603
            [path, *([f"--dbname={target}"] if connect else []), *arguments],
            env=os.environ | secret,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        raise StoreError(f"{tool}: {' '.join(done.stderr.split())[:300] or done.returncode}")
    return done.stdout


@contextmanager
def _target(url: URL) -> Iterator[tuple[str, dict[str, str]]]:
    """The database's address without its secrets, and an environment that has them.

    libpq has a variable for the password alone: other secrets are in a file for the time it takes.
    """
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    kept = {key: value for key, value in url.query.items() if key in SECRETS}
    query = {key: value for key, value in url.query.items() if key not in kept}
    if kept and "service" in query:
        raise StoreError(f"database: {', '.join(kept)} beside service: put it into the service's file")
    with tempfile.TemporaryDirectory() as folder:  # for this user alone
        if kept:
            file = Path(folder) / "service"
            lines = (f"{key}={value if isinstance(value, str) else value[-1]}" for key, value in kept.items())
            file.touch(mode=0o600)
            file.write_text("\n".join(("[pi-bot]", *lines, "")), encoding="utf-8")
            secret["PGSERVICEFILE"], query["service"] = str(file), "pi-bot"
        # made anew: `set` can't take a password away
        target = URL.create("postgresql", url.username, None, url.host, url.port, url.database, query)
        yield target.render_as_string(hide_password=False), secret
