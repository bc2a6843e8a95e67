"""A community on a homeserver of its own: members, two rooms with all of them, and direct chats with the bot.

Making it takes far longer than what is measured in it: kept in a folder, it is made once, and each measurement
goes on from a copy.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from sqlalchemy import insert

from bench.encrypted import some_at_once
from bench.filling.people import municipalities
from bot.demo.homeserver import Account, Homeserver
from bot.demo.people import Person
from commands.words import key_of
from storage import members
from storage.engine.database import Database
from storage.engine.schema import migrate

ROOMS: Final = ("ideas", "news")
CHATTING: Final = 0.9  # of the members have a direct chat with the bot
NEWCOMERS: Final = 0.01  # of the people are no members yet


@dataclass
class Gathering:
    """Who is there and where; the homeserver's data and the bot's store are in `folder`."""

    folder: Path
    bot: Account
    people: list[Account]  # the first is the coordinator; the last are no members yet
    newcomers: int
    rooms: dict[str, str] = field(default_factory=dict)  # by purpose
    chats: dict[str, str] = field(default_factory=dict)  # by person

    @property
    def coordinator(self) -> Account:
        return self.people[0]

    @property
    def members(self) -> list[Account]:
        return self.people[: len(self.people) - self.newcomers]

    @property
    def strangers(self) -> list[Account]:
        return self.people[len(self.people) - self.newcomers :]

    @property
    def store(self) -> Path:
        return self.folder / "bot.sqlite3"

    def homeserver(self) -> Homeserver:
        """Without rate limits: nobody's messages are held back, the bot's neither."""
        return Homeserver(self.folder / "synapse", rate_limits="off")

    def save(self) -> None:
        told = asdict(self) | {"folder": ""}
        (self.folder / "gathering.json").write_text(json.dumps(told), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        told: dict[str, Any] = json.loads((folder / "gathering.json").read_text(encoding="utf-8"))
        told |= {
            "folder": folder,
            "bot": Account(**told["bot"]),
            "people": [Account(**one) for one in told["people"]],
        }
        return cls(**told)


async def gathered(folder: Path, *, members: int, kept: Path | None) -> Gathering:
    """The community of so many, in this folder: a copy of the one in `kept`, where it is made if it is not there."""
    if kept is None:
        return await _make(folder, members)
    if not (kept / "gathering.json").exists():
        await _make(kept, members)
    shutil.copytree(kept, folder, dirs_exist_ok=True)
    found = Gathering.load(folder)
    if len(found.members) != members:
        raise SystemExit(f"{kept} has a community of {len(found.members)}: name another folder")
    return found


async def _make(folder: Path, count: int) -> Gathering:
    start = time.perf_counter()
    newcomers = max(2, round(count * NEWCOMERS))
    async with Homeserver(folder / "synapse", rate_limits="off") as server:
        bot = await server.create_account("bot")
        people: list[Account] = [await server.create_account("p00000")]
        async with Person.of(server, people[0]) as first, Person.of(server, bot) as itself:
            rooms = {p: await first.create_room(p, public=True, invite=[bot.user_id]) for p in ROOMS}
            for room in rooms.values():
                await itself.join(room)
            made = Gathering(folder, bot, people, newcomers, rooms)
            made.chats[first.user_id] = await begin_chat(first, itself)

            def coming(n: int) -> Callable[[], Awaitable[None]]:
                async def come() -> None:
                    account = await server.create_account(f"p{n:05}")
                    people.append(account)
                    if n >= count:
                        return
                    async with Person.of(server, account) as person:
                        for room in rooms.values():
                            await person.join(room)
                        if n < count * CHATTING:
                            made.chats[person.user_id] = await begin_chat(person, itself)
                    if n % 100 == 0:
                        print(f"{n} people are there after {time.perf_counter() - start:.0f} s", flush=True)

                return come

            await some_at_once(coming(n)() for n in range(1, count + newcomers))
        people.sort(key=lambda one: one.user_id)
    _enter(made)
    made.save()
    print(f"{count} members are there after {time.perf_counter() - start:.0f} s", flush=True)
    return made


async def begin_chat(person: Person, bot: Person) -> str:
    """A direct chat, begun by the person."""
    room = await person.create_room(invite=[bot.user_id], is_direct=True, preset="trusted_private_chat")
    return await bot.join(room)


def _enter(made: Gathering) -> None:
    """The members are in the bot's store, as if each had been taken in."""
    url = f"sqlite:///{made.store}"
    migrate(url)
    database, now, towns = Database(url), datetime.now(UTC), municipalities()
    people, words = [], []
    for n, account in enumerate(made.members):
        name = account.user_id[1:].partition(":")[0]
        key = key_of(name)
        people.append(
            {
                "user_id": account.user_id,
                "name": name,
                "name_key": key,
                "state": "active",
                "municipality": towns[n % len(towns)],
                "function": "Einwohnerdienste",
                "knowhow": [],
                "interests": [],
                "digest": True,
                "joined_at": now,
                "changed_at": now,
                "public": False,
                "calendar_files": False,
            }
        )
        words += [{"word": w, "user_id": account.user_id} for w in members.words_of(account.user_id, key)]
    with database.transaction() as tx:
        tx.execute(insert(members.Member), people)
        tx.execute(insert(members.MemberWord), words)
    database.close()
