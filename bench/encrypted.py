"""Encrypted rooms beside plain ones: two of this bot on one homeserver, one with encryption, in interleaved rounds.

Fifty people in twenty rooms each, and a hall with two hundred devices: what the key of a room costs there.
"""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final, Self

from bench.asked import Asked
from bench.processes import BotProcess, ours
from bench.rounds import SETTLE, Amounts, Contender, Rounds, table
from bench.sealed import Device, SealedCrowd, Stores
from bot.demo.homeserver import Homeserver
from bot.demo.people import Person

PEOPLE, ROOMS, EACH, IDEAS = 50, 20, 4, 12  # people, rooms, rooms of each of them, ideas
DEVICES: Final = 200  # in the hall, besides the bot's
AT_ONCE: Final = 10  # people who come in
ENCRYPTED: Final = {
    "type": "m.room.encryption",
    "state_key": "",
    "content": {"algorithm": "m.megolm.v1.aes-sha2"},
}
WANTED: Final = {
    "in turns, p50": "≤ 1.15 × plain",
    "CPU a reply, one by one": "≤ 1 ms more",
    "lost": "0",
    "answered twice": "0",
    "not to be read": "0",
    "memory at most": "≤ 120 MiB",
    "new key, CPU": "≤ 100 ms",
}


class Encrypted:
    """Use with `async with`: everybody is there and the bots run."""

    def __init__(self) -> None:
        self._closing = AsyncExitStack()
        self.halls: dict[str, str] = {}  # contender -> the room with so many devices
        self.requests: dict[str, Counter[str]] = {}  # measure -> what the encrypted bot asked, the last time

    async def __aenter__(self) -> Self:
        folder = Path(self._closing.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        self.server = Homeserver(folder / "synapse", rate_limits="off")
        await self._closing.enter_async_context(self.server)
        people = await self._people("person", PEOPLE)
        [watcher] = await self._people("watcher", 1)
        self.silent = await self._people("silent", DEVICES - PEOPLE - 1)
        stores = Stores()
        devices = {
            person.user_id: Device(person, stores.new()) for person in (*people, watcher, *self.silent)
        }
        await some_at_once(device.start() for device in devices.values())
        self.crowd = SealedCrowd(people, watcher, devices, "@encrypted:localhost")
        self._closing.push_async_callback(self.crowd.close)
        self.contenders = [await self._bot(folder, name) for name in ("plain", "encrypted")]
        await self.crowd.watch()
        for contender in self.contenders:
            for n in range(IDEAS):
                topic = chr(ord("A") + n) * 4
                text = f"!idee neu {topic}{n} als Vorhaben | trotzdem: ja"
                await self.crowd.ask(contender.in_first[0], contender.rooms[0], text)
        await asyncio.sleep(SETTLE)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._closing.aclose()

    # --- who is there

    async def _people(self, name: str, count: int) -> list[Person]:
        accounts = [await self.server.create_account(f"{name}{n}") for n in range(count)]
        return [await self._closing.enter_async_context(Person.of(self.server, a)) for a in accounts]

    async def _bot(self, folder: Path, name: str) -> Contender:
        account = await self.server.create_account(name)
        sealed = name == "encrypted"
        async with Person.of(self.server, account) as bot:
            people = self.crowd.people
            sitting = [
                [n for n in range(PEOPLE) if (room - n) % ROOMS < EACH and room < ROOMS]
                for room in range(ROOMS)
            ]
            rooms = [await self._room(bot, [people[n] for n in there], sealed=sealed) for there in sitting]
            cards = await self._room(bot, people[:EACH], sealed=sealed)
            self.halls[name] = await self._room(bot, [*people, *self.silent], sealed=sealed)
        process = ours(
            folder,
            self.server.url,
            account,
            [person.user_id for person in people],
            rooms={"ideas": cards},
            encryption="on" if sealed else "off",
        )
        await self._start(process)
        votes = itertools.count()

        def command(n: int, _person: int) -> str:
            """Every second one is a vote, and another than the last."""
            return f"!idee stimme I1 {'+-0'[next(votes) % 3]}" if n % 2 else f"!idee zeige I{n % IDEAS + 1}"

        return Contender(name, account.user_id, process, rooms, command, sitting[0])

    async def _room(self, bot: Person, people: Sequence[Person], *, sealed: bool) -> str:
        """A room with these people, the bot and the watcher in it."""
        room = await people[0].create_room(
            f"room of {bot.user_id}", public=True, initial_state=[ENCRYPTED] if sealed else []
        )
        await some_at_once(other.join(room) for other in (*people[1:], self.crowd.watcher, bot))
        if sealed:
            self.crowd.readers[room] = [bot.user_id, self.crowd.watcher.user_id]
        return room

    async def _start(self, process: BotProcess) -> None:
        await process.start()
        self._closing.push_async_callback(process.stop)

    # --- measures

    async def first(self, rounds: Rounds) -> None:
        """The first message to all devices of the hall; then both bots are started anew."""
        for contender in rounds.contenders:
            await self._ask_in_hall(rounds, contender, "first message ever")
            await contender.process.stop()
            await contender.process.start()

    async def hall(self, rounds: Rounds, contender: Contender) -> None:
        """What is said to so many devices: first since the start, as usual, with a new key since somebody has left."""
        room = self.halls[contender.name]
        await self._ask_in_hall(rounds, contender, "first message since the start")
        await self._ask_in_hall(rounds, contender, "usual message")
        await self.silent[0].leave(room)
        await asyncio.sleep(SETTLE)
        await self._ask_in_hall(rounds, contender, "new key")
        await self.silent[0].join(room)
        await asyncio.sleep(SETTLE)
        await self._ask_in_hall(rounds, contender, "somebody has come")

    async def _ask_in_hall(self, rounds: Rounds, contender: Contender, measure: str) -> None:
        name, at_server = f"{DEVICES} devices, {measure}", Asked(self.server)
        before = contender.process.cpu()
        took = await self.crowd.ask(0, self.halls[contender.name], "!idee zeige I1")
        assert took is not None, measure
        rounds.note(f"{name}, round trip, ms", contender, took * 1000)
        rounds.note(f"{name}, CPU, ms", contender, (contender.process.cpu() - before) * 1000)
        await asyncio.sleep(SETTLE / 5)
        asked = at_server.by(contender.user)
        del asked["sync"]
        rounds.note(f"{name}, requests besides /sync", contender, sum(asked.values()))
        if contender.name == "encrypted":
            self.requests[measure] = asked

    async def readable(self, rounds: Rounds, contender: Contender) -> None:
        """The watcher can read all that the bot has said in this round."""
        if contender.name == "encrypted":
            rounds.note("not to be read", contender, self.crowd.unread())


async def some_at_once(acts: Iterable[Any]) -> None:
    """All of this is done, a few at the same time."""
    waiting = asyncio.Semaphore(AT_ONCE)

    async def one(act: Any) -> None:
        async with waiting:
            await act

    await asyncio.gather(*(one(act) for act in acts))


async def compare_encrypted(amounts: Amounts) -> dict[str, Any]:
    """Measure, print the table; all figures."""
    start = time.perf_counter()
    async with Encrypted() as there:
        print(f"everybody is there: {time.perf_counter() - start:.0f} s", flush=True)
        rounds = Rounds(there.server, there.crowd, there.contenders, amounts)
        try:
            await there.first(rounds)
            await rounds.run(
                lambda contender: there.hall(rounds, contender),
                lambda contender: there.readable(rounds, contender),
            )
        finally:  # also of the rounds before an interruption
            if rounds.figures:
                print(table(rounds.figures, WANTED))
                for measure, asked in there.requests.items():
                    print(f"{measure}: {', '.join(f'{count} {path}' for path, count in asked.items())}")
        return {"figures": rounds.figures, "trips": rounds.trips}
