"""A bot as a process of its own, and what it uses. Linux only: the figures are the kernel's."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.config.keys import PURPOSES
from bot.demo.homeserver import Account

START_WITHIN = 300  # seconds; a first start reads each room
STOP_WITHIN = 10  # seconds


class BotProcess:
    """`start` returns once the bot says that it is ready: a line of JSON with the message `ready`.

    It runs what lies in the folder `checkout`, the present one if none is given.
    """

    def __init__(
        self, *arguments: str, environment: dict[str, str] | None = None, checkout: Path | None = None
    ) -> None:
        self._arguments, self._environment, self._checkout = arguments, environment or {}, checkout
        self._said: deque[str] = deque(maxlen=40)
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Raises RuntimeError with the last that the bot said when it does not get ready."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *self._arguments,
            cwd=self._checkout,
            env=os.environ | self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        ready = asyncio.Event()
        self._reader = asyncio.create_task(self._read(self._process, ready))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ready.wait(), START_WITHIN)
        if not ready.is_set() or self._process.returncode is not None:
            await self.stop()
            raise RuntimeError(f"{self._arguments} does not start:\n" + "".join(self._said))

    async def _read(self, process: asyncio.subprocess.Process, ready: asyncio.Event) -> None:
        assert process.stdout
        async for raw in process.stdout:
            self._said.append(raw.decode())
            if b'"ready"' in raw and json.loads(raw)["message"] == "ready":
                ready.set()
        await process.wait()
        ready.set()  # it has ended

    async def stop(self) -> None:
        """The process has ended; nothing happens when it does not run."""
        process, self._process = self._process, None
        if process is None or self._reader is None:
            return
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(asyncio.shield(self._reader), STOP_WITHIN)
        except TimeoutError:
            process.kill()
            await self._reader

    async def kill(self) -> None:
        """The process has ended at once, as in a power cut."""
        process, self._process = self._process, None
        assert process, "the bot does not run"
        assert self._reader
        process.kill()
        await self._reader

    @property
    def pid(self) -> int:
        assert self._process, "the bot does not run"
        return self._process.pid

    @property
    def said(self) -> str:
        return "".join(self._said)

    def cpu(self) -> float:
        """Seconds of CPU used so far, user and system, by all its threads."""
        return cpu_of(self.pid)

    def memory(self) -> tuple[float, float]:
        """MiB it holds now, and has held at most."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        now, most = (int(re.findall(rf"{key}:\s+(\d+) kB", status)[0]) / 1024 for key in ("VmRSS", "VmHWM"))
        return now, most


def cpu_of(pid: int) -> float:
    """Seconds of CPU that the process has used so far.

    It is the process's CPU clock; `/proc/<pid>/stat` has the same in steps of 10 ms, too coarse for a few replies.
    """
    return time.clock_gettime((~pid << 3) | 2)


def ours(
    folder: Path,
    homeserver: str,
    account: Account,
    coordinators: Sequence[str],
    *,
    rooms: Mapping[str, str],
    checkout: Path | None = None,
    **more: Any,
) -> BotProcess:
    """The bot as `pi-bot run` runs it, on SQLite, with this account, not started yet."""
    name = account.user_id[1:].partition(":")[0]
    configuration = {
        "homeserver": homeserver,
        "user_id": account.user_id,
        "access_token": account.access_token,
        "device_id": account.device_id,
        "database": f"sqlite:///{folder}/{name}.sqlite3",
        "data_dir": str(folder / name),
        "coordinators": list(coordinators),
        "rooms": dict.fromkeys(PURPOSES, "") | dict(rooms),
        "limits": {"commands_per_minute": 100_000},
    } | more
    file = folder / f"{name}.yaml"
    file.touch(mode=0o600)
    file.write_text(json.dumps(configuration), encoding="utf-8")
    return BotProcess("bot", "run", "-c", str(file), checkout=checkout)
