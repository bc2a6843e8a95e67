"""The bot beside two bare ones, on one homeserver, in interleaved rounds."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

from bench.crowd import Crowd
from bench.processes import BotProcess, ours
from bench.rounds import SETTLE, Amounts, Contender, Figures, Rounds, table
from bench.tables import markdown, pairwise
from bot.demo.homeserver import Account, Homeserver
from bot.demo.people import Person

PEOPLE, ROOMS, IDEAS = 8, 4, 12
LOADS = ("reads", "writes", "mixed")


class Comparison:
    """Use with `async with`: everybody is there and the bots run."""

    def __init__(self, beside: Path | None = None) -> None:
        self.beside = beside
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
        return await self._closing.enter_async_context(Person.of(self.server, account))

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
        return Contender(
            name, account.user_id, process, rooms, lambda _n, _person: "!idee stimme I1 +", range(PEOPLE)
        )

    async def _ours(self, folder: Path, prefix: str = "", checkout: Path | None = None) -> list[Contender]:
        """The bot as it stands here, or in another checkout of this project: a contender a load, one process."""
        localpart = f"{prefix.strip()}pibot"
        account = await self.server.create_account(localpart, name=f"PI-Bot {prefix}".strip())
        bot = await self._enter(account)
        # Each load has rooms of its own, as each bare bot has: a room with three times the messages may cost the
        # homeserver more.
        rooms = [await self._rooms(bot, ROOMS) for _ in LOADS]
        [cards] = await self._rooms(bot, 1)
        coordinators = [person.user_id for person in self.crowd.people]
        process = ours(
            folder, self.server.url, account, coordinators, checkout=checkout, rooms={"ideas": cards}
        )
        await self._start(process)

        def vote(n: int, person: int) -> str:
            """Everybody on the same idea, and each time another vote than the last one of this person."""
            return f"!idee stimme I1 {'+-0'[(n // PEOPLE + person) % 3]}"

        def read(n: int, _person: int) -> str:
            return f"!idee zeige I{n % IDEAS + 1}"

        def both(n: int, person: int) -> str:
            """A person's questions are by turns a vote and not."""
            return read(n, person) if (n // PEOPLE + n) % 2 else vote(n, person)

        return [
            Contender(f"{prefix}{load}", account.user_id, process, own, command, range(PEOPLE))
            for load, own, command in zip(LOADS, rooms, (read, vote, both), strict=True)
        ]

    async def _start(self, process: BotProcess) -> None:
        await process.start()
        self._closing.push_async_callback(process.stop)

    async def _make_ideas(self, ours: Contender) -> None:
        for n in range(IDEAS):
            topic = chr(ord("A") + n) * 4
            await self.crowd.ask(n, ours.rooms[0], f"!idee neu {topic}{n} als Vorhaben | trotzdem: ja")
        await asyncio.sleep(SETTLE)


WANTED = {
    "in turns, p50": "≤ 1.05 × bare HTTP",
    "burst of 20 in one room, s": "≤ 1.10 × bare HTTP",
    "replies a second": "≥ 0.97 × bare HTTP",
    "CPU a reply, under load": "≤ 2.5 ms",
    "CPU a reply, one by one": "≤ 2.5 ms",
    "lost": "0",
    "answered twice": "0",
    "memory at most": "≤ 120 MiB",
    "start to first": "≤ 1.3 × bare nio",
}


def beside(figures: Figures) -> str:
    """What it costs now beside what it cost in the other checkout; ratios are medians of those within a round."""
    rows = []
    for measure, by_name in figures.items():
        if "lost" in measure or "twice" in measure:
            continue
        pairs = [(by_name[name], by_name[f"before {name}"]) for name in LOADS]
        if all(len(now) == len(before) and all(before) for now, before in pairs):
            rows.append([measure, *(f"×{pairwise(now, before):.2f}" for now, before in pairs)])
    return markdown(["now beside before", *LOADS], rows)


async def compare(amounts: Amounts, other: Path | None = None) -> dict[str, Any]:
    """Measure, print the table; all figures. With another checkout of this project: that one too."""
    async with Comparison(other) as comparison:
        rounds = Rounds(comparison.server, comparison.crowd, comparison.contenders, amounts)
        try:
            await rounds.run()
        finally:  # also of the rounds before an interruption
            if rounds.figures:
                print(table(rounds.figures, WANTED))
                if other:
                    print("\n" + beside(rounds.figures))
        return {"figures": rounds.figures, "trips": rounds.trips}
