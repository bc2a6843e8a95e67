"""A conversation goes on where it was, whatever is killed: one thing made, each message answered once."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from bot.demo.homeserver import Homeserver
from bot.demo.people import MatrixError, Person
from bot.demo.sealed import SealedPerson
from tests.homeserver.bots import BotProcess
from tests.homeserver.conversations import CHOICE, CONVERSATIONS, Conversation, made, what
from tests.homeserver.stage import bot_of, entered, new_account

POINTS: Final = ("batch", "commit", "send", "mark")
SEALED_POINTS: Final = ("take", "batch", "commit", "seal", "send", "mark")
SILENT: Final = ("batch", "commit")  # where nothing is to be said
NEVER: Final[dict[str, Any]] = {"PIBOT_TEST_DIE": "", "PIBOT_TEST_SEED": "0"}


@asynccontextmanager
async def talking(
    homeserver: Homeserver, directory: Path, *, kind: type[Person] = Person
) -> AsyncIterator[tuple[BotProcess, Conversation]]:
    """A bot that runs, and somebody with a direct chat with it, in which nothing was said yet."""
    account, mine = await new_account(homeserver), await new_account(homeserver, "kora")
    async with kind.of(homeserver, mine, auto_join=True) as kora:
        await kora.listen()
        rooms = {name: await kora.create_room(name, invite=[account.user_id]) for name in ("ideas", "agenda")}
        room = await kora.direct_with(account.user_id)
        sealing = {"encryption": "off" if kind is Person else "on", "encryption_devices": "all"}
        program = ("tests/homeserver/dying_bot.py",)
        async with bot_of(
            homeserver, account, directory / "bot", [kora], rooms=rooms, program=program, **sealing
        ) as bot:
            await bot.start(**NEVER)
            for entry in (*rooms.values(), room):
                await entered(kora, entry, account.user_id)
            yield bot, Conversation(kora, room, account.user_id, mine)


async def finish(bot: BotProcess, talk: Conversation, titles: Sequence[str]) -> None:
    """The bot runs, has answered all, and of each conversation there is the one thing."""
    await talk.answered()
    assert await bot.stop() == 0
    await talk.check()
    assert made(bot.database) == Counter(titles)
    assert bot.errors() == []


@pytest.mark.parametrize("name", CONVERSATIONS)
async def test_kills_at_each_step(homeserver: Homeserver, tmp_path: Path, name: str) -> None:
    await die_at_each_step(homeserver, tmp_path, name, points=POINTS, kind=Person)


@pytest.mark.parametrize("name", ["an answer edited", "a preview by a tap"])
async def test_kills_at_each_step_in_an_encrypted_chat(
    homeserver: Homeserver, tmp_path: Path, name: str
) -> None:
    await die_at_each_step(homeserver, tmp_path, name, points=SEALED_POINTS, kind=SealedPerson)


async def die_at_each_step(
    homeserver: Homeserver,
    directory: Path,
    name: str,
    *,
    points: Sequence[str],
    kind: type[Person],
) -> None:
    """Every step is taken while the bot does not run, and answered by one that dies: at half of the points each."""
    steps, title = CONVERSATIONS[name]
    async with talking(homeserver, directory, kind=kind) as (bot, talk):
        await bot.kill()
        for number, step in enumerate(steps, len(title)):  # so that each kind of step meets them all
            await talk.take(step)
            for point in points[number % 2 :: 2] if step.hears else SILENT:
                await bot.start(until_ready=False, PIBOT_TEST_DIE=f"{point}=1", PIBOT_TEST_SEED="0")
                async with asyncio.timeout(60):
                    assert await bot.ended() < 0
        await bot.start(**NEVER)
        await finish(bot, talk, [title] if title else [])


@pytest.mark.parametrize("kind", [Person, SealedPerson], ids=["plain", "encrypted"])
async def test_kills_at_random_moments(homeserver: Homeserver, tmp_path: Path, kind: type[Person]) -> None:
    dice = random.Random(kind.__name__)  # noqa: S311
    async with talking(homeserver, tmp_path, kind=kind) as (bot, talk):

        async def converse() -> None:
            for steps, _ in CONVERSATIONS.values():
                for step in steps:
                    await talk.take(step)
                    await talk.answered()

        going = asyncio.create_task(converse())
        while not going.done():
            # A random moment: that is what is tested here.
            await asyncio.wait({going}, timeout=dice.uniform(0, 1.5))
            await bot.kill()
            await bot.start(until_ready=dice.random() < 0.7, **NEVER)
        await going
        await bot.kill()  # it may have begun a moment ago, and a process that is no bot yet can't end as one
        await bot.start(**NEVER)
        await finish(bot, talk, [title for _, title in CONVERSATIONS.values() if title])


async def test_two_devices_answer_at_once(homeserver: Homeserver, tmp_path: Path) -> None:
    """Each answer, tap and word is answered, and one thing is made, whichever comes first."""
    async with talking(homeserver, tmp_path) as (bot, talk):
        desk, room = talk.person, talk.room
        async with await Person.login(homeserver.url, desk.user_id, talk.account.password) as phone:

            async def heard(*acts: Coroutine[Any, Any, str], count: int) -> list[str]:
                """What the bot says to these, done at once: so many messages."""
                before = len(await talk.heard())
                done = await asyncio.gather(*acts, return_exceptions=True)
                await talk.hears(before + count)
                refused = [type(one) for one in done if isinstance(one, BaseException)]
                assert set(refused) <= {MatrixError}  # the homeserver knows that reaction already
                return sorted(what(event) for event in (await talk.heard())[before:])

            async def told(by: Person, text: str) -> str:
                """The bot's answer to this very message."""
                said = await by.say(room, text)
                while True:
                    known = await talk.heard()
                    for event in known:
                        relation = event["content"].get("m.relates_to", {})
                        if relation.get("m.in_reply_to", {}).get("event_id") == said:
                            return str(event["event_id"])
                    await talk.hears(len(known) + 1)

            await told(desk, "!idee neu")
            both = await heard(desk.say(room, "Velo"), phone.say(room, "Auto"), count=2)
            assert both == ["idea", "question text"]

            choice = await told(desk, CHOICE)
            taps = [one.react(room, choice, key) for one, key in ((desk, "1️⃣"), (phone, "2️⃣"))]
            assert await heard(*taps, count=2) in (["question title", "remark"], ["list", "remark"])
            await told(desk, "abbrechen")

            choice = await told(desk, CHOICE)
            taps = [one.react(room, choice, "1️⃣") for one in (desk, phone)]
            # Of one tap on two devices at once the homeserver may take both.
            assert "question title" in await heard(*taps, count=1)
            await told(phone, "abbrechen")

            for text in ("!anlass neu Herbsttreffen", "18.10.2032 13:30-17:00", "weiter", "weiter"):
                shown = await told(phone, text)
            both = await heard(desk.react(room, shown, "✅"), phone.say(room, "abbrechen"), count=2)
            assert both in (["event", "remark"], ["remark", "remark"])
            assert await bot.stop() == 0
            things = made(bot.database)
            assert things["Velo"] + things["Auto"] == 1
            assert things["Herbsttreffen"] == both.count("event")
            assert things.total() == 1 + both.count("event")
            assert bot.errors() == []
