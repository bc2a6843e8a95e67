"""A command given is a command done, once: whatever is killed in between."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.demo.homeserver import Homeserver
from bot.demo.people import Event, People, Person, replied_to
from tests.homeserver.bots import BotProcess

COMMANDS, KILLS = 200, 20


class Stage:
    """Five people, three rooms (the idea room among them) and direct chats, one bot."""

    def __init__(self, people: People, homeserver: Homeserver, directory: Path) -> None:
        self.people, self.homeserver, self.directory = people, homeserver, directory
        self.persons: list[Person] = []
        self.rooms: list[str] = []
        self.sent: dict[str, tuple[str, str, str]] = {}  # command event -> room, person, title

    async def set(self, *, program: tuple[str, ...] = ("-m", "bot", "run")) -> BotProcess:
        account = await self.homeserver.create_account(f"bot{random.randrange(10**9)}", name="PI-Bot")  # noqa: S311
        self.persons = [await self.people.add(name) for name in ("pia", "urs", "eva", "max", "kora")]
        first = self.persons[0]
        others = [p.user_id for p in self.persons[1:]]
        self.rooms = [
            await first.create_room(n, invite=[*others, account.user_id]) for n in ("Ideen", "Halle", "Gang")
        ]
        for person in self.persons:
            self.rooms.append(await person.direct_with(account.user_id))
        return BotProcess(
            self.homeserver,
            account,
            self.directory / "bot",
            coordinators=[p.user_id for p in self.persons],
            rooms={"ideas": self.rooms[0]},
            program=program,
        )

    async def settled_in(self, bot: BotProcess) -> None:
        """The bot sits in all rooms."""
        for room in self.rooms:
            person = self.persons[0] if room in self.rooms[:3] else self.persons[self.rooms.index(room) - 3]
            await person.wait_for(
                lambda e: e["type"] == "m.room.member"
                and e.get("state_key") == bot.account.user_id
                and e["content"]["membership"] == "join",
                room=room,
            )

    async def say(self, number: int, dice: random.Random) -> None:
        """One command by one of the people in one of the rooms."""
        who = number % len(self.persons)
        person, room = self.persons[who], dice.choice([*self.rooms[:3], self.rooms[3 + who]])
        title = f"Vorhaben {number:03d} {dice.randrange(10**12)}"
        event = await person.say(room, f"!idee neu {title}\ntrotzdem: ja")
        self.sent[event] = (room, person.user_id, title)

    async def all_answered(self) -> None:
        """Each person has seen a reply to each of their commands."""
        async with asyncio.timeout(240):
            for event, (room, user, _) in self.sent.items():
                person = next(p for p in self.persons if p.user_id == user)
                await person.wait_for(lambda e, c=event: replied_to(e) == c, room=room, timeout=240)  # type: ignore[misc]

    async def check(self, bot: BotProcess) -> None:
        """Nothing lost, nothing doubled, each room in order: on the homeserver, and in the store."""
        said: list[Event] = []
        for index, room in enumerate(self.rooms):
            reader = self.persons[max(0, index - 3)]
            timeline = await reader.messages(room)
            said += timeline
            asked = [e["event_id"] for e in timeline if e["event_id"] in self.sent]
            answered = [replied_to(e) for e in timeline if replied_to(e) in self.sent and not edits(e)]
            assert answered == asked, "lost, doubled, or out of order"
        cards = [e for e in said if machine(e).get("type") == "idea" and e["room_id"] == self.rooms[0]]
        shown = Counter(machine(e)["ref"] for e in cards if not edits(e))
        assert shown == {f"I{n}": 1 for n in range(1, len(self.sent) + 1)}, "each idea has one card"
        assert all(machine(e)["type"] != "error" for e in said if machine(e))
        store = sqlite3.connect(bot.database)
        titles = Counter(row[0] for row in store.execute("SELECT title FROM ideas"))
        store.close()
        assert titles == Counter(title for _, _, title in self.sent.values())


def machine(event: Event) -> dict[str, Any]:
    content = event.get("content", {})
    found: dict[str, Any] = content.get("ch.publicinnovators", {})
    return found


def edits(event: Event) -> bool:
    return bool(event["content"].get("m.relates_to", {}).get("rel_type") == "m.replace")


async def test_twenty_kills_at_random_moments(people: People, homeserver: Homeserver, tmp_path: Path) -> None:
    dice = random.Random(1)  # noqa: S311
    stage = Stage(people, homeserver, tmp_path)
    async with await stage.set() as bot:
        await bot.start()
        await stage.settled_in(bot)

        async def talk() -> None:
            for number in range(COMMANDS):
                await stage.say(number, dice)
                await asyncio.sleep(dice.uniform(0, 0.3))  # people are not a machine

        talking = asyncio.create_task(talk())
        for _ in range(KILLS):
            # A random moment: that is what is tested here.
            await asyncio.sleep(dice.uniform(0, 0.8))
            await bot.kill()
            await bot.start()
        await talking
        await stage.all_answered()
        await bot.stop()
        await stage.check(bot)
        assert bot.starts == KILLS + 1
        assert bot.errors() == []


@pytest.mark.parametrize(
    "points", [("commit", 0.1), ("send", 0.05), ("mark", 0.3), ("batch", 0.1)], ids=lambda point: str(point[0])
)
async def test_kills_at_the_worst_points(
    people: People, homeserver: Homeserver, tmp_path: Path, points: tuple[str, float]
) -> None:
    dice = random.Random(points[0])  # noqa: S311
    stage = Stage(people, homeserver, tmp_path)
    async with await stage.set(program=("tests/homeserver/dying_bot.py",)) as bot:
        await bot.start(PIBOT_TEST_DIE="", PIBOT_TEST_SEED="0")
        await stage.settled_in(bot)

        async def talk() -> None:
            for number in range(COMMANDS // 4):
                await stage.say(number, dice)

        talking = asyncio.create_task(talk())
        await bot.kill()
        deaths = 0
        while deaths < KILLS // 4:
            await bot.start(PIBOT_TEST_DIE=f"{points[0]}={points[1]}", PIBOT_TEST_SEED=str(deaths))
            ended = asyncio.create_task(bot.ended())
            answered = asyncio.create_task(_answered(stage, talking))
            await asyncio.wait({ended, answered}, return_when=asyncio.FIRST_COMPLETED)
            answered.cancel()
            if not ended.done():
                ended.cancel()
                break
            deaths += 1
        await bot.kill()
        await bot.start(PIBOT_TEST_DIE="", PIBOT_TEST_SEED="0")
        await talking
        await stage.all_answered()
        await bot.stop()
        await stage.check(bot)
        assert deaths > 0, "the test has tested nothing"


async def _answered(stage: Stage, talking: asyncio.Task[None]) -> None:
    await asyncio.shield(talking)
    await stage.all_answered()


