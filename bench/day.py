"""A day of a whole community in a few minutes: nothing lost, nothing twice, memory flat.

One Synapse without rate limits for anybody, rooms without encryption; the bot as `pi-bot run` runs it, its store in
SQLite. Reminders fall due by the real clock: what they are of begins in an hour and a bit. Nobody watches meanwhile;
afterwards the homeserver's own timelines and the store are counted.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

import aiohttp

from bench.acts import ALIKE, IDEAS, Act, group_of, plan
from bench.cases import word_of
from bench.crowd import Crowd
from bench.gathering import Gathering, gathered
from bench.processes import BotProcess, cpu_of, ours
from bench.reckoning import Reckoning, reckon
from bench.tables import markdown, p95
from bot.demo.homeserver import Account, Homeserver
from bot.demo.people import MatrixError, Person

T = TypeVar("T")
ZONE: Final = ZoneInfo("Europe/Zurich")
LEAD: Final = timedelta(hours=1)  # the shortest by default: what begins so much later is reminded of now
DUE: Final = 0.6  # of the day, to the next minute: when reminders fall due
KILLED: Final = (0.35, 0.65)
AWAY: Final = (0.5, 0.54)  # from when until when the homeserver does not run
SAMPLED: Final = 2.0  # seconds
QUIET: Final = 6.0  # seconds without anything new in the rooms, after which the day is over
PATIENCE: Final = 600.0  # seconds after the day, in which all must be answered
POLL: Final = "org.matrix.msc3381.poll.start"
CHOICE: Final = "org.matrix.msc3381.poll.response"


@dataclass
class Sample:
    """What the bot's process holds and has used, so many seconds after the day began."""

    at: float
    process: int
    memory: float
    cpu: float


