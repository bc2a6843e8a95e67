"""A day with failures: nothing secret, and nothing that people said among themselves, is where it should not be."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import vodozemac
from sqlalchemy import select

from bot.core.login import kept
from bot.demo.homeserver import Homeserver
from bot.demo.people import People, Person
from bot.encryption.machine import Machine
from bot.encryption.recovery import read
from storage.engine.reading import reading
from storage.megolm import InboundSession, OutboundSession
from tests.homeserver.bots import BotProcess
from tests.homeserver.nio_peer import peer_of
from tests.homeserver.stage import bot_of, new_account

TALK: Final = "Unter uns: die Wasserrechnung 4711 ist falsch."
COMMAND: Final = "Veloweg beim Weiher"  # an idea, of which the store knows, and no log
GARBAGE: Final = "U2VocmdlaGVpbQ"  # what somebody puts into events that make no sense
MEGOLM: Final = "m.megolm.v1.aes-sha2"


async def test_a_day_with_failures_leaves_no_secret_anywhere(
    people: People, homeserver: Homeserver, tmp_path: Path
) -> None:
    kora = await people.add("kora")
    account, vic = await new_account(homeserver), await new_account(homeserver)
    settings: dict[str, Any] = {"encryption": "on", "encryption_devices": "all", "moderators": [vic.user_id]}
    key_file, copy = tmp_path / "recovery", tmp_path / "copy"
    async with (
        bot_of(homeserver, account, tmp_path / "bot", [kora], **settings) as bot,
        peer_of(homeserver, vic, tmp_path / "vic") as peer,
        Person.of(homeserver, vic) as hand,
    ):
        told = Told(bot)
        assert await told.by("setup", "--recovery-key-file", str(key_file)) == 0
        await bot.start()
        room = await peer.create_room("Kreis", [account.user_id, kora.user_id])
        await peer.until(lambda: peer.sees(account.user_id, room))
        assert "I1" in (await peer.answer(room, f"!idee neu {COMMAND}")).body
        first = secrets_of(bot, key_file)

        # Kills, with things said around them.
        for number in range(2):
            await peer.say(room, f"{TALK} {number}")
            asked = asyncio.create_task(peer.answer(room, "!idee zeige I1"))
            await bot.kill()
            await bot.start()
            assert COMMAND in (await asked).body

        # Events that make no sense, in the room and to the bot's device.
        for number, content in enumerate(nonsense(room)):
            await hand.request("PUT", f"v3/rooms/{room}/send/m.room.encrypted/n{number}", content)
            for kind in ("m.room.encrypted", "m.room_key", "m.forwarded_room_key", "m.room_key.withheld"):
                to = {"messages": {account.user_id: {"*": content}}}
                await hand.request("PUT", f"v3/sendToDevice/{kind}/n{number}{kind}", to)
        assert COMMAND in (await peer.answer(room, "!idee zeige I1")).body
        assert await told.by("check") == 0
        assert await told.by("backup", str(copy)) == 0
        assert await told.by("backup", str(copy)) == 1  # it is there
        assert await told.by("restore", str(copy)) == 1  # the bot runs
        assert await told.by("setup", "--reset-identity") == 1
        assert await bot.stop() == 0

        await with_wrong_keys(told)
        assert await told.by("dump", str(tmp_path / "dump")) == 0
        assert await told.by("restore", str(copy)) == 0
        (tmp_path / "not a backup").write_bytes(b"SQLite format 3\0" + GARBAGE.encode())
        assert await told.by("restore", str(tmp_path / "not a backup")) == 1
        await bot.start()
        assert COMMAND in (await peer.answer(room, "!idee zeige I1")).body
        await peer.say(room, f"{TALK} 2")
        assert await told.by("check") == 0
        assert await bot.stop() == 0
        assert await told.by("dump", str(tmp_path / "dump later")) == 0

        look_through(tmp_path, told, first | secrets_of(bot, key_file))


async def with_wrong_keys(told: Told) -> None:
    """Another pickle key, a damaged one, what is no recovery key, nobody to trust; then all is as it was."""
    bot = told.bot
    right = (bot.directory / "pickle.key").read_bytes()
    for wrong in (os.urandom(32), b"short"):
        (bot.directory / "pickle.key").write_bytes(wrong)
        for name in ("run", "check", "setup"):
            assert await told.by(name) == 1, name
        assert await told.by("recover", "--key-file", str(bot.config)) == 1
    (bot.directory / "pickle.key").write_bytes(right)
    assert await told.by("trust", "@niemand:localhost") == 1


def look_through(folder: Path, told: Told, found: dict[str, bytes]) -> None:
    """None of these secrets, and nothing said among people, is in any log, error, export or backup."""
    bot = told.bot
    written = bot.log.read_bytes() + "".join(told.said).encode()
    dumped = b"".join(file.read_bytes() for file in sorted(folder.glob("dump*/*")))
    stored = b"".join(file.read_bytes() for file in [folder / "copy", *bot.directory.glob("store.sqlite3*")])
    assert COMMAND.encode() in dumped  # so much for looking at all
    for name, form in forms(found):
        assert form not in written, name
        assert form not in dumped, name
        assert form not in stored, name
    for text in (TALK, TALK[11:25], GARBAGE):
        assert text.encode() not in written
        if text != GARBAGE:  # a message that can't be read is kept, as it came
            assert text.encode() not in dumped + stored
    assert COMMAND.encode() not in written
    assert (bot.directory / "session.json").exists() is False


class Told:
    """All that the short commands of a bot have said."""

    def __init__(self, bot: BotProcess) -> None:
        self.bot, self.said = bot, list[str]()

    async def by(self, *arguments: str) -> int:
        """The command's exit status."""
        status, said = await self.bot.command(*arguments)
        self.said.append(said)
        assert "Traceback" not in said
        return status


