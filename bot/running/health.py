"""What is seen from outside, on a loopback port: alive, ready, and figures for Prometheus."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from bot.config.keys import ListenError
from bot.core.facade import Core
from bot.matrix.outages import Outage
from bot.matrix.sender import Sender
from bot.matrix.sync import Syncer
from bot.matrix.transport import UnreachableError
from bot.running.leading import Leading
from storage.engine.database import LostError
from storage.outbox import REPLY

if TYPE_CHECKING:
    from aiohttp import web

ANSWERED_WITHIN: Final = timedelta(seconds=35)  # a long poll takes 30
STORE_ANSWERS_WITHIN: Final = 1.0  # seconds
STUCK_AFTER: Final = timedelta(minutes=10)
NEVER: Final = -1.0  # the age of a sync that has not been


class Health:
    """Answers `/healthz` (the process runs), `/readyz` (it syncs, and what it sends gets out) and `/metrics`."""

    def __init__(
        self,
        outages: dict[str, Outage],
        *,
        now: Callable[[], datetime],
        leading: Leading | None = None,
    ) -> None:
        self.outages, self.now, self.leading = outages, now, leading
        if leading is not None:
            outages["leader"] = leading.worker.outage
        self.parts: tuple[Core, Sender, Syncer] | None = None  # none before the login
        self.pages: Mapping[int, int] = {}  # answers to people outside, by status
        self.store_bytes = 0  # as it was asked last

    def watch(self, core: Core, sender: Sender, syncer: Syncer) -> None:
        self.parts = core, sender, syncer
        self.outages["sync"] = syncer.outage

    def trouble(self) -> list[str]:
        """Why the bot is not ready; empty where it is."""
        found = [f"{part}: {outage.reason}" for part, outage in self.outages.items() if outage.count]
        if self.leading is not None and self.leading.stands_by:
            return ["standby", *found]
        if self.parts is None:
            return ["not caught up yet", *found]
        _, sender, syncer = self.parts
        now = self.now()
        if not syncer.ready.is_set():
            found.append("not caught up yet")
        if syncer.asked_at is not None and now - syncer.asked_at > ANSWERED_WITHIN:
            found.append("no answer to sync")
        oldest = sender.lanes.oldest()
        if oldest is not None and now - oldest > STUCK_AFTER and not sender.limited:
            found.append("outbox stuck")
        return found

    def metrics(self) -> str:
        """The figures in Prometheus' text format."""
        leads = self.leading is None or self.leading.leads
        lines = ["# TYPE pibot_leading gauge", f"pibot_leading {int(leads)}"]
        if self.pages:
            lines.append("# TYPE pibot_web_requests_total counter")
            lines += [f'pibot_web_requests_total{{status="{n}"}} {k}' for n, k in sorted(self.pages.items())]
        if self.parts is None:
            if self.leading is None or not self.leading.stands_by:  # who stands by is not to sync
                lines += ["# TYPE pibot_sync_age_seconds gauge", f"pibot_sync_age_seconds {NEVER}"]
            return "\n".join(lines) + "\n"
        core, sender, syncer = self.parts
        now, stuck = self.now(), sender.lanes.stuck()
        refused = {
            f'{{kind="{kind}",reason="{_escaped(why)}"}}': n
            for (kind, why), n in sorted(sender.ended.lost.items())
        }
        synced = (now - syncer.synced_at).total_seconds() if syncer.synced_at else NEVER
        lines.append("# TYPE pibot_commands_total counter")
        for (noun, outcome), count in sorted(core.carried_out.items()):
            lines.append(f'pibot_commands_total{{noun="{noun}",outcome="{outcome}"}} {count}')
        for name, kind, value in (
            ("outbox_length", "gauge", len(sender.lanes.open)),
            ("outbox_age_seconds", "gauge", _age(sender.lanes.oldest(), now)),
            ("outbox_stuck", "gauge", {_at(place): number for place, (number, _) in stuck.items()}),
            ("outbox_stuck_seconds", "gauge", {_at(p): _age(since, now) for p, (_, since) in stuck.items()}),
            ("refused_total", "counter", refused),
            ("sync_age_seconds", "gauge", synced),
            ("reminders_late_seconds", "gauge", _age(core.next_reminder, now)),
            ("unreadable_messages_total", "counter", core.unreadable),
            ("rate_limited_total", "counter", sender.refusals),
            ("reply_seconds_sum", "counter", sender.ended.reply_seconds),
            ("reply_seconds_count", "counter", sender.ended.replies),
            ("reply_waits_seconds", "gauge", _age(sender.lanes.oldest(up_to=REPLY), now)),
            ("store_bytes", "gauge", self.store_bytes),
        ):
            lines.append(f"# TYPE pibot_{name} {kind}")
            labelled = value if isinstance(value, dict) else {"": value}
            lines += [f"pibot_{name}{label} {number}" for label, number in labelled.items()]
        return "\n".join(lines) + "\n"

    async def _measure(self) -> None:
        """The store has been asked how large it is, if it answers at once."""
        if self.parts is not None:
            core, sender, _ = self.parts
            with suppress(
                UnreachableError, TimeoutError, LostError
            ):  # who asks is to be answered all the same
                async with asyncio.timeout(STORE_ANSWERS_WITHIN):
                    self.store_bytes = await sender.delivery.ask(core.store_size)

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
            if request.path == "/metrics":
                await self._measure()
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


def _age(since: datetime | None, now: datetime) -> float:
    """The seconds that have passed since then; 0 where there is none, or it is still to come."""
    return max(0.0, (now - since).total_seconds()) if since is not None else 0.0


def _at(place: str) -> str:
    """The label of a room, a server or a person that takes nothing."""
    return f'{{place="{_escaped(place)}"}}'


def _escaped(told: str) -> str:
    """As a label's value: ids and reasons come from other servers, and one quote would spoil all figures."""
    return told.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
