"""The configured rooms are found and joined, at the start and, where that did not go, for as long as the bot runs.

A room that can't be had is that room's trouble, whatever the reason: nobody has its alias, its server does not answer,
the bot may not come in. The bot works without it, says so, and tries again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from bot.core.facade import Core
from bot.core.retries import pause
from bot.matrix.sender import Sender
from bot.matrix.transport import LimitedError, MatrixError, Transport, UnreachableError
from bot.matrix.worker import Worker
from storage.engine.database import StoreAwayError, is_away
from storage.outbox import Errand

log = logging.getLogger(__name__)
PATIENCE: Final = 10.0  # seconds for one room; a server elsewhere may take for ever
LONGEST_PAUSE: Final = 300.0  # seconds between two tries


@dataclass
class Missing:
    """A room that could not be had yet."""

    next_at: datetime
    tries: int = 0


class ConfiguredRooms:
    """`find` at the start, then `watch` until cancelled. The purpose of a room is stored once the bot is in it."""

    def __init__(
        self,
        transport: Transport,
        worker: Worker,
        core: Core,
        rooms: Mapping[str, str],
        *,
        now: Callable[[], datetime],
        patience: float = PATIENCE,
    ) -> None:
        self.transport, self.worker, self.core, self.rooms, self.now = transport, worker, core, rooms, now
        self.patience = patience
        self.missing = {purpose: Missing(now()) for purpose in rooms}

    async def find(self, patiently: Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]) -> None:
        """The bot is in all rooms that can be had. `patiently` repeats a request while the homeserver is away."""
        await self.worker.run(partial(self.core.want_rooms, self.rooms))
        await self.look()
        if self.missing:
            await patiently(self.transport.whoami)
            for missing in self.missing.values():
                missing.next_at = self.now()
            await self.look()

    async def watch(self, sender: Sender, ready: asyncio.Event) -> None:
        """Those that are missing are looked for again and again, later each time."""
        await ready.wait()
        for missing in self.missing.values():
            missing.next_at = self.now()  # from now on there is somebody to be told
        while self.missing:
            try:
                await self.look(sender)
            except (Exception, StoreAwayError) as error:
                if not is_away(error):
                    log.exception("rooms not looked for")
            due = min((missing.next_at for missing in self.missing.values()), default=self.now())
            await asyncio.sleep(max(1.0, (due - self.now()).total_seconds()))
        await asyncio.Event().wait()

    async def look(self, sender: Sender | None = None) -> None:
        """Those whose time has come are looked for, all at once.

        `sender`: coordinators are told of those that are not to be had.
        """
        due = [purpose for purpose, missing in self.missing.items() if missing.next_at <= self.now()]
        found = await asyncio.gather(*map(self._join, due))
        for purpose, room_id in zip(due, found, strict=True):
            name, now, tries = self.rooms[purpose], self.now(), self.missing[purpose].tries
            call: Callable[[], list[Errand]] | None = None
            if room_id is not None:
                call = partial(self.core.assign_room, purpose, room_id, now=now, name=name)
            elif tries and sender is not None:
                call = partial(self.core.room_missing, purpose, name, now=now)
            errands = await self.worker.run(call) if call is not None else []
            if sender is not None:
                sender.add(errands)
            if room_id is not None:
                del self.missing[purpose]
                if tries:
                    log.warning("room found", extra={"purpose": purpose, "room_id": name})

    async def _join(self, purpose: str) -> str | None:
        """The room's id, with the bot in it; None where that does not go now."""
        name, missing = self.rooms[purpose], self.missing[purpose]
        try:
            async with asyncio.timeout(self.patience):
                if not name.startswith("#"):
                    return await self.transport.join(name)
                room_id = await self.transport.room_of_alias(name)
                if room_id is not None:
                    return await self.transport.join(room_id, via=[name.partition(":")[2]])
                what, more = "room missing", {"hint": "pi-bot setup"}
        except LimitedError as error:
            missing.next_at = self.now() + timedelta(seconds=error.retry_after)
            return None
        except (MatrixError, UnreachableError) as error:
            what, more = "room closed", {"reason": str(error)}
        except TimeoutError:
            what, more = "room closed", {"reason": f"no answer within {self.patience:.0f} s"}
        missing.tries += 1
        missing.next_at = self.now() + timedelta(seconds=pause(missing.tries, longest=LONGEST_PAUSE))
        if missing.tries == 1:
            log.warning(what, extra={"purpose": purpose, "room_id": name, **more})
        return None
