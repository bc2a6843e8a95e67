"""Feeds with a bot that is killed again and again: each entry is in the room once."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

from bot.demo.homeserver import Homeserver
from bot.demo.people import People
from tests.homeserver.stage import bot_of, edits, entered, machine, new_account, timeline_of
from tests.support.feeds import item
from tests.support.website import serving

ENTRIES, KILLS = 18, 5


async def test_each_entry_once_whatever_is_killed(
    people: People, homeserver: Homeserver, tmp_path: Path
) -> None:
    dice = random.Random(4)  # noqa: S311
    kora = await people.add("kora")
    account = await new_account(homeserver)
    news, moderation = [
        await kora.create_room(name, invite=[account.user_id]) for name in ("Neuigkeiten", "Moderation")
    ]
    bot = bot_of(
        homeserver,
        account,
        tmp_path,
        [kora],
        rooms={"news": news, "moderation": moderation},
        encryption="off",
        feeds={"every": "1s", "allow_private": True},
    )
    async with serving() as website, bot:
        website.shows("n00")
        await bot.start()
        await entered(kora, moderation, account.user_id)
        await entered(kora, news, account.user_id)
        added = (await kora.ask(moderation, f"!feed neu {website.url('/rss')} modus: direkt"))["event_id"]
        await kora.wait_for(lambda e: edits(e) and machine(e).get("title") == "Kanton", timeout=60)
        [read] = await kora.relations(moderation, added, "m.replace")
        assert machine(read)["state"] == "ok"

        async def publish() -> None:
            shown = ["n00"]
            for number in range(1, ENTRIES):
                shown.insert(0, f"n{number:02}")
                again = [item(key, title=f"Titel {key}", pubDate="") for key in shown]
                website.shows(*again, ETag=f'"{number}"')
                await asyncio.sleep(dice.uniform(0, 1.0))

        publishing = asyncio.create_task(publish())
        for _ in range(KILLS):
            await asyncio.sleep(dice.uniform(0.5, 4))  # a random moment: that is what is tested here
            await bot.kill()
            await bot.start()
        await publishing
        last = f"Titel n{ENTRIES - 1:02}"
        await kora.wait_for(lambda e: machine(e).get("title") == last, room=news, timeout=60)
        said = [machine(event)["title"] for event in await timeline_of(kora, account, news)]
        assert Counter(said) == Counter(f"Titel n{number:02}" for number in range(ENTRIES))
        assert said == sorted(said)
        assert bot.errors() == []
        assert len(await timeline_of(kora, account, moderation)) == 1
