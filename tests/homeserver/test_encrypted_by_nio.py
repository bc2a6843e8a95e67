"""Encrypted rooms with a client of another make: matrix-nio, with its own cryptography and store."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import nio
from nio.crypto import decrypt_attachment

from bot.demo.homeserver import Account, Homeserver
from bot.demo.people import People
from tests.homeserver.stage import bot_of, entered, new_account

WITHIN = 60.0  # seconds for anything


class Peer:
    """Somebody on matrix-nio, who keeps what they could read, and what they could not."""

    def __init__(self, client: nio.AsyncClient) -> None:
        self.client = client
        self.read: list[Any] = []
        self.unread: list[Any] = []
        client.add_event_callback(self._note, (nio.RoomMessage, nio.MegolmEvent))

    async def _note(self, _room: nio.MatrixRoom, event: nio.Event) -> None:
        (self.unread if isinstance(event, nio.MegolmEvent) else self.read).append(event)

    async def until(self, there: Callable[[], Any]) -> Any:
        async with asyncio.timeout(WITHIN):
            while not (found := there()):
                await self.client.sync(timeout=1000)
                await self.keep_keys()
        return found

    async def keep_keys(self) -> None:
        """What nio's own loop does after each sync."""
        await self.client.send_to_device_messages()
        if self.client.should_upload_keys:
            await self.client.keys_upload()
        if self.client.should_query_keys:
            await self.client.keys_query()
        if self.client.should_claim_keys:
            await self.client.keys_claim(self.client.get_users_for_key_claiming())

    async def say(self, room: str, body: str, **more: Any) -> str:
        content = {"msgtype": "m.text", "body": body, **more}
        sent = await self.client.room_send(room, "m.room.message", content, ignore_unverified_devices=True)
        assert isinstance(sent, nio.RoomSendResponse), sent
        return str(sent.event_id)

    async def answer(self, room: str, body: str, **more: Any) -> nio.RoomMessage:
        """What replies to this."""
        asked = await self.say(room, body, **more)

        def reply() -> Any:
            for event in self.read:
                relation = event.source["content"].get("m.relates_to", {})
                if relation.get("m.in_reply_to", {}).get("event_id") == asked:
                    return event
            return None

        found: nio.RoomMessage = await self.until(reply)
        return found


@asynccontextmanager
async def peer_of(homeserver: Homeserver, account: Account, directory: Path) -> AsyncIterator[Peer]:
    await asyncio.to_thread(directory.mkdir)
    config = nio.AsyncClientConfig(
        encryption_enabled=True, store_sync_tokens=False, pickle_key="of this test"
    )
    client = nio.AsyncClient(homeserver.url, account.user_id, store_path=str(directory), config=config)
    client.restore_login(account.user_id, account.device_id, account.access_token)
    try:
        await client.sync(timeout=0, full_state=True)
        peer = Peer(client)
        await peer.keep_keys()
        yield peer
    finally:
        await client.close()


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
        encrypted = {"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
        made = await peer.client.room_create(
            invite=[account.user_id], is_direct=True, initial_state=[encrypted]
        )
        assert isinstance(made, nio.RoomCreateResponse)
        room = made.room_id
        await peer.until(lambda: account.user_id in getattr(peer.client.rooms.get(room), "users", {}))
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