def nonsense(room: str) -> Iterator[dict[str, Any]]:
    """What is no message to a room, and no key to a device."""
    yield {}
    yield {"algorithm": MEGOLM, "ciphertext": GARBAGE, "session_id": GARBAGE}
    yield {"algorithm": MEGOLM, "room_id": room, "session_id": GARBAGE, "session_key": GARBAGE}
    yield {"algorithm": "m.olm.v1.curve25519-aes-sha2", "sender_key": GARBAGE, "ciphertext": {GARBAGE: {}}}
    yield {"algorithm": MEGOLM, "room_id": room, "session_id": GARBAGE, "code": GARBAGE, "reason": GARBAGE}


def secrets_of(bot: BotProcess, recovery: Path) -> dict[str, bytes]:
    """What must be nowhere but in its file, or encrypted: by what it is."""
    key = (bot.directory / "pickle.key").read_bytes()
    found = {"pickle key": key, "recovery key": read(recovery.read_text())}
    found["recovery key as written"] = recovery.read_text().strip().encode()
    found["password"] = (bot.account.password or "").encode()
    with reading(f"sqlite:///{bot.database}") as tx:
        session = kept(tx, bot.account.user_id, key)
        assert session is not None
        found[f"token of {session.device_id}"] = session.access_token.encode()
        machine = Machine(bot.account.user_id, session.device_id, key, only_signed=True)
        found |= {f"seed {usage}": seed for usage, seed in machine.identity.seeds(tx).items()}
        for pickle in tx.execute(select(OutboundSession.pickle)).scalars():
            ratchet = vodozemac.GroupSession.from_pickle(pickle, key)
            found[f"own {ratchet.session_id}"] = ratchet.session_key.to_base64().encode()
        for pickle in tx.execute(select(InboundSession.pickle)).scalars():
            session_key = vodozemac.InboundGroupSession.from_pickle(pickle, key)
            exported = session_key.export_at(session_key.first_known_index)
            assert exported is not None
            found[f"of others {session_key.session_id}"] = exported.to_base64().encode()
    assert all(len(secret) > 10 for secret in found.values())
    assert {name.partition(" ")[0] for name in found} >= {"own", "of", "token", "seed", "pickle", "recovery"}
    return found


def forms(found: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Each as it is, and as it would be written; of longer ones the half of it."""
    for name, secret in found.items():
        yield name, secret
        for form in (base64.b64encode(secret), base64.urlsafe_b64encode(secret), secret.hex().encode()):
            yield name, form.rstrip(b"=")[: len(form) * 2 // 3]
        yield name, secret.replace(b" ", b"")
