"""A bot that is asked to end ends, wherever its start has come to."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.matrix.session import Identity
from bot.running.program import Program
from commands.framework.context import Settings
from tests.support.drawn import drawn
from tests.support.peer import BOT, Trouble, apart

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
