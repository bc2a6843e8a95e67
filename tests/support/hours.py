"""An event loop in which days pass at once: where nothing is to be done, it is as late as the next thing to be done."""

from __future__ import annotations

import asyncio
import selectors
from asyncio import Future
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

SOON = 0.05  # seconds for which threads are really waited for


class _Leaping(selectors.DefaultSelector):
    loop: Hours

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        if self.loop.in_threads:
            return super().select(min(timeout, SOON))
        found = super().select(0)
        if not found:
            self.loop.passed += timeout
        return found


class Hours(asyncio.SelectorEventLoop):
    """While something is done in a thread, its time is the real one."""

    def __init__(self) -> None:
        selector = _Leaping()
        selector.loop = self
        self.passed, self.in_threads = 0.0, 0
        super().__init__(selector)

    def time(self) -> float:
        return super().time() + self.passed

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> Future[T]:
        self.in_threads += 1
        done = super().run_in_executor(executor, func, *args)
        done.add_done_callback(self._out_of_thread)
        return done

    def _out_of_thread(self, _: object) -> None:
        self.in_threads -= 1
