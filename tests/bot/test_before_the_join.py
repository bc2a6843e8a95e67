"""What was said before the bot came into a room: it says once that it was left out, where somebody may wait."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from bot.core.facade import Core
from bot.matrix.sender import Sender
from bot.matrix.sync import Syncer
from bot.matrix.worker import Worker
from commands.framework.context import Settings
from storage.engine.database import Database
from tests.support.chat import BOT, NOW, Chat
from tests.support.peer import peer

PIA, URS = "@pia:localhost", "@urs:localhost"
NEW = "!new:localhost"
SEALED: dict[str, Any] = {"algorithm": "m.megolm.v1.aes-sha2", "session_id": "s", "ciphertext": "x"}


def event(
    kind: str, sender: str, content: dict[str, Any], *, hours: float = 0, **more: Any
) -> dict[str, Any]:
    """It happened so many hours before now."""
    at = round((NOW - timedelta(hours=hours)).timestamp() * 1000)
    event_id = f"${kind}{sender}{hours}"
    return {
        "type": kind,
        "event_id": event_id,
        "sender": sender,
        "origin_server_ts": at,
        "content": content,
    } | more


def sealed(sender: str = PIA, *, hours: float = 1) -> dict[str, Any]:
    return event("m.room.encrypted", sender, SEALED, hours=hours)


def joins() -> dict[str, Any]:
    return event("m.room.member", BOT, {"membership": "join"}, state_key=BOT)


@asynccontextmanager
async def listening(database: Database, *, encrypts: bool = True) -> AsyncIterator[tuple[Core, Syncer]]:
    """A bot that has begun on this store, and hears what is new."""
    settings = Settings(encrypts=encrypts)
    core, worker = (
        Core(database, settings, names=("pibot",), renderer=Chat(database, settings).core.outbox.renderer),
        Worker(),
    )
    core.prepare(now=NOW)
    async with peer() as (_, transport):
        sender = Sender(transport, worker, core, now=lambda: NOW, clock=lambda: 1.0)
        syncer = Syncer(transport, worker, core, sender, now=lambda: NOW)
        syncer._known = core.known_rooms()
        yield core, syncer
    worker.close()


async def comes_in(syncer: Syncer, *before: dict[str, Any]) -> None:
    """The homeserver tells of a room that the bot has just joined, and of what was said there before."""
    rule = event("m.room.encryption", PIA, {"algorithm": SEALED["algorithm"]}, hours=100, state_key="")
    room = {"state": {"events": [rule]}, "timeline": {"events": [*before, joins()]}}
    await syncer._take({"next_batch": "s1", "rooms": {"join": {NEW: room}}}, "s0", first=False)


def said(core: Core) -> list[str]:
    return [str(one.content["body"]) for one in core.pending() if one.room == NEW and one.kind == "message"]


CAN_NOT = [
    (
        "Was hier vor meinem Beitritt geschrieben wurde, kann ich nicht lesen. War etwas für mich dabei?"
        " Dann schreiben Sie es bitte nochmals."
    )
]
NOT_DONE = ["Was hier vor meinem Beitritt geschrieben wurde, habe ich nicht ausgeführt."]


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ([sealed()], CAN_NOT),
        ([sealed(URS, hours=23), sealed(PIA, hours=2)], CAN_NOT),
        ([sealed(hours=25)], []),  # nobody waits for an answer any more
        ([sealed(BOT)], []),  # it was here before
        ([event("m.room.encrypted", PIA, {})], []),  # deleted
        ([event("m.reaction", PIA, {"m.relates_to": {}})], []),
        ([event("m.room.message", PIA, {"msgtype": "m.text", "body": "Guten Morgen"}, hours=1)], []),
        ([event("m.room.message", PIA, {"msgtype": "m.text", "body": "!hilfe"}, hours=50), sealed()], NOT_DONE),
        ([], []),
    ],
)  # fmt: skip
async def test_it_is_said_where_somebody_may_wait_for_an_answer(
    database: Database, before: list[dict[str, Any]], expected: list[str]
) -> None:
    async with listening(database) as (core, syncer):
        await comes_in(syncer, *before)
        assert said(core) == expected


async def test_it_is_said_once_whatever_is_killed(database: Database) -> None:
    async with listening(database) as (_, syncer):
        await comes_in(syncer, sealed())  # and the bot is killed before it has sent anything
    async with listening(database) as (core, syncer):
        assert said(core) == CAN_NOT
        syncer._known.discard(NEW)  # told again: it was killed before the homeserver knew how far it had come
        await comes_in(syncer, sealed())
        assert said(core) == CAN_NOT
        await comes_in(syncer, sealed(URS))  # put out, and invited again
        assert said(core) == CAN_NOT


async def test_where_encryption_is_off_that_alone_is_said(database: Database) -> None:
    async with listening(database, encrypts=False) as (core, syncer):
        await comes_in(syncer, sealed())
        assert not any("vor meinem Beitritt" in one for one in said(core))
