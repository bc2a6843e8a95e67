"""How the demo's steps are taken: somebody acts, and the bot's answer has to be the right one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Any, Final

from bot.demo.community import BOT, Community
from bot.demo.people import Event, Person, replied_to
from bot.demo.screen import Screen

PATIENCE: Final = 20  # seconds for an answer
NOTICES: Final = 60  # seconds until people are told: gathered for 30, looked at every 10
KEY: Final = "ch.publicinnovators"  # of the machine-readable part


class Unanswered(Exception):  # noqa: N818 - it is no fault of this program
    """A step did not have its answer; it is on the screen."""


class Tour:
    """The people, their rooms, and how many steps had their answer so far."""

    def __init__(self, community: Community, screen: Screen) -> None:
        self.community, self.screen = community, screen
        self.pia, self.urs, self.kora = (community.people[name] for name in ("pia", "urs", "kora"))
        self.rooms, self.direct = community.rooms, community.direct
        self.steps = self.answered = 0

    async def newcomer(self, name: str, shown: str) -> Person:
        """Somebody else has an account, and a direct chat with the bot."""
        person = await self.community.add_person(name, shown)
        self.screen.follow([(person, shown)], {self.direct[name]: f"Direkt {name.capitalize()}"})
        return person

    async def ask(
        self, person: Person, room: str, text: str, *, thread: str | None = None, **expected: Any
    ) -> Event:
        """The bot's reply to this text, which carries what is expected."""
        command = await person.say(room, text, thread=thread)
        return await self.replied(person, room, command, **expected)

    async def replied(self, person: Person, room: str, command: str, **expected: Any) -> Event:
        """The bot's reply to a command that was given before."""
        return await self._step(person, room, lambda e: replied_to(e) == command, expected)

    async def see(
        self,
        person: Person,
        room: str | None = None,
        *,
        within: float = PATIENCE,
        not_in: Collection[str] = (),
        **expected: Any,
    ) -> Event:
        """The bot's message or edit that carries what is expected."""
        return await self._step(
            person,
            room,
            lambda e: e["room_id"] not in not_in and contains(machine(e), expected),
            expected,
            within,
        )

    async def told(self, person: Person, room: str, ref: str) -> Event:
        """The person is told something about this thing, by itself or gathered with other news."""

        def tells(event: Event) -> bool:
            part = machine(event)
            return replied_to(event) is None and (part.get("ref") == ref or ref in part.get("refs", ()))

        event = await self._step(person, room, tells, {}, NOTICES)
        self.screen.since(f"{self.community.name_of(person)} weiss von {ref}", event)
        return event

    async def tap(self, person: Person, card: Event, key: str) -> None:
        """The person taps a reaction that the bot has put below its message."""

        def offers(event: Event) -> bool:
            relation = event["content"].get("m.relates_to", {})
            return event["type"] == "m.reaction" and (relation.get("event_id"), relation.get("key")) == (
                card["event_id"],
                key,
            )

        await self._step(person, card["room_id"], offers, {})
        await person.react(card["room_id"], card["event_id"], key)

    async def comes(self, person: Person, room: str) -> None:
        """The person was invited into the room, and has come."""

        def has_come(event: Event) -> bool:
            return event.get("state_key") == person.user_id and event["content"].get("membership") == "join"

        came = True
        try:
            await person.wait_for(has_come, room=room, timeout=PATIENCE)
        except TimeoutError:
            came = False
        await self.check(f"{person.user_id} ist eingeladen und im Raum", true=came)

    async def check(self, what: str, *, true: bool) -> None:
        """A step whose answer was looked up."""
        self.steps += 1
        if not true:
            self.screen.wrong(f"erwartet: {what}")
            raise Unanswered(what)
        self.answered += 1
        self.screen.say(f"✓ {what}")

    async def _step(
        self,
        person: Person,
        room: str | None,
        is_it: Callable[[Event], bool],
        expected: dict[str, Any],
        within: float = PATIENCE,
    ) -> Event:
        self.steps += 1
        try:
            event = await person.wait_for(
                lambda e: e["sender"] == BOT and is_it(e), room=room, timeout=within
            )
        except TimeoutError:
            self.screen.wrong(f"erwartet: {shown(expected)}; in {within:g} Sekunden kam nichts davon")
            raise Unanswered from None
        self.screen.show()
        if not contains(machine(event), expected):
            self.screen.wrong(f"erwartet: {shown(expected)}; gekommen ist: {shown(machine(event))}")
            raise Unanswered
        self.answered += 1
        return event


async def keep_showing(screen: Screen) -> None:
    """Everything said is on the screen soon after, until cancelled."""
    while True:
        await asyncio.sleep(0.1)
        screen.show()


def machine(event: Event) -> dict[str, Any]:
    """The machine-readable part of a message or an edit."""
    content: dict[str, Any] = event["content"] if event["type"] == "m.room.message" else {}
    part: dict[str, Any] = content.get("m.new_content", content).get(KEY, {})
    return part


def contains(found: Any, expected: Any) -> bool:
    """All that is expected is there; of objects, more may be there."""
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(
            contains(found.get(name), value) for name, value in expected.items()
        )
    return bool(found == expected)


def shown(part: dict[str, Any]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in part.items()) or "eine Antwort"
