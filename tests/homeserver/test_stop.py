"""The end of the bot: soon, clean, and nothing of what was to be said is lost."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.homeserver import Homeserver
from bot.demo.people import People
from tests.homeserver.bots import BotProcess
from tests.homeserver.stage import answered, answers, bot_of, entered, new_account, store_of, unlimited

WITHIN = 5  # seconds
COMMANDS, BURST = 12, 4
LIMITS = {"rc_message": {"per_second": 1, "burst_count": BURST}}


@pytest.fixture
async def slow_homeserver(tmp_path: Path) -> AsyncIterator[Homeserver]:
    async with Homeserver(tmp_path / "synapse", rate_limits="default", extra=LIMITS) as server:
        yield server


async def test_what_was_queued_is_said_after_the_next_start(
    slow_homeserver: Homeserver, tmp_path: Path
) -> None:
    async with People(slow_homeserver) as people:
        pia = await people.add("pia")
        await unlimited(slow_homeserver, [pia])
        account = await new_account(slow_homeserver)
        room = await pia.create_room("Halle", invite=[account.user_id])
        async with bot_of(slow_homeserver, account, tmp_path / "bot", [pia]) as bot:
            await bot.start()
            await entered(pia, room, account.user_id)
            another = BotProcess(
                slow_homeserver, account, tmp_path / "bot", coordinators=[pia.user_id], log="another.log"
            )
            await another.start()
            assert another.returncode == 1
            [line] = another.log.read_text().splitlines()
            assert line.startswith("pi-bot: another bot runs on this store")

            commands = [await pia.say(room, f"!idee zeige I{number}") for number in range(COMMANDS)]
            await answered(pia, commands[:BURST])

            assert await stopped(bot) == 0
            async with store_of(bot) as store:
                [(queued,)] = store.execute("SELECT count(*) FROM outbox WHERE state = 'pending'")
            assert queued >= 2
            assert len(await answers(pia, room, commands)) <= COMMANDS - queued

            await slow_homeserver.stop()
            await bot.start(until_ready=False)  # nobody answers, and it is stopped while it waits
            await bot.has_logged("homeserver away")
            assert await stopped(bot) == 0
            await bot.start(until_ready=False)
            await slow_homeserver.start()
            await answered(pia, commands)
            assert await answers(pia, room, commands) == commands
            assert await stopped(bot) == 0
            assert bot.errors() == []


async def stopped(bot: BotProcess) -> int:
    """The exit status, at once enough."""
    before = time.monotonic()
    status = await bot.stop()
    assert time.monotonic() - before < WITHIN
    return status
