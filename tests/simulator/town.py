"""A town of people who use the bot in every way at once, chosen by lot: what they type, tap, edit, delete, and when.

One seed is one run, the same each time. `acts.step` does one thing and says which; `invariants.check_all` looks at the
store and at all that was said afterwards.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import text

from bot.core.batches import RoomBatch
from bot.core.people import where_of
from commands.framework.context import Settings
from storage.engine.base import Base
from storage.engine.database import Database
from storage.outbox import Done, Errand
from tests.support.chat import HALL, ROOMS, Chat, Said

ZONE: Final = ZoneInfo("Europe/Zurich")
KORA, KARL, MONI = "@kora:localhost", "@karl:localhost", "@moni:localhost"
STRANGER: Final = "@stranger:elsewhere.example"
PIS: Final = tuple(
    f"@{name}:localhost" for name in ("pia", "urs", "lea", "peter", "anna", "beat", "carla", "dario")
)
NEWCOMERS: Final = tuple(f"@{name}:localhost" for name in ("eva", "fabio", "gina"))


@dataclass(frozen=True)
class Act:
    """What was done in a step: a line for the record, the commands that want a reply, who was erased by it."""

    what: str
    commands: tuple[str, ...] = ()
    said: tuple[Said, ...] = ()
    erased: str = ""


@dataclass
class Tapped:
    event_id: str
    by: str
    room: str
    on: str
    key: str


@dataclass
class Typed:
    event_id: str
    by: str
    room: str
    line: str


class Server(Chat):
    """What is sent again is not said again. `cut`: the bot dies after so many, and knows of none of them."""

    cut: int | None = None

    def __post_init__(self) -> None:
        self.done: dict[int, Done] = {}
        self.tapped: dict[str, tuple[str, str]] = {}  # people's reactions: on which event, which key
        self.put: dict[
            tuple[str, str], bool
        ] = {}  # on which event which key was put on or taken off, or left out
        super().__post_init__()

    def deliver(self, errands: list[Errand]) -> None:
        if self.cut is None:
            super().deliver(errands)
        else:
            self.send(errands[: self.cut])

    def send(self, errands: list[Errand]) -> list[Done]:
        for errand in errands:
            if errand.id not in self.done:
                [self.done[errand.id]] = super().send([errand])
                self.tapped.pop(errand.content.get("event_id") or "", None)
        return [self.done[errand.id] for errand in errands]

    def _seed(self, errand: Errand) -> Done:
        done, on = super()._seed(errand), (self.events[errand.waits_for or 0], errand.content["key"])
        self.put[on] = done.error is None
        return done

    def happens(self, kind: str, content: Any, **more: Any) -> RoomBatch:
        told = super().happens(kind, content, **more)
        if kind == "m.reaction":
            relation = content["m.relates_to"]
            self.tapped[self.last] = (relation["event_id"], relation["key"])
        elif kind == "m.room.redaction":
            self.tapped.pop(content["redacts"], None)
        return told


@dataclass
class Town:
    """People, rooms and the bot. `rng` decides everything."""

    database: Database
    seed: int
    rng: random.Random = field(init=False)
    chat: Server = field(init=False)
    typed: list[Typed] = field(default_factory=list)
    taps: list[Tapped] = field(default_factory=list)
    tried: Counter[str] = field(default_factory=Counter)  # how often each line was typed
    steps: int = 0

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)  # noqa: S311 - a game, no secret
        settings = Settings(coordinators=(KORA, KARL), moderators=(MONI,), commands_per_minute=10_000)
        self.chat = Server(self.database, settings)
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

    def is_direct(self, room: str, user: str) -> bool:
        """The bot knows it as their direct chat; not so that of somebody erased."""
        with self.database.transaction() as tx:
            return where_of(tx, room, user, None).direct

    def place(self, user: str) -> str:
        """A room in which this person may type."""
        halls = [HALL, ROOMS["ideas"], ROOMS["news"], *self.groups()]
        return self.rng.choice([self.direct(user)] * 3 + halls)

    def groups(self) -> list[str]:
        """The groups' rooms."""
        return [str(row[0]) for row in self.rows("SELECT room_id FROM purposes WHERE purpose LIKE 'group %'")]

    def sitting(self, room: str) -> set[str]:
        """Who is in the room."""
        query = "SELECT user_id FROM occupants WHERE room_id = :r AND membership = 'join'"
        return {str(row[0]) for row in self.rows(query, r=room)}

    def kept(self) -> Counter[str]:
        """The commands that were carried out, by name."""
        done = self.rows("SELECT command FROM handled_events WHERE outcome IN ('done', 'gone')")
        return Counter(str(name) for (name,) in done)

    # --- the whole store

    def dump(self) -> dict[str, list[tuple[str, ...]]]:
        """All rows of all tables, but for the token that every batch moves."""
        with self.database.transaction() as tx:
            found = {
                table.name: sorted(tuple(map(repr, row)) for row in tx.execute(table.select()))
                for table in Base.metadata.sorted_tables
            }
        found["facts"] = [row for row in found["facts"] if "sync_token" not in str(row[0])]
        return found
