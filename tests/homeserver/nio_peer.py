"""Somebody on matrix-nio, a client of another make, with its own cryptography and store."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import nio

from bot.demo.homeserver import Account, Homeserver
from bot.demo.sealed import ENCRYPTION, keep_keys, sealing_client

WITHIN: Final = 60.0  # seconds for anything
_WHOLE: Final = {"room": {"timeline": {"limit": 1000}}}  # nio fills no gaps


class Peer:
    """Somebody on matrix-nio, who keeps what they could read, and what they could not."""

    def __init__(self, client: nio.AsyncClient) -> None:
        self.client = client
        self.read: list[Any] = []
        self.unread: list[Any] = []
        self._news = asyncio.Condition()
        client.add_event_callback(self._note, (nio.RoomMessage, nio.MegolmEvent))

    async def _note(self, _room: nio.MatrixRoom, event: nio.Event) -> None:
        (self.unread if isinstance(event, nio.MegolmEvent) else self.read).append(event)

    async def sync(self) -> None:
        """What came since the last time, or comes within a second, is taken in."""
        await self.client.sync(timeout=1000, sync_filter=_WHOLE)
        await keep_keys(self.client)

    def sees(self, user: str, room: str) -> bool:
        """Does the person sit in this encrypted room, as far as this client knows? Who is invited does not yet."""
        known = self.client.rooms.get(room)
        return (
            known is not None and known.encrypted and user in known.users.keys() - known.invited_users.keys()
        )

    async def until(self, there: Callable[[], Any]) -> Any:
        async with asyncio.timeout(WITHIN):
            while not (found := there()):
                await self.sync()
        return found

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Everything that comes is taken in meanwhile; for `heard`."""

        async def listen() -> None:
            while True:
                await self.sync()
                async with self._news:
                    self._news.notify_all()

        task = asyncio.create_task(listen())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def heard(self, there: Callable[[], object], *, within: float = WITHIN) -> None:
        async with asyncio.timeout(within), self._news:
            await self._news.wait_for(there)

    async def create_room(self, name: str | None, invite: list[str]) -> str:
        """The id of an encrypted room; without a name it is a direct chat."""
        made = await self.client.room_create(
            name=name, invite=invite, is_direct=name is None, initial_state=[ENCRYPTION]
        )
        assert isinstance(made, nio.RoomCreateResponse), made
        return str(made.room_id)

    async def say(self, room: str, body: str, **more: Any) -> str:
        content = {"msgtype": "m.text", "body": body, **more}
        sent = await self.client.room_send(room, "m.room.message", content, ignore_unverified_devices=True)
        assert isinstance(sent, nio.RoomSendResponse), sent
        return str(sent.event_id)

    async def react(self, room: str, event_id: str, key: str) -> None:
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        sent = await self.client.room_send(room, "m.reaction", {"m.relates_to": relation})
        assert isinstance(sent, nio.RoomSendResponse), sent

    async def answer(self, room: str, body: str, **more: Any) -> nio.RoomMessage:
        """What replies to this."""
        asked = await self.say(room, body, **more)

        def reply() -> Any:
            return next((event for event in self.read if replied_to(event) == asked), None)

        found: nio.RoomMessage = await self.until(reply)
        return found

    async def messages(self, room: str) -> list[Any]:
        """The whole timeline that the peer may see, oldest first, in the clear where it has the key."""
        found: list[Any] = []
        start = None
        while True:
            page = await self.client.room_messages(room, start, limit=500)
            assert isinstance(page, nio.RoomMessagesResponse), page
            found += page.chunk
            if not page.chunk or not page.end:
                return found[::-1]
            start = page.end


def replied_to(event: Any) -> str | None:
    """The event that this one is a reply to."""
    found: str | None = _relation(event).get("m.in_reply_to", {}).get("event_id")
    return found


def edits(event: Any) -> bool:
    return bool(_relation(event).get("rel_type") == "m.replace")


def _relation(event: Any) -> dict[str, Any]:
    found: dict[str, Any] = event.source["content"].get("m.relates_to") or {}
    return found


@asynccontextmanager
async def peer_of(homeserver: Homeserver, account: Account, directory: Path) -> AsyncIterator[Peer]:
    await asyncio.to_thread(directory.mkdir)
    client = sealing_client(
        homeserver.url,
        account.user_id,
        account.device_id,
        account.access_token,
        store_path=str(directory),
    )
    try:
        await client.sync(timeout=0, full_state=True)
        peer = Peer(client)
        await keep_keys(client)
        yield peer
    finally:
        await client.close()
