"""What asks the bot to end: SIGTERM, Ctrl-C, and a terminal that closes. Nothing is reloaded on SIGHUP."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import asyncio

_ENDING: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def end_at_once() -> None:
    """Until `call` is there, they end the process with status 0: nothing has begun that could be cut off."""
    for number in _meant():
        signal.signal(number, lambda *_: os._exit(0))


def end_quietly() -> None:
    """If Ctrl-C is pressed again while the process ends, nothing more happens."""
    with suppress(ValueError):  # not in the main thread: nobody's Ctrl-C comes here
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def call(stop: Callable[[], None], loop: asyncio.AbstractEventLoop) -> None:
    """From now on they call `stop`, in the loop."""
    for number in _meant():
        loop.add_signal_handler(number, stop)


def _meant() -> list[signal.Signals]:
    """Those that count: `nohup` says of one that it shall not."""
    return [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]
