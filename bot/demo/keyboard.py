"""Lets one type as any of the people, once the day is over."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Final

from bot.demo.community import BOT, Community
from bot.demo.people import Event, MatrixError
from bot.demo.screen import Screen
from bot.demo.tour import machine

HELP: Final = """\
Jetzt Sie: Schreiben Sie als pia, urs oder kora, zum Beispiel «!hilfe» oder «!idee neu …».
  urs>           als Urs weiterschreiben (auch /urs); «urs> !idee liste» geht in einem
  /räume         welche Räume es gibt; /raum ideen wechselt dorthin
  /tippe 👍 I1   auf eine Karte tippen
  /ende          aufhören (auch Ctrl-C)"""


class Keyboard:
    """Who types at present, and where; every person stays in their own room."""

    def __init__(self, community: Community, screen: Screen) -> None:
        self.community, self.screen = community, screen
        self.who = "pia"
        self.where = dict(community.direct)

    async def run(self, source: int = 0) -> None:
        """What is typed is said, until `/ende` or the end of the input; `source`: its file descriptor."""
        lines: asyncio.Queue[str | None] = asyncio.Queue()

        def read() -> None:
            typed = os.read(source, 65_536)  # of a terminal, a whole line
            for line in typed.decode(errors="replace").splitlines():
                lines.put_nowait(line.strip())
            if not typed:
                lines.put_nowait(None)

        loop = asyncio.get_running_loop()
        loop.add_reader(source, read)
        try:
            self._ask()
            while (line := await lines.get()) not in (None, "/ende", "/end", "/quit"):
                self.screen.prompt = ""
                await self._do(line or "")
                self._ask()
        finally:
            self.screen.prompt = ""
            loop.remove_reader(source)

    def _ask(self) -> None:
        room = self.community.name_of(self.where[self.who], self.who)
        self.screen.prompt = f"{self.who}{'' if room == 'direkt' else ' #' + room}> "
        sys.stdout.write(self.screen.prompt)
        sys.stdout.flush()

    async def _do(self, line: str) -> None:
        name, mark, rest = line.partition(">")
        if mark and name.strip().casefold() in self.community.people:
            self.who, line = name.strip().casefold(), rest.strip()
        elif line[1:].casefold() in self.community.people and line[0] == "/":
            self.who, line = line[1:].casefold(), ""
        try:
            match line.split():
                case []:
                    pass
                case ["/räume" | "/raeume" | "/rooms"]:
                    self.screen.say(" · ".join(self._rooms()))
                case ["/raum" | "/room", name]:
                    self._go(name.casefold())
                case ["/tippe" | "/tap", key, *ref]:
                    await self._tap(key, ref[0].upper() if ref else None)
                case [command, *_] if command.startswith("/"):
                    self.screen.say(HELP)
                case _:
                    person = self.community.people[self.who]
                    await person.say(self.where[self.who], line)
        except MatrixError as refused:
            self.screen.wrong(f"Das lässt der Homeserver nicht zu: {refused}")

    def _rooms(self) -> dict[str, str]:
        """The rooms of the present person, by name."""
        joined = {e["room_id"] for e in self.community.people[self.who].received if e["event_id"]}
        rooms = [
            self.community.direct[self.who],
            *(r for p, r in self.community.rooms.items() if p != "space"),
        ]
        return {self.community.name_of(room, self.who): room for room in rooms if room in joined}

    def _go(self, name: str) -> None:
        rooms = self._rooms()
        if name in rooms:
            self.where[self.who] = rooms[name]
        else:
            self.screen.say(f"Diesen Raum gibt es nicht. Es gibt: {' · '.join(rooms)}")

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
            await person.react(cards[0]["room_id"], cards[0]["event_id"], key)
        else:
            self.screen.say("Da ist nichts, worauf man tippen könnte.")


def _is_message(event: Event) -> bool:
    edits = event["content"].get("m.relates_to", {}).get("rel_type") == "m.replace"
    return bool(event["type"] == "m.room.message" and event["sender"] == BOT and not edits)
