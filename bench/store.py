"""A filled store with the bot's core on it, that is asked and timed, and whose statements can be looked at.

Without a homeserver: a batch with one message goes through the core, as it comes from the sync, and the next batch
records that its messages were sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event

import storage
from bench.filling import fill
from bench.filling.given import BOSS, give_all
from bench.filling.people import BOT, HALL, NOW, Size, user
from bot.core.batches import Batch, RoomBatch
from bot.core.events import read
from bot.core.facade import Core
from bot.rendering.replies import KEY
from commands.framework.context import Settings
from commands.framework.declarations import JOBS
from storage.engine import statements
from storage.engine.base import Base, Tx
from storage.engine.database import Database
from storage.engine.schema import migrate
from storage.engine.statements import Compiled, Found, Values
from storage.outbox import Done, Errand


class Store:
    """A filled store and the bot's core on it; with a path, in a file there."""

    def __init__(self, path: Path | None, size: Size) -> None:
        self.size = size
        url = "sqlite:///:memory:" if path is None else f"sqlite:///{path}"
        if path is not None:
            migrate(url)
        self.database = Database(url)
        storage.load()
        asker = user(0)
        with self.database.transaction() as tx:
            Base.metadata.create_all(tx)  # tables whose migration is still to be made
            fill(tx, size)
        settings = Settings(coordinators=(asker,), commands_per_minute=100_000_000)
        self.core = Core(self.database, settings, names=("PI-Bot",))
        self.core.prepare(now=NOW)
        give_all(self.core, size)
        self.now, self.count = NOW, 0
        self._errands: list[Errand] = []
        self.traced: list[tuple[str, Any, float]] | None = None  # statement, its values, seconds
        self._watch()
        event.listen(self.database.engine, "before_cursor_execute", self._begun)
        event.listen(self.database.engine, "after_cursor_execute", self._ended)

    def close(self) -> None:
        self.database.close()

    def ask(self, text: str, *, by: str = BOSS, room: str = HALL) -> tuple[float, float]:
        """Give the command; milliseconds on the clock, and of CPU."""
        self.count += 1
        self.now += timedelta(seconds=5)
        raw = {
            "type": "m.room.message",
            "event_id": f"$new{self.count}",
            "sender": by,
            "origin_server_ts": int(self.now.timestamp() * 1000),
            "content": {"msgtype": "m.text", "body": text},
        }
        message = read(raw, room, bot=BOT)
        assert message is not None
        batch = Batch(f"s{self.count}", (RoomBatch(room, (), (), joined=True),), events=(message,))
        done = [Done(e.id, f"$sent{e.id}") for e in self._errands]
        return self._timed(lambda: self.core.apply(batch, done, now=self.now))

    def edit_card(self, vote: str) -> tuple[float, float]:
        """Edit the card of an idea that was voted on just now, and no other: those that waited are edited before."""
        self.now += timedelta(minutes=1)
        while errands := self.core.edit_cards(now=self.now):
            self._errands += errands
        self.ask(vote)
        before = self._errands
        took = self._timed(lambda: self.core.edit_cards(now=self.now))
        self._errands = before + self._errands
        return took

    def tick(self, name: str) -> tuple[float, float]:
        before = self._errands
        took = self._timed(lambda: self.core.tick(JOBS[name], now=self.now))
        self._errands = before + self._errands
        return took

    def _timed(self, act: Callable[[], list[Errand]]) -> tuple[float, float]:
        start, cpu = time.perf_counter(), time.thread_time()
        self._errands = act()
        return (time.perf_counter() - start) * 1000, (time.thread_time() - cpu) * 1000

    def answer(self) -> dict[str, Any]:
        """What the bot said last: the reply, where there is one."""
        said = [e.content for e in self._errands if e.kind in ("message", "file")]
        to = {"event_id": f"$new{self.count}"}
        return next((c for c in said if c.get("m.relates_to", {}).get("m.in_reply_to") == to), (*said, {})[0])

    def refused(self) -> bool:
        """That was an error."""
        return bool(self.answer().get(KEY, {}).get("type") == "error")

    def ref(self) -> str:
        """Which thing was said something about last."""
        parts = [e.content.get(KEY, {}) for e in self._errands if e.kind == "message"]
        return next((str(part["ref"]) for part in parts if "ref" in part), "")

    # --- its statements

    def trace(self, act: Callable[[], object]) -> list[tuple[str, Any, float]]:
        found: list[tuple[str, Any, float]] = []
        self.traced = found
        act()
        self.traced = None
        return found

    def _watch(self) -> None:
        """See the statements that go straight to the driver; those that go through SQLAlchemy are events of its."""
        inner = statements._run  # noqa: SLF001

        def timed(tx: Tx, compiled: Compiled, many: list[Values] | None, values: Values) -> Found:
            start = time.perf_counter()
            found = inner(tx, compiled, many, values)
            if self.traced is not None:
                given = compiled.values(many[0] if many else values)
                self.traced.append((compiled.sql, given, time.perf_counter() - start))
            return found

        statements._run = timed  # noqa: SLF001

    def _begun(self, _c: Any, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool) -> None:
        if self.traced is not None:
            context.bench_started = time.perf_counter()

    def _ended(self, _c: Any, _cursor: Any, statement: str, values: Any, context: Any, _many: bool) -> None:
        if self.traced is not None:
            self.traced.append((statement, values, time.perf_counter() - context.bench_started))

    def plan(self, statement: str, values: Any) -> list[str]:
        values = tuple(values) if isinstance(values, list) else values
        with self.database.transaction() as tx:
            return [row[3] for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
