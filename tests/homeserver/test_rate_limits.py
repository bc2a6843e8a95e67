"""A homeserver with rate limits: slower, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.homeserver import Homeserver
from bot.demo.people import Event, People, replied_to
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
        chats = {await voter.direct_with(account.user_id): voter for voter in voters}
        bot = bot_of(
            slow_homeserver, account, tmp_path / "bot", persons, rooms={"ideas": ideas}, encryption="off"
        )
        async with bot:
            await bot.start()
            await entered(pia, ideas, account.user_id)
            await entered(pia, hall, account.user_id)
            for room, voter in chats.items():
                await entered(voter, room, account.user_id)
            card = await pia.ask(ideas, "!idee neu Umzug vorausfüllen")
            for voter in voters:
                await voter.react(ideas, card["event_id"], "👍")
            await pia.ask(ideas, "!idee annehmen I1 grund: Das lohnt sich.")  # voters hear of it soon

            commands = [await pia.say(hall, f"!idee zeige I{number}") for number in range(COMMANDS)]
            await answered(pia, commands, within=COMMANDS / PER_SECOND * 1.5)
            asked = await pia.wait_for(lambda e: e["event_id"] == commands[0])
            said = await timeline_of(pia, account, hall)
            assert [replied_to(e) for e in said] == commands, "lost, doubled, or out of order"
            # What was said before has used up the burst.
            assert seconds(asked, said[-1]) <= COMMANDS / PER_SECOND * 1.1

            waiting = [
                asyncio.create_task(voter.wait_for(is_told, room=room, timeout=60))
                for room, voter in chats.items()
            ]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            reply = await urs.ask(hall, "!hilfe")
            first, *_ = broadcast = sorted([(await told)["origin_server_ts"] for told in waiting])
            between = [told for told in broadcast if first < told < reply["origin_server_ts"]]
            assert len(between) <= 2, "the reply waited for the broadcast"

            assert await bot.stop() == 0
            [end] = bot.lines("stopped")
            assert end["limited"] <= 0.3 * end["sent"], "asked far more often than was allowed"
            assert bot.errors() == []


def is_told(event: Event) -> bool:
    said = machine(event)
    return said.get("ref") == "I1" and said.get("state") == "accepted" and not edits(event)


def seconds(earlier: Event, later: Event) -> float:
    return float(later["origin_server_ts"] - earlier["origin_server_ts"]) / 1000
