"""The bot with few and with many direct chats: three bots on one homeserver, in interleaved rounds.

All chats are with people of their own and are there from the start. One person, who has a chat with each of the
bots, asks and watches; the others are silent, as most people are at any time.
"""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final, Self

from bench.crowd import Crowd
from bench.encrypted import some_at_once
from bench.gathering import begin_chat
from bench.processes import ours
from bench.rounds import SETTLE, Amounts, Contender, Rounds, table
from bot.demo.homeserver import Account, Homeserver
from bot.demo.people import Person

SIZES: Final = (10, 100, 1_000)
QUICK: Final = (5, 20)
IDEAS: Final = 12
IDLE: Final = 20.0  # seconds in which nobody says anything
WANTED: Final = {
    "in turns, p50": "≤ 1.1 × the fewest",
    "while nobody asks": "≤ 2 × the fewest",
    "start to first": "≤ 5 s",
    "memory at most": "≤ 120 MiB",
}


class Growing:
    """Use with `async with`: everybody is there and the bots run."""

    def __init__(self, sizes: tuple[int, ...]) -> None:
        self.sizes = sizes
        self.first_start: dict[str, float] = {}  # with an empty store, by contender
        self.contenders: list[Contender] = []
        self._closing = AsyncExitStack()

    async def __aenter__(self) -> Self:
        folder = Path(self._closing.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        self.server = Homeserver(folder / "synapse", rate_limits="off")
        await self._closing.enter_async_context(self.server)
        self._silent = [await self.server.create_account(f"person{n}") for n in range(max(self.sizes) - 1)]
        asker = await self._enter(await self.server.create_account("asker"))
        self.crowd = Crowd([asker], asker)
        self._closing.push_async_callback(self.crowd.close)
        for size in self.sizes:
            self.contenders.append(await self._bot(folder, asker, size))
        await self.crowd.watch()
        for contender in self.contenders:
            for n in range(IDEAS):
                topic = chr(ord("A") + n) * 4
                await self.crowd.ask(
                    0, contender.rooms[0], f"!idee neu {topic}{n} als Vorhaben | trotzdem: ja"
                )
        await asyncio.sleep(SETTLE)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._closing.aclose()

    async def _enter(self, account: Account) -> Person:
        return await self._closing.enter_async_context(Person.of(self.server, account))

    async def _bot(self, folder: Path, asker: Person, size: int) -> Contender:
        """A bot that has this many direct chats."""
        account = await self.server.create_account(f"bot{size}")
        async with Person.of(self.server, account) as bot:
            chat = await begin_chat(asker, bot)
            await some_at_once(self._chat_of(silent, bot) for silent in self._silent[: size - 1])
        process = ours(folder, self.server.url, account, [asker.user_id], rooms={})
        name, start = f"{size:,} chats", time.perf_counter()
        await process.start()
        self._closing.push_async_callback(process.stop)
        self.first_start[name] = time.perf_counter() - start
        print(f"{name} are there; the first start took {self.first_start[name]:.1f} s", flush=True)
        votes = itertools.count()

        def command(n: int, _person: int) -> str:
            """Every second one is a vote, and another than the last."""
            return f"!idee stimme I1 {'+-0'[next(votes) % 3]}" if n % 2 else f"!idee zeige I{n % IDEAS + 1}"

        return Contender(name, account.user_id, process, [chat], command, [0])

    async def _chat_of(self, account: Account, bot: Person) -> None:
        async with Person.of(self.server, account) as person:
            await begin_chat(person, bot)

    async def idle(self, rounds: Rounds) -> None:
        """What the bots use while nobody asks, all at the same time."""
        before = [contender.process.cpu() for contender in self.contenders]
        await asyncio.sleep(IDLE)
        for contender, cpu in zip(self.contenders, before, strict=True):
            spent = (contender.process.cpu() - cpu) / IDLE * 1000
            rounds.note("CPU while nobody asks, ms a second", contender, spent)


async def compare_growth(amounts: Amounts, *, quick: bool) -> dict[str, Any]:
    """Measure, print the table; all figures."""
    async with Growing(QUICK if quick else SIZES) as there:
        rounds = Rounds(there.server, there.crowd, there.contenders, amounts)

        async def idle(contender: Contender) -> None:
            if contender is there.contenders[-1]:
                await there.idle(rounds)

        try:
            await rounds.run(idle, crowded=False)
        finally:  # also of the rounds before an interruption
            if rounds.figures:
                print(table(rounds.figures, WANTED))
        return {"figures": rounds.figures, "trips": rounds.trips, "first start": there.first_start}
