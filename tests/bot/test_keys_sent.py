"""A room's key reaches its devices before the message that it opens, and once, whatever the homeserver does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from tests.support.peer import CUT, Trouble
from tests.support.sealed_bot import Town, town

pytestmark = pytest.mark.long  # seals for hundreds of devices

PIA, URS = "@pia:localhost", "@urs:localhost"
ROOMS: Final = {"!hall:localhost": [PIA, URS], "!gang:localhost": [PIA, URS], "!chat:localhost": [PIA]}
KEYS: Final = "/sendToDevice/m.room.encrypted/"
SAID: Final = "/send/m.room.encrypted/"


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Town]:
    async with town(tmp_path, ROOMS, PIA, URS) as there:
        yield there


def put(there: Town, where: str) -> list[str]:
    """What the bot has put there, in this order."""
    return [path for method, path, _ in there.server.requests if method == "PUT" and where in path]


async def test_what_one_part_is_sending_no_other_sends_too(running: Town) -> None:
    for room in ROOMS:
        await running.asks(PIA, room, "!hilfe idee")
        await running.asks(PIA, room, "!hilfe news")
    sent = put(running, KEYS)
    assert len(sent) >= len(ROOMS)
    assert len(sent) == len(set(sent))


@pytest.mark.parametrize("trouble", [Trouble(), CUT, Trouble(502, obeyed=True)], ids=str)
async def test_a_message_waits_for_its_key(running: Town, trouble: Trouble) -> None:
    running.server.trouble(KEYS, trouble)
    await running.asks(PIA, "!hall:localhost", "!hilfe idee")
    requests = [path for method, path, _ in running.server.requests if method == "PUT"]
    last_key = max(number for number, path in enumerate(requests) if KEYS in path)
    assert last_key < next(number for number, path in enumerate(requests) if SAID in path)
