"""Prints what is said in the rooms as a chat: time, room, who, and what; the bot's messages are indented."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.demo.people import Event, Person

ZONE: Final = ZoneInfo("Europe/Zurich")
WIDEST: Final = 120  # columns
_LABEL, _WHO = 14, 18  # columns for the room and for the person
_COLOURS: Final = ("36", "35", "33", "34")


class Screen:
    """All that people have received, printed by `show`, each event once."""

    def __init__(self, bot: str) -> None:
        self.bot = bot
        self.prompt = ""  # shown again below whatever is printed
        self._rooms: dict[str, str] = {}
        self._names: dict[str, str] = {bot: "PI-Bot"}
        self._people: list[Person] = []
        self._read: dict[str, int] = {}
        self._seen: set[str] = set()
        self._bodies: dict[str, list[str]] = {}  # what each message says now
        self._coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def follow(self, people: Iterable[tuple[Person, str]], rooms: Mapping[str, str]) -> None:
        """Show what these people, with their names, receive from now on; `rooms`: a label for each id."""
        self._rooms |= rooms
        for person, name in people:
            self._people.append(person)
            self._names[person.user_id] = name
        self._fresh()

    def show(self) -> None:
        """Print what is new."""
        for event in self._fresh():
            content = event["content"]
            match event["type"]:
                case "m.room.message" if content:
                    self._message(event)
                case "m.reaction" if content and event["sender"] != self.bot:
                    self._line(event, f"tippt {_related(event).get('key')} auf «{self._first_line(event)}»")
                case "m.room.redaction":
                    self._line(event, "nimmt etwas zurück")

    def say(self, text: str) -> None:
        """Print something that is no chat."""
        self.show()
        self._print(self._paint(text, "2"))

    def since(self, what: str, event: Event) -> None:
        """Print that this is so, and since when: it may have been printed long before."""
        self.say(f"✓ {what}, seit {_time(event)}")

    def scene(self, title: str) -> None:
        self.show()
        self._print("\n" + self._paint(f"— {title} —", "1"))

    def wrong(self, text: str) -> None:
        self.show()
        self._print(self._paint(f"✗ {text}", "31"))

    def _fresh(self) -> list[Event]:
        """All that was not shown yet, by the homeserver's time."""
        found = []
        for person in self._people:
            start = self._read.get(person.user_id, 0)
            new = person.received[start:]
            self._read[person.user_id] = start + len(new)
            for event in new:
                if event["event_id"] and event["event_id"] not in self._seen:
                    self._seen.add(event["event_id"])
                    found.append(event)
                    if event["type"] == "m.room.name":  # until it has the label of `follow`
                        name = str(event["content"].get("name", ""))
                        self._rooms.setdefault(event["room_id"], name.split(" · ", maxsplit=1)[0][:_LABEL])
        return sorted(found, key=lambda e: int(e["origin_server_ts"]))

    def _message(self, event: Event) -> None:
        """A message; of one that is edited, its first line and what is new in it."""
        relation, content = _related(event), event["content"]
        marks = {"m.thread": "↳ ", "m.replace": "✎ "}
        mark = "📎 " if content.get("msgtype") == "m.file" else marks.get(relation.get("rel_type", ""), "")
        edited = relation.get("event_id", "") if relation.get("rel_type") == "m.replace" else ""
        lines = str(content.get("m.new_content", content).get("body", "")).split("\n")
        before = self._bodies.get(edited, [])
        self._bodies[edited or event["event_id"]] = lines
        self._line(
            event, mark + "\n".join(line for n, line in enumerate(lines) if n == 0 or line not in before)
        )

    def _line(self, event: Event, text: str) -> None:
        who = self._names.get(event["sender"], event["sender"])
        head = f"{_time(event)}  {self._label(event):<{_LABEL}}"
        bar = "│ " if event["sender"] == self.bot else ""
        width = max(40, min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns) - _LABEL - _WHO - 12)
        lines = [piece for line in text.split("\n") for piece in textwrap.wrap(line, width) or [""]]
        for number, line in enumerate(lines):
            start = head + self._paint(f"{who:<{_WHO}}", self._colour(event["sender"])) if number == 0 else ""
            self._print((start or " " * (_LABEL + _WHO + 10)) + bar + line)

    def _label(self, event: Event) -> str:
        return self._rooms.get(event["room_id"], "")

    def _first_line(self, reaction: Event) -> str:
        lines = self._bodies.get(_related(reaction).get("event_id", ""), [""])
        return textwrap.shorten(lines[0], 60, placeholder=" …")

    def _colour(self, sender: str) -> str:
        names = list(self._names)
        return _COLOURS[names.index(sender) % len(_COLOURS)] if sender in names else "0"

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._coloured else text

    def _print(self, text: str) -> None:
        if self.prompt:
            sys.stdout.write("\r\x1b[K")
        sys.stdout.write(f"{text}\n{self.prompt}")
        sys.stdout.flush()


def _time(event: Event) -> str:
    return f"{datetime.fromtimestamp(event['origin_server_ts'] / 1000, ZONE):%H:%M:%S}"


def _related(event: Event) -> dict[str, Any]:
    relation: dict[str, Any] = event["content"].get("m.relates_to", {})
    return relation
