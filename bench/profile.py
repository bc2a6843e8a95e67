"""Where the time of one command goes: the steps of a round trip, and CPU by stage and by package.

The bot runs inside this process, its functions are wrapped by stop-watches, and who asks is in here too: the
figures are higher than those of `bots`, and what they are for is their proportions.
"""

from __future__ import annotations

import asyncio
import cProfile
import functools
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Connection

from bench.crowd import Crowd
from bench.tables import markdown
from bot.core.batches import Batch
from bot.core.facade import Core
from bot.demo.homeserver import Homeserver
from bot.demo.people import People
from bot.matrix import sync, transport
from bot.matrix.session import Identity
from bot.matrix.transport import Transport
from bot.rendering.replies import Renderer
from bot.running.program import Program
from commands.framework import arguments
from commands.framework.context import Settings
from storage.engine import database, statements

QUESTIONS: dict[str, Callable[[int], str]] = {
    "reads": lambda _n: "!idee zeige I1",
    "writes": lambda n: f"!idee stimme I1 {'+-'[n % 2]}",
}
ONLY_BATCHES = "Core.apply: the rest"


class Stopwatch:
    """CPU by stage, each without the stages inside it, and the moments at which a round trip moves on."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.counts: dict[str, int] = defaultdict(int)
        self.moments: dict[str, float] = {}
        self.statements: list[Any] = []  # of the running transaction; `carried`: of the last with a message
        self.carried: list[Any] = []
        self._inner = threading.local()

    def reset(self) -> None:
        self.seconds.clear()
        self.counts.clear()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        outer = getattr(self._inner, "seconds", 0.0)
        self._inner.seconds = 0.0
        start = time.thread_time()
        try:
            yield
        finally:
            took = time.thread_time() - start
            self.seconds[name] += took - self._inner.seconds
            self.counts[name] += 1
            self._inner.seconds = outer + took

    def wrap(self, owner: Any, name: str, stage: str, note: Callable[..., None] | None = None) -> None:
        """Count the CPU of this function; `note` is called with its arguments before."""
        inner = getattr(owner, name)

        @functools.wraps(inner)
        def timed(*args: Any, **kwargs: Any) -> Any:
            if note is not None:
                note(*args)
            with self.stage(stage):
                return inner(*args, **kwargs)

        setattr(owner, name, timed)

    def wrap_request(self, name: str, before: str, after: str) -> None:
        """Note when this request begins and when its answer is there, and count them."""
        inner = getattr(Transport, name)

        @functools.wraps(inner)
        async def timed(*args: Any, **kwargs: Any) -> Any:
            self.moments[before] = time.perf_counter()
            answer = await inner(*args, **kwargs)
            self.moments[after] = time.perf_counter()
            self.counts[f"requests: {name}"] += 1
            return answer

        setattr(Transport, name, timed)

    def watch(self) -> None:
        """All that is looked at, is."""
        self.wrap(database, "_commit", "transaction: commit")
        self.wrap(database, "_say", "begin and savepoints", lambda _raw, s: self.statements.append(s))
        self.wrap(statements, "_run", "statements", lambda _tx, s, *_: self.statements.append(s.sql))
        self.wrap(Connection, "execute", "statements", lambda _c, s, *_: self.statements.append(s))
        self.wrap(Renderer, "content", "rendering")
        self.wrap(arguments, "read", "reading arguments")
        self.wrap(transport, "_answer", "JSON of answers")
        self.wrap(sync, "read", "reading events")
        self._wrap_apply()
        self.wrap(Core, "record", "recording what was sent")
        self.wrap(Core, "edit_cards", "editing cards")
        self.wrap(Core, "tick", "ticks")
        self.wrap_request("sync", "sync begun", "sync answered")
        self.wrap_request("send", "send begun", "send answered")

    def _wrap_apply(self) -> None:
        inner: Callable[..., Any] = Core.apply

        def timed(core: Core, batch: Batch, *args: Any, **kwargs: Any) -> Any:
            has_events = bool(batch.events)
            if has_events:
                self.moments["applied from"] = time.perf_counter()
            self.statements.clear()
            with self.stage(ONLY_BATCHES if has_events else "Core.apply of what is no command"):
                result = inner(core, batch, *args, **kwargs)
            if has_events:
                self.moments["applied to"] = time.perf_counter()
                self.carried = list(self.statements)
            return result

        setattr(Core, "apply", timed)  # noqa: B010 (mypy knows that methods stay as they are)


class Subject:
    """The bot in this process, and people who ask it."""

    def __init__(self, program: Program, crowd: Crowd, room: str) -> None:
        self.program, self.crowd, self.room = program, crowd, room

    async def ask(self, kind: str, n: int) -> float:
        took = await self.crowd.ask(0, self.room, QUESTIONS[kind](n))
        assert took is not None, "no reply"
        return took


@asynccontextmanager
async def subject() -> AsyncIterator[Subject]:
    """A running bot with one idea."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        async with Homeserver(folder / "synapse", rate_limits="off") as server, People(server) as people:
            person = await people.add("person")
            watcher = await people.add("watcher")
            account = await server.create_account("pibot", name="PI-Bot")
            room, cards = [await person.create_room(n, public=True) for n in ("room", "ideas")]
            await watcher.join(room)
            program = Program(
                Identity(
                    server.url,
                    account.user_id,
                    access_token=account.access_token,
                    device_id=account.device_id,
                ),
                Settings(coordinators=(person.user_id,), commands_per_minute=100_000),
                database=f"sqlite:///{folder}/bot.sqlite3",
                data_dir=folder / "data",
                rooms={},
            )
            running = asyncio.create_task(program.run())
            await asyncio.wait(
                {running, asyncio.create_task(program.ready.wait())}, return_when="FIRST_COMPLETED"
            )
            if running.done():
                running.result()
            for each in (room, cards):
                await person.invite(each, account.user_id)
            crowd = Crowd([person], watcher)
            await crowd.watch()
            await crowd.ask(0, room, "!idee neu Umzugsmeldung: Formulare vorausfüllen", within=30)
            try:
                yield Subject(program, crowd, room)
            finally:
                await crowd.close()
                program.stop()
                await running


