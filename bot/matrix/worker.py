"""The one thread that owns the store: everything inside a transaction runs here, one call after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from bot.core.retries import pause
from bot.matrix.outages import Outage
from storage.engine.database import StoreAwayError, is_away, reason

T = TypeVar("T")


class Worker:
    """Runs calls in its thread, in the order they are made."""

    def __init__(self) -> None:
        self.outage = Outage("store failed", "store works again")
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")

    async def run(self, call: Callable[[], T]) -> T:
        """The call's result. A caller that is cancelled does not stop the call, nor hide that it happened.

        Raises StoreAwayError, if the store can't take anything at present. That is said here, for all callers.
        """
        running = asyncio.get_running_loop().run_in_executor(self._thread, call)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            running.add_done_callback(_let_be)
            raise
        except BaseException as error:
            if not is_away(error):
                raise
            self.outage.failed(reason(error))
            if isinstance(error, StoreAwayError):
                raise
            raise StoreAwayError from error

    async def insist(self, call: Callable[[], T]) -> T:
        """The call's result, however long the store can't take anything: its transaction is lost, and done again."""
        tries = 0
        while True:
            try:
                return await self.run(call)
            except StoreAwayError:
                tries += 1
                await asyncio.sleep(pause(tries))

    def close(self) -> None:
        """All calls made so far have ended."""
        self._thread.shutdown(wait=True)


def _let_be(call: asyncio.Future[Any]) -> None:
    """Nobody waits for the call any more: how it failed is said nowhere."""
    if not call.cancelled():
        call.exception()
