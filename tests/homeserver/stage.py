"""What the tests against a real Synapse share: who is on the stage, and what to look for in what was said."""

from __future__ import annotations

import asyncio
import random
import secrets
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from bot.demo.homeserver import Account, Homeserver
from bot.demo.people import Event, People, Person, replied_to
from tests.homeserver.bots import BotProcess

BY_QUESTIONS = 0.4  # of the commands in direct chats

# --- what was said


def machine(event: Event) -> dict[str, Any]:
    """The machine-readable part, of an edit the new one."""
    content: dict[str, Any] = event["content"] if event["type"] == "m.room.message" else {}
    found: dict[str, Any] = content.get("m.new_content", content).get("ch.publicinnovators", {})
    return found


def edits(event: Event) -> bool:
    return bool(event["content"].get("m.relates_to", {}).get("rel_type") == "m.replace")


def body(event: Event) -> str:
    content = event["content"]
    return str(content.get("m.new_content", content).get("body", ""))


def is_state(event: Event, kind: str, key: str = "") -> bool:
    return bool(event["type"] == kind and event.get("state_key") == key)


async def timeline_of(reader: Person, bot: Account, room: str) -> list[Event]:
    """The messages of the bot in the room, edits left out, oldest first."""
    said = await reader.messages(room)
    return [e for e in said if e["type"] == "m.room.message" and e["sender"] == bot.user_id and not edits(e)]


async def answers(reader: Person, room: str, commands: Iterable[str]) -> list[str]:
    """Which of the commands the replies in the room answer, in the order they were said."""
    asked = set(commands)
    found = [
        replied_to(e) for e in await reader.messages(room) if e["type"] == "m.room.message" and not edits(e)
    ]
    return [c for c in found if c in asked]


async def entered(person: Person, room: str, user_id: str) -> None:
    """The person has seen the user join the room."""
    await person.wait_for(
        lambda e: is_state(e, "m.room.member", user_id) and e["content"]["membership"] == "join", room=room
    )


async def answered(person: Person, commands: Iterable[str], *, within: float = 60) -> None:
    """The person has seen a reply to each of the commands."""
    missing = set(commands)

    def is_last(event: Event) -> bool:
        if not edits(event):
            missing.discard(replied_to(event) or "")
        return not missing

    if missing:
        await person.wait_for(is_last, timeout=within)


# --- the stage


async def new_account(homeserver: Homeserver, name: str = "bot") -> Account:
    return await homeserver.create_account(f"{name}-{secrets.token_hex(4)}", name="PI-Bot")


def bot_of(
    homeserver: Homeserver,
    account: Account,
    directory: Path,
    coordinators: Sequence[Person],
    **more: Any,
) -> BotProcess:
    """The bot of this account, not started yet; these people are its coordinators."""
    return BotProcess(homeserver, account, directory, coordinators=[p.user_id for p in coordinators], **more)


@asynccontextmanager
async def store_of(bot: BotProcess) -> AsyncIterator[sqlite3.Connection]:
    """The store of a bot that does not run."""
    assert bot.returncode is not None, "the bot runs"
    store = sqlite3.connect(bot.database)
    try:
        yield store
        store.commit()
    finally:
        store.close()


async def unlimited(homeserver: Homeserver, people: Iterable[Person]) -> None:
    """These people may do what they want as fast as they can, on a homeserver with rate limits."""
    admin = await homeserver.create_account(f"admin-{secrets.token_hex(4)}", admin=True)
    headers = {"Authorization": f"Bearer {admin.access_token}"}
    async with aiohttp.ClientSession(homeserver.url, headers=headers, raise_for_status=True) as session:
        for person in people:
            path = f"/_synapse/admin/v1/users/{person.user_id}/override_ratelimit"
            await session.post(path, json={"messages_per_second": 0, "burst_count": 0})


