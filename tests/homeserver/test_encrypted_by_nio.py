"""Encrypted rooms with a client of another make: matrix-nio, with its own cryptography and store."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import nio
from nio.crypto import decrypt_attachment

from bot.demo.homeserver import Homeserver
from bot.demo.people import People
from tests.homeserver.nio_peer import peer_of
from tests.homeserver.stage import bot_of, entered, new_account


async def test_asked_answered_voted_edited_and_restarted(
    people: People, homeserver: Homeserver, tmp_path: Path
) -> None:
    kora = await people.add("kora")
    account, vic = await new_account(homeserver), await new_account(homeserver)
    hall = await kora.create_room("Halle", invite=[account.user_id])
    settings = {"encryption": "on", "encryption_devices": "all", "moderators": [vic.user_id]}
    async with (
        bot_of(homeserver, account, tmp_path / "bot", [kora], rooms={"ideas": hall}, **settings) as bot,
        peer_of(homeserver, vic, tmp_path / "vic") as peer,
    ):
        await bot.start()
        await entered(kora, hall, account.user_id)
        room = await peer.create_room(None, [account.user_id])
        await peer.until(lambda: peer.sees(account.user_id, room))
        joined = peer.client.rooms[room]
        assert joined.encrypted

        command = "!idee neu Umzug auf Papier"
        first = await peer.answer(room, command)
        assert "I1" in first.body
        assert first.decrypted
        voted = await peer.answer(room, "idee stimme I1 +")
        assert voted.decrypted
        assert "I1" in voted.body

        # A file is encrypted too.
        await peer.say(room, "datenschutz auskunft")
        file = await peer.until(
            lambda: next((e for e in peer.read if isinstance(e, nio.RoomEncryptedFile)), None)
        )
        sealed = await peer.client.download(file.url)
        assert isinstance(sealed, nio.DownloadResponse)
        plain = decrypt_attachment(sealed.body, file.key["k"], file.hashes["sha256"], file.iv)
        assert json.loads(plain)["user_id"] == vic.user_id

        # Killed and started again, the bot reads what was said meanwhile, and answers once.
        await bot.kill()
        missed = asyncio.create_task(peer.answer(room, "idee zeige I1"))
        await bot.start()
        shown = await missed
        assert "Umzug auf Papier" in shown.body
        replies = [e for e in peer.read if e.sender == account.user_id and "Umzug" in e.body]
        assert len({e.event_id for e in replies}) == len(replies)
        assert peer.unread == []
