"""Many at once, and a homeserver that goes away in between: nothing lost, nothing doubled, in order."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.demo.homeserver import Homeserver
from bot.demo.people import People
from tests.homeserver.stage import (
    answered,
    answers,
    bot_of,
    edits,
    entered,
    machine,
    new_account,
    timeline_of,
    unlimited,
)


async def test_sixty_commands_at_once_in_one_room(
    people: People, homeserver: Homeserver, tmp_path: Path
) -> None:
    persons = [await people.add(name) for name in ("pia", "urs", "eva")]
    account = await new_account(homeserver)
    room = await persons[0].create_room("Halle", invite=[account.user_id, *(p.user_id for p in persons[1:])])
    async with bot_of(homeserver, account, tmp_path, persons, encryption="off") as bot:
        await bot.start()
        for user in (account.user_id, *(p.user_id for p in persons[1:])):
            await entered(persons[0], room, user)
        await asyncio.gather(
            *(persons[number % 3].say(room, f"!idee zeige I{number}") for number in range(60))
        )
        asked = [
            e["event_id"]
            for e in await persons[0].messages(room)
            if str(e["content"].get("body")).startswith("!")
        ]
        assert len(asked) == 60
        await answered(persons[0], asked)
        assert await answers(persons[0], room, asked) == asked
        assert await bot.stop() == 0
        assert len(await timeline_of(persons[0], account, room)) == 60


async def test_the_homeserver_restarts_and_is_away(own_homeserver: Homeserver, tmp_path: Path) -> None:
    async with People(own_homeserver) as people:
        pia = await people.add("pia")
        account = await new_account(own_homeserver)
        await unlimited(own_homeserver, [pia])
        ideas = await pia.create_room("Ideen", invite=[account.user_id])
        hall = await pia.create_room("Halle", invite=[account.user_id])
        async with bot_of(
            own_homeserver, account, tmp_path / "bot", [pia], rooms={"ideas": ideas}, encryption="off"
        ) as bot:
            await bot.start()
            await entered(pia, ideas, account.user_id)
            await entered(pia, hall, account.user_id)
            asked: dict[str, list[str]] = {ideas: [], hall: []}

            async def ask(numbers: range) -> None:
                for number in numbers:
                    room = (ideas, hall)[number % 2]
                    asked[room].append(await pia.say(room, f"!idee neu Vorhaben {number}\ntrotzdem: ja"))

            await ask(range(6))
            await own_homeserver.restart()  # with answers under way
            await ask(range(6, 8))
            await answered(pia, asked[ideas][:1])
            await own_homeserver.kill()
            await bot.has_logged("sync failed")
            await own_homeserver.start()
            await ask(range(8, 10))
            await answered(pia, asked[ideas] + asked[hall], within=90)
            assert await bot.stop() == 0
            for room, commands in asked.items():
                assert await answers(pia, room, commands) == commands
            cards = [machine(e)["ref"] for e in await timeline_of(pia, account, ideas) if not edits(e)]
            assert sorted(cards, key=lambda ref: int(ref[1:])) == [f"I{n}" for n in range(1, 11)]
            assert bot.errors() == []
