"""A website on this machine that answers as it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.support.feeds import rss

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Website:
    """Answers as it is told, and knows what it was asked."""

    pages: dict[str, web.Response | Answer] = field(default_factory=dict)
    asked: list[web.Request] = field(default_factory=list)
    port: int = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        page = self.pages.get(request.path)
        if page is None:
            return web.Response(status=404)
        if isinstance(page, web.Response):
            return web.Response(status=page.status, headers=page.headers, body=page.body)
        return await page(request)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def shows(self, *items: str, path: str = "/rss", **headers: str) -> None:
        """This feed stands there."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = web.Response(
            body=rss(*items), headers={"Content-Type": "application/rss+xml"} | named
        )

    def leads(self, path: str, to: str, status: int = 302) -> None:
        self.pages[path] = web.Response(status=status, headers={"Location": to})


@asynccontextmanager
async def serving() -> AsyncIterator[Website]:
    """It listens on all addresses of the loopback, also on those that are not public in a test."""
    site = Website()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.answer)
    server = TestServer(app, host="0.0.0.0")  # noqa: S104 - 127.0.0.2 is reached by it
    await server.start_server(shutdown_timeout=0.1)
    site.port = server.port or 0
    try:
        yield site
    finally:
        await server.close()
