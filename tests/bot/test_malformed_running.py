"""A thousand malformed of each kind, to the whole running bot: it goes on in every room, and believes none of it."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import vodozemac
from sqlalchemy import select

from bot.encryption.reading import canonical
from storage.devices import Device
from storage.engine.schema import migrate
from storage.ideas import Idea
from storage.megolm import InboundSession, KeyWithheld
from storage.olm import OlmSession
from tests.support.keyserver import Peer as Person
from tests.support.malformed import (
    MANY,
    MEGOLM,
    NO_TEXT,
    damaged,
    know,
    malformed,
    plain,
    room_key,
    sealed,
)
from tests.support.peer import BOT
from tests.support.sealed_bot import STORE, Town, town
from tests.support.wire import collected

PIA, URS, EVE, OTTO = (f"@{name}:localhost" for name in ("pia", "urs", "eve", "otto"))
HALL, GANG, CHAT, CROWD = "!hall:localhost", "!gang:localhost", "!chat:localhost", "!crowd:localhost"
pytestmark = pytest.mark.long
ROOMS: Final = {HALL: [PIA, URS, EVE], GANG: [PIA, URS], CHAT: [PIA], CROWD: [PIA, OTTO]}
AT_ONCE: Final = 100  # in one answer of the homeserver
Json = dict[str, Any]


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store to be copied: making one takes longer than most tests."""
    file = tmp_path_factory.mktemp("store") / STORE
    migrate(f"sqlite:///{file}")
    return file


@pytest.fixture
async def running(tmp_path: Path, migrated: Path) -> AsyncIterator[Town]:
    shutil.copy(migrated, tmp_path)
    with collected() as errors:
        async with town(tmp_path, ROOMS, PIA, URS) as there:
            yield there
    assert [record.getMessage() for record in errors] == []


async def goes_on(there: Town, ideas: int = 0) -> None:
    """It answers in each room, and all who sit there read it."""
    for number, (room, people) in enumerate(there.rooms.items(), ideas + 1):
        said = f"!idee neu {chr(ord('A') + number) * 5} als Vorhaben {number} | trotzdem: ja"
        asking = [user for user in people if user in there.people]
        assert f"I{number}" in await there.asks(asking[number % len(asking)], room, said)
    assert there.count(Idea) == ideas + len(there.rooms)


def parts(events: Iterator[Json]) -> Iterator[list[Json]]:
    """All of them, so many at once."""
    there = list(events)
    assert len(there) >= MANY
    for start in range(0, len(there), AT_ONCE):
        yield there[start : start + AT_ONCE]


async def tell(there: Town, events: Iterator[Json]) -> None:
    """These come to the bot's device."""
    for some in parts(events):
        await there.server.tell({"to_device": {"events": some}})


def megolm(person: Person, session: vodozemac.GroupSession, inside: Json) -> Json:
    """What this says in a room, as it is sent."""
    with person.store.transaction() as tx:
        sender_key = person.machine.account.curve_key(tx)
    ciphertext = session.encrypt(json.dumps(inside).encode()).to_base64()
    of = {"session_id": session.session_id, "device_id": person.device, "sender_key": sender_key}
    return {"algorithm": MEGOLM, "ciphertext": ciphertext, **of}


def device_of(user: str, which: str) -> tuple[vodozemac.Account, Json]:
    """A device of this person, and its keys as they are uploaded."""
    account = vodozemac.Account()
    keys: Json = {
        "user_id": user,
        "device_id": which,
        "algorithms": ["m.olm.v1.curve25519-aes-sha2", MEGOLM],
        "keys": {
            f"curve25519:{which}": account.curve25519_key.to_base64(),
            f"ed25519:{which}": account.ed25519_key.to_base64(),
        },
    }
    return account, signed(account, user, which, keys)


def signed(account: vodozemac.Account, user: str, which: str, value: Json) -> Json:
    return value | {"signatures": {user: {f"ed25519:{which}": account.sign(canonical(value)).to_base64()}}}


async def test_to_device_messages(running: Town) -> None:
    pia = running.people[PIA]
    device = know(pia, BOT)
    event = sealed(pia, device, plain(pia, device, "m.room_key", room_key(HALL)[1]))
    inside = ("content", "ciphertext", device.curve_key)
    paths = [("sender",), ("content", "algorithm"), ("content", "sender_key"), ("type",)]
    await tell(running, malformed(event, [*paths, (*inside, "type"), (*inside, "body")]))
    assert running.count(InboundSession, InboundSession.sender != BOT) == 0
    await goes_on(running)


async def test_withheld(running: Town) -> None:
    content = {
        "algorithm": MEGOLM,
        "room_id": HALL,
        "session_id": "s",
        "sender_key": "k",
        "code": "m.unverified",
    }
    event = {"type": "m.room_key.withheld", "sender": PIA, "content": content}
    paths = [("sender",), *(("content", key) for key in ("algorithm", "room_id", "session_id", "code"))]
    await tell(running, malformed(event, paths, texts=False))
    assert running.count(KeyWithheld) == 0
    await goes_on(running)


