"""Rooms and their encryption: from when the bot knows of it, who reads from when, and what it does with it off."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.core.keys import Keys, ToSend
from bot.core.rooms import BORN_ENCRYPTED, MARKER, unread
from bot.core.rows import remark_of
from bot.encryption.machine import Claim, KeyMissingError, Query
from bot.matrix.delivery import Delivery
from bot.matrix.encrypting import Encrypting
from bot.matrix.transport import MatrixError
from bot.matrix.worker import Worker
from commands.framework.context import Settings
from storage import outbox, rooms
from storage.engine.database import Database
from storage.outbox import Errand
from tests.support.chat import HALL, NOW, Chat
from tests.support.keyserver import Json, KeyServer, Peer
from tests.support.peer import Peer as ServerPeer
from tests.support.peer import peer

BOT, PIA, EVE, KORA = "@pibot:localhost", "@pia:localhost", "@eve:localhost", "@kora:localhost"
MEGOLM = {"algorithm": "m.megolm.v1.aes-sha2"}
NEW = "!new:localhost"


@pytest.fixture
def chat(database: Database) -> Chat:
    return Chat(database, Settings(coordinators=(KORA,), encrypts=True))


def is_encrypted(chat: Chat, room_id: str) -> bool:
    """By what is in memory and what is in the store."""
    with chat.database.transaction() as tx:
        room = rooms.find(tx, room_id)
    assert room is not None
    assert room.encrypted == (room_id in chat.core.encrypted)
    return room.encrypted


@pytest.mark.parametrize("purpose", ["group 3", f"direct {PIA}", "room coordination"])
def test_a_room_that_the_bot_makes_encrypted_is_so_from_its_first_event(chat: Chat, purpose: str) -> None:
    """Synapse tells of a room before it has added its encryption: nothing must be said in the clear meanwhile."""
    chat.changes(NEW, "m.room.create", {MARKER: purpose, BORN_ENCRYPTED: True}, by=BOT)
    assert is_encrypted(chat, NEW)
    chat.changes(NEW, "m.room.encryption", MEGOLM | {"rotation_period_msgs": 7}, by=BOT)
    with chat.database.transaction() as tx:
        room = rooms.find(tx, NEW)
    assert room is not None
    assert (room.encryption or {})["rotation_period_msgs"] == 7


@pytest.mark.parametrize(
    ("by", "content"),
    [
        (PIA, {MARKER: "group 3", BORN_ENCRYPTED: True}),
        (BOT, {MARKER: "group 3"}),
        (BOT, {MARKER: "group 3", BORN_ENCRYPTED: False}),
        (BOT, {MARKER: "group 3", BORN_ENCRYPTED: "yes"}),
        (BOT, {}),
    ],
)
def test_other_rooms_are_plain_until_their_state_says_otherwise(chat: Chat, by: str, content: Json) -> None:
    chat.changes(NEW, "m.room.create", content, by=by)
    assert not is_encrypted(chat, NEW)
    chat.changes(NEW, "m.room.encryption", MEGOLM, by=by)
    assert is_encrypted(chat, NEW)


def test_a_room_that_turns_encryption_on_is_followed_at_once_and_for_ever(chat: Chat) -> None:
    assert not is_encrypted(chat, HALL)
    chat.changes(HALL, "m.room.encryption", MEGOLM, by=KORA)
    assert is_encrypted(chat, HALL)
    for content in ({}, {"algorithm": "none"}):
        chat.changes(HALL, "m.room.encryption", content, by=KORA)
        assert is_encrypted(chat, HALL)
    chat.restart()
    assert is_encrypted(chat, HALL)


class Sealing:
    """The bot in an encrypted room, with its keys."""

    def __init__(self, server: KeyServer, chat: Chat) -> None:
        self.server, self.chat = server, chat
        self.device = Peer(server, BOT, "B", store=chat.database)
        self.keys = Keys(chat.database, self.device.machine)
        chat.core.use_keys(self.keys)
        self.said = 0

    def say(self, room: str, text: str) -> Json:
        """The event as the homeserver would give it to the others."""
        for _ in range(10):
            match found := self.keys.seal(room, "m.room.message", {"body": text}, "t", now=NOW):
                case Query(asked):
                    self.keys.queried(asked, self.server.query(asked))
                case Claim(body):
                    self.keys.claimed(body, self.server.claim(body), now=NOW)
                case ToSend():
                    self.device.flush()
                case dict():
                    self.said += 1
                    event = {"type": "m.room.encrypted", "sender": BOT, "event_id": f"$said{self.said}"}
                    return event | {"content": found}
        raise AssertionError

    def invite(self, room: str, user: str) -> int:
        """It was decided that the person is to be invited; the row."""
        with self.chat.database.transaction() as tx:
            content = {"user_id": user}
            return outbox.add(tx, txn=f"invite {user}", kind="invite", room=room, content=content, at=NOW).id

    def done(self, row: int) -> None:
        with self.chat.database.transaction() as tx:
            outbox.mark_done(tx, [outbox.Done(row, None)], at=NOW)


def reads(peer: Peer, event: Json) -> str | None:
    peer.sync()
    try:
        return peer.reads(HALL, event)
    except KeyMissingError:
        return None


def test_who_is_about_to_be_invited_reads_the_first_message(server: KeyServer, chat: Chat) -> None:
    """A group's room begins with its card, and its people come in by and by, as fast as the homeserver takes it."""
    chat.changes(HALL, "m.room.encryption", MEGOLM, by=BOT)
    bot, eve = Sealing(server, chat), Peer(server, EVE, "E")
    assert reads(eve, bot.say(HALL, "ohne Eve")) is None
    row = bot.invite(HALL, EVE)
    bot.keys.room_changed(HALL)
    first = bot.say(HALL, "Willkommen")
    assert reads(eve, first) == "Willkommen"

    # The invitation is on its way, then recorded, and the sync has not told of it: the key stays hers, and the same.
    bot.keys.inviting(HALL, EVE)
    bot.done(row)
    second = bot.say(HALL, "noch eines")
    assert second["content"]["session_id"] == first["content"]["session_id"]
    assert reads(eve, second) == "noch eines"
    chat.enters(HALL, EVE, "Eve")
    chat.moves(EVE, "join", HALL)
    third = bot.say(HALL, "und noch eines")
    assert third["content"]["session_id"] == first["content"]["session_id"]

    # Once she has gone, she is no longer one who is being invited.
    chat.moves(EVE, "leave", HALL)
    assert reads(eve, bot.say(HALL, "wieder ohne Eve")) is None


