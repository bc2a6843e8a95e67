"""The one thread that owns the store: everything inside a transaction runs here, one call after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from bot.matrix.outages import Outage
from storage.engine.database import is_away, reason

T = TypeVar("T")


class Worker:
    """Runs calls in its thread, in the order they are made."""

    def __init__(self) -> None:
        self.outage = Outage("store failed", "store works again")
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")

    async def run(self, call: Callable[[], T]) -> T:
        """The call's result. A caller that is cancelled does not stop the call, nor hide that it happened.

        That the store failed is said here, for all callers.
        """
        try:
            return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._thread, call))
        except BaseException as error:
            if is_away(error):
                self.outage.failed(reason(error))
            raise

    def close(self) -> None:
        """All calls made so far have ended."""
        self._thread.shutdown(wait=True)
