"""The line between a bot and PostgreSQL, which can be cut, or swallow all that is said."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Self


class Line:
    """An async context manager; listens on a loopback port, and passes on to PostgreSQL's socket."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self._open = asyncio.Event()
        self._open.set()
        self._refuses = False
        self._ends: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        self.mend()

    def stall(self) -> None:
        """What is said from now on arrives only once it is mended."""
        self._open.clear()

    def cut(self) -> None:
        """All connections are gone, and new ones are refused until it is mended."""
        self._refuses = True
        for end in self._ends:
            end.close()

    def mend(self) -> None:
        self._refuses = False
        self._open.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self._refuses:
                return
            await self._open.wait()
            there, back = await asyncio.open_unix_connection(self.socket)
            self._ends |= {writer, back}
            await asyncio.gather(self._pass(reader, back), self._pass(there, writer))
        except OSError:
            pass
        finally:
            writer.close()

    async def _pass(self, source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(1 << 16):
                await self._open.wait()
                to.write(data)
                await to.drain()
        except OSError:
            pass
        finally:
            await self._open.wait()  # that one end is gone is not told either
            to.close()
            self._ends.discard(to)
