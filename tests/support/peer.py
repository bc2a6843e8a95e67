"""A homeserver's stand-in for the network side: real HTTP on loopback, and every answer as the test says."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from bot.matrix.transport import Transport

BOT = "@pibot:localhost"


@dataclass(frozen=True)
class Trouble:
    """An answer other than the right one; without `body` the connection is cut, `after` the request was obeyed."""

    status: int = 502
    body: Any = "<html><h1>502 Bad Gateway</h1></html>"
    obeyed: bool = False
    location: str = ""


@dataclass(frozen=True)
class Bytes:
    """A file in place of an answer; `tells`: says beforehand how long it is."""

    data: bytes
    tells: bool = True


LIMITED = 429
CUT = Trouble(0)


def limited(milliseconds: int) -> Trouble:
    return Trouble(LIMITED, {"errcode": "M_LIMIT_EXCEEDED", "error": "", "retry_after_ms": milliseconds})


def refused(status: int = 403, errcode: str = "M_FORBIDDEN") -> Trouble:
    return Trouble(status, {"errcode": errcode, "error": "no"})


@dataclass
class Peer:
    """What it was asked, and what came of it. `troubles` are used up by requests whose path contains their key."""

    requests: list[tuple[str, str, Any]] = field(default_factory=list)  # method, path, body
    queries: list[tuple[str, dict[str, str]]] = field(
        default_factory=list
    )  # path, what the address has after it
    events: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)  # room, type, content
    txns: dict[str, str] = field(default_factory=dict)  # transaction id -> event id
    troubles: dict[str, deque[Trouble]] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)  # for paths that contain the key; may be trouble
    open: asyncio.Event = field(default_factory=asyncio.Event)  # while it is not set, nothing is answered
    under_way: int = 0
    most_at_once: int = 0

    def trouble(self, where: str, *troubles: Trouble) -> None:
        self.troubles.setdefault(where, deque()).extend(troubles)

    def bodies(self) -> list[str]:
        return [
            content.get("body", content.get("m.relates_to", {}).get("key")) for _, _, content in self.events
        ]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        path = unquote(request.path)
        raw = await request.read()
        body: Any = json.loads(raw) if raw and request.content_type == "application/json" else raw
        self.requests.append((request.method, path, body))
        self.queries.append((path, dict(request.query)))
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            await self.open.wait()
        finally:
            self.under_way -= 1
        found = next((queue for where, queue in self.troubles.items() if where in path and queue), None)
        trouble = found.popleft() if found else None
        answer: Any = None
        if trouble is None or trouble.obeyed:
            answer = self.obey(path, body)
        if isinstance(answer, Bytes) and trouble is None:
            return await _file(request, answer)
        if isinstance(answer, Trouble):
            trouble = answer
        if trouble is None:
            return web.Response(text=json.dumps(answer), content_type="application/json")
        if trouble.status == 0:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if isinstance(trouble.body, str):
            more = {"Location": trouble.location} if trouble.location else {}
            return web.Response(
                status=trouble.status, text=trouble.body, content_type="text/html", headers=more
            )
        return web.Response(
            status=trouble.status, text=json.dumps(trouble.body), content_type="application/json"
        )

    def obey(self, path: str, body: Any) -> Any:
        for where, answer in self.answers.items():
            if where in path:
                return answer(path, body) if callable(answer) else answer
        if "/send/" in path:
            room, _, rest = path.partition("/rooms/")[2].partition("/send/")
            kind, _, txn = rest.partition("/")
            if txn not in self.txns:
                self.txns[txn] = f"$event{len(self.events)}"
                self.events.append((room, kind, body))
            return {"event_id": self.txns[txn]}
        if path.endswith("/createRoom"):
            return {"room_id": f"!made{sum(p.endswith('/createRoom') for _, p, _ in self.requests)}"}
        if path.endswith("/upload"):
            return {"content_uri": "mxc://localhost/file"}
        if "/join/" in path:
            return {"room_id": path.rpartition("/")[2]}
        return {}


async def _file(request: web.Request, file: Bytes) -> web.StreamResponse:
    if file.tells:
        return web.Response(body=file.data)
    response = web.StreamResponse()
    response.enable_chunked_encoding()
    await response.prepare(request)
    for start in range(0, len(file.data), 1 << 16):
        await response.write(file.data[start : start + (1 << 16)])
    await response.write_eof()
    return response


@asynccontextmanager
async def peer(server: Peer | None = None) -> AsyncIterator[tuple[Peer, Transport]]:
    """The peer, open, and a transport that speaks to it."""
    server = server or Peer()
    server.open.set()
    app = web.Application(client_max_size=2**24)
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    transport = Transport(f"http://127.0.0.1:{runner.addresses[0][1]}")
    transport.use(user_id=BOT, device_id="D", access_token="secret")
    try:
        yield server, transport
    finally:
        server.open.set()
        await transport.close()
        await runner.cleanup()
    # An empty one counts as a wrong one, and one that is right would be in every proxy's log.
    assert [path for path, query in server.queries if "access_token" in query] == []


@contextmanager
def apart() -> Iterator[tuple[Peer, str]]:
    """The peer in a thread of its own, for what brings its own event loop; and its address."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    here = peer()
    try:
        server, transport = asyncio.run_coroutine_threadsafe(here.__aenter__(), loop).result()
        yield server, transport.homeserver
        asyncio.run_coroutine_threadsafe(here.__aexit__(None, None, None), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def until(condition: Callable[[], object]) -> None:
    """The condition has come true."""
    async with asyncio.timeout(10):
        await asyncio.sleep(0)
        while not condition():
            await asyncio.sleep(0)
