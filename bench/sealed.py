"""People whose messages are encrypted: each has a device with keys of its own, and asks like everybody.

Light, so that the bot is what is measured: they seal before the clock starts, for the bot and the watcher alone, and
read nothing. What the bot says is opened by the watcher, afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any, Final

import storage
from bench.crowd import Crowd
from bot.demo.people import Person
from bot.encryption.machine import Claim, KeyMissingError, Machine, Query, RoomRules
from storage.engine.base import Base
from storage.engine.database import Database

SEALED: Final = "m.room.encrypted"
STEPS: Final = 10  # of asking and sending before one message; far more than any needs
Json = dict[str, Any]


class Stores:
    """Gives stores in memory: the tables are made once, and copied."""

    def __init__(self) -> None:
        storage.load()
        with closing(Database("sqlite:///:memory:")) as database:
            with database.transaction() as tx:
                Base.metadata.create_all(tx)
            with closing(database.engine.raw_connection()) as connection:
                self._empty: bytes = connection.driver_connection.serialize()  # type: ignore[union-attr]

    def new(self) -> Database:
        database = Database("sqlite:///:memory:")
        with closing(database.engine.raw_connection()) as connection:
            connection.driver_connection.deserialize(self._empty)  # type: ignore[union-attr]
        return database


class Device:
    """A person's device, signed by its owner; its keys are on the homeserver after `start`."""

    def __init__(self, person: Person, store: Database) -> None:
        self.person, self.store = person, store
        self.machine = Machine(person.user_id, person.device_id, bytes(32), only_signed=False)

    async def start(self) -> None:
        with self.store.transaction() as tx:
            self.machine.account.count(tx, {}, [])
            keys, identity = self.machine.account.upload(tx), self.machine.identity
            identity.seeds(tx)
            owner, signature = identity.upload(tx), identity.sign_device(tx)
        await self.person.request("POST", "v3/keys/upload", keys)
        await self.person.request("POST", "v3/keys/device_signing/upload", owner)
        await self.person.request("POST", "v3/keys/signatures/upload", signature)

    async def seal(self, room: str, readers: Sequence[str], content: Json) -> Json:
        """The message as it goes out; these people have the key by then."""
        for _ in range(STEPS):
            with self.store.transaction() as tx:
                wanted = self.machine.prepare(tx, room, readers, RoomRules(), now=datetime.now(UTC))
                rows = self.machine.to_send(tx)
            if isinstance(wanted, Query):
                asked: Json = {"device_keys": {user: [] for user in wanted.asked}}
                answer = await self.person.request("POST", "v3/keys/query", asked)
                with self.store.transaction() as tx:
                    self.machine.take_queried(tx, wanted.asked, answer)
            elif isinstance(wanted, Claim):
                asked = {"one_time_keys": wanted.body}
                answer = await self.person.request("POST", "v3/keys/claim", asked)
                with self.store.transaction() as tx:
                    self.machine.take_claimed(tx, wanted.body, answer, now=datetime.now(UTC))
            else:
                for row in rows:
                    path = f"v3/sendToDevice/{row.kind}/{row.txn}"
                    await self.person.request("PUT", path, {"messages": row.messages})
                with self.store.transaction() as tx:
                    for row in rows:
                        self.machine.mark_sent(tx, row.id)
                    return self.machine.seal(tx, room, "m.room.message", content, RoomRules())
        raise AssertionError("the key does not get to the bot")

    def unread(self, answers: Sequence[Json], sender: str) -> int:
        """How many of this person's messages, in these answers of `/sync`, can't be opened."""
        missing = 0
        with self.store.transaction() as tx:
            for answer in answers:
                self.machine.receive(tx, answer, counts_are_new=False, now=datetime.now(UTC))
                for room, news in answer.get("rooms", {}).get("join", {}).items():
                    for event in news["timeline"]["events"]:
                        if (event["type"], event["sender"]) == (SEALED, sender):
                            missing += not self._opens(tx, room, event)
        return missing

    def _opens(self, tx: Any, room: str, event: Json) -> bool:
        try:
            return bool(self.machine.open(tx, room, event, now=datetime.now(UTC)).event["content"])
        except (KeyMissingError, ValueError):
            return False


class SealedCrowd(Crowd):
    """In rooms with `readers`, what is asked is sealed for them."""

    def __init__(
        self, people: Sequence[Person], watcher: Person, devices: Mapping[str, Device], bot: str
    ) -> None:
        super().__init__(people, watcher)
        self.devices, self.bot = devices, bot
        self.readers: dict[str, list[str]] = {}
        self._answers: list[Json] = []

    def unread(self) -> int:
        """How many of the bot's messages the watcher can't read, of those since the last time."""
        answers, self._answers = self._answers, []
        return self.devices[self.watcher.user_id].unread(answers, self.bot)

    def _heard(self, answer: Json) -> None:
        self._answers.append(answer)

    async def _worded(self, asker: Person, room: str, content: Json) -> tuple[str, Json]:
        if room not in self.readers:
            return await super()._worded(asker, room, content)
        return SEALED, await self.devices[asker.user_id].seal(room, self.readers[room], content)
