"""What is seen from outside, on a loopback port: alive, ready, and figures for Prometheus."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from bot.core.facade import Core
from bot.matrix.outages import Outage
from bot.matrix.sender import Sender
from bot.matrix.sync import Syncer

if TYPE_CHECKING:
    from aiohttp import web

ANSWERED_WITHIN: Final = timedelta(seconds=35)  # a long poll takes 30
STUCK_AFTER: Final = timedelta(minutes=10)


class ListenError(Exception):
    """The port can't be had, as another program has it; the text names the key."""


class Health:
    """Answers `/healthz` (the process runs), `/readyz` (it syncs, and what it sends gets out) and `/metrics`."""

    def __init__(self, outages: dict[str, Outage], *, now: Callable[[], datetime]) -> None:
        self.outages, self.now = outages, now
        self.parts: tuple[Core, Sender, Syncer] | None = None  # none before the login

    def watch(self, core: Core, sender: Sender, syncer: Syncer) -> None:
        self.parts = core, sender, syncer
        self.outages["sync"] = syncer.outage

    def trouble(self) -> list[str]:
        """Why the bot is not ready; empty where it is."""
        found = [f"{part}: {outage.reason}" for part, outage in self.outages.items() if outage.count]
        if self.parts is None:
            return ["not caught up yet", *found]
        _, sender, syncer = self.parts
        now = self.now()
        if not syncer.ready.is_set():
            found.append("not caught up yet")
        if syncer.asked_at is not None and now - syncer.asked_at > ANSWERED_WITHIN:
            found.append("no answer to sync")
        oldest = sender.oldest()
        if oldest is not None and now - oldest > STUCK_AFTER and not sender.limited:
            found.append("outbox stuck")
        return found

    def metrics(self) -> str:
        """The figures in Prometheus' text format."""
        if self.parts is None:
            return ""
        core, sender, syncer = self.parts
        now, oldest = self.now(), sender.oldest()
        age = (now - oldest).total_seconds() if oldest else 0.0
        synced = (now - syncer.synced_at).total_seconds() if syncer.synced_at else -1.0
        due = core.next_reminder
        late = max(0.0, (now - due).total_seconds()) if due else 0.0
        lines = ["# TYPE pibot_commands_total counter"]
        for (noun, outcome), count in sorted(core.carried_out.items()):
            lines.append(f'pibot_commands_total{{noun="{noun}",outcome="{outcome}"}} {count}')
        for name, kind, value in (
            ("outbox_length", "gauge", sender.length),
            ("outbox_age_seconds", "gauge", age),
            ("sync_age_seconds", "gauge", synced),
            ("reminders_late_seconds", "gauge", late),
            ("unreadable_messages_total", "counter", core.unreadable),
            ("rate_limited_total", "counter", sender.refusals),
            ("reply_seconds_sum", "counter", sender.reply_seconds),
            ("reply_seconds_count", "counter", sender.replies),
        ):
            lines += [f"# TYPE pibot_{name} {kind}", f"pibot_{name} {value}"]
        return "\n".join(lines) + "\n"

    def answer(self, path: str) -> tuple[int, str]:
        """HTTP status and text."""
        match path:
            case "/healthz":
                return 200, "alive\n"
            case "/readyz":
                trouble = self.trouble()
                return 503 if trouble else 200, "\n".join(trouble or ["ready"]) + "\n"
            case _:
                return 200, self.metrics()

    @asynccontextmanager
    async def serving(self, listen: str) -> AsyncIterator[None]:
        """Answer on `host:port` inside; nowhere where that is empty. Raises: ListenError."""
        if not listen:
            yield
            return
        from aiohttp import web  # noqa: PLC0415 - 2 MB that many never need

        async def respond(request: web.Request) -> web.Response:
            status, text = self.answer(request.path)
            return web.Response(
                text=text, status=status, headers={"Content-Type": "text/plain; version=0.0.4"}
            )

        app = web.Application()
        app.add_routes([web.get(path, respond) for path in ("/healthz", "/readyz", "/metrics")])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            host, _, port = listen.rpartition(":")
            try:
                await web.TCPSite(runner, host.strip("[]"), int(port)).start()
            except OSError as error:
                raise ListenError(
                    f"http.listen: {listen}: {os.strerror(error.errno or 0).lower()}"
                ) from error
            yield
        finally:
            await runner.cleanup()
