"""Backup, restore and export, on both databases."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage import audit, inbox, olm
from storage.engine import schema
from storage.engine.address import SECRETS, StoreError
from storage.engine.backup import back_up, restore
from storage.engine.base import Base
from storage.engine.database import Database
from storage.engine.dump import dump
from storage.engine.reading import reading
from tests.support.databases import Postgres

pytestmark = pytest.mark.long  # copies stores by processes

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
STAMP = "20261102T090000Z"
OWNER = 65534 if os.geteuid() == 0 else os.geteuid()  # only root can give a file away


@dataclass
class Store:
    url: str
    database: Database

    def set(self, value: str) -> None:
        with self.database.transaction() as tx:
            inbox.set_fact(tx, "value", value)

    def get(self) -> str | None:
        with reading(self.url) as tx:
            return inbox.fact(tx, "value")


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path}/store/pibot.sqlite3"
    schema.migrate(url)
    database = Database(url)
    yield Store(url, database)
    database.close()


@pytest.fixture
def postgresql_store(
    postgres: Postgres, postgres_database: Database, monkeypatch: pytest.MonkeyPatch
) -> Store:
    monkeypatch.setenv("PATH", str(postgres.programs), prepend=os.pathsep)
    return Store(postgres_database.engine.url.render_as_string(hide_password=False), postgres_database)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Store:
    found: Store = request.getfixturevalue(f"{request.param}_store")
    return found


def test_a_backup_is_made_while_the_bot_writes_and_comes_back(store: Store, tmp_path: Path) -> None:
    store.set("before")
    store.database.lock()
    with store.database.transaction() as tx:
        inbox.set_fact(tx, "value", "half done")
        back_up(store.url, tmp_path / "copy")
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600
    assert store.get() == "half done"

    with pytest.raises(StoreError, match="stop it first"):
        restore(store.url, tmp_path / "copy", stamp=STAMP)
    store.database.close()
    restore(store.url, tmp_path / "copy", stamp=STAMP)
    assert store.get() == "before"
    store.set("after")
    assert not schema.migrate(store.url)


def _device(store: Store, pickle: str) -> None:
    with store.database.transaction() as tx:
        olm.put_account(tx, device_id="D", pickle=pickle, uploaded=True)
        olm.put_secret(tx, "seed master", "kept")


def _pickle(store: Store) -> str | None:
    with reading(store.url) as tx:
        account = olm.account(tx)
        assert olm.secret(tx, "seed master") == "kept"
        return account.pickle if account is not None else None


def test_keys_of_the_device_never_come_back_from_a_backup(store: Store, tmp_path: Path) -> None:
    """Pitfall 10: they have moved on since; used twice, they would be broken."""
    _device(store, "of then")
    back_up(store.url, tmp_path / "copy")
    assert b"of then" not in (tmp_path / "copy").read_bytes()
    _device(store, "of now")
    store.database.close()
    restore(store.url, tmp_path / "copy", stamp=STAMP)
    assert _pickle(store) is None


@pytest.mark.parametrize(("hours", "pickle"), [(1, "of now"), (23, "of now"), (25, None), (-1, None)])
def test_the_living_device_goes_on_in_a_store_less_than_a_day_older(
    sqlite_store: Store, tmp_path: Path, hours: int, pickle: str | None
) -> None:
    _device(sqlite_store, "of then")
    sqlite_store.database.pulse(NOW)
    back_up(sqlite_store.url, tmp_path / "copy")
    _device(sqlite_store, "of now")
    sqlite_store.database.pulse(NOW + timedelta(hours=hours))
    sqlite_store.database.close()
    restore(sqlite_store.url, tmp_path / "copy", stamp=STAMP)
    assert _pickle(sqlite_store) == pickle


ODD = ["pi#bot", "pi?bot", "pi%bot", "pi%41bot", "pi bot", "a?mode=rw#x", "ü", "file:x", "a&b=c"]


@pytest.mark.parametrize("odd", ODD)
def test_a_name_is_the_same_file_everywhere(tmp_path: Path, odd: str) -> None:
    """In folder and file, for the store, for reading beside it, and for the copy."""
    folder = tmp_path / odd
    url = f"sqlite:///{folder}/{odd}.sqlite3"
    assert schema.migrate(url)
    database = Database(url)
    assert database.path == folder / f"{odd}.sqlite3"
    here = Store(url, database)
    here.set("before")
    copy = tmp_path / f"copy {odd}"
    back_up(url, copy)
    here.set("after")
    assert here.get() == "after"
    dump(url, tmp_path / f"export {odd}")
    database.close()
    kept = restore(url, copy, stamp=STAMP)
    assert here.get() == "before"
    assert Store(f"sqlite:///{kept}", database).get() == "after"
    left = {file.name for file in tmp_path.iterdir()}
    assert left == {odd, copy.name, f"export {odd}"}
    assert {file.name.partition(".sqlite3")[0] for file in folder.iterdir()} == {odd}


def test_what_is_no_store_is_not_copied(tmp_path: Path, postgres: Postgres, postgres_url: str) -> None:
    empty = tmp_path / "empty.sqlite3"
    sqlite3.connect(empty).close()
    other = tmp_path / "other.sqlite3"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE shopping (what)")
    connection.close()
    for url in (f"sqlite:///{empty}", f"sqlite:///{other}", postgres_url):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PATH", str(postgres.programs), prepend=os.pathsep)
            with pytest.raises(StoreError, match="nothing was copied"):
                back_up(url, tmp_path / "copy")
        assert not (tmp_path / "copy").exists()
        assert not (tmp_path / "copy.part").exists()


def test_the_restored_store_is_for_whom_it_was(sqlite_store: Store, tmp_path: Path) -> None:
    """Whoever restores it; so are the lock, and a store where there was none."""
    path = sqlite_store.database.path
    assert path is not None
    back_up(sqlite_store.url, tmp_path / "copy")
    sqlite_store.database.close()
    for file in (path, path.parent):
        file.chmod(0o660 if file is path else 0o770)
        os.chown(file, OWNER, OWNER)
    for _ in range(2):
        restore(sqlite_store.url, tmp_path / "copy", stamp=STAMP)
        found = {f.name: f.stat() for f in (path, Path(f"{path}.lock"))}
        assert {(s.st_uid, s.st_gid) for s in found.values()} == {(OWNER, OWNER)}
        assert found[path.name].st_mode & 0o777 in (0o660, 0o600)
        path.unlink()
        path.with_name(f"{path.name}.lock").unlink()


@pytest.fixture
def called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], tuple[str, str, str]]:
    """How the tools are called for this address: their arguments, the password, and what stands in the file."""

    def called(url: str) -> tuple[str, str, str]:
        for name in ("arguments", "password", "file"):
            (tmp_path / name).unlink(missing_ok=True)
        with pytest.raises(StoreError) as failed:
            back_up(url, tmp_path / "copy")
        assert "hunter2" not in str(failed.value)
        found = [tmp_path / name for name in ("arguments", "password", "file")]
        return tuple(path.read_text(encoding="utf-8") for path in found)  # type: ignore[return-value]

    for tool in ("pg_dump", "pg_restore"):
        says = f'echo "$0 $@" > {tmp_path}/arguments; echo "$PGPASSWORD" > {tmp_path}/password'
        (tmp_path / tool).write_text(
            f"#!/bin/sh\n{says}\ntouch {tmp_path}/file\n"
            f'[ -z "$PGSERVICEFILE" ] || {{ stat -c %a "$PGSERVICEFILE"; cat "$PGSERVICEFILE"; }} > {tmp_path}/file\n'
            "exit 1\n"
        )
        (tmp_path / tool).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    return called


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:hunter2@h/db",
        "postgresql://u@h/db?password=hunter2&connect_timeout=3",
        "postgresql+psycopg://u:hunter2@h/db?passfile=/etc/pass&service=town",
    ],
)
def test_a_password_in_the_query_is_in_no_argument(
    called: Callable[[str], tuple[str, str, str]], url: str
) -> None:
    """What is put in place of pg_dump says how it was called."""
    arguments, password, file = called(url)
    assert "hunter2" not in arguments
    assert password == "hunter2\n"
    assert file == ""
    assert ("service=town" in arguments) == ("passfile=" in arguments) == ("town" in url)


@pytest.mark.parametrize("key", SECRETS)
def test_other_secrets_are_in_a_file_for_the_time_it_takes(
    called: Callable[[str], tuple[str, str, str]], key: str
) -> None:
    arguments, password, file = called(f"postgresql://u:hunter2@h/db?{key}=hunter2 %2B&sslmode=require")
    assert "hunter2" not in arguments
    assert "sslmode=require" in arguments
    assert password == "hunter2\n"
    assert file == f"600\n[pi-bot]\n{key}=hunter2 +\n"


def test_with_such_a_file_the_database_is_reached(
    postgres: Postgres, postgresql_store: Store, tmp_path: Path
) -> None:
    postgresql_store.set("precious")
    back_up(f"{postgresql_store.url}&sslpassword=hunter2", tmp_path / "copy")
    assert (tmp_path / "copy").stat().st_size > 0
    with pytest.raises(StoreError, match="database: sslpassword beside service"):
        back_up(f"{postgresql_store.url}&sslpassword=hunter2&service=town", tmp_path / "other")


def test_nothing_is_overwritten(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "copy"
    file.write_text("precious")
    with pytest.raises(StoreError, match="expected the name of a new file"):
        back_up(store.url, file)
    assert file.read_text() == "precious"
    with pytest.raises(StoreError, match="No such file"):
        back_up(store.url, tmp_path / "nowhere" / "copy")


@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite format 3\0" + b"\0" * 90, b"PGDMP" + b"\1" * 90])
def test_a_file_that_is_no_whole_backup_is_refused(store: Store, tmp_path: Path, content: bytes) -> None:
    store.set("precious")
    (tmp_path / "copy").write_bytes(content)
    store.database.close()
    with pytest.raises(StoreError, match=r"copy|pg_restore"):
        restore(store.url, tmp_path / "copy", stamp=STAMP)
    with pytest.raises(StoreError, match="can't be read"):
        restore(store.url, tmp_path / "missing", stamp=STAMP)
    assert store.get() == "precious"


def test_a_damaged_or_newer_backup_is_refused(sqlite_store: Store, tmp_path: Path) -> None:
    with sqlite_store.database.transaction() as tx:
        for number in range(200):
            inbox.set_fact(tx, f"fact {number}", "x" * 100)
    back_up(sqlite_store.url, tmp_path / "copy")
    sqlite_store.database.close()
    whole = (tmp_path / "copy").read_bytes()
    (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StoreError, match="is damaged"):
        restore(sqlite_store.url, tmp_path / "cut", stamp=STAMP)
    with sqlite3.connect(tmp_path / "copy") as copy:
        copy.execute("UPDATE alembic_version SET version_num = '9999_later'")
    copy.close()
    with pytest.raises(StoreError, match="newer version"):
        restore(sqlite_store.url, tmp_path / "copy", stamp=STAMP)


def test_a_newer_store_is_not_copied(store: Store, tmp_path: Path) -> None:
    with store.database.transaction() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '9999_later'")
    with pytest.raises(schema.NewerSchemaError, match="9999_later"):
        back_up(store.url, tmp_path / "copy")
    assert list(tmp_path.glob("copy*")) == []


def test_the_store_as_it_was_is_kept_beside_the_restored_one(sqlite_store: Store, tmp_path: Path) -> None:
    sqlite_store.set("old")
    back_up(sqlite_store.url, tmp_path / "copy")
    sqlite_store.set("new")
    sqlite_store.database.close()
    kept = restore(sqlite_store.url, tmp_path / "copy", stamp=STAMP)
    assert kept is not None
    assert sqlite_store.get() == "old"
    assert Store(f"sqlite:///{kept}", sqlite_store.database).get() == "new"
    kept.parent.joinpath("pibot.sqlite3").unlink()
    assert restore(sqlite_store.url, tmp_path / "copy", stamp=STAMP) is None  # also where there was none


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("backup.back_up({url!r}, Path('new'))", "can't be copied to ."),
        ("backup.restore({url!r}, Path('copy'), stamp='x')", "copy: can't be copied to {store}"),
        ("dump.dump({url!r}, Path('new'))", "new/facts.json: File too large: the dump is not whole"),
    ],
)
def test_on_a_full_disk_it_is_said_where_and_nothing_half_stays_in_the_way(
    sqlite_store: Store, tmp_path: Path, call: str, told: str
) -> None:
    sqlite_store.set("x" * 200_000)
    back_up(sqlite_store.url, tmp_path / "copy")
    folder = tmp_path / "there"
    folder.mkdir()
    (tmp_path / "copy").rename(folder / "copy")
    code = (
        "import resource; from pathlib import Path; from storage.engine import backup, dump\n"
        "from storage.engine.address import StoreError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        f"try: {call.format(url=sqlite_store.url)}\n"
        "except StoreError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.format(store=tmp_path / "store") in done.stdout, done
    assert list(tmp_path.rglob("*.part")) == []
    assert sqlite_store.get() == "x" * 200_000


def test_without_its_tools_postgresql_says_which(
    postgresql_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreError, match="pg_dump is not in PATH"):
        back_up(postgresql_store.url, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_tables_newer_than_the_backup_go(postgresql_store: Store, tmp_path: Path) -> None:
    with postgresql_store.database.transaction() as tx:
        Base.metadata.tables["audit_log"].drop(tx)
    back_up(postgresql_store.url, tmp_path / "copy")
    with postgresql_store.database.transaction() as tx:
        Base.metadata.tables["audit_log"].create(tx)
    restore(postgresql_store.url, tmp_path / "copy", stamp=STAMP)
    with postgresql_store.database.transaction() as tx:
        assert schema.difference(tx) != []


def test_the_export_has_every_table_as_json(store: Store, tmp_path: Path) -> None:
    store.set("Grüezi «Pia»")
    with store.database.transaction() as tx:
        for ref in ("I1", "I2"):
            audit.add(
                tx, at=NOW, actor="@moni:localhost", command="idea accept", ref=ref, text="", event_id="$1"
            )
    counts = dump(store.url, tmp_path / "all")
    assert {file.name for file in (tmp_path / "all").iterdir()} == {
        f"{table}.json" for table in Base.metadata.tables
    }
    assert counts["audit_log"] == 2
    entries = json.loads((tmp_path / "all" / "audit_log.json").read_text(encoding="utf-8"))
    assert [(entry["ref"], entry["at"]) for entry in entries] == [
        ("I1", NOW.isoformat()),
        ("I2", NOW.isoformat()),
    ]
    assert json.loads((tmp_path / "all" / "facts.json").read_text()) == [
        {"name": "value", "value": "Grüezi «Pia»"}
    ]
    assert json.loads((tmp_path / "all" / "ideas.json").read_text()) == []
    assert all(file.stat().st_mode & 0o077 == 0 for file in (tmp_path / "all").iterdir())
    with pytest.raises(StoreError, match="empty folder"):
        dump(store.url, tmp_path / "all")


def test_reading_locks_nobody_out_and_changes_nothing(store: Store) -> None:
    store.set("before")
    with reading(store.url) as tx:
        assert inbox.fact(tx, "value") == "before"
        store.set("after")
        assert inbox.fact(tx, "value") == "before"
    assert store.get() == "after"


def test_where_there_is_no_store_one_is_told(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/none.db"
    with pytest.raises(StoreError, match="there is no store"), reading(url):
        pass
    with pytest.raises(StoreError, match="there is no store"):
        back_up(url, tmp_path / "copy")
    with pytest.raises(StoreError, match="there is no store"):
        dump(url, tmp_path / "all")
    assert not (tmp_path / "none.db").exists()
