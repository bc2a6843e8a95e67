"""A homeserver with rate limits: slower, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.homeserver import Homeserver
from bot.demo.people import Event, People, Person, replied_to
from tests.homeserver.stage import (
    answered,
    bot_of,
    edits,
    entered,
    machine,
    new_account,
    timeline_of,
    unlimited,
)

COMMANDS, VOTERS = 60, 12
BURST, PER_SECOND = 10, 1.0
LIMITS = {
    "rc_message": {"per_second": PER_SECOND, "burst_count": BURST},
    "rc_joins": {"local": {"per_second": 10, "burst_count": 100}},
}


@pytest.fixture
async def slow_homeserver(tmp_path: Path) -> AsyncIterator[Homeserver]:
    """Synapse's own limits, but faster: the test need not take five minutes."""
    async with Homeserver(tmp_path / "synapse", rate_limits="default", extra=LIMITS) as server:
        yield server


async def test_sixty_commands_and_a_broadcast_at_the_servers_pace(
    slow_homeserver: Homeserver, tmp_path: Path
) -> None:
    async with People(slow_homeserver) as people:
        pia, urs, *voters = persons = [await people.add(f"person{n}") for n in range(VOTERS + 2)]
        await unlimited(slow_homeserver, persons)
        account = await new_account(slow_homeserver)
        invited = [p.user_id for p in persons[1:]] + [account.user_id]
        ideas = await pia.create_room("Ideen", invite=invited)
        hall = await pia.create_room("Halle", invite=invited)
        for voter in voters:
            await voter.direct_with(account.user_id)
        bot = bot_of(slow_homeserver, account, tmp_path / "bot", persons, rooms={"ideas": ideas})
        async with bot:
            await bot.start()
            await entered(pia, ideas, account.user_id)
            await entered(pia, hall, account.user_id)
            card = await pia.ask(ideas, "!idee neu Umzug vorausfüllen")
            for voter in voters:
                await voter.react(ideas, card["event_id"], "👍")
            await pia.ask(ideas, "!idee annehmen I1 grund: Das lohnt sich.")  # voters hear of it soon

            commands = [await pia.say(hall, f"!idee zeige I{number}") for number in range(COMMANDS)]
            await answered(pia, commands, within=COMMANDS / PER_SECOND * 1.5)
            said = await timeline_of(pia, account, hall)
            assert [replied_to(e) for e in said] == commands, "lost, doubled, or out of order"
            assert took(said[BURST:]) <= (COMMANDS - BURST - 1) / PER_SECOND * 1.1

            first = await told(voters)
            reply = await urs.ask(hall, "!hilfe")
            await asyncio.gather(*(voter.wait_for(is_told) for voter in voters))
            broadcast = sorted(e["origin_server_ts"] for v in voters for e in v.received if is_told(e))
            assert len(broadcast) == VOTERS
            between = [t for t in broadcast if first["origin_server_ts"] < t < reply["origin_server_ts"]]
            assert len(between) <= 2, "the reply waited for the broadcast"

            assert await bot.stop() == 0
            [end] = bot.lines("stopped")
            assert end["limited"] <= 0.3 * end["sent"], "asked far more often than was allowed"
            assert bot.errors() == []


def is_told(event: Event) -> bool:
    said = machine(event)
    return said.get("ref") == "I1" and said.get("state") == "accepted" and not edits(event)


async def told(voters: list[Person]) -> Event:
    """The first of the broadcast."""
    waiting = [asyncio.create_task(v.wait_for(is_told, timeout=60)) for v in voters]
    done, others = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in others:
        task.cancel()
    return done.pop().result()


def took(said: list[Event]) -> float:
    """Seconds from the first to the last of these."""
    return float(said[-1]["origin_server_ts"] - said[0]["origin_server_ts"]) / 1000
