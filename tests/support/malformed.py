"""What others send about keys, genuine, and a thousand times with something wrong about it."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator, Sequence
from typing import Any, Final

import vodozemac

from storage import devices, olm
from storage.devices import Device
from storage.engine.sealing import in_base64
from tests.support.keyserver import Peer

MANY: Final = 1000
PICKLE_KEY: Final = b"k" * 32  # of all peers
MEGOLM: Final = "m.megolm.v1.aes-sha2"
BOT, EVE = "@bot:localhost", "@eve:localhost"
NO_TEXT: Final[list[Any]] = [
    None, True, 0, -1, 2**70, 1.5, float("nan"), [], [[]], ["x", 1], {}, {"x": {"y": None}}, "\ud800", "a\0b",
    "x" * 100_001,
]  # fmt: skip
TEXTS: Final = ["", "x", "=", "ä" * 43, "A" * 43, "A" * 86, "m.room.message", BOT, EVE, "$x", "\u202e"]
Json = dict[str, Any]


def malformed(genuine: Json, paths: Sequence[tuple[str, ...]], *, texts: bool = True) -> Iterator[Json]:
    """A thousand like the genuine one, each with something wrong at one of the paths, or on the way there."""
    dice = random.Random(repr(paths))  # noqa: S311
    for _ in range(MANY):
        yield damaged(dice, genuine, paths, texts=texts)


def damaged(
    dice: random.Random, genuine: Json, paths: Sequence[tuple[str, ...]], *, texts: bool = True
) -> Json:
    """One like the genuine one, with something wrong."""
    while True:
        path = dice.choice(paths)
        whole = copy.deepcopy(genuine)
        *way, last = path[: dice.randint(1, len(path))] if dice.random() < 0.3 else path
        into = whole
        for key in way:
            into = into[key]
        was = into[last]
        match dice.randrange(4):
            case 0:
                del into[last]
            case 1 if isinstance(was, str) and len(was) > 2 and texts:
                # Two signs: in the last one of base64, and in the last byte of a key on Curve25519, a bit says nothing.
                at = dice.randrange(len(was) - 1)
                wrong = [dice.choice([sign for sign in "Aq7/é" if sign != old]) for old in was[at : at + 2]]
                into[last] = was[:at] + "".join(wrong) + was[at + 2 :]
            case 2 if texts:
                into[last] = dice.choice(TEXTS)
            case _:
                into[last] = dice.choice(NO_TEXT)
        if last not in into or into[last] != was or type(into[last]) is not type(was):
            return whole


def know(peer: Peer, user: str) -> Device:
    """The peer knows the person's device, and has a session with it."""
    with peer.store.transaction() as tx:
        devices.track(tx, [user])
        peer.machine.take_queried(tx, {user: 0}, peer.server.query([user]))
        [device] = devices.of_users(tx, [user])
        asked = {user: {device.device_id: "signed_curve25519"}}
        peer.machine.take_claimed(tx, asked, peer.server.claim(asked), now=peer.now)
    return device


def plain(peer: Peer, device: Device, kind: str, content: Json) -> Json:
    """What is inside a message of the peer's device to this one, as it should be."""
    with peer.store.transaction() as tx:
        account = peer.machine.account
        return {
            "type": kind,
            "content": content,
            "sender": peer.user,
            "recipient": device.user_id,
            "recipient_keys": {"ed25519": device.signing_key},
            "keys": {"ed25519": account.signing_key(tx)},
            "sender_device_keys": account.device_keys(tx),
        }


def sealed(peer: Peer, device: Device, inside: Json) -> Json:
    """The message as it comes to this device."""
    with peer.store.transaction() as tx:
        [row] = olm.sessions(tx, device.curve_key)
        session = vodozemac.Session.from_pickle(row.pickle, PICKLE_KEY)
        what, body = session.encrypt(json.dumps(inside).encode()).to_parts()
        pickle = session.pickle(PICKLE_KEY)
        olm.put_session(
            tx,
            curve_key=device.curve_key,
            session_id=session.session_id,
            pickle=pickle,
            used_at=peer.now,
            keep=5,
        )
        content = {
            "algorithm": "m.olm.v1.curve25519-aes-sha2",
            "sender_key": peer.machine.account.curve_key(tx),
            "ciphertext": {device.curve_key: {"type": what, "body": in_base64(body)}},
        }
    return {"type": "m.room.encrypted", "sender": peer.user, "content": content}


def room_key(room: str) -> tuple[vodozemac.GroupSession, Json]:
    """A key for this room, as its maker sends it."""
    session = vodozemac.GroupSession()
    key = session.session_key.to_base64()
    return session, {
        "algorithm": MEGOLM,
        "room_id": room,
        "session_id": session.session_id,
        "session_key": key,
        "shared_history": False,
    }