@dataclass
class Day:
    """The bot and the people of a day, and what was noted of it."""

    there: Gathering
    server: Homeserver
    bot: BotProcess
    seconds: float
    samples: list[Sample] = field(default_factory=list)
    trouble: list[tuple[float, float]] = field(
        default_factory=list
    )  # from when until when, by the real clock
    starts: list[float] = field(default_factory=list)  # seconds of CPU for each, after a kill
    begun: float = 0.0
    group: str = ""
    cards: dict[int, str] = field(default_factory=dict)  # of ideas
    poll: str = ""
    said: str = ""  # by the bot, in the end

    def person(self, who: Account) -> Person:
        return Person.of(self.server, who)

    # --- before it begins

    async def prepare(self) -> datetime:
        """There are ideas, a group with its room, and an event: when it starts, which is soon after the day's end."""
        there, people = self.there, group_of(self.there)
        async with AsyncExitStack() as stack:
            crew = [await stack.enter_async_context(self.person(who)) for who in people]
            crowd = Crowd(crew, crew[0])
            stack.push_async_callback(crowd.close)
            await crowd.watch()
            ideas, chat = there.rooms["ideas"], there.chats[there.coordinator.user_id]
            for n in range(1, IDEAS + 1):
                await self._asked(crowd, 0, chat, f"!idee neu Vorhaben {word_of(f'idea {n}')}{ALIKE}")
            await self._asked(crowd, 0, chat, "!prozess neu Umzugsmeldung | klasse: L")
            await self._asked(crowd, 0, chat, f"!gruppe grösse P1 {len(people)}")
            for n in range(len(people)):
                await self._asked(crowd, n, ideas, "!gruppe anmelden P1")
            await self._asked(crowd, 0, chat, f"!gruppe leitung P1 {there.coordinator.user_id}")
            await self._asked(crowd, 0, chat, "!gruppe raum P1")
            start = _starts(self.seconds)
            await self._asked(crowd, 0, chat, f"!anlass neu Treff | wann: {_local(start)}")
            await crowd.close()
            self.group = await _insistently(self._group_room)
            for person in crew:
                await _insistently(lambda person=person: person.join(self.group))  # type: ignore[misc]
            for event in await crew[0].messages(ideas):
                told = event["content"].get("ch.publicinnovators", {})
                if told.get("type") == "idea" and "m.relates_to" not in event["content"]:
                    self.cards[int(told["ref"][1:])] = event["event_id"]
        return start

    async def _asked(self, crowd: Crowd, person: int, room: str, text: str) -> None:
        assert await crowd.ask(person, room, text) is not None, f"no answer to {text}"

    async def _group_room(self) -> str:
        """The room in which the bot is that is none of the others."""
        async with self.person(self.there.bot) as bot:
            rooms = (await bot.request("GET", "v3/joined_rooms"))["joined_rooms"]
        made = set(rooms) - {*self.there.rooms.values(), *self.there.chats.values()}
        if not made:
            raise MatrixError(503, "", "not made yet")
        return str(made.pop())

    # --- the day

    async def play(self, acts: list[Act], start: datetime) -> None:
        """Everybody does what they do, each at their time, whatever happens to the bot and the homeserver."""
        self.begun = time.time()
        until = _local(datetime.now(UTC) + timedelta(days=10))[:10]
        for act in acts:
            act.text = act.text.replace("{start}", _local(start)).replace("{until}", until)
        sampling = asyncio.create_task(self._sample())
        try:
            await asyncio.gather(self._killed(), self._away(), *(self._act(act) for act in acts))
            await self._rest(start - LEAD + timedelta(seconds=30))
        finally:
            sampling.cancel()
            with suppress(asyncio.CancelledError):
                await sampling

    async def _until(self, part: float) -> None:
        await asyncio.sleep(max(0.0, self.begun + part * self.seconds - time.time()))

    async def _act(self, act: Act) -> None:
        """Somebody does it; where that takes too long it stays undone, and is counted as such."""
        await self._until(act.at)
        with suppress(TimeoutError):
            async with self.person(act.who) as person:
                await self._do(act, person)

    async def _do(self, act: Act, person: Person) -> None:
        if act.kind == "come":
            await self._come(act, person)
        elif act.kind == "tap":
            relation = {"rel_type": "m.annotation", "event_id": self.cards[act.idea], "key": "👍"}
            await self._say(act, person, "m.reaction", {"m.relates_to": relation})
        elif act.kind == "choose":
            act.room = self.group
            relation = {
                "rel_type": "m.reference",
                "event_id": await _insistently(lambda: self._poll(person)),
            }
            await self._say(act, person, CHOICE, {"m.relates_to": relation, CHOICE: {"answers": [act.value]}})
        else:
            await self._say(act, person, "m.room.message", {"msgtype": "m.text", "body": act.text})

    async def _say(self, act: Act, person: Person, kind: str, content: dict[str, Any]) -> None:
        """As clients do, again and again with the same id until the homeserver takes it."""
        txn = f"act {act.kind} {act.at} {act.idea}"
        act.event = await _insistently(lambda: person.send(act.room, kind, content, txn))

    async def _come(self, act: Act, person: Person) -> None:
        """Somebody new opens a chat and says who they are, and the coordinator takes them in."""
        bot = self.there.bot.user_id

        async def begun() -> str:
            return await person.create_room(invite=[bot], is_direct=True, preset="trusted_private_chat")

        act.room = await _insistently(begun)
        self.there.chats[act.who.user_id] = act.room

        async def entered() -> None:
            member = await person.state_content(act.room, "m.room.member", bot)
            if member["membership"] != "join":
                raise MatrixError(503, "", "not there yet")

        await _insistently(entered)
        act.text = "!profil anmelden gemeinde: Aesch | funktion: Schalter"
        await self._say(act, person, "m.room.message", {"msgtype": "m.text", "body": act.text})

    async def _poll(self, person: Person) -> str:
        if not self.poll:
            found = [e["event_id"] for e in await person.messages(self.group) if e["type"] == POLL]
            if not found:
                raise MatrixError(503, "", "no poll yet")
            [self.poll] = found
        return self.poll

    async def _killed(self) -> None:
        for part in KILLED:
            await self._until(part)
            since = time.time()
            self._note()
            await self.bot.kill()
            await self.bot.start()
            self.starts.append(self.bot.cpu())
            self.trouble.append((since, time.time()))

    async def _away(self) -> None:
        await self._until(AWAY[0])
        since = time.time()
        await self.server.stop()
        await self._until(AWAY[1])
        await self.server.start()
        self.trouble.append((since, time.time()))

    async def _sample(self) -> None:
        while True:
            self._note()
            await asyncio.sleep(SAMPLED)

    def _note(self) -> None:
        with suppress(OSError, AssertionError, IndexError):  # it has just been killed
            pid = self.bot.pid
            self.samples.append(Sample(time.time() - self.begun, pid, self.bot.memory()[0], cpu_of(pid)))

    async def _rest(self, due: datetime) -> None:
        """The day is over, reminders are due, nothing has come into the rooms for a while, and nothing is to come."""
        await self._until(1.0)
        await asyncio.sleep((due - datetime.now(UTC)).total_seconds())
        patience = time.monotonic() + PATIENCE
        seen, since = -1, time.monotonic()
        while time.monotonic() < patience and (self._open() or time.monotonic() - since < QUIET):
            with self.server.log.open("rb") as log:
                sent = log.read().count(b"/send/")
            if sent != seen:
                seen, since = sent, time.monotonic()
            await asyncio.sleep(1)

    def _open(self) -> int:
        """How much the bot has still to do, by its store."""
        with closing(sqlite3.connect(f"file:{self.there.store}?mode=ro", uri=True)) as store:
            [[count]] = store.execute("select count(*) from outbox where state = 'pending'")
        return int(count)


