"""Keys that are over, and those of somebody who was erased, are rows no more; and what goes on, goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import inspect, select

from bot.core.events import Message
from bot.core.keys import Keys, ToSend
from bot.encryption.machine import Claim, KeyMissingError, Query, RoomRules
from bot.encryption.reading import ForeignError
from commands.framework.context import Settings
from storage import devices, key_erasure, megolm, olm
from storage.engine.base import Base
from storage.engine.database import Database
from storage.megolm import InboundSession, KeyWithheld, MessageIndex, Unreadable
from storage.olm import OlmSeen
from tests.support.chat import HALL, NOW, Chat, Said
from tests.support.keyserver import KeyServer, Peer

ROOM: Final = "!room"
BOT, PIA, EVE = "@bot:localhost", "@pia:localhost", "@eve:localhost"
LONG: Final = RoomRules(period=timedelta(days=60))
WEEKS: Final = timedelta(days=14)


def clean(bot: Peer) -> None:
    """As housekeeping does it."""
    with bot.store.transaction() as tx:
        olm.clean(tx, before=bot.now - WEEKS)
        megolm.clean(tx, before=bot.now - WEEKS)


def rows(bot: Peer, table: type[Any]) -> int:
    with bot.store.transaction() as tx:
        return len(tx.execute(select(table)).all())


def naming(database: Database, name: str) -> list[str]:
    """The tables with a row in which this stands somewhere."""
    with database.transaction() as tx:
        there = inspect(tx).get_table_names()
        return [
            table.name
            for table in Base.metadata.sorted_tables
            if table.name in there and any(name in str(row) for row in tx.execute(select(table)))
        ]


def test_what_is_older_than_anything_that_may_come_again_is_forgotten(bot: Peer, pia: Peer) -> None:
    said = pia.say(ROOM, [BOT, PIA], "alt")
    bot.sync()
    assert bot.reads(ROOM, said) == "alt"
    content = {
        "algorithm": "m.megolm.v1.aes-sha2",
        "room_id": ROOM,
        "session_id": "s",
        "code": "m.unverified",
    }
    withheld = {"type": "m.room_key.withheld", "sender": PIA, "content": content}
    with bot.store.transaction() as tx:
        bot.machine.receive(tx, {"to_device": {"events": [withheld]}}, counts_are_new=False, now=bot.now)
        event = {**said, "event_id": "$dark"}
        bot.machine.keep(tx, ROOM, event, KeyMissingError("s", None), now=bot.now)
    kept = (InboundSession, MessageIndex, KeyWithheld, Unreadable, OlmSeen)
    clean(bot)
    assert [rows(bot, table) for table in kept] == [1] * len(kept)
    bot.now += WEEKS + timedelta(minutes=1)
    clean(bot)
    assert [rows(bot, table) for table in kept] == [0] * len(kept)


def test_a_key_still_in_use_stays_and_nothing_can_be_said_again(
    server: KeyServer, bot: Peer, pia: Peer
) -> None:
    first = pia.say(ROOM, [BOT, PIA], "erstes", LONG)
    bot.sync()
    assert bot.reads(ROOM, first) == "erstes"
    for days in (10, 20, 30):
        pia.now = bot.now = NOW + timedelta(days=days)
        said = pia.say(ROOM, [BOT, PIA], f"Tag {days}", LONG)
        assert said["content"]["session_id"] == first["content"]["session_id"]
        restarted = Peer(server, BOT, "B", store=bot.store)
        restarted.now = bot.now
        assert restarted.reads(ROOM, said) == f"Tag {days}"
        clean(bot)
    with pytest.raises(ForeignError, match="before"):
        restarted.reads(ROOM, {**first, "event_id": "$again"})


def erase(bot: Peer, user: str) -> None:
    """As the erasure of a person does it."""
    with bot.store.transaction() as tx:
        key_erasure.erase(tx, user)


def test_nothing_is_left_of_somebodys_keys_and_the_others_keep_theirs(
    server: KeyServer, bot: Peer, pia: Peer
) -> None:
    eve = Peer(server, EVE, "E")
    both = [BOT, PIA, EVE]
    for peer in (pia, eve):
        said = peer.say(ROOM, both, "x")
        bot.sync()
        assert bot.reads(ROOM, said) == "x"
    before = bot.say(ROOM, both, "vorher")
    curve = next(iter(server.devices[PIA]["P"]["keys"].values()))
    assert len(naming(bot.store, PIA)) > 3
    erase(bot, PIA)
    assert naming(bot.store, PIA) == []
    assert naming(bot.store, curve) == []
    assert {"devices", "inbound_sessions", "key_owners"} <= set(naming(bot.store, EVE))
    again = eve.say(ROOM, both, "weiter")
    bot.sync()
    assert bot.reads(ROOM, again) == "weiter"

    # What is said after is for whoever sits there, and has another key than who was erased had.
    bot.machine.unready(ROOM)
    after = bot.say(ROOM, [BOT, EVE], "nachher")
    assert after["content"]["session_id"] != before["content"]["session_id"]
    eve.sync()
    pia.sync()
    assert (eve.reads(ROOM, after), pia.reads(ROOM, before)) == ("nachher", "vorher")
    with pytest.raises(KeyMissingError):
        pia.reads(ROOM, after)


def test_whoever_comes_again_after_an_erasure_reads_and_is_read(bot: Peer, pia: Peer) -> None:
    bot.say(ROOM, [BOT, PIA], "vorher")
    pia.sync()
    erase(bot, PIA)
    bot.machine.unready(ROOM)
    pia.now += timedelta(minutes=1)  # of two sessions with the bot, the one used last serves
    said = bot.say(ROOM, [BOT, PIA], "wieder da")
    pia.sync()
    assert pia.reads(ROOM, said) == "wieder da"
    answer = pia.say(ROOM, [BOT, PIA], "ja", RoomRules(messages=1))
    bot.sync()
    assert bot.reads(ROOM, answer) == "ja"


def test_a_room_that_was_ready_gets_another_key_after_an_erasure(server: KeyServer, chat: Chat) -> None:
    chat.changes(HALL, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}, by=PIA)
    Peer(server, PIA, "P")
    bot = Peer(server, BOT, "B", store=chat.database)
    keys = Keys(chat.database, bot.machine)
    chat.enters(HALL, PIA, "Pia")

    def sealed() -> str:
        for _ in range(10):
            match found := keys.seal(HALL, "m.room.message", {"body": "x"}, "t", now=NOW):
                case Query(asked):
                    keys.queried(asked, server.query(asked))
                case Claim(body):
                    keys.claimed(body, server.claim(body), now=NOW)
                case ToSend():
                    bot.flush()
                case dict():
                    return str(found["session_id"])
        raise AssertionError

    first = sealed()
    assert sealed() == first
    erase(bot, PIA)
    assert sealed() != first


class Encrypted:
    """A community whose hall and direct chats are encrypted, and its bot."""

    def __init__(self, server: KeyServer, chat: Chat) -> None:
        self.chat, self.server = chat, server
        self.bot = Peer(server, BOT, "B", store=chat.database)

    def encrypts(self, room: str) -> None:
        self.chat.changes(room, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}, by=PIA)

    def hears(self, text: str, *, by: str, room: str) -> Said:
        """The bot's reply to a message that comes encrypted."""
        batch = self.chat.happens("m.room.message", {"msgtype": "m.text", "body": text}, by=by, room=room)
        [said] = batch.timeline
        assert isinstance(said, Message)
        said = replace(said, sealed=True, signed=True)
        [reply] = self.chat.apply(replace(batch, timeline=[said]))
        return reply

    def says(self, room: str, *people: str) -> None:
        """The bot says something in this encrypted room, for these people."""
        self.bot.machine.unready(room)
        self.bot.say(room, [BOT, *people], "x")

    def device(self, user: str, device: str) -> tuple[str, str]:
        """The device's keys as the bot knows them."""
        with self.chat.database.transaction() as tx:
            found = devices.find(tx, user, device)
        assert found is not None
        return found.curve_key, found.signing_key

    def knows(self, *people: str) -> list[str]:
        with self.chat.database.transaction() as tx:
            return [one for one in people if devices.owner(tx, one) or devices.of_users(tx, [one])]


