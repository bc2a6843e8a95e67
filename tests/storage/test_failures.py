"""That the store or the homeserver fails is known at once, whoever asked, by the driver's name for it."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from bot.matrix.outages import Outage
from bot.matrix.worker import Worker
from bot.running.health import Health
from storage.engine.address import WrongStoreError
from storage.engine.database import Database, FileGoneError, InUseError, StoreAwayError, reason
from storage.engine.schema import migrate
from storage.inbox import belong_to
from tests.support.chat import NOW


def test_before_the_login_it_is_alive_and_not_ready() -> None:
    away = Outage("homeserver away", "homeserver back")
    health = Health({"homeserver": away}, now=lambda: NOW)
    assert health.answer("/readyz") == (503, "not caught up yet\n")
    away.failed("status 502")
    assert health.answer("/healthz") == (200, "alive\n")
    assert health.answer("/readyz") == (503, "not caught up yet\nhomeserver: status 502\n")
    assert health.answer("/metrics")[0] == 200


async def test_whoever_asks_a_store_that_fails_the_failure_is_known(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.sqlite3"
    migrate(url)
    database, worker = Database(url), Worker()
    await worker.run(lambda: database.pulse(NOW))
    with database.transaction() as tx:
        tx.exec_driver_sql("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreAwayError):
        await worker.run(lambda: database.pulse(NOW))
    assert worker.outage.reason == "OperationalError SQLITE_BUSY"
    other.execute("ROLLBACK")
    other.close()
    await worker.run(lambda: database.pulse(NOW + timedelta(seconds=2)))
    database.close()
    worker.close()


@pytest.mark.parametrize("how", ["removed", "replaced"])
def test_a_file_that_is_gone_is_noticed(tmp_path: Path, how: str) -> None:
    url = f"sqlite:///{tmp_path}/store.sqlite3"
    migrate(url)
    database = Database(url)
    database.pulse(NOW)
    (tmp_path / "store.sqlite3").rename(tmp_path / "away")
    if how == "replaced":
        migrate(url)
    with pytest.raises(FileGoneError) as gone:
        database.pulse(NOW)
    assert reason(gone.value) == "its file is gone"
    database.close()


def test_postgresql_away_has_a_name_too(postgres_database: Database) -> None:
    postgres_database.lock()
    with postgres_database.transaction() as tx:
        pid = tx.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    other = Database(postgres_database.engine.url.render_as_string(hide_password=False))
    with other.transaction() as tx:
        tx.exec_driver_sql(f"SELECT pg_terminate_backend({pid})")
    other.close()
    with pytest.raises(OperationalError) as lost:
        postgres_database.pulse(NOW)
    assert reason(lost.value) in ("AdminShutdown 57P01", "OperationalError")
    nowhere = Database("postgresql://u@127.0.0.1:9/db")
    with pytest.raises(OperationalError) as refused:
        nowhere.pulse(NOW)
    assert reason(refused.value) == "OperationalError"


async def test_postgresql_that_only_reads_is_waited_for(postgres_database: Database) -> None:
    """One that has become the follower of another, or that its provider holds back on a full disk."""
    worker = Worker()

    def only_reads(value: str) -> None:
        with postgres_database.transaction() as tx:
            tx.exec_driver_sql(f"SET default_transaction_read_only = {value}")

    await worker.run(lambda: only_reads("on"))
    with pytest.raises(StoreAwayError):
        await worker.run(lambda: postgres_database.pulse(NOW))
    assert worker.outage.reason == "ReadOnlySqlTransaction 25006"
    await worker.run(lambda: only_reads("off"))
    await worker.run(lambda: postgres_database.pulse(NOW))
    worker.close()


def test_the_store_knows_whose_it_is(any_database: Database) -> None:
    for _ in range(2):
        with any_database.transaction() as tx:
            belong_to(tx, "@pibot:localhost")
    with (
        any_database.transaction() as tx,
        pytest.raises(WrongStoreError, match="is that of @pibot:localhost"),
    ):
        belong_to(tx, "@other:localhost")


def test_a_store_in_use_is_no_failure_to_be_tried_again() -> None:
    assert not issubclass(InUseError, Exception)