async def _insistently(call: Callable[[], Awaitable[T]], *, within: float = PATIENCE) -> T:
    """The answer, however often it takes."""
    async with asyncio.timeout(within):
        while True:
            try:
                return await call()
            except (aiohttp.ClientError, TimeoutError, ValueError, MatrixError):
                await asyncio.sleep(0.5)


def _local(at: datetime) -> str:
    return at.astimezone(ZONE).strftime("%d.%m.%Y %H:%M")


def _starts(seconds: float) -> datetime:
    """What begins then is reminded of on the day, at a whole minute."""
    due = datetime.now(UTC) + timedelta(seconds=seconds * DUE)
    return due.replace(second=0, microsecond=0) + timedelta(minutes=1) + LEAD


async def live_through_a_day(*, members: int, minutes: float, kept: Path | None) -> dict[str, Any]:
    """Measure, print the table; all figures, and `wrong`: what was lost or doubled."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        there = await gathered(Path(name) / "there", members=members, kept=kept)
        async with there.homeserver() as server:
            bot = ours(
                there.folder, server.url, there.bot, [there.coordinator.user_id], rooms=there.rooms,
                allowed_servers=["localhost"], encryption="off",
            )  # fmt: skip
            began = time.perf_counter()
            await bot.start()
            first = time.perf_counter() - began
            day = Day(there, server, bot, minutes * 60)
            try:
                start = await day.prepare()
                acts = plan(there, random.Random(members))  # noqa: S311 - the same each time
                print(f"the day begins; the first start took {first:.1f} s", flush=True)
                await day.play(acts, start)
                day.said = bot.said
                await bot.stop()
                found = await reckon(there, server, acts, day.group, start - LEAD)
            except BaseException:
                print(bot.said)
                raise
            finally:
                await bot.stop()
        return _told(day, found, first)


def _by_process(samples: list[Sample]) -> list[list[Sample]]:
    return [[s for s in samples if s.process == one] for one in dict.fromkeys(s.process for s in samples)]


def _cpu(samples: list[Sample]) -> float:
    """Seconds used from the first of them to the last, which are of one process."""
    return samples[-1].cpu - samples[0].cpu if samples else 0.0


def _told(day: Day, found: Reckoning, first: float) -> dict[str, Any]:
    """Print the table."""
    quarter = day.seconds / 4
    early = [s.memory for s in day.samples if s.at < quarter]
    late = [s.memory for s in day.samples if 3 * quarter <= s.at < day.seconds]
    spent = sum(_cpu(samples) for samples in _by_process(day.samples)) + sum(day.starts)
    afterwards = [s for s in day.samples if s.at >= 3 * quarter]
    then = [at + wait - day.begun for at, wait in found.waits]
    answered = sum(afterwards[0].at <= at <= afterwards[-1].at for at in then)
    waits = [wait for _, wait in found.waits]
    calm = [w for at, w in found.waits if not any(a - 1 <= at <= b + 15 for a, b in day.trouble)]
    rows = [
        ["members, with a direct chat", f"{len(day.there.members):,}, {len(day.there.chats):,}"],
        ["minutes", f"{day.seconds / 60:.0f}"],
        ["commands, of all that was said", f"{found.commands:,} of {found.said:,}"],
        ["lost, answered twice", f"{found.lost}, {found.doubled}"],
        ["effects counted, wrong", f"{found.effects:,}, {len(found.wrong)}"],
        ["reminders sent", f"{found.reminders:,}"],
        ["longest wait, s", f"{max(waits):.1f}"],
        ["longest wait away from kills and the homeserver's absence, s", f"{max(calm):.1f}"],
        ["wait, p50 and p95, s", f"{median(waits):.2f}, {p95(waits):.2f}"],
        ["CPU a command with all else, two starts too, ms", f"{1000 * spent / found.commands:.1f}"],
        [
            "CPU a command with all else, last quarter, ms",
            f"{1000 * _cpu(afterwards) / max(1, answered):.1f}",
        ],
        ["memory in the first quarter, MiB", f"{median(early):.1f} (at most {max(early):.1f})"],
        ["memory in the last quarter, MiB", f"{median(late):.1f} (at most {max(late):.1f})"],
        ["the very first start, s", f"{first:.1f}"],
        ["store at the end, MiB", f"{day.there.store.stat().st_size / 2**20:.1f}"],
    ]
    print(markdown(["", "the day"], rows))
    wrong = [*found.missing, *found.wrong]
    for line in wrong[:40]:
        print(f"wrong: {line}")
    if wrong:
        print(day.said)
    samples = [[s.at, s.process, s.memory, s.cpu] for s in day.samples]
    return {"rows": dict(rows), "wrong": wrong, "samples": samples, "waits": found.waits}
