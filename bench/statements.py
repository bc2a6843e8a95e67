"""How many statements commands take, in a group of seven that meets every week, twelve times.

Counted at the driver, without a homeserver: all of the transaction that carries the command, with its begin and its
savepoint; what follows by itself, the cards that are edited and what people are told half a minute later, apart. A
list of values given at once (`executemany`) is one statement. Calls into the store are those of its functions from
outside of it.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Final

from sqlalchemy import event

import storage
from bench.tables import markdown
from bot.core.batches import Batch, RoomBatch
from commands.framework.declarations import JOBS
from commands.framework.telling import GATHERED_FOR
from storage.engine.base import Base
from storage.engine.database import Database
from storage.outbox import Errand
from tests.support.chat import HALL, Chat

GROUP: Final = tuple(f"@person{n}:localhost" for n in range(1, 8))
LEADER, MEMBER = GROUP[0], GROUP[1]
STORE: Final = Path(storage.__file__).parent
SERIES: Final = "wann: 05.11.2026 13:30-15:00 | jede: woche | bis: 21.01.2027"  # twelve dates, S1 to S12
# By name: what is said, and by whom.
CASES: Final[dict[str, tuple[str, str]]] = {
    "meeting move": ("!sitzung verschieben S3 wann: 20.11.2026 13:30-15:00", LEADER),
    "meeting move, all": ("!sitzung verschieben S3 wann: 20.11.2026 13:30-15:00 | modus: alle", LEADER),
    "meeting edit": ("!sitzung ändern S3 ort: Liestal", LEADER),
    "meeting edit, all": ("!sitzung ändern S3 ort: Liestal | modus: alle", LEADER),
    "meeting cancel": ("!sitzung streichen S3 grund: Ferien", LEADER),
    "meeting cancel, all": ("!sitzung streichen S3 grund: Ferien | modus: alle", LEADER),
    "meeting new": ("!sitzung neu P1 Schluss | wann: 18.06.2027 13:30", LEADER),
    "meeting new, a series": (f"!sitzung neu P1 Weiteres | {SERIES}", LEADER),
    "meeting accept": ("!sitzung zusagen S3", MEMBER),
    "meeting decline": ("!sitzung absagen S3", MEMBER),
    "meeting show": ("!sitzung zeige S3", MEMBER),
    "meeting list": ("!sitzung liste", MEMBER),
    "idea new": ("!idee neu Hundesteuer: Rechnung per E-Mail", MEMBER),
    "idea vote": ("!idee stimme I1 +", MEMBER),
    "idea show": ("!idee zeige I1", MEMBER),
}


@dataclass
class Tally:
    """What was counted: statements, and calls of the store's functions."""

    statements: list[str] = field(default_factory=list)
    calls: int = 0


class Counted:
    """A chat on a store whose driver counts."""

    def __init__(self) -> None:
        storage.load()
        self.tally = Tally()
        database = Database("sqlite:///:memory:")
        event.listen(database.engine, "do_connect", self._connect)
        with database.transaction() as tx:
            Base.metadata.create_all(tx)
        self.chat = Chat(database)

    def _connect(self, _dialect: Any, _record: Any, _args: Any, values: dict[str, Any]) -> None:
        counted = self

        class Cursor(sqlite3.Cursor):
            def execute(self, sql: str, *args: Any) -> Any:
                counted.tally.statements.append(sql)
                return super().execute(sql, *args)

            def executemany(self, sql: str, *args: Any) -> Any:
                counted.tally.statements.append(sql)
                return super().executemany(sql, *args)

        class Connection(sqlite3.Connection):
            def execute(self, sql: str, *args: Any) -> Any:  # begin and savepoints
                counted.tally.statements.append(sql)
                return super().execute(sql, *args)

            def cursor(self, *_: Any) -> Any:
                return super().cursor(Cursor)

        values["factory"] = Connection

    @contextmanager
    def counting(self) -> Iterator[Tally]:
        """What is done inside."""
        before, self.tally = self.tally, Tally()
        profiler = sys.getprofile()
        sys.setprofile(self._called)
        try:
            yield self.tally
        finally:
            sys.setprofile(profiler)
            self.tally = before

    def _called(self, frame: FrameType, what: str, _arg: Any) -> None:
        if what != "call" or frame.f_back is None:
            return
        called, caller = (Path(one.f_code.co_filename) for one in (frame, frame.f_back))
        named = not frame.f_code.co_name.startswith(("_", "<"))
        if called.parent == STORE and named and STORE not in caller.parents:
            self.tally.calls += 1

    def asks(self, text: str, by: str) -> dict[str, Tally]:
        """Somebody says this in the hall: the command, its cards, and what people are told half a minute later."""
        said = {"msgtype": "m.text", "body": text}
        return self._follow(self.chat.happens("m.room.message", said, by=by, room=HALL))

    def takes_back(self, by: str) -> dict[str, Tally]:
        """The same, of ↩️ on the last reply."""
        reply = next(said for said in reversed(self.chat.said) if said.replies_to is not None)
        relation = {"rel_type": "m.annotation", "event_id": reply.event_id, "key": "↩️"}
        return self._follow(self.chat.happens("m.reaction", {"m.relates_to": relation}, by=by, room=HALL))

    def _follow(self, happened: RoomBatch) -> dict[str, Tally]:
        chat, found = self.chat, {}
        steps: dict[str, Callable[[], list[Errand]]] = {
            "command": lambda: chat.core.apply(Batch(f"s{chat.count}", (happened,)), (), now=chat.now),
            "cards": lambda: chat.core.edit_cards(now=chat.now),
            "told": lambda: chat.core.tick(JOBS["gathered notices"], now=chat.now + GATHERED_FOR),
        }
        for name, step in steps.items():
            with self.counting() as found[name]:
                errands = step()
            chat.deliver(errands)
        return found


@contextmanager
def group_that_meets() -> Iterator[Counted]:
    """A group of seven with its room and its series, and an idea, on a store that counts."""
    counted = Counted()
    chat = counted.chat
    for person in GROUP:
        chat.member(person)
    chat.process(*GROUP, leader=LEADER)
    chat.group_room(1, *GROUP)
    chat.says(f"!sitzung neu P1 Formulare sichten | {SERIES}", by=LEADER)
    chat.says("!idee neu Umzugsmeldung: Formulare vorausfüllen", by=GROUP[2])
    chat.later(minutes=1)
    chat.edit_cards()
    try:
        yield counted
    finally:
        chat.database.close()


def count_statements() -> dict[str, Any]:
    """Count, print the table; all figures."""
    rows, found = [], {}
    for name, (text, by) in CASES.items():
        with group_that_meets() as counted:
            steps = {name: counted.asks(text, by)}
            reply = counted.chat.said
            assert "error" not in {said.machine["type"] for said in reply}, text
            if name == "meeting move":
                steps["meeting move, ↩️"] = counted.takes_back(by)
        for step, tallies in steps.items():
            found[step] = {part: [len(one.statements), one.calls] for part, one in tallies.items()}
            rows.append([step, *(f"{len(one.statements)} / {one.calls}" for one in tallies.values())])
    print(markdown(["statements / calls of the store", "command", "its cards", "what is told of it"], rows))
    return found
