"""A conversation with the bot in a direct chat, on a real Synapse: what is said, and what is to be heard of it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bot.demo.homeserver import Account
from bot.demo.people import Event, Person, replied_to
from tests.homeserver.stage import edits, machine

WITHIN: Final = 60.0  # seconds


@dataclass(frozen=True)
class Step:
    """`text` is said, or `key` put on the bot's last reply, or the last text edited, which has no reply.

    `hears`: the type of the reply, and the field that it asks for.
    """

    hears: str = ""
    text: str = ""
    key: str = ""
    edit: str = ""


def says(text: str, hears: str) -> Step:
    return Step(hears, text=text)


def taps(key: str, hears: str) -> Step:
    return Step(hears, key=key)


CHOICE: Final = "Ich will Ideen suchen und eine Idee einreichen"
TITLE, TEXT, WHERE = "question title", "question text", "question place"
WHEN: Final = "question when"

# What is said, and the title of what is made of it; first the menu, before anything waits that stands first in it.
CONVERSATIONS: Final[Mapping[str, tuple[tuple[Step, ...], str]]] = {
    "the menu, let be": (
        (says("menü", "help"), says("1", TITLE), says("abbrechen", "remark")),
        "",
    ),
    "a choice by its number": (
        (says(CHOICE, "choice"), says("1", TITLE), says("Velo im Dienst", TEXT), says("Statt Auto", "idea")),
        "Velo im Dienst",
    ),
    "a choice by a tap": (
        (says(CHOICE, "choice"), taps("1️⃣", TITLE), says("Strom vom Dach", TEXT), taps("⏭️", "idea")),
        "Strom vom Dach",
    ),
    "an answer edited": (
        (
            says("!idee neu", TITLE),
            says("Kehricht", TEXT),
            Step(edit="Kehricht nach Plan"),
            says("weiter", "idea"),
        ),
        "Kehricht nach Plan",
    ),
    "a preview by a tap": (
        (
            says("!anlass neu", TITLE),
            says("Frühlingstreffen", WHEN),
            says("18.3.2032 13:30-17:00", TEXT),
            says("Mit Apéro", WHERE),
            says("Liestal", "confirm"),
            says("zurück", WHERE),
            says("weiter", "confirm"),
            taps("✅", "event"),
        ),
        "Frühlingstreffen",
    ),
    "a preview by a word": (
        (
            says("!anlass neu", TITLE),
            says("Herbsttreffen", WHEN),
            says("18.10.2032 13:30-17:00", TEXT),
            says("weiter", WHERE),
            says("weiter", "confirm"),
            says("ja", "event"),
        ),
        "Herbsttreffen",
    ),
}


@dataclass
class Conversation:
    """What somebody says in their direct chat, one step after the other, and what they are to hear."""

    person: Person
    room: str
    bot: str
    account: Account
    expected: list[tuple[str, str]] = field(default_factory=list)  # what is replied to, and with what
    last: str = ""  # what the person has said last

    async def take(self, step: Step) -> None:
        """The person takes the step, whether the bot runs or not."""
        if step.edit:
            await self.person.edit(self.room, self.last, step.edit)
        elif step.key:
            asked = (await self.replies())[-1]["event_id"]
            await self.person.react(self.room, asked, step.key)
            self.expected.append((asked, step.hears))
        else:
            self.last = await self.person.say(self.room, step.text)
            self.expected.append((self.last, step.hears))

    async def answered(self) -> None:
        """The person has heard as many replies as there are to be."""
        await self._until(len(self.expected), self._is_reply)

    async def hears(self, count: int) -> None:
        """The person has heard so many messages of the bot."""
        await self._until(count, self._is_message)

    async def heard(self) -> list[Event]:
        """The messages of the bot there, oldest first."""
        return [event for event in await self.person.messages(self.room) if self._is_message(event)]

    async def replies(self) -> list[Event]:
        """Those that reply to something."""
        return [event for event in await self.heard() if replied_to(event) is not None]

    async def check(self) -> None:
        """Each step has its one reply, in order: nothing is asked or said twice."""
        heard = [(replied_to(event), what(event)) for event in await self.replies()]
        assert heard == self.expected, f"{heard} are not {self.expected}"

    async def _until(self, count: int, counts: Callable[[Event], bool]) -> None:
        seen: set[str] = set()

        def enough(event: Event) -> bool:
            if counts(event):
                seen.add(event["event_id"])
            return len(seen) >= count

        await self.person.wait_for(enough, room=self.room, timeout=WITHIN)

    def _is_message(self, event: Event) -> bool:
        return event["type"] == "m.room.message" and event["sender"] == self.bot and not edits(event)

    def _is_reply(self, event: Event) -> bool:
        return self._is_message(event) and replied_to(event) is not None


def what(event: Event) -> str:
    """The type of the message, and the field that it asks for."""
    part = machine(event)
    return f"{part.get('type')} {part.get('field', '')}".strip()


def made(database: Path) -> Counter[str]:
    """The titles of what there is, from the store of a bot that does not run."""
    with closing(sqlite3.connect(database)) as store:
        return Counter(
            title for (title,) in store.execute("SELECT title FROM ideas UNION ALL SELECT title FROM events")
        )
