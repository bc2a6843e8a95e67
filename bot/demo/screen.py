"""Prints what is said in the rooms as a chat: time, room, who, and what; the bot's messages are indented."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.demo.people import Event, Person

ZONE: Final = ZoneInfo("Europe/Zurich")
WIDEST: Final = 120  # columns
_LABEL, _WHO = 14, 18  # columns for the room and for the person
_COLOURS: Final = ("36", "35", "33", "34")


class Screen:
    """What the people have received and the screen has not shown yet is printed by `show`, each event once."""

    def __init__(self, bot: str) -> None:
        self.bot = bot
        self.prompt = ""  # shown again below whatever is printed
        self._rooms: dict[str, str] = {}
        self._names: dict[str, str] = {bot: "PI-Bot"}
        self._people: list[Person] = []
        self._read: dict[str, int] = {}
        self._shown: dict[str, Event] = {}
        self._coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def follow(self, people: Iterable[tuple[Person, str]], rooms: Mapping[str, str]) -> None:
        """Show what these people (with their names) receive from now on; `rooms`: a label for each room id."""
        self._rooms |= rooms
        for person, name in people:
            self._people.append(person)
            self._names[person.user_id] = name
        self._fresh()

    def show(self) -> None:
        """Print what is new."""
        for (kind, *_), group in groupby(self._fresh(), key=self._kind):
            events = list(group)
            if kind == "message":
                self._message(events[0])
            elif kind == "tap":
                self._line(events[0], f"{_key(events[0])}  auf «{self._first_line(events[0])}»")
            elif kind == "seeds":
                self._print(" " * (_LABEL + _WHO + 10) + "│ " + " ".join(f"[{_key(e)}]" for e in events))
            elif kind == "joins":
                self._line(events[0], "tritt bei: " + ", ".join(self._label(e) for e in events))
            elif kind == "deletion":
                self._line(events[0], "nimmt etwas zurück")

    def say(self, text: str) -> None:
        """Print something that is no chat."""
        self.show()
        self._print(self._paint(text, "2"))

    def scene(self, title: str) -> None:
        self.show()
        self._print("\n" + self._paint(f"— {title} —", "1"))

    def wrong(self, text: str) -> None:
        self.show()
        self._print(self._paint(f"✗ {text}", "31"))

    def _fresh(self) -> list[Event]:
        """What was not shown yet, by the homeserver's time."""
        found = []
        for person in self._people:
            start = self._read.get(person.user_id, 0)
            new = person.received[start:]
            self._read[person.user_id] = start + len(new)
            for event in new:
                if event["event_id"] and event["event_id"] not in self._shown:
                    self._shown[event["event_id"]] = event
                    found.append(event)
                    if event["room_id"] not in self._rooms:
                        self._rooms[event["room_id"]] = f"Direkt {self._names[person.user_id].split()[0]}"
        return sorted(found, key=lambda e: int(e["origin_server_ts"]))

    def _kind(self, event: Event) -> tuple[str, str, str]:
        """What the event is to the reader, and what it is shown together with."""
        sender, event_id = event["sender"], event["event_id"]
        match event["type"]:
            case "m.room.message" if event["content"]:
                return "message", event_id, ""
            case "m.reaction" if sender == self.bot:
                return "seeds", _related(event).get("event_id", ""), ""
            case "m.reaction" if event["content"]:
                return "tap", event_id, ""
            case "m.room.member" if sender != self.bot and event["content"].get("membership") == "join":
                return "joins", sender, ""
            case "m.room.redaction":
                return "deletion", event_id, ""
        return "", "", ""

    def _message(self, event: Event) -> None:
        relation = _related(event)
        content = event["content"]
        mark = "↳ " if relation.get("rel_type") == "m.thread" else ""
        if relation.get("rel_type") == "m.replace":
            mark, content = "✎ ", content.get("m.new_content", content)
        if content.get("msgtype") == "m.file":
            mark = "📎 "
        self._line(event, mark + str(content.get("body", "")))

    def _line(self, event: Event, text: str) -> None:
        time = datetime.fromtimestamp(event["origin_server_ts"] / 1000, ZONE)
        who = self._names.get(event["sender"], event["sender"])
        head = f"{time:%H:%M:%S}  {self._label(event):<{_LABEL}}"
        bar = "│ " if event["sender"] == self.bot else ""
        width = max(40, min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns) - _LABEL - _WHO - 12)
        lines = [piece for line in text.split("\n") for piece in textwrap.wrap(line, width) or [""]]
        for number, line in enumerate(lines):
            start = head + self._paint(f"{who:<{_WHO}}", self._colour(event["sender"])) if number == 0 else ""
            self._print((start or " " * (_LABEL + _WHO + 10)) + bar + line)

    def _label(self, event: Event) -> str:
        return self._rooms.get(event["room_id"], "")

    def _first_line(self, reaction: Event) -> str:
        target = self._shown.get(_related(reaction).get("event_id", ""))
        line = str(target["content"].get("body", "")).split("\n")[0] if target else ""
        return textwrap.shorten(line, 60, placeholder=" …")

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


def _related(event: Event) -> dict[str, Any]:
    relation: dict[str, Any] = event["content"].get("m.relates_to", {})
    return relation


def _key(event: Event) -> str:
    return str(_related(event).get("key", ""))
