"""A room that can't be had is that room's trouble: the bot works without it, says so, and has it as soon as it can."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from bot.matrix.configured_rooms import LONGEST_PAUSE, ConfiguredRooms
from bot.matrix.sender import Sender
from bot.matrix.session import Identity
from bot.matrix.transport import Transport
from bot.matrix.worker import Worker
from bot.running.program import Program
from commands.framework.context import Settings
from storage import rooms
from storage.rooms import Purpose
from tests.support.chat import BOT, NOW, ROOMS, Chat
from tests.support.peer import CUT, Peer, Trouble, apart, limited, peer, refused

PIA, PETER, KORA = (f"@{n}:localhost" for n in ("pia", "peter", "kora"))
ALIAS, NEW = "#pi-ideen:exampel.ch", "!ideas:exampel.ch"
DOWN = Trouble(502, {"errcode": "M_UNKNOWN", "error": "Can't connect to server"})
FAILS = [
    DOWN,
    Trouble(504, {"errcode": "M_UNKNOWN"}),
    Trouble(500, {"errcode": "M_UNKNOWN"}),
    Trouble(),  # a proxy's page
    CUT,
    refused(403, "M_FORBIDDEN"),
    refused(404, "M_NOT_FOUND"),
    refused(400, "M_INVALID_PARAM"),
]


@dataclass
class Town:
    """A bot in its rooms, but for one that is configured by an alias elsewhere."""

    chat: Chat
    server: Peer
    transport: Transport
    sender: Sender
    worker: Worker
    now: datetime = NOW
    watched: ConfiguredRooms = field(init=False)

    def configure(self, **named: str) -> None:
        self.watched = ConfiguredRooms(
            self.transport, self.worker, self.chat.core, named, now=lambda: self.now
        )

    async def start(self) -> None:
        async def patiently(call: Any) -> Any:
            return await call()

        await self.watched.find(patiently)

    async def later(self, by: timedelta = timedelta(seconds=LONGEST_PAUSE)) -> None:
        self.now += by
        self.chat.now = self.now
        await self.watched.look(self.sender)
        self.chat.deliver(self.chat.core.pending())

    def asked(self) -> int:
        """How often the directory was asked, or a room was to be joined."""
        return len([path for _, path, _ in self.server.requests if "/directory/" in path or "/join/" in path])

    def told(self, where: str = "coordination") -> list[str]:
        return [s.text for s in self.chat.in_room(where) if s.machine.get("type") == "remark"]

    def status(self) -> str:
        return self.chat.reply("!status", by=KORA, room=ROOMS["coordination"]).text


@pytest.fixture
async def town(chat: Chat) -> AsyncIterator[Town]:
    worker = Worker()
    async with peer() as (server, transport):
        sender = Sender(transport, worker, chat.core, now=lambda: NOW, clock=lambda: 1.0)
        server.answers |= {"/directory/room/": {"room_id": NEW}, "/whoami": {"user_id": BOT}}
        yield Town(chat, server, transport, sender, worker)
    worker.close()


def homeless(chat: Chat, *purposes: str) -> None:
    """The store has no room for this, as on a first start."""
    with chat.database.transaction() as tx:
        for purpose in purposes:
            tx.execute(delete(Purpose).where(Purpose.purpose == purpose))


@pytest.mark.parametrize("trouble", FAILS, ids=str)
@pytest.mark.parametrize("where", ["/directory/room/", "/join/"])
async def test_the_bot_starts_without_it_and_has_it_later(
    town: Town, where: str, trouble: Trouble, caplog: pytest.LogCaptureFixture
) -> None:
    homeless(town.chat, "ideas")
    town.server.trouble(where, *[trouble] * 99)
    town.configure(ideas=ALIAS)
    await town.start()
    assert set(town.watched.missing) == {"ideas"}
    await town.later()
    await town.later()
    [told] = town.told()
    assert f"Der Raum Ideen {ALIAS}: ich komme nicht hinein." in told
    assert "ich komme nicht hinein" in town.status()
    lines = [r for r in caplog.records if r.message in ("room closed", "room missing")]
    assert [(r.levelno, r.__dict__["room_id"]) for r in lines] == [(logging.WARNING, ALIAS)]
    town.server.troubles.clear()
    await town.later()
    assert town.watched.missing == {}
    assert "room found" in [r.message for r in caplog.records]
    assert "ich bin jetzt dabei" in town.told()[-1]
    assert "ich komme nicht hinein" not in town.status()
    with town.chat.database.transaction() as tx:
        assert rooms.room_for(tx, "ideas") == NEW


async def test_a_server_that_never_answers_is_one_too(town: Town) -> None:
    homeless(town.chat, "ideas")
    town.configure(ideas=ALIAS)
    town.watched.patience = 0.01
    town.server.open.clear()
    await town.watched.look()
    assert set(town.watched.missing) == {"ideas"}
    town.server.open.set()
    town.watched.patience = 10
    await town.later()
    assert town.watched.missing == {}


async def test_a_homeserver_that_limits_is_no_trouble(town: Town) -> None:
    homeless(town.chat, "ideas")
    town.server.trouble("/directory/room/", limited(2000))
    town.configure(ideas=ALIAS)
    await town.watched.look()
    await town.later(timedelta(seconds=1))
    assert town.told() == []
    await town.later(timedelta(seconds=1))
    assert town.watched.missing == {}
    assert town.told() == []


async def test_it_is_tried_less_and_less_often(town: Town) -> None:
    homeless(town.chat, "ideas")
    town.server.trouble("/directory/room/", *[DOWN] * 9999)
    town.configure(ideas=ALIAS)
    await town.start()
    for _ in range(24 * 60):
        await town.later(timedelta(minutes=1))
    assert 200 < town.asked() < 320, "once in five minutes"
    assert len(town.told()) == 1


async def test_what_the_room_has_missed_is_posted_there(town: Town) -> None:
    chat = town.chat
    for user in (PIA, PETER):
        chat.member(user)
        chat.direct(user)
    chat.direct(KORA)
    homeless(chat, "ideas", "agenda")
    town.server.trouble("/directory/room/", *[DOWN] * 2)
    town.configure(ideas=ALIAS)
    await town.start()
    assert chat.reply("!idee neu Erste Idee", by=PIA, room="!direct-pia:localhost").machine["ref"] == "I1"
    chat.reply("!idee neu Zweite Idee", by=PIA, room="!direct-pia:localhost")
    chat.reply("!idee zurückziehen I2", by=PIA, room="!direct-pia:localhost")
    chat.reply("!anlass neu Fest | wann: 18.03.2027 13:30", by=KORA)
    chat.reply("!kurs neu Recht | wann: 19.03.2027 13:30", by=KORA)
    chat.reply("!prozess neu Umzug klasse: L", by=KORA)
    await town.later()
    chat.enter(NEW)
    [card] = [s for s in chat.in_room(NEW) if s.machine.get("ref")]
    assert card.machine["ref"] == "I1"
    chat.reacts(card, "👍", by=PETER)
    assert [s for s in chat.in_room(NEW) if s.edits == card.event_id][-1].machine["votes"]["for"] == 1
    chat.enter("!dates:localhost")  # it is in it already
    chat.deliver(chat.core.assign_room("agenda", "!dates:localhost", now=chat.now))
    shown = {s.machine["ref"] for s in chat.in_room("!dates:localhost") if s.machine.get("ref")}
    assert shown == {"A1", "K1", "P1"}
    chat.enter(NEW)
    assert len([s for s in chat.in_room(NEW) if s.machine.get("ref") == "I1" and not s.edits]) == 1


async def test_where_the_community_has_another_room_nobody_is_troubled(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    """It had one by this alias, which does not answer today."""
    town.server.trouble("/directory/room/", *[DOWN] * 9)
    town.configure(ideas=ALIAS)
    await town.start()
    await town.later()
    assert town.told() == []
    assert "room closed" in [r.message for r in caplog.records]


async def test_an_alias_that_leads_elsewhere_now_is_said_and_its_cards_move(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    town.chat.member(PIA)
    town.chat.reply("!idee neu Erste Idee", by=PIA)
    for room in ("!moved:localhost", "!again:localhost"):
        town.server.answers["/directory/room/"] = {"room_id": room}
        caplog.clear()
        town.configure(ideas=ALIAS)
        await town.start()
        [line] = [r for r in caplog.records if r.message == "room changed"]
        assert line.__dict__["purpose"] == "ideas"
        assert line.__dict__["room_id"] == room
        town.chat.enter(room)
        assert [s.machine["ref"] for s in town.chat.in_room(room) if s.machine.get("ref")] == ["I1"]
        caplog.clear()
        town.configure(ideas=ALIAS)
        await town.start()
        assert "room changed" not in [r.message for r in caplog.records]


async def test_one_that_is_configured_no_more_is_no_trouble(town: Town) -> None:
    homeless(town.chat, "ideas")
    town.server.trouble("/directory/room/", *[DOWN] * 3)
    town.configure(ideas=ALIAS)
    await town.start()
    await town.later()
    assert "ich komme nicht hinein" in town.status()
    town.configure(ideas="#right:example.ch")
    await town.start()
    assert "ich komme nicht hinein" not in town.status()


@pytest.mark.long
async def test_the_whole_bot_is_ready_without_its_rooms(tmp_path: Path) -> None:
    with apart() as (server, address):
        server.answers |= {
            "/login": {"user_id": BOT, "device_id": "NEW", "access_token": "syt_new"},
            "/whoami": {"user_id": BOT},
            "/sync": {"next_batch": "s1"},
        }
        server.trouble("/directory/room/", *[DOWN] * 999)
        program = Program(
            Identity(address, BOT, password="geheim"),
            Settings(),
            database=f"sqlite:///{tmp_path}/store.sqlite3",
            data_dir=tmp_path,
            rooms={"ideas": ALIAS, "news": "#pi-news:localhost"},
        )
        running = asyncio.create_task(program.run())
        async with asyncio.timeout(30):
            ready = asyncio.create_task(program.ready.wait())
            await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
            assert ready.done()
            program.stop()
            await running
