"""A command in an encrypted room is done once, and its reply is read: whatever is killed in between."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Final

import pytest

from bot.demo.homeserver import Homeserver
from tests.homeserver.sealed_stage import SealedStage

FIRST: Final = ("upload", "identity", "signature")  # at the first start, each once
TO_DEVICES: Final = (
    "query",
    "queried",
    "take",
    "claim",
    "claimed",
    "share",
    "device",
    "sent",
)  # for one device
SENDING: Final = ("batch", "commit", "seal", "send", "mark")
UPLOADING: Final = ("upload", "uploaded")
EACH_CUT: Final = 4  # kills between two gaps


def store_at(where: str, request: pytest.FixtureRequest, folder: Path) -> str:
    if where == "postgresql":
        url: str = request.getfixturevalue("postgres_url")
        return url
    return f"sqlite:///{folder}/bot/store.sqlite3"


@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
async def test_kills_at_random_moments(
    homeserver: Homeserver, tmp_path: Path, request: pytest.FixtureRequest, where: str
) -> None:
    kills = request.config.getoption("--kills")
    dice, database = random.Random(where), store_at(where, request, tmp_path)  # noqa: S311
    async with SealedStage(homeserver, tmp_path) as stage, await stage.set(database=database) as bot:
        await bot.start(PIBOT_TEST_DIE="", PIBOT_TEST_SEED="0")
        await stage.settled_in()
        over = asyncio.Event()

        async def talk() -> None:
            number = 0
            while not over.is_set():
                await stage.say(number, dice)
                number += 1
                await stage.patience()
                await asyncio.sleep(dice.uniform(0, 0.3))  # people are not a machine

        talking = asyncio.create_task(talk())
        for number in range(kills):
            # A random moment: that is what is tested here.
            await asyncio.sleep(dice.uniform(0, 1.5))
            await bot.kill()
            if number % EACH_CUT == 1:
                await stage.cut(stage.talked_in())
            await bot.start(until_ready=dice.random() < 0.7, PIBOT_TEST_DIE="", PIBOT_TEST_SEED="0")
        over.set()
        await talking
        await stage.all_answered()
        await bot.stop()
        await stage.check(database)
        assert bot.gaps() >= stage.cuts
        assert bot.errors() == []


@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
async def test_kills_at_every_point_of_the_encryption(
    homeserver: Homeserver, tmp_path: Path, request: pytest.FixtureRequest, where: str
) -> None:
    dice, database = random.Random(1), store_at(where, request, tmp_path)  # noqa: S311
    async with SealedStage(homeserver, tmp_path) as stage, await stage.set(database=database) as bot:

        async def die(point: str) -> None:
            await bot.start(until_ready=False, PIBOT_TEST_DIE=f"{point}=1", PIBOT_TEST_SEED="0")
            async with asyncio.timeout(60):
                assert await bot.ended() < 0

        for point in FIRST:
            await die(point)
        await bot.start(PIBOT_TEST_DIE="", PIBOT_TEST_SEED="0")
        await stage.settled_in()
        said = 0
        await stage.say(said, dice)
        await stage.all_answered()
        await bot.kill()
        await stage.phone(0)
        await stage.say_in(stage.rooms[1], said, dice)
        for point in (*TO_DEVICES, *SENDING):
            said += 1
            await stage.say(said, dice)
            await die(point)
        await stage.use_up_keys()
        await stage.cut(stage.rooms[1])
        for point in UPLOADING:
            await die(point)
        await stage.phone(1)
        await stage.say_in(stage.rooms[1], said, dice)
        await bot.start(PIBOT_TEST_DIE="", PIBOT_TEST_SEED="0")
        await stage.all_answered()
        await bot.stop()
        await stage.check(database)
        points = [line["point"] for line in bot.lines("dies")]
        assert bot.gaps() == stage.cuts == {stage.rooms[1]}
        assert points == [*FIRST, *TO_DEVICES, *SENDING, *UPLOADING]
        assert bot.errors() == []