class Stage:
    """Five people, three rooms (the idea room among them) and direct chats, one bot."""

    def __init__(self, people: People, homeserver: Homeserver, directory: Path) -> None:
        self.people, self.homeserver, self.directory = people, homeserver, directory
        self.persons: list[Person] = []
        self.rooms: list[str] = []
        self.sent: dict[
            str, tuple[str, str, str]
        ] = {}  # event to be answered -> room, person, title of what it makes

    async def set(self, *, program: tuple[str, ...] = ("-m", "bot", "run"), **more: Any) -> BotProcess:
        account = await new_account(self.homeserver)
        self.persons = [await self.people.add(name) for name in ("pia", "urs", "eva", "max", "kora")]
        first = self.persons[0]
        others = [p.user_id for p in self.persons[1:]]
        self.rooms = [
            await first.create_room(n, invite=[*others, account.user_id]) for n in ("Ideen", "Halle", "Gang")
        ]
        for person in self.persons:
            self.rooms.append(await person.direct_with(account.user_id))
        return self.bot_of(account, "bot", program=program, **more)

    def bot_of(self, account: Account, directory: str, **more: Any) -> BotProcess:
        """The bot, or another process of it."""
        return bot_of(
            self.homeserver,
            account,
            self.directory / directory,
            self.persons,
            rooms={"ideas": self.rooms[0]},
            encryption="off",
            **more,
        )

    def reader(self, room: str) -> Person:
        """Somebody who sits in the room."""
        return self.persons[max(0, self.rooms.index(room) - 3)]

    async def settled_in(self, bot: BotProcess) -> None:
        """The bot sits in all rooms."""
        for room in self.rooms:
            await entered(self.reader(room), room, bot.account.user_id)

    async def say(self, number: int, dice: random.Random) -> None:
        """One command by one of the people in one of the rooms."""
        who = number % len(self.persons)
        await self.say_in(dice.choice([*self.rooms[:3], self.rooms[3 + who]]), number, dice)

    async def say_in(self, room: str, number: int, dice: random.Random) -> None:
        """One command in this room; some of those in a direct chat by questions."""
        index = self.rooms.index(room)
        person = self.persons[number % len(self.persons) if index < 3 else index - 3]
        title = f"Vorhaben {number:03d} {dice.randrange(10**12)}"
        by_questions = index >= 3 and dice.random() < BY_QUESTIONS
        said = ("!idee neu", title, "weiter") if by_questions else (f"!idee neu {title}\ntrotzdem: ja",)
        for text in said:
            event = await person.say(room, text)
            self.sent[event] = (room, person.user_id, title if text is said[-1] else "")

    async def patience(self) -> None:
        """They do not wait for answers."""

    async def all_answered(self) -> None:
        """Each person has seen a reply to each of their commands."""
        async with asyncio.timeout(240):
            for person in self.persons:
                mine = [event for event, (_, user, _) in self.sent.items() if user == person.user_id]
                await answered(person, mine, within=240)

    async def check(self, bot: BotProcess) -> None:
        """Nothing lost, nothing doubled, each room in order: on the homeserver, and in the store."""
        async with store_of(bot) as store:
            await self.check_titles(row[0] for row in store.execute("SELECT title FROM ideas"))

    async def check_titles(self, stored: Iterable[str]) -> None:
        """The same; `stored`: the titles of all ideas in the store."""
        said: list[Event] = []
        for room in self.rooms:
            timeline = await self.reader(room).messages(room)
            said += timeline
            asked = [e["event_id"] for e in timeline if e["event_id"] in self.sent]
            answered = [replied_to(e) for e in timeline if replied_to(e) in self.sent and not edits(e)]
            assert answered == asked, "lost, doubled, or out of order"
        cards = [e for e in said if machine(e).get("type") == "idea" and e["room_id"] == self.rooms[0]]
        shown = Counter(machine(e)["ref"] for e in cards if not edits(e))
        made = Counter(title for _, _, title in self.sent.values() if title)
        assert shown == {f"I{n}": 1 for n in range(1, len(made) + 1)}, "each idea has one card"
        assert all(machine(e)["type"] != "error" for e in said if machine(e))
        assert Counter(stored) == made
