"""A town of people who use the bot in every way at once, chosen by lot: what they type, tap, edit, delete, and when.

One seed is one run, the same each time. `Town.step` does one thing and says which; `invariants.check` looks at the
store and at all that was said afterwards.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import text

from commands.context import Settings
from storage.database import Database
from tests.chat import HALL, ROOMS, Chat, Said
from tests.simulator import lines

ZONE: Final = ZoneInfo("Europe/Zurich")
KORA, KARL, MONI = "@kora:localhost", "@karl:localhost", "@moni:localhost"
STRANGER: Final = "@stranger:elsewhere.example"
PIS: Final = tuple(
    f"@{name}:localhost" for name in ("pia", "urs", "lea", "peter", "anna", "beat", "carla", "dario")
)
NEWCOMERS: Final = tuple(f"@{name}:localhost" for name in ("eva", "fabio", "gina"))
KEYS: Final = ("👍", "👎", "✅", "❌", "❓", "✋", "👍🏽", "✔️", "❤️")


@dataclass(frozen=True)
class Act:
    """What was done in a step: a line for the record, the event, and whether it is a command that wants a reply."""

    what: str
    event_id: str | None = None
    command: bool = False
    said: tuple[Said, ...] = ()


@dataclass
class Tapped:
    event_id: str
    by: str
    room: str


@dataclass
class Typed:
    event_id: str
    by: str
    room: str
    line: str


@dataclass
class Town:
    """People, rooms and the bot. `rng` decides everything."""

    database: Database
    seed: int
    rng: random.Random = field(init=False)
    chat: Chat = field(init=False)
    typed: list[Typed] = field(default_factory=list)
    taps: list[Tapped] = field(default_factory=list)
    erased: set[str] = field(default_factory=set)
    steps: int = 0

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)  # noqa: S311 - a game, no secret
        settings = Settings(coordinators=(KORA, KARL), moderators=(MONI,), commands_per_minute=10_000)
        self.chat = Chat(self.database, settings)
        self.chat.enter(HALL, *PIS, KORA, MONI, STRANGER)
        for purpose in ("news", "ideas", "agenda"):
            self.chat.enter(ROOMS[purpose], *PIS, KORA, KARL, MONI)
        self.chat.enter(ROOMS["moderation"], KORA, KARL, MONI)
        self.chat.enter(ROOMS["coordination"], KORA, KARL)
        for user in (KORA, KARL, MONI, *NEWCOMERS, STRANGER):
            self.chat.direct(user)
        for user in PIS:
            self.chat.member(user)
        number = self.chat.process(*PIS[:4], leader=PIS[0], size=4)
        self.chat.group_room(number, *PIS[:4])
        self.chat.process(*PIS[4:6], name="Hundemarke", klass="M", leader=PIS[4], size=3)

    # --- the world as the store has it

    def rows(self, query: str, **values: object) -> list[tuple[object, ...]]:
        with self.database.transaction() as tx:
            return [tuple(row) for row in tx.execute(text(query), values)]

    def pick(self, query: str) -> str:
        """The number of one of the things, or one there is not."""
        found = [str(row[0]) for row in self.rows(query)]
        return self.rng.choice(found) if found and self.rng.random() > 0.03 else str(self.rng.randint(1, 9))

    def person(self) -> str:
        weights = [4] * len(PIS) + [3, 1, 2] + [1] * len(NEWCOMERS) + [1]
        return self.rng.choices([*PIS, KORA, KARL, MONI, *NEWCOMERS, STRANGER], weights)[0]

    def direct(self, user: str) -> str:
        return self.chat._room(user)

    def place(self, user: str) -> str:
        """A room in which this person may type."""
        groups = [
            str(row[0]) for row in self.rows("SELECT room_id FROM purposes WHERE purpose LIKE 'group %'")
        ]
        return self.rng.choice([self.direct(user)] * 3 + [HALL, ROOMS["ideas"], ROOMS["news"], *groups])

    # --- steps

    def step(self) -> Act:
        self.steps += 1
        self.chat.now += timedelta(seconds=self.rng.randint(3, 90))
        acts: list[tuple[int, Callable[[], Act]]] = [
            (50, self._command),
            (22, self._tap),
            (6, self._take_off),
            (6, self._undo),
            (6, self._edit),
            (2, self._delete),
            (3, self._again),
            (2, self._restart),
            (8, self._time),
            (3, self._talk),
            (2, self._move),
        ]
        [act] = self.rng.choices([act for _, act in acts], [weight for weight, _ in acts])
        done = act() if self.rng.random() > 0.003 else self._erase()
        self.chat.tick()
        self.chat.deliver(self.chat.core.edit_cards(now=self.chat.now))
        return done

    def _command(self) -> Act:
        by = self.person()
        line = lines.choose(self, by)
        room = self.place(by)
        return self._type(line, by, room)

    def _type(self, line: str, by: str, room: str) -> Act:
        said = self.chat.says("!" + line, by=by, room=room)
        self.typed.append(Typed(self.chat.last, by, room, line))
        return Act(f"{by} in {room}: !{line}", self.chat.last, command=True, said=tuple(said))

    def _tap(self) -> Act:
        by = self.person()
        recent = [s for s in self.chat.said[-200:] if s.edits is None]
        cards = {str(row[0]) for row in self.rows("SELECT event_id FROM cards")}
        if self.rng.random() < 0.8:
            recent = [s for s in self.chat.said if s.event_id in cards][-40:]
        if not recent:
            return Act("nothing to tap")
        message = self.rng.choice(recent)
        if message.room.startswith("!direct-"):
            by = f"@{message.room[8:].partition(':')[0]}:localhost"
        key = self.rng.choice(KEYS)
        said = self.chat.reacts(message, key, by=by)
        self.taps.append(Tapped(self.chat.last, by, message.room))
        return Act(f"{by} taps {key} on {message.machine}", self.chat.last, said=tuple(said))

    def _take_off(self) -> Act:
        if not self.taps:
            return Act("nothing to take off")
        tap = self.taps.pop(self.rng.randrange(max(0, len(self.taps) - 40), len(self.taps)))
        said = self.chat.takes_off(tap.event_id, by=tap.by, room=tap.room)
        return Act(f"{tap.by} takes off {tap.event_id}", said=tuple(said))

    def _undo(self) -> Act:
        if not self.typed:
            return Act("nothing to undo")
        typed = self.rng.choice(self.typed[-12:])
        replies = [s for s in self.chat.said if s.replies_to == typed.event_id]
        if not replies:
            return Act("no reply to undo")
        said = self.chat.reacts(replies[0], "↩️", by=typed.by)
        return Act(f"{typed.by} takes back !{typed.line}", said=tuple(said))

    def _edit(self) -> Act:
        if not self.typed:
            return Act("nothing to edit")
        n = self.rng.randrange(max(0, len(self.typed) - 25), len(self.typed))
        typed = self.typed[n]
        line = lines.vary(self, typed.line)
        said = self.chat.edits(typed.event_id, "!" + line, by=typed.by, room=typed.room)
        self.typed[n] = Typed(typed.event_id, typed.by, typed.room, line)
        return Act(f"{typed.by} edits !{typed.line} to !{line}", said=tuple(said))

    def _delete(self) -> Act:
        if not self.typed:
            return Act("nothing to delete")
        typed = self.rng.choice(self.typed[-20:])
        said = self.chat.takes_off(typed.event_id, by=typed.by, room=typed.room)
        return Act(f"{typed.by} deletes !{typed.line}", said=tuple(said))

    def _again(self) -> Act:
        """The homeserver hands out an event a second time, as after a crash: nothing changes."""
        if not self.typed:
            return Act("nothing again")
        typed = self.rng.choice(self.typed[-10:])
        before, count = self.dump(), len(self.chat.said)
        content = {"msgtype": "m.text", "body": "!" + typed.line}
        self.chat.sends("m.room.message", content, by=typed.by, room=typed.room, event_id=typed.event_id)
        assert self.chat.said[count:] == [], f"said twice because of !{typed.line}"
        assert self.dump() == before, f"!{typed.line} again changed the store"
        return Act(f"again: !{typed.line}")

    def _restart(self) -> Act:
        self.chat.restart()
        return Act("the bot dies and starts")

    def _time(self) -> Act:
        spans: list[dict[str, float]] = [
            {"minutes": 1},
            {"minutes": 11},
            {"hours": 5},
            {"days": 1},
            {"days": 8},
        ]
        [span] = self.rng.choices(spans, [8, 6, 4, 3, 1])
        self.chat.later(**span)
        return Act(f"time passes: {span}")

    def _talk(self) -> Act:
        by = self.person()
        room = self.rng.choice([HALL, ROOMS["ideas"]])
        said = self.chat.says(
            self.rng.choice(["Guten Morgen zusammen", "pibot hat recht", "I1 finde ich gut"]),
            by=by,
            room=room,
        )
        assert said == [], f"talk was answered: {said[0].text}"
        return Act(f"{by} talks")

    def _erase(self) -> Act:
        by = self.rng.choice(PIS[5:])
        room = self.direct(by)
        asked = self.chat.says("!datenschutz löschen", by=by, room=room)
        confirm = next((s.machine["confirm"] for s in asked if "confirm" in s.machine), None)
        if confirm is None:
            return Act(f"{by} can't be erased")
        said = self.chat.says(str(confirm), by=by, room=room)
        self.typed = [typed for typed in self.typed if typed.by != by]
        self.taps = [tap for tap in self.taps if tap.by != by]
        self.erased.add(by)
        return Act(f"{by} is erased", said=tuple(said))

    def _move(self) -> Act:
        """Somebody comes into a group's room, or goes."""
        groups = [
            str(row[0]) for row in self.rows("SELECT room_id FROM purposes WHERE purpose LIKE 'group %'")
        ]
        if not groups:
            return Act("no group's room")
        room, user = self.rng.choice(groups), self.rng.choice([*PIS, KORA])
        membership = self.rng.choice(["join", "leave"])
        said = self.chat.moves(user, membership, room)
        return Act(f"{user}: {membership} in {room}", said=tuple(said))

    # --- the whole store

    def dump(self) -> dict[str, list[tuple[str, ...]]]:
        """All rows of all tables, but for the token that every batch moves."""
        from storage.base import Base  # noqa: PLC0415

        with self.database.transaction() as tx:
            found = {
                table.name: sorted(tuple(map(repr, row)) for row in tx.execute(table.select()))
                for table in Base.metadata.sorted_tables
            }
        found["facts"] = [row for row in found["facts"] if "sync_token" not in str(row[0])]
        return found