async def test_forwarded_keys(running: Town) -> None:
    pia = running.people[PIA]
    session, lost = room_key(HALL)
    first = session.session_key
    said = {
        "type": "m.room.message",
        "room_id": HALL,
        "content": {"msgtype": "m.text", "body": "!idee neu Verloren und gefunden"},
    }
    content = megolm(pia, session, said)
    await running.hears(HALL, [running.event(PIA, "m.room.encrypted", content)])
    exported = vodozemac.InboundGroupSession(first).export_at(0)
    assert exported is not None
    genuine = {
        "algorithm": MEGOLM,
        "room_id": HALL,
        "session_id": lost["session_id"],
        "sender_key": content["sender_key"],
        "session_key": exported.to_base64(),
    }
    device = know(pia, BOT)

    def forwarded(wrong: Json) -> Json:
        return sealed(pia, device, plain(pia, device, "m.forwarded_room_key", wrong))

    await tell(running, (forwarded(wrong) for wrong in malformed(genuine, [(key,) for key in genuine])))
    assert running.count(InboundSession, InboundSession.sender != BOT) == 0
    assert running.count(Idea) == 0
    await running.server.tell({"to_device": {"events": [forwarded(genuine)]}})
    assert running.count(Idea) == 1
    await goes_on(running, 1)


async def test_messages_in_rooms(running: Town) -> None:
    pia = running.people[PIA]
    device = know(pia, BOT)
    session, key = room_key(HALL)
    await running.server.tell(
        {"to_device": {"events": [sealed(pia, device, plain(pia, device, "m.room_key", key))]}}
    )
    command = {"msgtype": "m.text", "body": "!idee neu Falsche | trotzdem: ja"}
    said = {"type": "m.room.message", "room_id": HALL, "content": command}
    no_words = [("content", "msgtype"), ("content", "body")]  # other words would be hers
    inside = (
        *malformed(said, [("type",), ("room_id",), ("content",)]),
        *malformed(said, no_words, texts=False),
    )
    wrong = [running.event(PIA, "m.room.encrypted", megolm(pia, session, inner)) for inner in inside]
    genuine = running.event(PIA, "m.room.encrypted", megolm(pia, session, said))
    outside = [
        ("type",),
        ("sender",),
        *(("content", key) for key in ("algorithm", "session_id", "ciphertext")),
    ]
    for number, event in enumerate(malformed(genuine, outside)):
        wrong.append(event | {"event_id": f"$wrong{number}"})
    for some in parts(iter(wrong)):
        await running.hears(HALL, some)
    assert running.answered(wrong) == []
    assert running.count(Idea) == 0
    related = [
        running.event(PIA, "m.room.encrypted", megolm(pia, session, said) | {"m.relates_to": one})
        for one in NO_TEXT
    ]
    await running.hears(HALL, related)
    await running.hears(HALL, [genuine])
    await goes_on(running, running.count(Idea))


async def test_keys_of_devices(running: Town) -> None:
    """One person has a thousand devices that are malformed, another one gives a thousand malformed keys for theirs."""
    keys, dice = running.server.keys, random.Random(1)  # noqa: S311
    once: Json = {}
    for which in (f"D{n}" for n in range(MANY)):
        _, genuine = device_of(EVE, which)
        paths = [
            *((key,) for key in ("user_id", "device_id", "algorithms")),
            *(("keys", key) for key in genuine["keys"]),
            ("signatures", EVE, f"ed25519:{which}"),
        ]
        keys.devices[EVE][which] = damaged(dice, genuine, paths)
        account, keys.devices[OTTO][which] = device_of(OTTO, which)
        account.generate_one_time_keys(1)
        [(name, key)] = account.one_time_keys.items()
        of_one = {f"signed_curve25519:{name}": signed(account, OTTO, which, {"key": key.to_base64()})}
        there = (f"signed_curve25519:{name}",)
        paths = [there, (*there, "key"), (*there, "signatures", OTTO, f"ed25519:{which}")]
        once[which] = damaged(dice, of_one, paths)

    def spoil(path: str, answer: Json) -> Json:
        if path.endswith("/claim") and OTTO in running.server.requests[-1][2]["one_time_keys"]:
            answer["one_time_keys"][OTTO] = once
        return answer

    running.server.spoil = spoil
    await running.server.tell({"device_lists": {"changed": [EVE, OTTO]}})
    await goes_on(running)
    assert running.count(Device, Device.user_id == EVE) == 0
    assert running.count(Device, Device.user_id == OTTO) == MANY
    theirs = select(Device.curve_key).where(Device.user_id == OTTO)
    assert running.count(OlmSession, OlmSession.curve_key.in_(theirs)) == 0
