"""The whole running bot in encrypted rooms, on a homeserver's stand-in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from sqlalchemy import func, select

from bot.matrix.session import Identity
from bot.running.program import Program
from commands.framework.context import Settings
from storage.engine.reading import reading
from tests.support.keyserver import Json, KeyServer
from tests.support.keyserver import Peer as Device
from tests.support.peer import BOT, Peer, peer

DEVICE: Final = "D"  # the bot's
STORE: Final = "store.sqlite3"
WITHIN: Final = 60.0  # seconds for anything


def _same(_path: str, answer: Json) -> Json:
    return answer


@dataclass
class SealedServer(Peer):
    """Keys are as on a homeserver; `spoil` may change the answers on them; what is new the test says."""

    keys: KeyServer = field(default_factory=KeyServer)
    spoil: Callable[[str, Json], Json] = _same
    news: list[Json] = field(default_factory=list)
    told: dict[int, Json] = field(default_factory=dict)
    asked: int = -1  # how much of the news the bot has carried through
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def tell(self, news: Json) -> None:
        """The bot has carried this news through."""
        async with asyncio.timeout(WITHIN), self.changed:
            self.news.append(news)
            wanted = len(self.news)
            self.changed.notify_all()
            await self.changed.wait_for(lambda: self.asked >= wanted)

    async def sent(self, fits: Callable[[Json], object]) -> tuple[str, Json]:
        """The room and content of the first event of the bot like this, awaited."""
        async with asyncio.timeout(WITHIN), self.changed:
            while True:
                for room, _, content in self.events:
                    if fits(content):
                        return room, content
                await self.changed.wait()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/sync"):
            return web.json_response(await self._sync(request.query))
        answer = await super().handle(request)
        async with self.changed:
            self.changed.notify_all()
        return answer

    async def _sync(self, query: Mapping[str, str]) -> Json:
        number = int(query.get("since", "s0")[1:])
        async with self.changed:
            self.asked = number
            self.changed.notify_all()
            try:
                async with asyncio.timeout(int(query["timeout"]) / 1000):
                    await self.changed.wait_for(lambda: len(self.news) > number)
            except TimeoutError:
                return self.keys.sync(BOT, DEVICE) | {"next_batch": f"s{number}"}
        if number not in self.told:  # what is asked for again is told again
            news, answer = self.news[number], self.keys.sync(BOT, DEVICE)
            answer["to_device"]["events"] += news.get("to_device", {}).get("events", [])
            self.told[number] = news | answer | {"next_batch": f"s{number + 1}"}
        return self.told[number]

    def obey(self, path: str, body: Any) -> Any:
        keys, answer = self.keys, Json()
        if path.endswith("/whoami"):
            return {"user_id": BOT, "device_id": DEVICE}
        if path.endswith("/keys/upload"):
            keys.upload(BOT, DEVICE, body)
            answer = {"one_time_key_counts": {"signed_curve25519": len(keys.once[BOT, DEVICE])}}
        elif path.endswith("/device_signing/upload"):
            keys.identities[BOT] = body
        elif path.endswith("/signatures/upload"):
            keys.sign(body)
        elif path.endswith("/keys/query"):
            answer = self.spoil(path, keys.query(body["device_keys"]))
        elif path.endswith("/keys/claim"):
            answer = self.spoil(path, keys.claim(body["one_time_keys"]))
        elif "/sendToDevice/" in path:
            kind, _, txn = path.partition("/sendToDevice/")[2].partition("/")
            keys.send(BOT, txn, kind, body["messages"])
        else:
            return super().obey(path, body)
        return answer


class Town:
    """The bot runs; people have devices that are signed, and sit in rooms that are all encrypted."""

    def __init__(
        self, server: SealedServer, rooms: Mapping[str, list[str]], database: str, running: asyncio.Task[None]
    ) -> None:
        self.server, self.rooms, self.database, self.running = server, rooms, database, running
        self.people: dict[str, Device] = {}
        self.number = 0

    def settle(self, *users: str) -> None:
        """These people have devices."""
        for user in users:
            device = self.people[user] = Device(self.server.keys, user, user[1:2].upper())
            device.identify()

    def event(self, sender: str, kind: str, content: Json, **more: Any) -> Json:
        self.number += 1
        now = round(datetime.now(UTC).timestamp() * 1000)
        of = {"type": kind, "sender": sender, "content": content, "origin_server_ts": now}
        return of | {"event_id": f"${self.number}"} | more

    async def enter(self) -> None:
        """The bot is told of all rooms."""
        joined = {}
        for room, people in self.rooms.items():
            state = [self.event(people[0], "m.room.create", {"room_version": "10"}, state_key="")]
            rule = {"algorithm": "m.megolm.v1.aes-sha2"}
            state.append(self.event(people[0], "m.room.encryption", rule, state_key=""))
            for user in (*people, BOT):
                content = {"membership": "join", "displayname": user[1:].partition(":")[0]}
                state.append(self.event(user, "m.room.member", content, state_key=user))
            joined[room] = {"state": {"events": state}, "timeline": {"events": []}}
        await self.server.tell({"rooms": {"join": joined}})

    async def hears(self, room: str, events: Iterable[Json], **more: Any) -> None:
        """The bot has carried through what was said in the room."""
        await self.server.tell({"rooms": {"join": {room: {"timeline": {"events": list(events)}}}}, **more})

    async def asks(self, user: str, room: str, text: str) -> str:
        """The bot's answer to this, as all others in the room with a device read it too."""
        readers = [one for one in self.rooms[room] if one in self.people]
        said = self.people[user].say(room, [BOT, *readers], text)
        event = self.event(user, said["type"], said["content"])
        await self.hears(room, [event])
        where, content = await self.server.sent(lambda found: replied_to(found) == event["event_id"])
        assert where == room
        answer = self.event(BOT, "m.room.encrypted", content)
        for reader in readers:
            self.people[reader].sync()
        [read] = {self.people[reader].reads(room, answer) for reader in readers}
        return read

    def answered(self, events: Iterable[Json]) -> list[Json]:
        """What of these the bot has answered."""
        replies = {replied_to(content) for _, _, content in self.server.events} - {None}
        return [event for event in events if event.get("event_id") in replies]

    def count(self, table: type[Any], *where: Any) -> int:
        """So many rows there are in the bot's store."""
        with reading(self.database) as tx:
            found: int = tx.execute(select(func.count()).select_from(table).where(*where)).scalar_one()
            return found


