"""The bot beside two bare ones, on one homeserver, in interleaved rounds.

Each has rooms of its own, so that the others hear nothing of what it does; all run all the time. In each
round each has its turn at each measure, in an order that moves on: what makes the machine or the homeserver
slower for a while concerns all of them, and the ratios are those of turns in the same round.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Self

from bench.crowd import Crowd
from bench.processes import BotProcess
from bench.tables import markdown, p95, pairwise, spread
from bot.demo.homeserver import Account, Homeserver
from bot.demo.people import Person

PEOPLE, ROOMS, IDEAS = 8, 4, 12
SETTLE = 2.5  # seconds after which cards are edited and all is recorded: it belongs to what the replies cost
Figures = dict[str, dict[str, list[float]]]  # measure -> contender -> a figure a round


@dataclass(frozen=True)
class Contender:
    """A bot with what it is asked; `command` gives the text of the nth question, asked by this person."""

    name: str
    process: BotProcess
    rooms: list[str]
    command: Callable[[int, int], str]


@dataclass(frozen=True)
class Amounts:
    """How often: questions one by one, questions under load, rounds."""

    single: int = 20
    load: int = 160
    rounds: int = 7


class Comparison:
    """Use with `async with`: everybody is there and the bots run."""

    def __init__(self, amounts: Amounts, beside: Path | None = None) -> None:
        self.amounts, self.beside = amounts, beside
        self.figures: Figures = defaultdict(lambda: defaultdict(list))
        self.trips: dict[str, list[float]] = defaultdict(list)  # every single round trip, milliseconds
        self._closing = AsyncExitStack()

    async def __aenter__(self) -> Self:
        folder = Path(self._closing.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        self.server = Homeserver(folder / "synapse", rate_limits="off")
        await self._closing.enter_async_context(self.server)
        people = [await self._person(f"person{n}") for n in range(PEOPLE)]
        self.crowd = Crowd(people, await self._person("watcher"))
        self._closing.push_async_callback(self.crowd.close)
        self.contenders = [
            await self._bare("bare HTTP", "bench.bare_bot", "bare"),
            await self._bare("bare nio", "bench.nio_bot", "nio"),
            *(await self._ours(folder, "before ", self.beside) if self.beside else []),
            *await self._ours(folder),
        ]
        await self.crowd.watch()
        for contender in self.contenders:
            if contender.name.endswith("writes"):
                await self._make_ideas(contender)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._closing.aclose()

    # --- who is there

    async def _person(self, localpart: str) -> Person:
        return await self._enter(await self.server.create_account(localpart))

    async def _enter(self, account: Account) -> Person:
        return await self._closing.enter_async_context(
            Person(self.server.url, account.user_id, account.access_token, device_id=account.device_id)
        )

    async def _rooms(self, bot: Person, count: int) -> list[str]:
        """Rooms with all people, the bot and the watcher in them."""
        everybody = [*self.crowd.people, self.crowd.watcher, bot]
        rooms = [await everybody[0].create_room(f"room {n}", public=True) for n in range(count)]
        for room, other in itertools.product(rooms, everybody[1:]):
            await other.join(room)
        return rooms

    async def _bare(self, name: str, module: str, localpart: str) -> Contender:
        account = await self.server.create_account(localpart)
        rooms = await self._rooms(await self._enter(account), ROOMS)
        token = {"BENCH_TOKEN": account.access_token}
        process = BotProcess(module, self.server.url, account.user_id, environment=token)
        await self._start(process)
        return Contender(name, process, rooms, lambda _n, _person: "!idee stimme I1 +")

    async def _ours(self, folder: Path, prefix: str = "", checkout: Path | None = None) -> list[Contender]:
        """The bot as it stands here, or in another checkout of this project: two contenders, one process."""
        localpart = f"{prefix.strip()}pibot"
        account = await self.server.create_account(localpart, name=f"PI-Bot {prefix}".strip())
        bot = await self._enter(account)
        rooms = await self._rooms(bot, ROOMS)
        [cards] = await self._rooms(bot, 1)
        unused = dict.fromkeys(("space", "news", "agenda", "moderation", "coordination"), "")
        configuration = {
            "homeserver": self.server.url,
            "user_id": account.user_id,
            "access_token": account.access_token,
            "device_id": account.device_id,
            "database": f"sqlite:///{folder}/{localpart}.sqlite3",
            "data_dir": str(folder / localpart),
            "coordinators": [person.user_id for person in self.crowd.people],
            "rooms": unused | {"ideas": cards},
            "limits": {"commands_per_minute": 100_000},
        }
        file = folder / f"{localpart}.yaml"
        file.touch(mode=0o600)
        file.write_text(json.dumps(configuration), encoding="utf-8")
        process = BotProcess("bot", "run", "-c", str(file), checkout=checkout)
        await self._start(process)

        def vote(n: int, person: int) -> str:
            """Everybody on the same idea, and each time another vote than the last one of this person."""
            return f"!idee stimme I1 {'+-0'[(n // PEOPLE + person) % 3]}"

        return [
            Contender(f"{prefix}reads", process, rooms, lambda n, _person: f"!idee zeige I{n % IDEAS + 1}"),
            Contender(f"{prefix}writes", process, rooms, vote),
        ]

    async def _start(self, process: BotProcess) -> None:
        await process.start()
        self._closing.push_async_callback(process.stop)

    async def _make_ideas(self, ours: Contender) -> None:
        for n in range(IDEAS):
            topic = chr(ord("A") + n) * 4
            await self.crowd.ask(n, ours.rooms[0], f"!idee neu {topic}{n} als Vorhaben | trotzdem: ja")
        await asyncio.sleep(SETTLE)

    # --- rounds

    async def run(self) -> None:
        for contender in self.contenders:  # what is only slow the first time
            await self._singles(contender, self.amounts.single // 2)
        for number in range(self.amounts.rounds):
            start = time.perf_counter()
            turn = number % len(self.contenders)
            order = [*self.contenders[turn:], *self.contenders[:turn]]
            await self._in_turns(order)
            for measure in (self._one_by_one, self._under_load, self._bursts, self._restart):
                for contender in order:
                    await measure(contender)
            took = time.perf_counter() - start
            print(f"round {number + 1} of {self.amounts.rounds}: {took:.0f} s", flush=True)

    def _note(self, measure: str, contender: Contender, figure: float) -> None:
        self.figures[measure][contender.name].append(figure)

    async def _singles(self, contender: Contender, count: int) -> list[float]:
        times = []
        for n in range(count):
            text = contender.command(n, n % PEOPLE)
            took = await self.crowd.ask(n % PEOPLE, contender.rooms[n % ROOMS], text)
            if took is not None:
                times.append(took * 1000)
        return times

    async def _in_turns(self, order: list[Contender]) -> None:
        """One question to each, then the next to each: the medians are of the same minute."""
        times: dict[str, list[float]] = defaultdict(list)
        for n in range(self.amounts.single):
            for contender in order:
                text = contender.command(n, n % PEOPLE)
                took = await self.crowd.ask(n % PEOPLE, contender.rooms[n % ROOMS], text)
                assert took is not None, f"{contender.name} does not answer"
                times[contender.name].append(took * 1000)
        for contender in order:
            self.trips[contender.name] += times[contender.name]
            self._note("round trip in turns, p50, ms", contender, median(times[contender.name]))
        await asyncio.sleep(SETTLE)

    async def _one_by_one(self, contender: Contender) -> None:
        before = contender.process.cpu()
        times = await self._singles(contender, self.amounts.single)
        await asyncio.sleep(SETTLE)
        spent = contender.process.cpu() - before
        self._note("round trip in a row, p50, ms", contender, median(times))
        self._note("round trip in a row, p95, ms", contender, p95(times))
        self._note("CPU a reply, one by one, ms", contender, spent / len(times) * 1000)
        before = contender.process.cpu()
        await asyncio.sleep(SETTLE)
        self._note(
            "CPU while idle, ms a second", contender, (contender.process.cpu() - before) / SETTLE * 1000
        )

    async def _under_load(self, contender: Contender) -> None:
        """Each person asks anew as soon as the reply is there."""
        questions = iter(range(self.amounts.load))

        async def asks(person: int) -> int:
            answered = 0
            for n in questions:
                room = contender.rooms[person % ROOMS]
                took = await self.crowd.ask(person, room, contender.command(n, person))
                answered += took is not None
            return answered

        before, start = contender.process.cpu(), time.perf_counter()
        answered = sum(await asyncio.gather(*(asks(person) for person in range(PEOPLE))))
        took = time.perf_counter() - start
        await asyncio.sleep(SETTLE)
        spent = contender.process.cpu() - before
        self._note(f"replies a second, {PEOPLE} people in {ROOMS} rooms", contender, answered / took)
        self._note("CPU a reply, under load, ms", contender, spent / max(1, answered) * 1000)

    async def _bursts(self, contender: Contender) -> None:
        for size in (20, 60):
            doubled, start = self.crowd.doubled, time.perf_counter()
            asked = (
                self.crowd.ask(n, contender.rooms[0], contender.command(n, n % PEOPLE)) for n in range(size)
            )
            answered = sum(took is not None for took in await asyncio.gather(*asked))
            self._note(f"burst of {size} in one room, s", contender, time.perf_counter() - start)
            await asyncio.sleep(SETTLE)
            self._note(f"burst of {size}: lost", contender, size - answered)
            self._note(f"burst of {size}: answered twice", contender, self.crowd.doubled - doubled)

    async def _restart(self, contender: Contender) -> None:
        now, most = contender.process.memory()
        self._note("memory after that, MiB", contender, now)
        self._note("memory at most, MiB", contender, most)
        await contender.process.stop()
        start = time.perf_counter()
        await contender.process.start()
        await self.crowd.ask(0, contender.rooms[0], contender.command(0, 0))
        self._note("start to first answer, s", contender, time.perf_counter() - start)
        await asyncio.sleep(SETTLE)


WANTED = {
    "in turns, p50": "≤ 1.10 × bare HTTP",
    "replies a second": "≥ 0.97 × bare HTTP",
    "CPU a reply, under load": "≤ 2.5 ms",
    "lost": "0",
    "answered twice": "0",
    "memory at most": "≤ 75 MiB",
    "start to first": "≤ 1.3 × bare nio",
}


def beside(figures: Figures) -> str:
    """What it costs now beside what it cost in the other checkout; ratios are medians of those within a round."""
    rows = []
    for measure, by_name in figures.items():
        if "lost" in measure or "twice" in measure:
            continue
        pairs = [(by_name[name], by_name[f"before {name}"]) for name in ("reads", "writes")]
        if all(len(now) == len(before) and all(before) for now, before in pairs):
            rows.append([measure, *(f"×{pairwise(now, before):.2f}" for now, before in pairs)])
    return markdown(["now beside before", "reads", "writes"], rows)


def table(figures: Figures) -> str:
    """Medians over the rounds with the least and the most; ratios are medians of those within a round."""
    names = list(next(iter(figures.values())))
    base = names[0]
    rows = []
    for measure, by_name in figures.items():
        digits = 2 if measure.endswith(", s") else (0 if "burst" in measure else 1)
        cells = []
        for name in names:
            cell = spread(by_name[name], digits)
            compared = name != base and len(by_name[name]) == len(by_name[base]) and all(by_name[base])
            if compared and "lost" not in measure and "twice" not in measure:
                cell += f" ×{pairwise(by_name[name], by_name[base]):.2f}"
            cells.append(cell)
        wanted = next((text for part, text in WANTED.items() if part in measure), "")
        rows.append([measure, *cells, wanted])
    return markdown(["", *names, "wanted"], rows)


async def compare(amounts: Amounts, other: Path | None = None) -> dict[str, Any]:
    """Measure, print the table; all figures. With another checkout of this project: that one too."""
    async with Comparison(amounts, other) as comparison:
        try:
            await comparison.run()
        except Exception:
            for contender in comparison.contenders:
                print(f"--- {contender.name}:\n{contender.process.said}")
            raise
        finally:  # also of the rounds before an interruption
            if comparison.figures:
                print(table(comparison.figures))
                if other:
                    print("\n" + beside(comparison.figures))
        return {"figures": comparison.figures, "trips": comparison.trips}
