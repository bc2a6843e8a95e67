"""People who ask, and one who watches the rooms: the load, and the clock.

Only the watcher syncs; each further one would cost the homeserver, which is what everybody waits for. A round
trip is the time from before the command's PUT to the watcher seeing the reply.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Sequence
from typing import Any

from bot.demo.people import Person, replied_to

_FILTER = json.dumps(
    {
        "presence": {"types": []},
        "account_data": {"types": []},
        "room": {
            "timeline": {"limit": 500, "types": ["m.room.message", "m.room.encrypted"]},
            "state": {"types": []},
            "ephemeral": {"types": []},
            "account_data": {"types": []},
        },
    }
)


class Crowd:
    """`doubled` counts second replies to the same command."""

    def __init__(self, people: Sequence[Person], watcher: Person) -> None:
        self.people, self.watcher = list(people), watcher
        self.doubled = 0
        self._seen: dict[str, asyncio.Future[float]] = {}
        self._task: asyncio.Task[None] | None = None

    async def watch(self) -> None:
        """From now on replies are seen."""
        parameters = {"filter": _FILTER, "timeout": "0"}
        answer = await self.watcher.request("GET", "v3/sync", params=parameters)
        self._heard(answer)
        self._task = asyncio.create_task(self._watch(answer["next_batch"]))

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _watch(self, since: str) -> None:
        while True:
            parameters = {"filter": _FILTER, "timeout": "30000", "since": since}
            answer = await self.watcher.request("GET", "v3/sync", params=parameters)
            now = time.perf_counter()
            since = answer["next_batch"]
            self._heard(answer)
            for room in answer.get("rooms", {}).get("join", {}).values():
                assert not room["timeline"]["limited"], "the watcher missed replies"
                for event in room["timeline"]["events"]:
                    command = replied_to(event)
                    if command is not None:
                        self._note(command, now)

    def _heard(self, answer: dict[str, Any]) -> None:
        """The watcher's client takes this in; who asks does not wait for it."""

    async def _worded(
        self, _asker: Person, _room: str, content: dict[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        """What is asked as it goes out: its type and content."""
        return "m.room.message", content

    def _note(self, command: str, now: float) -> None:
        reply = self._reply_to(command)
        if reply.done():
            self.doubled += 1
        else:
            reply.set_result(now)

    def _reply_to(self, command: str) -> asyncio.Future[float]:
        return self._seen.setdefault(command, asyncio.get_running_loop().create_future())

    async def ask(self, person: int, room: str, text: str, *, within: float = 30) -> float | None:
        """Seconds from asking to seeing the reply; None when there is none `within` seconds."""
        if self._task is not None and self._task.done():
            self._task.result()
        asker = self.people[person % len(self.people)]
        kind, content = await self._worded(asker, room, {"msgtype": "m.text", "body": text})
        start = time.perf_counter()
        event_id = await asker.send(room, kind, content)
        try:
            return await asyncio.wait_for(self._reply_to(event_id), within) - start
        except TimeoutError:
            return None
