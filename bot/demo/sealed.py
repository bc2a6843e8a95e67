"""People whose client encrypts: matrix-nio's cryptography under the same requests, apart from the bot's own.

They have no identity: who signs in as one of them with another client can make one there.
"""

from __future__ import annotations

import asyncio
from copy import deepcopy
from typing import Any, Final

import nio
from nio.crypto import decrypt_attachment
from nio.store import SqliteMemoryStore

from bot.demo.people import Event, MatrixError, Person

WITHIN: Final = 30  # seconds until a room that was entered is known
ENCRYPTION: Final[Event] = {
    "type": "m.room.encryption",
    "state_key": "",
    "content": {"algorithm": "m.megolm.v1.aes-sha2"},
}


def sealing_client(
    url: str, user_id: str, device_id: str, access_token: str, *, store_path: str | None = None
) -> nio.AsyncClient:
    """Logged in, with new keys, or those that it kept at `store_path` before."""
    config = nio.AsyncClientConfig(
        encryption_enabled=True,
        store_sync_tokens=False,
        pickle_key="of a throw-away homeserver",
        **({} if store_path else {"store": SqliteMemoryStore}),
    )
    client = nio.AsyncClient(url, user_id, store_path=store_path or "", config=config)
    client.restore_login(user_id, device_id, access_token)
    return client


async def keep_keys(client: nio.AsyncClient) -> None:
    """What nio's own loop does after each sync."""
    await client.send_to_device_messages()
    if client.should_upload_keys:
        await client.keys_upload()
    if client.should_query_keys:
        await client.keys_query()
    if client.should_claim_keys:
        await client.keys_claim(client.get_users_for_key_claiming())


class SealedPerson(Person):
    """Reads and writes in encrypted rooms too, and opens direct chats encrypted.

    What they have received is in the clear; an event that was sealed says so with `sealed`, and one that could not
    be opened is as it came.
    """

    def __init__(self, url: str, user_id: str, access_token: str, **more: Any) -> None:
        super().__init__(url, user_id, access_token, **more)
        self._client = sealing_client(url, user_id, self.device_id, access_token)
        self._keys = asyncio.Lock()  # nio's cryptography does one thing at a time

    async def close(self) -> None:
        try:
            await super().close()
        finally:
            await self._client.close()

    async def create_room(self, *arguments: Any, **more: Any) -> str:
        if more.get("is_direct"):
            more = {"initial_state": [ENCRYPTION]} | more
        room = await super().create_room(*arguments, **more)
        for user_id in more.get("invite", ()):
            await self._knows(room, user_id)
        return room

    async def invite(self, room: str, user_id: str) -> None:
        await super().invite(room, user_id)
        await self._knows(room, user_id)

    async def _knows(self, room: str, user_id: str) -> None:
        """What is said in the room from now on is sealed for this user too.

        The homeserver tells of a new room before it tells of who is invited; said in between, a message would have a
        key that the others never get.
        """
        await self.wait_for(
            lambda e: (
                e["type"] == "m.room.member"
                and e["state_key"] == user_id
                and e["content"]["membership"] in ("invite", "join")
            ),
            room=room,
            timeout=WITHIN,
        )

    async def send(self, room: str, kind: str, content: dict[str, Any], txn: str | None = None) -> str:
        if kind == "m.reaction":  # stays in the clear
            return await super().send(room, kind, content, txn)
        await self.listen()
        async with asyncio.timeout(WITHIN), self._arrived:
            await self._arrived.wait_for(lambda: room in self._client.rooms)
        async with self._keys:
            sent = await self._client.room_send(room, kind, content, txn, ignore_unverified_devices=True)
        if not isinstance(sent, nio.RoomSendResponse):
            raise MatrixError(0, str(sent.status_code), str(sent.message))
        return str(sent.event_id)

    async def file(self, event: Event) -> bytes:
        sealed = event["content"].get("file")
        if sealed is None:
            return await super().file(event)
        raw = await self.download(sealed["url"])
        opened: bytes = decrypt_attachment(raw, sealed["key"]["k"], sealed["hashes"]["sha256"], sealed["iv"])
        return opened

    async def _take_in(self, answer: dict[str, Any]) -> None:
        news = nio.SyncResponse.from_dict(deepcopy(answer))  # nio takes out of it what it has read
        assert isinstance(news, nio.SyncResponse), news
        async with self._keys:
            await self._client.receive_response(news)
            await keep_keys(self._client)

    def _opened(self, event: Event) -> Event:
        if event["type"] != "m.room.encrypted":
            return event
        sealed = nio.Event.parse_event(deepcopy(event))
        assert self._client.olm
        try:
            found = self._client.olm.decrypt_megolm_event(sealed, event["room_id"])
        except (nio.EncryptionError, AssertionError):
            return event
        return event | {"type": found.source["type"], "content": found.source["content"], "sealed": True}
