"""10,000 reminders due in one minute: what it costs to queue them, and how long commands wait meanwhile.

Without a homeserver, but with the bot's own thread for the store and its own sender, that takes over what is to be
sent: one coroutine ticks the job as the running bot does, another one asks on and on.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import update

from bench.filling.people import BOT, HALL, NOW, Size, user
from bench.store import Store
from bench.tables import markdown, spread
from bot.core.batches import Batch, RoomBatch
from bot.core.events import read
from bot.matrix.sender import Sender
from bot.matrix.transport import Transport
from bot.matrix.worker import Worker
from commands.framework.context import Context
from commands.framework.declarations import JOBS, REMINDED, THINGS, reminded
from commands.framework.replies import Reply
from storage import members, reminders

DUE = 10_000
PAUSE = 0.01  # seconds between two questions
SHAPES = {"one event": 1, "500 meetings": 500}  # what people are reminded of


@dataclass
class Figures:
    """Seconds of CPU, seconds until all were queued, and milliseconds that commands took before and meanwhile."""

    cpu: list[float]
    until: list[float]
    before: list[float]
    meanwhile: list[float]
    pieces: list[float]  # milliseconds on the clock that one transaction of the job took


class Crowded(Store):
    """A store with many members, all of them active, each with a direct chat."""

    def __init__(self, path: Path, people: int) -> None:
        super().__init__(path, Size(ideas=600, votes=1_000, members=people, news=30, messages=1_000))
        self.people = people
        with self.database.transaction() as tx:
            tx.execute(update(members.Member).values(state="active"))

    def remind(self, things: int) -> None:
        """Everybody is to be reminded within the next minute, of one of so many things."""
        with self.database.transaction() as tx:
            tx.exec_driver_sql("DELETE FROM reminders")
            tx.exec_driver_sql("DELETE FROM outbox")
            reminders.add(tx, self._rows(things))

    def _rows(self, things: int) -> Iterator[dict[str, Any]]:
        for n in range(self.people):
            thing = n % things
            due = self.now + timedelta(seconds=60 * thing / things)
            about = {"kind": "bench", "number": thing + 1, "user_id": user(n)}
            yield {**about, "lead": 3600, "due_at": due, "start": due + timedelta(hours=1)}

    def question(self) -> Batch:
        self.count += 1
        raw = {
            "type": "m.room.message",
            "event_id": f"$asked{self.count}",
            "sender": user(0),
            "origin_server_ts": int(self.now.timestamp() * 1000),
            "content": {"msgtype": "m.text", "body": f"!idee zeige I{self.count % 40 + 1}"},
        }
        message = read(raw, HALL, bot=BOT)
        assert message is not None
        return Batch(f"s{self.count}", (RoomBatch(HALL, (), (), joined=True),), events=(message,))


def measure_reminders(*, quick: bool, rounds: int | None) -> dict[str, Any]:
    """Measure, print the table; all figures."""
    people = DUE // 10 if quick else DUE

    @reminded("bench")
    def remind(ctx: Context, number: int, _lead: timedelta, _late: bool) -> Reply:
        return THINGS["idea"].card(ctx, number)  # as long as what is said of a meeting, and read like it

    found = {name: Figures([], [], [], [], []) for name in SHAPES}
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        store = Crowded(Path(folder) / "store", people)
        try:
            for _ in range(rounds or (2 if quick else 5)):
                for name, things in SHAPES.items():
                    asyncio.run(_round(store, things, found[name]))
        finally:
            store.close()
            del REMINDED["bench"]
    head = ["", *(f"{people:,} reminders of {name}" for name in SHAPES)]
    rows = [
        ["CPU until all were queued, s", *(spread(f.cpu, 2) for f in found.values())],
        ["the same, µs a reminder", *(spread([s / people * 1e6 for s in f.cpu], 0) for f in found.values())],
        ["until all were queued, with commands in between, s", *(spread(f.until, 2) for f in found.values())],
        ["one transaction of it, ms", *(spread(f.pieces) for f in found.values())],
        ["a command before, ms", *(f"{median(f.before):.1f}" for f in found.values())],
        ["a command meanwhile, p50, ms", *(f"{median(f.meanwhile):.1f}" for f in found.values())],
        ["a command meanwhile, the slowest, ms", *(f"{max(f.meanwhile):.1f}" for f in found.values())],
    ]
    print(markdown(head, rows))
    return {name: vars(figures) for name, figures in found.items()}


async def _round(store: Crowded, things: int, figures: Figures) -> None:
    """Once without commands, for the CPU; once with them, for the clock."""
    worker = Worker()
    try:
        store.now += timedelta(hours=2)
        store.remind(things)
        store.now += timedelta(seconds=60)
        cpu = time.process_time()
        await _queue(store, worker, figures.pieces)
        figures.cpu.append(time.process_time() - cpu)

        store.now += timedelta(hours=2)
        store.remind(things)
        store.now += timedelta(seconds=60)
        figures.before += [await _ask(store, worker) for _ in range(20)]
        start = time.perf_counter()
        queued = asyncio.create_task(_queue(store, worker, []))
        while not queued.done():
            figures.meanwhile.append(await _ask(store, worker))
            await asyncio.sleep(PAUSE)
        await queued
        figures.until.append(time.perf_counter() - start)
    finally:
        worker.close()


async def _ask(store: Crowded, worker: Worker) -> float:
    """Milliseconds from a question that comes in to its reply in the sender's hands."""
    start = time.perf_counter()
    errands = await worker.run(partial(store.core.apply, store.question(), (), now=store.now))
    assert errands
    return (time.perf_counter() - start) * 1000


async def _queue(store: Crowded, worker: Worker, pieces: list[float]) -> None:
    """The job is ticked until there is nothing more to do, and the sender has it all."""
    transport = Transport("http://localhost")
    sender = Sender(transport, worker, store.core, now=lambda: NOW, clock=time.monotonic)
    job, again = JOBS["reminders"], True
    while again:
        start = time.perf_counter()
        errands = await worker.run(partial(store.core.tick, job, now=store.now))
        pieces.append((time.perf_counter() - start) * 1000)
        sender.add(errands)
        again = job.name in store.core.unfinished
    assert len(sender.lanes.open) == store.people
