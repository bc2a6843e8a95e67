"""Two bots on one PostgreSQL: one leads, and when it is killed, frozen or cut off, the other does."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
from sqlalchemy import select

from bot.demo.homeserver import Homeserver, free_port
from bot.demo.people import People
from storage.engine.reading import reading
from storage.ideas import Idea
from storage.leader import LATE
from tests.homeserver.bots import BotProcess
from tests.homeserver.line import Line
from tests.homeserver.sealed_stage import SealedStage
from tests.homeserver.stage import Stage
from tests.support.databases import Postgres

log = logging.getLogger(__name__)
WITHIN: Final = 10  # seconds until another leads
BOTH: Final = [(200, "ready\n"), (503, "standby\n")]
AWAY: Final = 15  # seconds for which the one that led is frozen


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[Postgres]:
    """For these tests alone: it is started anew."""
    with Postgres() as server:
        yield server


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    found: int = request.config.getoption("--rounds")
    return found


class Process:
    """One of the two, with its own line to the database."""

    def __init__(self, bot: BotProcess, line: Line, port: int) -> None:
        self.bot, self.line, self.port = bot, line, port

    async def asked(self, path: str) -> tuple[int, str]:
        """What it says of itself; 0 where it says nothing."""
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=1)) as client,
                client.get(f"http://127.0.0.1:{self.port}{path}") as response,
            ):
                return response.status, await response.text()
        except (aiohttp.ClientError, TimeoutError):
            return 0, ""

    async def leads(self) -> bool:
        return "pibot_leading 1" in (await self.asked("/metrics"))[1]


class Pair:
    """Two processes of one bot; `lose` has the one that leads lose it."""

    def __init__(self, processes: list[Process], postgres: Postgres) -> None:
        self.processes, self.postgres = processes, postgres

    async def leader(self, *, other_than: Process | None = None, within: float = 60) -> Process:
        async with asyncio.timeout(within):
            while True:
                for process in self.processes:
                    if process is not other_than and await process.leads():
                        return process
                await asyncio.sleep(0.05)

    async def both_run(self) -> None:
        """One leads, the other stands by; one that has ended is started anew, as a service manager would."""
        async with asyncio.timeout(60):
            while sorted([await process.asked("/readyz") for process in self.processes]) != BOTH:
                for process in self.processes:
                    if process.bot.returncode is not None:
                        await process.bot.start(until_ready=False)
                await asyncio.sleep(0.2)

    async def lose(self, how: str) -> float:
        """Seconds until another leads; in the end both run again."""
        old, begun = await self.leader(), time.monotonic()
        match how:
            case "killed":
                await old.bot.kill()
            case "frozen":
                old.bot.freeze()
            case "cut":
                old.line.cut()
            case "stalled":
                old.line.stall()
            case "restarted":
                self.postgres.stop()
                await asyncio.sleep(LATE + 1)  # the one that led is not sure any more, either
                self.postgres.serve()
                begun = time.monotonic()
        await self.leader(other_than=None if how == "restarted" else old, within=WITHIN)
        lasted = time.monotonic() - begun
        if how in ("frozen", "cut", "stalled"):
            await asyncio.sleep(max(1, AWAY - lasted) if how == "frozen" else 1)
            old.bot.thaw()
            old.line.mend()
            async with asyncio.timeout(20):
                assert await old.bot.ended() == 1
        await self.both_run()
        return lasted


@asynccontextmanager
async def pair_of(
    stage: Stage | SealedStage, postgres: Postgres, name: str, **more: Any
) -> AsyncIterator[tuple[Pair, str]]:
    """Both run, and the store's address."""
    url = postgres.make(name)
    async with AsyncExitStack() as stack:
        processes: list[Process] = []
        for number in range(2):
            line, port = await stack.enter_async_context(Line(postgres.socket)), free_port()
            how = {
                "database": f"postgresql://postgres@127.0.0.1:{line.port}/{name}",
                "pickle_key_file": str(stage.directory / "pickle.key"),
                "http": {"listen": f"127.0.0.1:{port}"},
                **more,
            }
            bot = (
                stage.bot_of(processes[0].bot.account, "second", **how) if number else await stage.set(**how)
            )
            processes.append(Process(await stack.enter_async_context(bot), line, port))
            await bot.start(until_ready=not number)
        pair = Pair(processes, postgres)
        await processes[1].bot.has_logged("standby")
        await pair.both_run()
        yield pair, url


async def storm(pair: Pair, stage: Stage | SealedStage, how: str, rounds: int) -> None:
    """People say commands, while one process after the other loses its lead; in the end all are answered."""
    dice, over = random.Random(how), asyncio.Event()  # noqa: S311

    async def talk() -> None:
        number = 0
        while not over.is_set():
            await stage.say(number, dice)
            number += 1
            await stage.patience()
            await asyncio.sleep(dice.uniform(0, 0.5))  # people are not a machine

    talking = asyncio.create_task(talk())
    lasted = []
    for _ in range(rounds):
        await asyncio.sleep(dice.uniform(0, 3))
        lasted.append(round(await pair.lose(how), 1))
    over.set()
    await talking
    await stage.all_answered()
    for process in pair.processes:
        assert await process.bot.stop() == 0
        assert process.bot.errors() == []
    log.info("%s: another led after %s s; %d said", how, lasted, len(stage.sent))


@pytest.mark.parametrize("how", ["killed", "frozen", "cut", "stalled", "restarted"])
async def test_another_leads_and_nothing_is_lost_or_doubled(
    people: People, homeserver: Homeserver, tmp_path: Path, own_postgres: Postgres, rounds: int, how: str
) -> None:
    stage = Stage(people, homeserver, tmp_path)
    async with pair_of(stage, own_postgres, how) as (pair, url):
        await stage.settled_in(pair.processes[0].bot)
        assert (await pair.processes[1].asked("/healthz"))[0] == 200
        status, said = await pair.processes[1].bot.command("status", "--all")
        assert (status, [line.split()[1] for line in said.splitlines()]) == (0, ["leading", "standby"])
        await storm(pair, stage, how, rounds)
        with reading(url) as tx:
            await stage.check_titles(tx.execute(select(Idea.title)).scalars())


@pytest.mark.parametrize("how", ["killed", "frozen"])
async def test_the_same_in_encrypted_rooms(
    homeserver: Homeserver, tmp_path: Path, own_postgres: Postgres, rounds: int, how: str
) -> None:
    async with (
        SealedStage(homeserver, tmp_path) as stage,
        pair_of(stage, own_postgres, f"sealed_{how}", program=("-m", "bot", "run")) as (pair, url),
    ):
        await stage.settled_in()
        await storm(pair, stage, how, rounds)
        await stage.check(url)