@pytest.fixture
def encrypted(server: KeyServer, database: Database) -> Encrypted:
    return Encrypted(server, Chat(database, Settings(encrypts=True)))


def test_who_was_erased_is_forgotten_once_more_when_they_leave(
    encrypted: Encrypted, server: KeyServer
) -> None:
    """That they are erased is said in the encrypted chat: for that, the bot must know their devices again."""
    chat = encrypted.chat
    Peer(server, PIA, "P")
    chat.member(PIA, "Pia Muster")
    room = chat.direct(PIA)
    encrypted.encrypts(room)
    encrypted.says(room, PIA)
    asked = encrypted.hears("datenschutz löschen", by=PIA, room=room)
    encrypted.hears(asked.machine["confirm"], by=PIA, room=room)
    assert encrypted.knows(PIA) == []
    encrypted.says(room, PIA)
    chat.later(hours=2)
    chat.tick()
    assert encrypted.knows(PIA) == [PIA]  # the chat goes on
    chat.moves(PIA, "leave", room)
    chat.later(hours=2)
    chat.tick()
    assert encrypted.knows(PIA) == []
    keys = ("devices", "key_owners", "key_shares", "olm_sessions", "inbound_sessions", "outbound_sessions")
    curve = next(iter(server.devices[PIA]["P"]["keys"].values()))
    assert not {*naming(chat.database, PIA), *naming(chat.database, curve)} & set(keys)


