"""What is seen of the running bot from outside."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import aiohttp

from bot.demo.homeserver import Homeserver
from bot.demo.people import People
from tests.homeserver.bots import BotProcess


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


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
