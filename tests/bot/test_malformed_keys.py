"""A thousand malformed of each kind of what others send about keys: the machine goes on, and believes nothing of them.

Each is a genuine one with one part of it that counts replaced, damaged or missing; what is inside an encrypted message
is malformed by somebody who has a session with the bot. After all of them the genuine one is taken.
"""

from __future__ import annotations

import base64
import copy
from typing import Any, Final

import pytest
import vodozemac
from sqlalchemy import func, select

from bot.encryption.machine import KeyMissingError
from storage import devices, megolm, olm
from storage.devices import Device
from storage.engine.sealing import in_base64
from storage.megolm import InboundSession, KeyWithheld
from tests.support.keyserver import KeyServer, Peer
from tests.support.malformed import MEGOLM, PICKLE_KEY, know, malformed, plain, room_key, sealed

ROOM: Final = "!room"
BOT, PIA, EVE = "@bot:localhost", "@pia:localhost", "@eve:localhost"
ALL: Final = [BOT, PIA]
Json = dict[str, Any]


@pytest.fixture
def bot(server: KeyServer) -> Peer:
    return Peer(server, BOT, "B")


def take(bot: Peer, *events: Any) -> None:
    """These come to the bot's device, and open nothing."""
    with bot.store.transaction() as tx:
        news = {"to_device": {"events": list(events)}}
        assert bot.machine.receive(tx, news, counts_are_new=False, now=bot.now) == []


def count(bot: Peer, table: type[Any]) -> int:
    with bot.store.transaction() as tx:
        found: int = tx.execute(select(func.count()).select_from(table)).scalar_one()
        return found


def goes_on(bot: Peer, pia: Peer) -> None:
    """What is said in a room is read both ways."""
    said = pia.say(ROOM, ALL, "weiter")
    bot.sync()
    assert bot.reads(ROOM, said) == "weiter"
    answer = bot.say(ROOM, ALL, "gut")
    pia.sync()
    assert pia.reads(ROOM, answer) == "gut"


def test_encrypted_to_device_messages(bot: Peer, pia: Peer) -> None:
    device = know(pia, BOT)
    _, content = room_key(ROOM)
    event = sealed(pia, device, plain(pia, device, "m.room_key", content))
    paths = [("sender",), ("content", "algorithm"), ("content", "sender_key")]
    inside = ("content", "ciphertext", device.curve_key)
    for wrong in malformed(event, [*paths, (*inside, "type"), (*inside, "body")]):
        take(bot, wrong, None, 1, "x")
    assert count(bot, InboundSession) == 0
    take(bot, event)
    assert count(bot, InboundSession) == 1
    goes_on(bot, pia)


def test_a_bit_of_a_key_that_says_nothing_makes_no_second_message(bot: Peer, pia: Peer) -> None:
    device = know(pia, BOT)
    _, content = room_key(ROOM)
    event = sealed(pia, device, plain(pia, device, "m.room_key", content))
    inside = event["content"]["ciphertext"][device.curve_key]
    body = bytearray(base64.b64decode(inside["body"] + "=="))
    first_key = body[3 : 3 + body[2]]  # after the version, the field's tag and its length
    body[2 + len(first_key)] ^= 0x80  # the highest bit of its last byte
    other = copy.deepcopy(event)
    other["content"]["ciphertext"][device.curve_key]["body"] = in_base64(bytes(body))
    take(bot, other, event)
    assert count(bot, InboundSession) == 1
    goes_on(bot, pia)


