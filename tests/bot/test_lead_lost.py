"""Another process leads from one moment on, wherever this one has come to: it ends, and leaves no failure behind."""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
import pytest
from aiohttp import ClientError, ClientSession, web

from bot.demo.homeserver import free_port
from storage.engine.database import Database, LostError
from tests.support.sealed_bot import WITHIN, SealedServer, town
from tests.support.wire import collected

PIA: Final = "@pia:localhost"
HALL: Final = "!hall:localhost"
OTHER: Final = "UPDATE leader SET number = number + 1, name = 'other'"


@dataclass
class Replaced(SealedServer):
    """From the first request with `where` in its path on, another process leads."""

    where: str = ""
    store: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if self.where and self.where in request.path:
            self.where = ""
            with psycopg.connect(self.store, autocommit=True) as other:
                other.execute(OTHER)
        return await super().handle(request)


async def ask(address: str, statuses: set[int]) -> None:
    """How the bot is, for as long as it runs."""
    async with ClientSession(f"http://{address}") as client:
        while True:
            with suppress(ClientError):
                async with client.get("/metrics") as answer:
                    statuses.add(answer.status)
            await asyncio.sleep(0)


async def live(folder: Path, server: Replaced, **more: str) -> None:
    """The bot has run to its end, and was spoken to."""
    async with town(folder, {HALL: [PIA]}, PIA, at=server, **more) as there:
        saying = asyncio.create_task(there.asks(PIA, HALL, "!idee neu Ein Velokurier für Akten"))
        async with asyncio.timeout(WITHIN):
            await asyncio.wait({there.running})
        saying.cancel()


@pytest.mark.long
@pytest.mark.parametrize("where", ["/keys/upload", "/sync", "/keys/query", "/sendToDevice/", "/send/"])
async def test_it_ends_with_that_alone_while_it_is_asked_how_it_is(
    tmp_path: Path, postgres_database: Database, where: str
) -> None:
    store = postgres_database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    server, address = Replaced(where=where, store=store), f"127.0.0.1:{free_port()}"
    statuses: set[int] = set()
    with collected() as errors:
        asking = asyncio.create_task(ask(address, statuses))
        with pytest.raises(LostError):
            await live(tmp_path, server, database=store, listen=address)
        asking.cancel()
        gc.collect()  # only then asyncio tells of tasks that failed unnoticed
    assert server.where == ""
    assert statuses == {200}
    assert [record.getMessage() for record in errors] == []