def test_who_is_invited_into_a_room_that_is_ready_reads_what_comes_after(
    server: KeyServer, chat: Chat
) -> None:
    chat.changes(HALL, "m.room.encryption", MEGOLM, by=BOT)
    bot, eve = Sealing(server, chat), Peer(server, EVE, "E")
    before = bot.say(HALL, "vorher")
    bot.invite(HALL, EVE)
    bot.keys.inviting(HALL, EVE)
    assert (reads(eve, bot.say(HALL, "nachher")), reads(eve, before)) == ("nachher", None)


@pytest.mark.parametrize("recorded", [True, False])
def test_who_could_not_be_invited_reads_nothing_more(
    server: KeyServer, chat: Chat, *, recorded: bool
) -> None:
    """Also before the row says that the homeserver has refused."""
    chat.changes(HALL, "m.room.encryption", MEGOLM, by=BOT)
    bot, eve = Sealing(server, chat), Peer(server, EVE, "E")
    row = bot.invite(HALL, EVE)
    bot.keys.inviting(HALL, EVE)
    assert reads(eve, bot.say(HALL, "Willkommen")) == "Willkommen"
    bot.keys.inviting(HALL, EVE, well=False)
    if recorded:
        bot.done(row)
    assert reads(eve, bot.say(HALL, "ohne Eve")) is None