def test_a_member_s_devices_are_remembered_for_a_month_and_refuse_other_keys(
    encrypted: Encrypted, server: KeyServer
) -> None:
    chat = encrypted.chat
    Peer(server, PIA, "P")
    Peer(server, EVE, "E")
    chat.member(PIA, "Pia Muster")
    chat.member(EVE, "Eve Muster")
    chat.enter(HALL, PIA, EVE)
    encrypted.encrypts(HALL)
    encrypted.says(HALL, PIA, EVE)
    known = encrypted.device(PIA, "P")
    chat.moves(PIA, "leave", HALL)
    left = {"device_lists": {"left": [PIA]}}
    with chat.database.transaction() as tx:
        encrypted.bot.machine.receive(tx, left, counts_are_new=False, now=NOW)
    chat.later(days=20)
    chat.tick()
    chat.enters(HALL, PIA, "Pia")
    Peer(server, PIA, "P")  # the same name, other keys: what a homeserver could make of it
    encrypted.says(HALL, PIA, EVE)
    assert encrypted.device(PIA, "P") == known
    chat.later(days=20)
    chat.tick()
    assert encrypted.knows(PIA, EVE) == [PIA, EVE]  # came back in between: the month begins anew
    chat.moves(PIA, "leave", HALL)
    for _ in range(2):
        chat.later(days=16)
        chat.tick()
    assert encrypted.knows(PIA, EVE) == [PIA, EVE]
    chat.later(days=16)
    chat.tick()
    assert encrypted.knows(PIA, EVE) == [EVE]


def test_of_guests_nothing_is_kept_once_they_have_gone(encrypted: Encrypted, server: KeyServer) -> None:
    chat = encrypted.chat
    Peer(server, PIA, "P")
    chat.enter(HALL, PIA)
    encrypted.encrypts(HALL)
    encrypted.says(HALL, PIA)
    chat.later(hours=2)
    chat.tick()
    assert encrypted.knows(PIA) == [PIA]
    chat.moves(PIA, "leave", HALL)
    chat.later(hours=2)
    chat.tick()
    assert encrypted.knows(PIA) == []