def replied_to(content: Json) -> object:
    """The event that this one replies to, which is in the clear; an edit replies to none."""
    relation = content.get("m.relates_to") or {}
    return (relation.get("m.in_reply_to") or {}).get("event_id")


@asynccontextmanager
async def town(
    folder: Path,
    rooms: Mapping[str, list[str]],
    *users: str,
    at: SealedServer | None = None,
    database: str | None = None,
    **more: Any,
) -> AsyncIterator[Town]:
    """The bot has begun to run, with these people, of whom the first may do all, in these rooms.

    `more`: what the program is made with besides. Raises what ends it.
    """
    async with peer(at or SealedServer()) as (server, transport):
        assert isinstance(server, SealedServer)
        program = Program(
            Identity(transport.homeserver, BOT, access_token="syt_secret", device_id=DEVICE),
            Settings(encrypts=True, coordinators=users, commands_per_minute=100_000),
            database=database or f"sqlite:///{folder}/{STORE}",
            data_dir=folder,
            rooms={},
            only_signed=False,
            **more,
        )
        running = asyncio.create_task(program.run())
        there = Town(server, rooms, program.database_url, running)
        there.settle(*users)
        try:
            async with asyncio.timeout(WITHIN):
                entering = asyncio.create_task(there.enter())
                await asyncio.wait({running, entering}, return_when=asyncio.FIRST_COMPLETED)
                if running.done():
                    entering.cancel()
                    running.result()
                await entering
            yield there
        finally:
            program.stop()
            await running
