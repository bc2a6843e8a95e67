"""Clients' connections: how many there are, and how long each may take to say what it wants."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong

from bot.web.calendars import without_secret
from bot.web.limits import CHANCE, CONNECTIONS, MOST_CONNECTIONS, WITHIN
from bot.web.refusals import bare, told

log = logging.getLogger(__name__)
# Bytes of an address and of a header that are read at all; they differ, so that it is seen which was too long.
LONGEST_LINE: Final = 8192
LONGEST_FIELD: Final = 8190


class Connection(web.RequestHandler):
    """A client's connection: it is counted, and has so long to say what it wants, and to take the answer."""

    def __init__(self, server: Server, **options: Any) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **options)
        self.server = server
        self.heard = 0.0  # when it came, began to ask, or was answered, whichever was last
        self.idle = True
        self._asking = False  # something of a request has come
        self._slow: asyncio.TimerHandle | None = None
        self._stuck: asyncio.TimerHandle | None = None
        self._wire: asyncio.BaseTransport | None = None  # also once nothing more is to be said

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._wire = transport
        self._begin()
        self.server.make_room(self)

    def data_received(self, data: bytes) -> None:
        if self.idle and not self._asking:
            self._asking = True
            self._begin()
        super().data_received(data)

    @contextmanager
    def answering(self) -> Iterator[bool]:
        """A whole request has come, and is answered inside; False where too many are answered already."""
        self.idle = self._asking = False
        self._asked()
        self.server.busy += 1
        try:
            yield self.server.busy <= CONNECTIONS
        finally:
            self.server.busy -= 1
            self.idle = True
            self.heard = asyncio.get_running_loop().time()
            self._watch()

    def _begin(self) -> None:
        self._asked()
        loop = asyncio.get_running_loop()
        self.heard = loop.time()
        self._slow = loop.call_later(WITHIN, self._too_slow)

    def _asked(self) -> None:
        if self._slow is not None:
            self._slow.cancel()
            self._slow = None

    def _too_slow(self) -> None:
        """What it wants was not said in time."""
        self._slow = None
        if self.idle:
            self.refuse(408)

    def _watch(self, before: int = sys.maxsize) -> None:
        """Who takes nothing more of an answer is let go; `before`: how many bytes may have waited at the last look."""
        if self._stuck is not None:
            self._stuck.cancel()
        self._stuck = asyncio.get_running_loop().call_later(WITHIN, self._look, before)

    def _look(self, before: int) -> None:
        wire = self._wire
        assert isinstance(wire, asyncio.WriteTransport)
        waiting = wire.get_write_buffer_size()
        if 0 < waiting < before:
            self._watch(waiting)
        elif waiting:
            wire.abort()

    def refuse(self, status: int) -> None:
        """The connection ends with this answer."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(bare(status))
        self.force_close()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._asked()
        if self._stuck is not None:
            self._stuck.cancel()
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - what aiohttp would say quotes what was sent
    ) -> web.StreamResponse:
        """What can't be read is refused in one line; a fault is logged, and says nothing to the client."""
        if isinstance(exc, LineTooLong):
            status = 414 if exc.args[1] == LONGEST_LINE else 431
        elif status >= 500:  # noqa: PLR2004
            log.error("page failed", exc_info=exc, extra={"path": without_secret(request.path)})
            status = 503
        response = told(status, "de")
        response.force_close()
        return response


class Server(web.Server):
    """All connections there are: at most so many, and idle ones go first."""

    def __init__(self, respond: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]) -> None:
        super().__init__(respond)
        self.busy = 0  # connections whose request is being answered
        self._trim: asyncio.TimerHandle | None = None

    def __call__(self) -> web.RequestHandler:
        return Connection(
            self,
            access_log=None,
            keepalive_timeout=60,
            max_line_size=LONGEST_LINE,
            max_field_size=LONGEST_FIELD,
            lingering_time=1.0,
            auto_decompress=False,
        )

    def make_room(self, new: Connection) -> None:
        """With the new one there may be too many: those that are idle end soon, or the new one at once.

        Soon, and not at once: who came a moment ago may have asked already, and that was not read yet.
        """
        there = len(self._there())
        if there > MOST_CONNECTIONS:
            new.refuse(503)
        elif there > CONNECTIONS and self._trim is None:
            self._trim = asyncio.get_running_loop().call_later(CHANCE, self._end_idle)

    def _end_idle(self) -> None:
        """As many as there are too many, those first that have been idle for the longest."""
        loop, there = asyncio.get_running_loop(), self._there()
        over, since = max(0, len(there) - CONNECTIONS), loop.time() - CHANCE
        waiting = sorted((one for one in there if one.idle), key=lambda one: one.heard)
        ended = [one for one in waiting[:over] if one.heard <= since]
        for one in ended:
            one.force_close()
        again = len(ended) < min(over, len(waiting))
        self._trim = loop.call_later(CHANCE, self._end_idle) if again else None

    def _there(self) -> list[Connection]:
        return [one for one in self.connections if isinstance(one, Connection) and one.transport is not None]
