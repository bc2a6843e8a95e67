"""A sender at work beside a homeserver's stand-in, in a time that the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from bot.matrix.sender import Sender
from bot.matrix.worker import Worker
from bot.rendering.replies import content_of
from storage.outbox import REPLY, Done, Errand
from tests.support.chat import NOW, Chat
from tests.support.peer import Peer, peer, until

A, B, C = "!a:localhost", "!b:localhost", "!c:localhost"


@dataclass
class Stage:
    """A sender at work, a server, and time that stands still unless it is moved."""

    chat: Chat
    server: Peer
    sender: Sender
    steady: list[float]
    wall: list[datetime]
    age: timedelta = timedelta(0)
    ids: Any = field(default_factory=lambda: count(1000))

    def errand(
        self, kind: str = "message", room: str = A, text: str = "", *, priority: int = REPLY, **more: Any
    ) -> Errand:
        number = next(self.ids)
        content: dict[str, Any] = (
            {"key": text} if kind == "reaction" else content_of(text or f"m{number}", {"type": "x"})
        )
        values = {"content": content, "waits_for": None, "created_at": NOW - self.age} | more
        return Errand(id=number, txn=f"txn{number}", kind=kind, room=room, priority=priority, **values)

    def add(self, *errands: Errand) -> None:
        self.sender.add(errands)

    def pass_(self, seconds: float) -> None:
        """Time passes."""
        self.steady[0] += seconds
        self.sender.add(())

    async def patiently(self) -> list[Done]:
        """All done, however often it had to be tried again."""
        while self.sender.lanes.open:
            await until(lambda: not self.sender.lanes.busy)
            self.pass_(20)
        return await self.drained()

    async def drained(self) -> list[Done]:
        async with asyncio.timeout(10):
            await self.sender.drained()
        return self.sender.take_done()


@asynccontextmanager
async def sending(chat: Chat) -> AsyncIterator[Stage]:
    """The stage, its sender running."""
    worker = Worker()
    async with peer() as (server, transport):
        steady, wall = [100.0], [NOW]
        sender = Sender(transport, worker, chat.core, now=lambda: wall[0], clock=lambda: steady[0])
        running = asyncio.create_task(sender.run())
        yield Stage(chat, server, sender, steady, wall)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    worker.close()
