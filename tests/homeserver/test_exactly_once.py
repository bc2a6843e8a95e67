"""A command given is a command done, once: whatever is killed in between."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from bot.demo.homeserver import Homeserver
from bot.demo.people import People
from tests.homeserver.stage import Stage

COMMANDS, KILLS = 200, 20


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
    "points",
    [("commit", 0.4), ("send", 0.1), ("mark", 1.0), ("batch", 0.4)],
    ids=lambda point: str(point[0]),
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
            # The first dies surely: a bot that is quick, or people who are, leave it a single batch.
            chance = points[1] if deaths else 1.0
            await bot.start(PIBOT_TEST_DIE=f"{points[0]}={chance}", PIBOT_TEST_SEED=str(deaths))
            ended = asyncio.create_task(bot.ended())
            answered = asyncio.create_task(_answered(stage, talking))
            await asyncio.wait({ended, answered}, return_when=asyncio.FIRST_COMPLETED)
            answered.cancel()
            if not deaths:  # what is sent last is recorded a second later
                await asyncio.wait({ended}, timeout=10)
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
