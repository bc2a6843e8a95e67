"""What is measured of a bot in a round, and the figures of all rounds beside each other.

Each bot has rooms of its own, so that the others hear nothing of what it does; all run all the time. In each round
each has its turn at each measure, in an order that moves on: what makes the machine or the homeserver slower for a
while concerns all of them, and the ratios are those of turns in the same round.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.asked import Asked
from bench.crowd import Crowd
from bench.processes import BotProcess
from bench.tables import markdown, p95, pairwise, spread
from bot.demo.homeserver import Homeserver
from bot.matrix.asking import LINGERS

# Seconds from a start on, in which ours asks twice a reply: they pass before a round.
AFTER_START = LINGERS + 1
SETTLE = 2.5  # seconds after which cards are edited and all is recorded: it belongs to what the replies cost
Figures = dict[str, dict[str, list[float]]]  # measure -> contender -> a figure a round


@dataclass(frozen=True)
class Contender:
    """A bot with what it is asked; `command` gives the text of the nth question, asked by this person."""

    name: str
    user: str
    process: BotProcess
    rooms: list[str]
    command: Callable[[int, int], str]
    in_first: Sequence[int]  # which of the people sit in the first room


@dataclass(frozen=True)
class Amounts:
    """How often: questions one by one, questions under load, rounds."""

    single: int = 20
    load: int = 160
    rounds: int = 7


class Rounds:
    """The crowd asks the contenders; the figures are noted."""

    def __init__(
        self, server: Homeserver, crowd: Crowd, contenders: Sequence[Contender], amounts: Amounts
    ) -> None:
        self.server, self.crowd, self.contenders, self.amounts = server, crowd, contenders, amounts
        self.figures: Figures = defaultdict(lambda: defaultdict(list))
        self.trips: dict[str, list[float]] = defaultdict(list)  # every single round trip, milliseconds

    async def run(self, *more: Callable[[Contender], Awaitable[None]], crowded: bool = True) -> None:
        """All rounds; `more` is measured in each, before the restart; `crowded`: with many who ask at once.

        What went wrong says what the bots said.
        """
        crowds = (self._under_load, self._bursts) if crowded else ()
        try:
            await self._run([*crowds, self._one_by_one, *more])
        except Exception:
            for contender in self.contenders:
                print(f"--- {contender.name}:\n{contender.process.said}")
            raise

    async def _run(self, measures: Sequence[Callable[[Contender], Awaitable[None]]]) -> None:
        for contender in self.contenders:  # what is only slow the first time
            await self._singles(contender, self.amounts.single // 2)
        for number in range(self.amounts.rounds):
            await asyncio.sleep(AFTER_START)
            start = time.perf_counter()
            turn = number % len(self.contenders)
            order = [*self.contenders[turn:], *self.contenders[:turn]]
            for measure in measures:
                for contender in order:
                    await measure(contender)
            await self._in_turns(order)
            for contender in order:
                await self._restart(contender)
            took = time.perf_counter() - start
            print(f"round {number + 1} of {self.amounts.rounds}: {took:.0f} s", flush=True)

    def note(self, measure: str, contender: Contender, figure: float) -> None:
        self.figures[measure][contender.name].append(figure)

    async def _singles(self, contender: Contender, count: int) -> list[float]:
        times = [await self._ask(contender, n) for n in range(count)]
        return [took * 1000 for took in times if took is not None]

    async def _ask(self, contender: Contender, n: int, person: int | None = None) -> float | None:
        """The nth question, asked by this one, or by the nth of the people: each in a room of theirs."""
        who = (n if person is None else person) % len(self.crowd.people)
        room = contender.rooms[who % len(contender.rooms)]
        return await self.crowd.ask(who, room, contender.command(n, who))

    async def _in_turns(self, order: list[Contender]) -> None:
        """One question to each, then the next to each: the medians are of the same minute."""
        times: dict[str, list[float]] = defaultdict(list)
        for n in range(self.amounts.single):
            for contender in order:
                took = await self._ask(contender, n)
                assert took is not None, f"{contender.name} does not answer"
                times[contender.name].append(took * 1000)
        for contender in order:
            self.trips[contender.name] += times[contender.name]
            self.note("round trip in turns, p50, ms", contender, median(times[contender.name]))
        await asyncio.sleep(SETTLE)

    async def _one_by_one(self, contender: Contender) -> None:
        asked, before = Asked(self.server), contender.process.cpu()
        times = await self._singles(contender, self.amounts.single)
        await asyncio.sleep(SETTLE)
        self.note("round trip in a row, p50, ms", contender, median(times))
        self.note("round trip in a row, p95, ms", contender, p95(times))
        self._note_costs("one by one", contender, asked, before, len(times))
        before = contender.process.cpu()
        await asyncio.sleep(SETTLE)
        self.note(
            "CPU while idle, ms a second", contender, (contender.process.cpu() - before) / SETTLE * 1000
        )

    async def _under_load(self, contender: Contender) -> None:
        """Each person asks anew as soon as the reply is there."""
        questions = iter(range(self.amounts.load))

        async def asks(person: int) -> int:
            answered = 0
            for n in questions:
                answered += await self._ask(contender, n, person) is not None
            return answered

        asked, before, start = Asked(self.server), contender.process.cpu(), time.perf_counter()
        people, rooms = len(self.crowd.people), len(contender.rooms)
        answered = sum(await asyncio.gather(*(asks(person) for person in range(people))))
        took = time.perf_counter() - start
        await asyncio.sleep(SETTLE)
        self.note(f"replies a second, {people} people in {rooms} rooms", contender, answered / took)
        self._note_costs("under load", contender, asked, before, answered)

    def _note_costs(self, when: str, contender: Contender, asked: Asked, before: float, replies: int) -> None:
        """A reply's share of the bot's CPU, of the homeserver's, and of the requests."""
        whole = max(1, replies)
        self.note(f"CPU a reply, {when}, ms", contender, (contender.process.cpu() - before) / whole * 1000)
        self.note(f"CPU of the homeserver for a reply, {when}, ms", contender, asked.cpu() / whole * 1000)
        requests = asked.by(contender.user)
        syncs = requests.pop("sync", 0)
        self.note(f"/sync a reply, {when}", contender, syncs / whole)
        self.note(f"other requests a reply, {when}", contender, requests.total() / whole)

    async def _bursts(self, contender: Contender) -> None:
        for size in (20, 60):
            doubled, start = self.crowd.doubled, time.perf_counter()
            there, room = contender.in_first, contender.rooms[0]
            who = [there[n % len(there)] for n in range(size)]
            asked = (self.crowd.ask(one, room, contender.command(n, one)) for n, one in enumerate(who))
            answered = sum(took is not None for took in await asyncio.gather(*asked))
            self.note(f"burst of {size} in one room, s", contender, time.perf_counter() - start)
            await asyncio.sleep(SETTLE)
            self.note(f"burst of {size}: lost", contender, size - answered)
            self.note(f"burst of {size}: answered twice", contender, self.crowd.doubled - doubled)

    async def _restart(self, contender: Contender) -> None:
        now, most = contender.process.memory()
        self.note("memory after that, MiB", contender, now)
        self.note("memory at most, MiB", contender, most)
        await contender.process.stop()
        start = time.perf_counter()
        await contender.process.start()
        await self.crowd.ask(0, contender.rooms[0], contender.command(0, 0))
        self.note("start to first answer, s", contender, time.perf_counter() - start)
        await asyncio.sleep(SETTLE)


def table(figures: Figures, wanted: Mapping[str, str]) -> str:
    """Medians over the rounds with the least and the most; ratios are medians of those within a round."""
    names = list(next(iter(figures.values())))
    base = names[0]
    rows = []
    for measure, by_name in figures.items():
        digits = 2 if measure.endswith(", s") or "a reply, " in measure else (0 if "burst" in measure else 1)
        cells = []
        for name in names:
            cell = spread(by_name[name], digits)
            compared = name != base and len(by_name[name]) == len(by_name[base]) and all(by_name[base])
            if compared and "lost" not in measure and "twice" not in measure:
                cell += f" ×{pairwise(by_name[name], by_name[base]):.2f}"
            cells.append(cell)
        aim = next((text for part, text in wanted.items() if part in measure), "")
        rows.append([measure, *cells, aim])
    return markdown(["", *names, "wanted"], rows)
