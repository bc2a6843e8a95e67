"""A homeserver without a network in between, for a time in which days pass at once, and a bot at work beside it."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from bot.matrix.sender import Sender
from bot.matrix.sync import Syncer
from bot.matrix.transport import LimitedError, MatrixError, Transport, UnreachableError
from bot.matrix.worker import Worker
from bot.running.health import Health
from bot.running.ticking import Ticking
from tests.support.chat import HALL, NOW, Chat
from tests.support.peer import BOT, LIMITED, Peer, Trouble


class Near(Transport):
    """It says what is new, obeys like the peer, and is away where that is set."""

    def __init__(self) -> None:
        super().__init__("http://localhost")
        self.use(user_id=BOT, device_id="D", access_token="secret")
        self.server, self.away, self.leaving = Peer(), False, False
        self.asked: list[float] = []  # when it was asked what is new, away or not
        self.requests: list[str] = []  # the paths, in their order
        self._news: list[dict[str, Any]] = []
        self._told, self._count = asyncio.Event(), 0

    def say(self, text: str, *, by: str, at: datetime, room: str = HALL) -> str:
        """Somebody says it; the event."""
        self._count += 1
        event = {
            "type": "m.room.message",
            "event_id": f"$said{self._count}",
            "sender": by,
            "origin_server_ts": round(at.timestamp() * 1000),
            "content": {"msgtype": "m.text", "body": text},
        }
        self._news.append({room: {"timeline": {"events": [event]}}})
        self._told.set()
        return str(event["event_id"])

    async def _carry(
        self,
        method: str,  # noqa: ARG002
        path: str,
        data: str | bytes | None,
        *,
        timeout: float,
        content_type: str = "application/json",  # noqa: ARG002
    ) -> dict[str, Any]:
        where = unquote(path.partition("?")[0])
        self.requests.append(where)
        if where.endswith("/sync"):
            return await self._tell(timeout)
        if self.away:
            raise UnreachableError("no answer")
        answer = self.server.obey(where, json.loads(data) if data else None)
        if not isinstance(answer, Trouble):
            return dict(answer)
        if answer.status == LIMITED:
            raise LimitedError(answer.body["retry_after_ms"] / 1000)
        if isinstance(answer.body, str):
            raise UnreachableError(f"status {answer.status}")
        raise MatrixError(answer.status, answer.body["errcode"], answer.body["error"])

    async def _tell(self, timeout: float) -> dict[str, Any]:
        self.asked.append(asyncio.get_running_loop().time())
        if not self.away:
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout / 2):
                    await self._told.wait()
        if self.away:
            raise UnreachableError("no answer")
        self._told.clear()
        self.away, self.leaving = self.leaving, False
        news, self._news = self._news, []
        self._count += 1
        joined: dict[str, Any] = {}
        for part in news:
            for room, told in part.items():
                joined.setdefault(room, {"timeline": {"events": []}})["timeline"]["events"] += told[
                    "timeline"
                ]["events"]
        return {"next_batch": f"s{self._count}", "rooms": {"join": joined}}

    def replies(self) -> Counter[str]:
        """How many there are to each event."""
        relations = (content.get("m.relates_to", {}) for _, _, content in self.server.events)
        return Counter(r["m.in_reply_to"]["event_id"] for r in relations if "m.in_reply_to" in r)

    def bodies(self, kind: str) -> list[str]:
        """What was said of this kind."""
        found = (content for _, _, content in self.server.events)
        return [c["body"] for c in found if c.get("ch.publicinnovators", {}).get("type") == kind]


class Town:
    """A bot at work."""

    def __init__(self, chat: Chat, worker: Worker) -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        self.now: Callable[[], datetime] = lambda: NOW + timedelta(seconds=loop.time() - start)
        self.chat, self.near = chat, Near()
        self.sender = Sender(self.near, worker, chat.core, now=self.now, clock=loop.time)
        self.syncer = Syncer(self.near, worker, chat.core, self.sender, now=self.now, clock=loop.time)
        self.ticking = Ticking(chat.core, worker, self.sender, self.syncer, now=self.now)
        self.health = Health({}, now=self.now)
        self.health.watch(chat.core, self.sender, self.syncer)

    def say(self, text: str, *, by: str = "@pia:localhost", room: str = HALL) -> str:
        return self.near.say(text, by=by, at=self.now(), room=room)

    async def pass_(self, **time: float) -> None:
        await asyncio.sleep(timedelta(**time).total_seconds())


@asynccontextmanager
async def living(chat: Chat) -> AsyncIterator[Town]:
    """It syncs and sends inside."""
    worker = Worker()
    town = Town(chat, worker)
    tasks = [asyncio.create_task(part.run()) for part in (town.syncer, town.sender)]
    try:
        await town.syncer.ready.wait()
        yield town
        for task in tasks:
            assert not task.done(), task.exception()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        worker.close()
