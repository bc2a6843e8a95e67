"""Lets one type as any of the people, once the day is over."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from typing import Final

from bot.demo.community import BOT, ROOMS, Community
from bot.demo.people import Event, MatrixError, Person
from bot.demo.screen import Screen
from bot.demo.tour import machine

HELP: Final = """\
Jetzt Sie: Schreiben Sie als eine von diesen Personen, zum Beispiel «!hilfe» oder «!idee neu …».
  {people}
  urs>           als Urs weiterschreiben (auch /urs); «urs> !idee liste» geht in einem
  /räume         welche Räume es gibt; /raum ideen wechselt dorthin
  /tippe 👍 I5   auf eine Karte tippen; noch einmal nimmt es zurück
  /ende          aufhören (auch Ctrl-C)"""


class Keyboard:
    """The person who types at present, and the room; every person stays in their own room."""

    def __init__(self, community: Community, screen: Screen) -> None:
        self.community, self.screen = community, screen
        self.who = "pia"
        self.where = dict(community.direct)

    def help(self) -> str:
        """A text that says who can type, and how."""
        return HELP.format(people=self._people())

    async def run(self, source: int = 0) -> None:
        """Everything typed is said, until `/ende` or the end of the input; `source`: its file descriptor."""
        lines: asyncio.Queue[str | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def read() -> None:
            """In a thread that nobody waits for: Ctrl-C throws away what was typed, and the read goes on waiting."""
            with contextlib.suppress(RuntimeError, OSError):  # the demo, or the terminal, is over
                while typed := os.read(source, 65_536):  # of a terminal, a whole line
                    for line in typed.decode(errors="replace").splitlines():
                        loop.call_soon_threadsafe(lines.put_nowait, line.strip())
                loop.call_soon_threadsafe(lines.put_nowait, None)

        threading.Thread(target=read, name="keyboard", daemon=True).start()
        try:
            self._ask()
            while (line := await lines.get()) not in (None, "/ende", "/end", "/quit"):
                self.screen.prompt = ""
                await self._do(line or "")
                self._ask()
        finally:
            self.screen.prompt = ""

    def _ask(self) -> None:
        room = next((n for n, r in self._rooms().items() if r == self.where[self.who]), "direkt")
        self.screen.prompt = f"{self.who}{'' if room == 'direkt' else ' #' + room}> "
        sys.stdout.write(self.screen.prompt)
        sys.stdout.flush()

    async def _do(self, line: str) -> None:
        name, mark, rest = line.partition(">")
        if mark and name.strip().isalpha():
            line = rest.strip() if self._be(name.strip()) else ""
        elif line[1:].casefold() in self.community.people and line[0] == "/":
            line = "" if self._be(line[1:]) else line
        try:
            match line.split():
                case []:
                    pass
                case ["/räume" | "/raeume" | "/rooms" | "/raum" | "/room"]:
                    self.screen.say(" · ".join(self._rooms()))
                case ["/raum" | "/room", name]:
                    self._go(name.removeprefix("#"))
                case ["/tippe" | "/tap", key, *ref]:
                    await self._tap(key, ref[0].upper() if ref else None)
                case [command, *_] if command.startswith("/"):
                    self.screen.say(self.help())
                case _:
                    person = self.community.people[self.who]
                    await person.say(self.where[self.who], line)
        except MatrixError as refused:
            self.screen.wrong(f"Das lässt der Homeserver nicht zu: {refused}")

    def _people(self) -> str:
        """All who can type, with what they do here."""
        parts = self.community.parts
        return " · ".join(f"{p} ({parts[p]})" if p in parts else p for p in self.community.people)

    def _be(self, name: str) -> bool:
        """Does this person type from now on?"""
        known = name.casefold() in self.community.people
        if known:
            self.who = name.casefold()
        else:
            self.screen.say(f"«{name}» ist nicht dabei. Schreiben können: {self._people()}")
        return known

    def _rooms(self) -> dict[str, str]:
        """The rooms of the present person, by name."""
        return {ROOMS[purpose][0]: room for purpose, room in self.community.rooms_of(self.who).items()}

    def _go(self, name: str) -> None:
        for purpose, room in self.community.rooms_of(self.who).items():
            if name.casefold() in ROOMS[purpose]:
                self.where[self.who] = room
                return
        self.screen.say(f"Diesen Raum gibt es nicht. Es gibt: {' · '.join(self._rooms())}")

    async def _tap(self, key: str, ref: str | None) -> None:
        """React to the bot's last message here, or to the card of a thing, wherever it is."""
        person = self.community.people[self.who]
        found = [
            e
            for e in reversed(person.received)
            if _is_message(e) and (ref is None or machine(e).get("ref") == ref)
        ]
        here = [e for e in found if e["room_id"] == (self.where[self.who] if ref is None else e["room_id"])]
        cards = [e for e in here if "you" not in machine(e)] if ref else here
        if cards:
            room, card = cards[0]["room_id"], cards[0]["event_id"]
            if before := _tapped(person, card, key):
                await person.redact(room, before)  # as in Element
            else:
                await person.react(room, card, key)
        else:
            self.screen.say("Da ist nichts, worauf man tippen könnte.")


def _tapped(person: Person, card: str, key: str) -> str | None:
    """The person's reaction that stands below the card, if there is one."""
    taken_back = {e["content"].get("redacts", e.get("redacts")) for e in person.received}
    for event in person.received:
        tap = event["content"].get("m.relates_to", {})
        is_it = event["sender"] == person.user_id and (tap.get("event_id"), tap.get("key")) == (card, key)
        if is_it and event["event_id"] not in taken_back:
            return str(event["event_id"])
    return None


def _is_message(event: Event) -> bool:
    edits = event["content"].get("m.relates_to", {}).get("rel_type") == "m.replace"
    return bool(event["type"] == "m.room.message" and event["sender"] == BOT and not edits)
