"""What is seen of the running bot from outside."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from pathlib import Path

import aiohttp

from bot.demo.homeserver import Homeserver, free_port
from bot.demo.people import People
from tests.homeserver.bots import BotProcess


async def test_alive_ready_and_figures(people: People, homeserver: Homeserver, tmp_path: Path) -> None:
    kora = await people.add("kora")
    account = await homeserver.create_account(f"bot{kora.user_id[1:].partition(':')[0]}")
    port = free_port()
    listen = {"listen": f"127.0.0.1:{port}"}
    async with (
        BotProcess(homeserver, account, tmp_path, coordinators=[kora.user_id], http=listen) as bot,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client,
    ):
        await bot.start()
        chat = await kora.direct_with(account.user_id)
        await kora.ask(chat, "status")
        answers = {}
        for path in ("/healthz", "/readyz", "/metrics"):
            async with client.get(path) as response:
                answers[path] = (response.status, await response.text())
        assert answers["/healthz"] == (200, "alive\n")
        assert answers["/readyz"] == (200, "ready\n")
        assert 'pibot_commands_total{noun="status",outcome="done"} 1' in answers["/metrics"][1]
        assert "pibot_outbox_length 0" in answers["/metrics"][1]
        assert "pibot_reminders_late_seconds 0" in answers["/metrics"][1]
        assert await bot.stop() == 0


async def test_a_taken_port_stops_the_start_with_one_line(
    people: People, homeserver: Homeserver, tmp_path: Path
) -> None:
    kora = await people.add("kora")
    account = await homeserver.create_account(f"bot{kora.user_id[1:].partition(':')[0]}")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        listen = {"listen": f"127.0.0.1:{taken.getsockname()[1]}"}
        async with BotProcess(homeserver, account, tmp_path, coordinators=[kora.user_id], http=listen) as bot:
            await bot.start()
            async with asyncio.timeout(20):
                assert await bot.ended() == 1
        assert "address already in use" in bot.log.read_text(encoding="utf-8").splitlines()[-1]


async def test_a_store_or_homeserver_that_fails_is_told_within_seconds(tmp_path: Path) -> None:
    """Also while nobody says anything, and before the first login."""
    port = free_port()
    async with (
        Homeserver(tmp_path / "synapse", rate_limits="off") as homeserver,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client,
    ):
        account = await homeserver.create_account("bot")
        listen = {"listen": f"127.0.0.1:{port}"}
        async with BotProcess(homeserver, account, tmp_path / "bot", coordinators=[], http=listen) as bot:

            async def becomes(status: int, why: str, within: float = 6) -> None:
                async with asyncio.timeout(within):
                    while True:
                        try:
                            async with client.get("/readyz") as response:
                                if response.status == status and why in await response.text():
                                    return
                        except aiohttp.ClientConnectionError:
                            pass
                        await asyncio.sleep(0.1)

            await homeserver.stop()
            await bot.start(until_ready=False)
            await becomes(503, "homeserver: ", within=30)
            async with client.get("/healthz") as response:
                assert response.status == 200
            await homeserver.start()
            await becomes(200, "ready", within=30)
            other = sqlite3.connect(bot.database, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            await becomes(503, "store: OperationalError SQLITE_BUSY")
            other.execute("ROLLBACK")
            other.close()
            await becomes(200, "ready", within=12)
            await homeserver.stop()
            await becomes(503, "sync: ")
            await homeserver.start()
            await becomes(200, "ready", within=20)
            kept = bot.database.rename(tmp_path / "away")
            await becomes(503, "store: its file is gone")
            kept.rename(bot.database)
            await becomes(200, "ready")
            assert await bot.stop() == 0
            assert len(bot.lines("a new, empty store was made")) == 1
            assert len(bot.lines("sync works again")) == 1
            failed = [line["reason"] for line in bot.lines("store failed")]
            assert failed == ["OperationalError SQLITE_BUSY", "its file is gone"]
            assert bot.errors() == []
