"""The bot as its own process on a real homeserver: configured, started, killed, started again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

import yaml

from bot.config.keys import PURPOSES
from bot.demo.homeserver import Account, Homeserver

START_WITHIN = 60  # seconds
ROOT = Path(__file__).parents[2]


class BotProcess:
    """`pi-bot run` with a configuration of its own; an async context manager that ends it."""

    def __init__(
        self,
        homeserver: Homeserver,
        account: Account,
        directory: Path,
        *,
        coordinators: Iterable[str],
        rooms: Mapping[str, str] | None = None,
        program: tuple[str, ...] = ("-m", "bot", "run"),
        log: str = "bot.log",
        **configuration: Any,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory, self.account, self.program = directory, account, program
        self.config = directory / "config.yaml"
        values = {
            "homeserver": homeserver.url,
            "user_id": account.user_id,
            "password": account.password,
            "database": "sqlite:///store.sqlite3",
            "data_dir": ".",
            "coordinators": sorted(coordinators),
            "allowed_servers": ["localhost"],
            "rooms": dict.fromkeys(PURPOSES, "")
            | dict(rooms or {}),  # of those missing, coordinators are told
            "limits": {"commands_per_minute": 100_000},
        } | configuration
        self.config.write_text(yaml.safe_dump(values), encoding="utf-8")
        self.config.chmod(0o600)
        self.log = directory / log
        self.starts = 0
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    @property
    def database(self) -> Path:
        return self.directory / "store.sqlite3"

    async def start(self, *, until_ready: bool = True, **environment: str) -> None:
        """The bot runs and has caught up; it only runs where `until_ready` is false."""
        self.starts += 1
        mark = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self.program,
                "-c",
                str(self.config),
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env=os.environ | environment,
            )
        if not until_ready:
            return
        await self._logged("ready", mark)

    async def has_logged(self, message: str, *, times: int = 1) -> None:
        """The bot has logged this so often since it was made, or has ended."""
        await self._logged(message, 0, times=times)

    async def _logged(self, message: str, mark: int, *, times: int = 1) -> None:
        assert self._process is not None
        async with asyncio.timeout(START_WITHIN):
            while self._process.returncode is None:  # it may be made to die: the caller looks at `returncode`
                with self.log.open("rb") as log:
                    log.seek(mark)
                    said = [line for line in _json_lines(log.read()) if line.get("message") == message]
                    if len(said) >= times:
                        return
                await asyncio.sleep(0.05)

    @property
    def returncode(self) -> int | None:
        return self._process.returncode if self._process else None

    async def ended(self) -> int:
        """Wait until it ends by itself; its exit status."""
        assert self._process is not None
        return await self._process.wait()

    async def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    def freeze(self) -> None:
        """SIGSTOP: it does nothing until it is thawed."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def stop(self) -> int:
        """SIGTERM; the exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return await self._process.wait()

    async def command(self, *arguments: str) -> tuple[int, str]:
        """One of the short commands with this configuration: its exit status, and what it says."""
        name, *more = arguments
        running = await asyncio.create_subprocess_exec(
            *[sys.executable, "-m", "bot", name, "-c", str(self.config), *more],
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=ROOT,
        )
        said, _ = await running.communicate()
        return running.returncode or 0, said.decode()

    def lines(self, message: str) -> list[dict[str, Any]]:
        """What the log says with this message."""
        return [line for line in _json_lines(self.log.read_bytes()) if line.get("message") == message]

    def gaps(self) -> set[str]:
        """The rooms of which the homeserver has told only the end, of those the bot was in already."""
        return {line["room_id"] for line in self.lines("a gap is filled") if not line["fresh"]}

    def errors(self) -> list[dict[str, Any]]:
        """What the log says went wrong."""
        lines = _json_lines(self.log.read_bytes())
        return [line for line in lines if line.get("level") in ("ERROR", "CRITICAL", "error", "critical")]


def _json_lines(raw: bytes) -> list[dict[str, Any]]:
    found = []
    for line in raw.decode(errors="replace").splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            found.append(value)
    return found