def test_where_only_those_inside_may_read_an_invitation_gives_no_key(server: KeyServer, chat: Chat) -> None:
    chat.changes(HALL, "m.room.encryption", MEGOLM, by=BOT)
    chat.changes(HALL, "m.room.history_visibility", {"history_visibility": "joined"}, by=BOT)
    bot, eve = Sealing(server, chat), Peer(server, EVE, "E")
    bot.invite(HALL, EVE)
    bot.keys.inviting(HALL, EVE)
    assert reads(eve, bot.say(HALL, "Willkommen")) is None


# --- what goes out


@asynccontextmanager
async def at_work(chat: Chat, *, keys: Keys | None = None) -> AsyncIterator[tuple[ServerPeer, Delivery]]:
    """With encryption where there are keys."""
    worker = Worker()
    async with peer() as (server, transport):
        encrypting = Encrypting(transport, worker, keys, now=lambda: NOW) if keys is not None else None
        yield server, Delivery(transport, worker, chat.core, {}, now=lambda: NOW, encrypting=encrypting)
    worker.close()


def errand(kind: str, room: str, *, txn: str = "t", **content: Any) -> Errand:
    words = {"msgtype": "m.text", "body": "ja"}
    return Errand(1, txn, kind, room, words | content, outbox.REPLY, None, NOW)


GROUP: dict[str, Any] = {"name": "Gruppe P3", "topic": "Umzug", "space": None}
FILE: dict[str, Any] = {
    "msgtype": "m.file",
    "filename": "a.ics",
    "info": {"mimetype": "text/calendar"},
    "data": "x",
}


@pytest.mark.parametrize(
    "what", [errand("message", HALL), errand("edit", HALL), errand("file", HALL, **FILE)]
)
async def test_with_encryption_off_nothing_is_said_in_an_encrypted_room(
    database: Database, what: Errand
) -> None:
    chat = Chat(database, Settings(coordinators=(KORA,), encrypts=False))
    chat.changes(HALL, "m.room.encryption", MEGOLM, by=KORA)
    async with at_work(chat) as (server, delivery):
        with pytest.raises(MatrixError, match="encrypted, and encryption is off"):
            await delivery.carry_out(what)
        assert server.requests == []
        told = errand("message", HALL, txn=remark_of(unread(HALL)))  # but that, once
        await delivery.carry_out(told)
        await delivery.carry_out(errand("reaction", HALL, key="✅"))
        assert len(server.events) == 2


async def test_with_encryption_off_no_room_is_kept_that_came_out_encrypted(database: Database) -> None:
    """On a homeserver that encrypts new rooms: nobody is asked into one after the other."""
    chat = Chat(database, Settings(encrypts=False))
    async with at_work(chat) as (server, delivery):
        server.answers["/state/m.room.encryption"] = MEGOLM
        for one in (errand("message", PIA), errand("message", EVE), errand("create", "group 3", **GROUP)):
            with pytest.raises(MatrixError, match="the homeserver encrypts new rooms"):
                await delivery.carry_out(one)
        asked = [path.rpartition("/")[2] for _, path, _ in server.requests]
        assert (asked.count("createRoom"), asked.count("leave")) == (1, 1)


async def test_with_encryption_on_what_the_bot_makes_is_encrypted(server: KeyServer, chat: Chat) -> None:
    keys = Keys(chat.database, Peer(server, BOT, "B", store=chat.database).machine)
    async with at_work(chat, keys=keys) as (homeserver, delivery):
        made = await delivery.carry_out(errand("create", "group 3", **GROUP))
        assert made in chat.core.encrypted
        [body] = [body for _, path, body in homeserver.requests if path.endswith("/createRoom")]
        assert body["creation_content"] == {MARKER: "group 3", BORN_ENCRYPTED: True}
        [state] = [one for one in body["initial_state"] if one["type"] == "m.room.encryption"]
        assert state["content"] == MEGOLM
