"""A store that can't take anything for a while ends nothing, wherever the running bot has come to: it goes on."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import web

from bot.matrix.outages import Outage
from bot.matrix.worker import Worker
from storage.engine.schema import migrate
from storage.ideas import Idea
from tests.support.sealed_bot import STORE, SealedServer, town
from tests.support.wire import collected

PIA, URS = "@pia:localhost", "@urs:localhost"
HALL: Final = "!hall:localhost"
IN_VAIN: Final = 3  # calls that fail before the lock ends: what each part asks every second is among them
pytestmark = pytest.mark.long


@dataclass
class Locking(SealedServer):
    """From the first request with `where` in its path on, somebody else has locked the store."""

    where: str = ""
    store: Path = Path()
    lock: sqlite3.Connection | None = None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if self.where and self.where in request.path and self.lock is None:
            self.lock = sqlite3.connect(self.store, isolation_level=None)
            self.lock.execute("BEGIN IMMEDIATE")
        return await super().handle(request)


class Noticed(Outage):
    """The lock ends once the bot has noticed it a few times."""

    def __init__(self, server: Locking) -> None:
        super().__init__("store failed", "store works again")
        self.server = server

    def failed(self, reason: str, **extra: Any) -> None:
        super().failed(reason, **extra)
        if self.count == IN_VAIN and self.server.lock is not None:
            self.server.lock.execute("ROLLBACK")


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store to be copied: making one takes longer than most tests."""
    file = tmp_path_factory.mktemp("store") / STORE
    migrate(f"sqlite:///{file}")
    return file


@pytest.mark.parametrize(
    ("when", "where"),
    [
        ("start", "/keys/upload"),
        ("start", "/sync"),
        ("later", "/keys/query"),
        ("later", "/sendToDevice/"),
        ("later", "/send/"),
        ("later", "/sync"),
    ],
)
async def test_the_bot_goes_on_when_the_store_does(
    tmp_path: Path, migrated: Path, where: str, when: str
) -> None:
    shutil.copy(migrated, tmp_path)
    server, worker = Locking(store=tmp_path / STORE), Worker()
    worker.outage = Noticed(server)
    with collected() as errors:
        server.where = where if when == "start" else ""
        async with town(tmp_path, {HALL: [PIA, URS]}, PIA, URS, at=server, worker=worker) as there:
            server.where = where
            assert "I1" in await there.asks(PIA, HALL, "!idee neu Ein Velokurier für Akten")
            assert "I2" in await there.asks(URS, HALL, "!idee neu Anlässe als Kalender abonnieren")
            assert there.count(Idea) == 2
    assert [record.getMessage() for record in errors] == []
