"""Looks at the feeds that are due: asks the store, fetches, has it read, and hands what was found to the core."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Final

from bot.core.facade import Core
from bot.feeds.fetching import Fetched, Fetcher, FetchError
from bot.matrix.apart import bare_environment
from bot.matrix.worker import Worker
from commands import feeds
from commands.feeds import Due, Entry, Look
from storage.engine.database import StoreAwayError, is_away
from storage.outbox import Errand

log = logging.getLogger(__name__)
PAUSE: Final = 5.0  # seconds between two looks at the store
AT_ONCE: Final = 8  # feeds under way
READ_AT_ONCE: Final = 2  # of them in a process of their own, which takes memory
NO_MEMORY: Final = 3  # as `bot.feeds.reading` says, which is loaded in its own process alone
READ_WITHIN: Final = 120.0  # seconds, on a machine that has much else to do


class Watch:
    """Looks at feeds; `send` gets what is to be said because of them."""

    def __init__(
        self,
        worker: Worker,
        core: Core,
        fetcher: Fetcher,
        *,
        send: Callable[[list[Errand]], None],
        now: Callable[[], datetime],
    ) -> None:
        self.worker, self.core, self.fetcher, self.send, self.now = worker, core, fetcher, send, now
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._reading = asyncio.Semaphore(READ_AT_ONCE)

    async def run(self) -> None:
        """All that is due is looked at, for ever. One that is slow holds up no other."""
        try:
            while True:
                try:
                    await self.look_around()
                except (Exception, StoreAwayError) as error:
                    if not is_away(error):
                        log.exception("feeds not looked at")
                await asyncio.sleep(PAUSE)
        finally:
            for task in self._under_way.values():
                task.cancel()
            await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def look_around(self) -> None:
        """Feeds that are due are being looked at, as many at once as may be, and each once."""
        for due in await self.worker.run(partial(self.core.ask, feeds.due, now=self.now())):
            if due.feed not in self._under_way and len(self._under_way) < AT_ONCE:
                task = self._under_way[due.feed] = asyncio.create_task(self._look(due))
                task.add_done_callback(partial(self._ended, due.feed))

    async def settled(self) -> None:
        """All that is under way has ended."""
        while self._under_way:
            await asyncio.gather(*self._under_way.values())

    def _ended(self, feed: int, _: asyncio.Task[None]) -> None:
        del self._under_way[feed]

    async def _look(self, due: Due) -> None:
        """The feed was looked at; where that could not be recorded, it is due still."""
        try:
            look = await self._found(due)
            try:
                await self._record(look)
            except Exception as error:
                if is_away(error):
                    raise
                log.exception("feed not recorded", extra={"feed": due.feed})
                await self._record(Look(due.feed, due.url, problem="error"))  # and not again in a moment
        except (Exception, StoreAwayError) as error:
            if not is_away(error):
                log.exception("feed not looked at", extra={"feed": due.feed})

    async def _record(self, look: Look) -> None:
        record = partial(self.core.take_in, partial(feeds.record, look=look), now=self.now())
        self.send(await self.worker.run(record))

    async def _found(self, due: Due) -> Look:
        try:
            fetched = await self.fetcher.fetch(due)
            read = None
            if fetched.body is not None:
                async with self._reading:
                    read = await read_apart(fetched)
        except FetchError as error:
            log.info("feed not read", extra={"feed": due.feed, "problem": error.problem})
            return Look(due.feed, due.url, problem=error.problem, elsewhere=error.elsewhere)
        except Exception:
            log.exception("feed not read", extra={"feed": due.feed})
            return Look(due.feed, due.url, problem="error")
        entries = None if read is None else tuple(map(_entry, read["entries"]))
        return Look(
            due.feed,
            due.url,
            moved=fetched.moved,
            etag=fetched.etag,
            modified=fetched.modified,
            digest=fetched.digest,
            title="" if read is None else read["title"],
            entries=entries,
        )


def _entry(read: dict[str, Any]) -> Entry:
    at = datetime.fromisoformat(read["at"]) if read["at"] else None
    return Entry(read["key"], read["title"], read["text"], read["link"], at)


async def read_apart(fetched: Fetched) -> dict[str, Any]:
    """What the feed says, read in a process of its own, which gets none of the bot's secrets. Raises: FetchError."""
    told = json.dumps({"media_type": fetched.media_type, "url": fetched.url}).encode()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "bot.feeds.reading",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=bare_environment(),
    )
    try:
        async with asyncio.timeout(READ_WITHIN):
            said, _ = await process.communicate(told + b"\n" + (fetched.body or b""))
    except TimeoutError:
        raise FetchError("too_large") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    status = await process.wait()
    if status < 0 or status == NO_MEMORY:  # it was ended, as it took too much
        raise FetchError("too_large")
    if status:
        log.error("the process that reads feeds has failed", extra={"status": status})
        raise FetchError("error")
    found: dict[str, Any] | None = json.loads(said)
    if found is None or "elsewhere" in found:
        raise FetchError("no_feed", found["elsewhere"] if found else "")
    return found