async def profile(*, quick: bool) -> dict[str, Any]:
    """Measure, print the tables; all figures."""
    count = 20 if quick else 100
    stopwatch = Stopwatch()
    stopwatch.watch()
    found: dict[str, Any] = {}
    async with subject() as bot:
        for kind in QUESTIONS:
            for n in range(10):
                await bot.ask(kind, n)
        trips = {kind: await _trips(bot, stopwatch, kind, count) for kind in QUESTIONS}
        found["trips"] = {kind: steps for kind, (steps, _) in trips.items()}
        found["cpu"] = {kind: cpu for kind, (_, cpu) in trips.items()}
        found["packages"] = {kind: await _packages(bot, kind, count) for kind in QUESTIONS}
        found["statements"] = {kind: await _statements(bot, stopwatch, kind) for kind in QUESTIONS}
    _show(found)
    return found


async def _trips(
    bot: Subject, stopwatch: Stopwatch, kind: str, count: int
) -> tuple[dict[str, float], dict[str, float]]:
    """Milliseconds of each step of a round trip (medians), and CPU by stage of a reply (means)."""
    steps: dict[str, list[float]] = defaultdict(list)
    stopwatch.reset()
    process, main = time.process_time(), time.thread_time()
    for n in range(count):
        start = time.perf_counter()
        took = await bot.ask(kind, n)
        m = stopwatch.moments
        marks = [start, m["applied from"], m["applied to"], m["send begun"], start + took]
        names = ["asked, stored, synced, read", "transaction", "from commit to send", "sent, stored, seen"]
        for name, a, b in zip(names, marks, marks[1:], strict=False):
            steps[name].append((b - a) * 1000)
        steps["whole round trip"].append(took * 1000)
    spent_main, spent = time.thread_time() - main, time.process_time() - process
    cpu = {name: seconds / count * 1000 for name, seconds in stopwatch.seconds.items()}
    in_main = ("JSON of answers", "reading events")
    cpu["main thread: the rest (HTTP, event loop; also of the one who asks)"] = (
        spent_main / count * 1000 - sum(cpu.get(name, 0) for name in in_main)
    )
    worker = sum(v for k, v in cpu.items() if k not in in_main and not k.startswith("main"))
    cpu["store's thread: the rest (handing over)"] = (spent - spent_main) / count * 1000 - worker
    for name, number in stopwatch.counts.items():
        if name.startswith("requests"):
            cpu[f"{name}, number"] = number / count
    return {name: median(values) for name, values in steps.items()}, cpu


async def _statements(bot: Subject, stopwatch: Stopwatch, kind: str) -> list[str]:
    """The statements of the transaction that carries one command, in order."""
    await asyncio.sleep(2)  # what was sent before is recorded: the transaction has this command alone
    await bot.ask(kind, 0)
    return [" ".join(str(statement).split()) for statement in stopwatch.carried]


async def _packages(bot: Subject, kind: str, count: int) -> dict[str, dict[str, float]]:
    """The share of each package in the CPU of the two threads, in per cent; one thread after the other."""
    found = {}
    for thread in ("main thread", "store's thread"):
        profiler = cProfile.Profile(time.thread_time)
        if thread == "main thread":
            profiler.enable()
        else:
            await bot.program.worker.run(profiler.enable)
        for n in range(count):
            await bot.ask(kind, n)
        if thread == "main thread":
            profiler.disable()
        else:
            await bot.program.worker.run(profiler.disable)
        profiler.create_stats()
        found[thread] = _by_package(profiler.stats)
    return found


def _by_package(stats: dict[Any, Any]) -> dict[str, float]:
    """Built-in functions belong to whoever called them."""
    seconds: dict[str, float] = defaultdict(float)
    for (file, _, _), (_, _, own, _, callers) in stats.items():
        if file == "~" and callers:
            for (calling, _, _), (_, _, tottime, _) in callers.items():
                seconds[_package(calling)] += tottime
        else:
            seconds[_package(file)] += own
    whole = sum(seconds.values())
    shares = {name: value / whole * 100 for name, value in seconds.items()}
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def _package(file: str) -> str:
    parts = Path(file).parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1]
    ours = Path(database.__file__).parents[2]
    if Path(file).is_relative_to(ours):
        return Path(file).relative_to(ours).parts[0]
    return Path(file).parent.name if "asyncio" in parts or "json" in parts else "rest of Python"


def _show(found: dict[str, Any]) -> None:
    kinds = list(QUESTIONS)
    for title, key in (("a round trip, ms", "trips"), ("CPU a reply, ms", "cpu")):
        names = list(dict.fromkeys(name for kind in kinds for name in found[key][kind]))
        rows = [[name, *(f"{found[key][kind].get(name, 0):.2f}" for kind in kinds)] for name in names]
        print(markdown([title, *kinds], rows), end="\n\n")
    for thread in ("main thread", "store's thread"):
        columns = [found["packages"][kind][thread] for kind in kinds]
        names = [name for name, share in columns[0].items() if share >= 1]
        rows = [[name, *(f"{column.get(name, 0):.0f} %" for column in columns)] for name in names]
        print(markdown([f"{thread}, by package", *kinds], rows), end="\n\n")
    for kind in kinds:
        print(f"{kind}: {len(found['statements'][kind])} statements in the command's transaction")
        for statement in found["statements"][kind]:
            print(f"  {statement[:200]}")