@pytest.mark.long
def test_what_is_inside_encrypted_to_device_messages(server: KeyServer, bot: Peer, pia: Peer) -> None:
    eve = Peer(server, EVE, "E")
    device = know(eve, BOT)
    _, content = room_key(ROOM)
    genuine = plain(eve, device, "m.room_key", content)
    keys = genuine["sender_device_keys"]
    paths = [
        ("type",),
        ("sender",),
        ("recipient",),
        ("recipient_keys", "ed25519"),
        ("keys", "ed25519"),
        *(("sender_device_keys", key) for key in ("user_id", "device_id", "algorithms")),
        *(("sender_device_keys", "keys", key) for key in keys["keys"]),
        ("sender_device_keys", "signatures", EVE, "ed25519:E"),
        *(("content", key) for key in ("algorithm", "session_id", "session_key")),
    ]
    for wrong in malformed(genuine, paths):
        if wrong.get("sender_device_keys") is None:
            continue  # not there: an older client's
        take(bot, sealed(eve, device, wrong))
    assert count(bot, InboundSession) == 0
    take(bot, sealed(eve, device, genuine))
    assert count(bot, InboundSession) == 1
    goes_on(bot, pia)


@pytest.mark.long
def test_forwarded_keys(server: KeyServer, bot: Peer, pia: Peer) -> None:
    device = know(pia, BOT)
    know(bot, PIA)
    said = pia.say(ROOM, ALL, "verloren")
    session_id = said["content"]["session_id"]
    server.inbox[BOT, "B"].clear()
    assert bot.keeps(ROOM, said) is None
    with pia.store.transaction() as tx:
        row = megolm.inbound(tx, ROOM, session_id)
        assert row is not None
        exported = vodozemac.InboundGroupSession.from_pickle(row.pickle, PICKLE_KEY).export_at(0)
        assert exported is not None
    genuine = {
        "algorithm": MEGOLM,
        "room_id": ROOM,
        "session_id": session_id,
        "sender_key": row.curve_key,
        "session_key": exported.to_base64(),
    }
    for wrong in malformed(genuine, [(key,) for key in genuine]):
        take(bot, sealed(pia, device, plain(pia, device, "m.forwarded_room_key", wrong)))
    eve = Peer(server, EVE, "E")
    to_bot = know(eve, BOT)
    take(bot, sealed(eve, to_bot, plain(eve, to_bot, "m.forwarded_room_key", genuine)))
    assert count(bot, InboundSession) == 0
    with bot.store.transaction() as tx:
        news = {
            "to_device": {
                "events": [sealed(pia, device, plain(pia, device, "m.forwarded_room_key", genuine))]
            }
        }
        [(room, opened)] = bot.machine.receive(tx, news, counts_are_new=False, now=bot.now)
    assert (room, opened.event["content"]["body"]) == (ROOM, "verloren")
    goes_on(bot, pia)


def test_withheld(server: KeyServer, bot: Peer, pia: Peer) -> None:
    know(bot, PIA)
    with pia.store.transaction() as tx:
        sender_key = pia.machine.account.curve_key(tx)
    content = {
        "algorithm": MEGOLM,
        "room_id": ROOM,
        "session_id": "s",
        "sender_key": sender_key,
        "code": "m.unverified",
    }
    genuine = {"type": "m.room_key.withheld", "sender": PIA, "content": content}
    paths = [("sender",), *(("content", key) for key in ("algorithm", "room_id", "session_id", "code"))]
    for wrong in malformed(genuine, paths, texts=False):
        take(bot, wrong)
    assert count(bot, KeyWithheld) == 0
    take(bot, genuine)
    take(bot, {**genuine, "sender": EVE, "content": {**content, "code": "m.blacklisted"}})
    with bot.store.transaction() as tx:
        told = megolm.withheld(tx, ROOM, "s")
        assert told is not None
        assert (told.sender, told.code) == (PIA, "m.unverified")
    goes_on(bot, pia)


def test_nobody_has_a_session_with_somebody_else_made_anew(server: KeyServer, bot: Peer, pia: Peer) -> None:
    device = know(bot, PIA)
    content = {"algorithm": MEGOLM, "code": "m.no_olm", "sender_key": device.curve_key}
    take(bot, {"type": "m.room_key.withheld", "sender": EVE, "content": content})
    with bot.store.transaction() as tx:
        assert devices.wedged(tx) == []
    take(bot, {"type": "m.room_key.withheld", "sender": PIA, "content": content})
    with bot.store.transaction() as tx:
        assert [one.user_id for one in devices.wedged(tx)] == [PIA]


