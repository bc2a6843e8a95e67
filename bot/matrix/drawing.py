"""The process that draws, seen from the bot: begun when something is to be drawn, ended when nothing is for a while.

Where a drawing takes too long, or the process dies of it, it is killed, and the next drawing has a new one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path
from typing import Any, Final

log = logging.getLogger(__name__)
WITHIN: Final = (
    6.0  # seconds for a picture, which may take two of work; the rest is for a machine with much to do
)
PAGES_WITHIN: Final = 20.0  # the same for a report
BEGIN_WITHIN: Final = 15.0  # seconds for the process to begin: the first time, letters are looked for
IDLE: Final = 60.0  # seconds after which it ends: it is larger than the bot
_HEAD: Final = 5  # bytes before each answer


class Drawer:
    """One for the running bot. Draws one thing after the other."""

    def __init__(
        self,
        cache: Path | None = None,
        *,
        program: tuple[str, ...] = (sys.executable, "-m", "bot.drawing"),
        within: float = WITHIN,
        begin_within: float = BEGIN_WITHIN,
        idle: float = IDLE,
    ) -> None:
        """`cache`: the folder in which the process keeps what it knows of letters."""
        self.cache, self.program = cache, program
        self.within, self.begin_within, self.idle = within, begin_within, idle
        self.process: Process | None = None
        self._turn = asyncio.Lock()
        self._resting: asyncio.TimerHandle | None = None

    async def draw(self, what: dict[str, Any]) -> bytes | None:
        """The picture or the pages; None where they could not be drawn in time."""
        async with self._turn:
            if self._resting is not None:
                self._resting.cancel()
            try:
                drawn = await self._drawn(what)
            except (OSError, EOFError, TimeoutError) as error:
                log.warning("not drawn", extra={"drawing": what["drawing"], "error": type(error).__name__})
                await self._kill()
                return None
            except BaseException:
                await self._kill()  # what it would still say is no answer to the next question
                raise
            self._resting = asyncio.get_running_loop().call_later(self.idle, self._rest)
            return drawn

    async def close(self) -> None:
        """It has ended."""
        if self._resting is not None:
            self._resting.cancel()
        async with self._turn:
            await self._kill()

    async def _drawn(self, what: dict[str, Any]) -> bytes | None:
        if self.process is None or self.process.returncode is not None:
            async with asyncio.timeout(self.begin_within):
                self.process = await self._begun()
        process = self.process
        assert process.stdin is not None
        async with asyncio.timeout(PAGES_WITHIN if what.get("pages") else self.within):
            process.stdin.write(json.dumps(what).encode() + b"\n")
            await process.stdin.drain()
            well, data = await _answer(process)
        if not well:
            error = data.decode(errors="replace")
            log.warning("not drawn", extra={"drawing": what["drawing"], "error": error})
        return data if well else None

    async def _begun(self) -> Process:
        """The process is there, and ready. It gets none of the bot's secrets."""
        kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        environment |= {
            "PYTHONPATH": os.pathsep.join(sys.path),
            "OPENBLAS_NUM_THREADS": "1",
            "MPLBACKEND": "agg",
        }
        if self.cache is not None:
            environment["MPLCONFIGDIR"] = str(self.cache)
        self.process = await asyncio.create_subprocess_exec(
            *self.program, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=environment
        )
        await _answer(self.process)
        return self.process

    def _rest(self) -> None:
        """It ends by itself, as nobody is there to draw for any more."""
        if not self._turn.locked() and self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()

    async def _kill(self) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


async def _answer(process: Process) -> tuple[bool, bytes]:
    """Whether it went well, and what was drawn or why not. Raises: EOFError, if the process has died."""
    assert process.stdout is not None
    head = await process.stdout.readexactly(_HEAD)
    return bool(head[0]), await process.stdout.readexactly(int.from_bytes(head[1:], "big"))
