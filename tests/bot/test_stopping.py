"""A bot that is asked to end ends, wherever its start has come to."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psycopg
import pytest
from aiohttp import ClientSession

from bot.demo.homeserver import free_port
from bot.matrix.session import Identity
from bot.running.program import Program
from commands.framework.context import Settings
from storage.engine.database import Database
from tests.support.databases import Postgres
from tests.support.drawn import drawn
from tests.support.peer import BOT, Trouble, apart
from tests.support.sealed_bot import WITHIN, town

AWAY = 503


@pytest.mark.parametrize(
    "where", drawn(["/login", "/profile/", "/directory/room/", "/keys/upload", "/keys/query"], 1)
)
async def test_it_ends_while_the_homeserver_is_away(tmp_path: Path, where: str) -> None:
    with apart() as (server, address):
        server.answers |= {
            "/login": {"user_id": BOT, "device_id": "NEW", "access_token": "syt_new"},
            "/keys/upload": {"one_time_key_counts": {"signed_curve25519": 50}},
            "/directory/room/": {"room_id": "!ideas:localhost"},
        }
        server.answers[where] = Trouble(AWAY, {})
        program = Program(
            Identity(address, BOT, password="geheim"),
            Settings(encrypts=True),
            database=f"sqlite:///{tmp_path}/store.sqlite3",
            data_dir=tmp_path,
            rooms={"ideas": "#pi-ideas:localhost"},
        )
        running = asyncio.create_task(program.run())
        async with asyncio.timeout(30):
            while not any(where in path for _, path, _ in server.requests):
                assert not running.done(), running.result()
                await asyncio.sleep(0)
            program.stop()
            await running


@pytest.mark.long
async def test_it_ends_while_postgresql_takes_no_connections(
    tmp_path: Path, postgres: Postgres, postgres_database: Database
) -> None:
    """Its connections have ended with the server's, and to be ended are not made anew."""
    store, listen = postgres_database.engine.url, f"127.0.0.1:{free_port()}"
    url = store.set(drivername="postgresql").render_as_string(hide_password=False)
    async with (
        town(
            tmp_path, {"!hall:localhost": ["@pia:localhost"]}, "@pia:localhost", database=url, listen=listen
        ),
        ClientSession(f"http://{listen}") as client,
    ):
        with psycopg.connect(postgres.url("postgres"), autocommit=True) as other:
            other.execute(f"ALTER DATABASE {store.database} ALLOW_CONNECTIONS false".encode())
            ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            other.execute(ends, [store.database])
        said = ""
        async with asyncio.timeout(WITHIN):
            while "store: OperationalError" not in said or "leader: OperationalError" not in said:
                async with client.get("/readyz") as answer:
                    said = await answer.text()