def test_who_is_told_that_a_key_is_withheld_is_not_for_others_to_say(
    server: KeyServer, bot: Peer, pia: Peer
) -> None:
    know(bot, PIA)
    said = pia.say(ROOM, ALL, "später")
    content = {
        "algorithm": MEGOLM,
        "room_id": ROOM,
        "session_id": said["content"]["session_id"],
        "sender_key": "x",
        "code": "m.blacklisted",
    }
    take(bot, {"type": "m.room_key.withheld", "sender": EVE, "content": content})
    with bot.store.transaction() as tx, pytest.raises(KeyMissingError) as raised:
        bot.machine.open(tx, ROOM, said, now=bot.now)
    assert raised.value.code is None


def devices_of(bot: Peer) -> list[Device]:
    with bot.store.transaction() as tx:
        return devices.of_users(tx, [PIA])


def answered(bot: Peer, answer: Json) -> None:
    with bot.store.transaction() as tx:
        devices.track(tx, [PIA])
        bot.machine.take_queried(tx, {PIA: 0}, answer)


def test_device_keys(server: KeyServer, bot: Peer, pia: Peer) -> None:
    genuine = server.query([PIA])
    there = ("device_keys", PIA, "P")
    keys = genuine["device_keys"][PIA]["P"]
    paths = [
        *((*there, key) for key in ("user_id", "device_id", "algorithms")),
        *((*there, "keys", key) for key in keys["keys"]),
        (*there, "signatures", PIA, "ed25519:P"),
    ]
    for wrong in malformed(genuine, paths):
        answered(bot, wrong)
        assert devices_of(bot) == []
    answered(bot, genuine)
    assert len(devices_of(bot)) == 1
    goes_on(bot, pia)


def test_signatures_of_devices_and_identities(server: KeyServer, bot: Peer, pia: Peer) -> None:
    pia.identify()
    genuine = server.query([PIA])
    [master] = genuine["master_keys"][PIA]["keys"]
    [own] = genuine["self_signing_keys"][PIA]["keys"]
    paths = [
        ("device_keys", PIA, "P", "signatures", PIA, own),
        *(("master_keys", PIA, key) for key in ("user_id", "usage")),
        ("master_keys", PIA, "keys", master),
        *(("self_signing_keys", PIA, key) for key in ("user_id", "usage")),
        ("self_signing_keys", PIA, "keys", own),
        ("self_signing_keys", PIA, "signatures", PIA, master),
    ]
    for wrong in malformed(genuine, paths):
        answered(bot, wrong)
        assert not any(device.signed for device in devices_of(bot))
    answered(bot, genuine)
    assert [device.signed for device in devices_of(bot)] == [True]
    goes_on(bot, pia)


def test_one_time_keys(server: KeyServer, bot: Peer, pia: Peer) -> None:
    answered(bot, server.query([PIA]))
    [device] = devices_of(bot)
    asked = {PIA: {"P": "signed_curve25519"}}
    genuine = server.claim(asked)
    [name] = genuine["one_time_keys"][PIA]["P"]
    there = ("one_time_keys", PIA, "P", name)

    def sessions(answer: Json) -> int:
        with bot.store.transaction() as tx:
            bot.machine.take_claimed(tx, asked, answer, now=bot.now)
            return len(olm.sessions(tx, device.curve_key))

    for wrong in malformed(genuine, [there, (*there, "key"), (*there, "signatures", PIA, "ed25519:P")]):
        assert sessions(wrong) == 0
    of_two = copy.deepcopy(genuine)
    of_two["one_time_keys"][PIA]["P"]["signed_curve25519:other"] = genuine["one_time_keys"][PIA]["P"][name]
    assert sessions(of_two) == 0
    assert sessions(genuine) == 1
    goes_on(bot, pia)
