"""The pages that everybody may read, of the bot as a process."""

from __future__ import annotations

import socket
from pathlib import Path

import aiohttp

from bot.demo.homeserver import Homeserver, free_port
from bot.demo.people import People
from tests.homeserver.bots import BotProcess


async def test_what_is_published_in_the_chat_is_read_outside(
    people: People, homeserver: Homeserver, tmp_path: Path
) -> None:
    kora = await people.add("kora")
    account = await homeserver.create_account(f"bot{kora.user_id[1:].partition(':')[0]}")
    port, health = free_port(), f"127.0.0.1:{free_port()}"
    web = {"listen": f"127.0.0.1:{port}", "public_url": "https://pi.example.ch"}
    async with (
        BotProcess(
            homeserver, account, tmp_path, coordinators=[kora.user_id], web=web, http={"listen": health}
        ) as bot,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as reader,
    ):
        await bot.start()
        before = await reader.get("/news")
        assert before.status == 200
        chat = await kora.direct_with(account.user_id)
        await kora.ask(chat, "news neu Portal wächst | öffentlich: ja\nAb Montag auch in Aesch.")
        after = await reader.get("/news", headers={"If-None-Match": before.headers["ETag"]})
        assert "Portal wächst" in await after.text()
        figures = await reader.get(f"http://{health}/metrics")
        assert 'pibot_web_requests_total{status="200"} 2' in await figures.text()
        assert await bot.stop() == 0
        said = bot.log.read_text(encoding="utf-8")
        assert "https://pi.example.ch" in said
        assert "/news" not in said  # who reads what is nobody's business


async def test_a_taken_port_is_named(people: People, homeserver: Homeserver, tmp_path: Path) -> None:
    kora = await people.add("kora")
    account = await homeserver.create_account(f"bot{kora.user_id[1:].partition(':')[0]}")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        web = {"listen": f"127.0.0.1:{taken.getsockname()[1]}"}
        async with BotProcess(homeserver, account, tmp_path, coordinators=[kora.user_id], web=web) as bot:
            await bot.start()
            assert await bot.ended() == 1
        assert "pi-bot: web.listen: " in bot.log.read_text(encoding="utf-8").splitlines()[-1]
