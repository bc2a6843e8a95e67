"""Each command on a store with 100,000 ideas, 1,000,000 votes and 10,000 members, and on an almost empty one.

Without a homeserver: a batch with one message goes through the core, as it comes from the sync, and the next
batch records that its messages were sent. The two stores take turns, command by command.
"""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import event

import storage
from bench.fill import BOT, FULL, HALL, IDEAS, NEWS, NOW, SMALL, Size, direct, fill, user
from bench.tables import markdown
from bot.core.events import read
from bot.core.facade import Core
from bot.core.intake import Batch, RoomBatch
from commands.framework.context import Settings
from commands.framework.declarations import COMMANDS, JOBS
from storage.engine import statements
from storage.engine.base import Base, Tx
from storage.engine.database import Database
from storage.engine.schema import migrate
from storage.engine.statements import Compiled, Found, Values
from storage.outbox import Done, Errand

HOMESERVER = 40.0  # milliseconds of a round trip that are the homeserver's, whatever is asked
ALLOWED = 1.2
QUICK = Size(ideas=5_000, votes=50_000, members=1_000, news=500, messages=5_000)
Text = Callable[[int, Size], str]  # the text of the nth time, on a store of this size


def _same(text: str) -> Text:
    return lambda _n, _size: text


# By name: what is asked. Ideas in the middle have few votes, I1 has those of half of the members.
CASES: dict[str, Text] = {
    "idee zeige": lambda n, size: f"!idee zeige I{size.ideas // 2 + n % 5}",
    "idee zeige, die meistgewählte": _same("!idee zeige I1"),
    "zeige": lambda n, size: f"!zeige I{size.ideas // 2 + n % 5}",
    "idee stimme": lambda n, size: f"!idee stimme I{size.ideas - n % 20} {'+-'[n // 20 % 2]}",
    "idee stimme, die meistgewählte": lambda n, _: f"!idee stimme I1 {'+-'[n % 2]}",
    "idee bewerte": lambda n, size: f"!idee bewerte I{size.ideas - n % 20} aufwand: {n % 5 + 1} nutzen: 4",
    "idee neu": lambda n, _: f"!idee neu Schwimmkurs für {_letters(n)} ausschreiben | thema: Hund",
    "idee ändern": lambda n, size: f"!idee ändern I{size.ideas + 1} titel: Hallenbad {_letters(n)} beheizen",
    "idee liste": _same("!idee liste"),
    "idee liste, Seite 3": _same("!idee liste seite: 3"),
    "idee liste, nach Stand": _same("!idee liste stand: offen | sort: stimmen"),
    "idee liste, nach Thema": _same("!idee liste thema: Hund"),
    "idee liste, nach Thema und Stimmen": _same("!idee liste thema: Hund | sort: stimmen"),
    "idee liste, nach Matrix": _same("!idee liste sort: matrix"),
    "idee liste, Suche": _same("!idee liste suche: hund meldung"),
    "idee liste, Suche nach Anfang": _same("!idee liste suche: vor"),
    "idee meine": _same("!idee meine"),
    "idee top": _same("!idee top"),
    "idee matrix": _same("!idee matrix"),
    "mitglied liste": _same("!mitglied liste"),
    "mitglied liste, nach Gemeinde": _same("!mitglied liste gemeinde: Aesch"),
    "mitglied liste, Suche": _same("!mitglied liste suche: meier"),
    "rolle liste": _same("!rolle liste"),
    "rolle geben": lambda n, _: f"!rolle {('geben', 'nehmen')[n % 2]} {user(7)} moderator",
    "gemeinde liste": _same("!gemeinde liste"),
    "gemeinde zeige": _same("!gemeinde zeige Aesch"),
    "gemeinde abdeckung": _same("!gemeinde abdeckung"),
    "news liste": _same("!news liste"),
    "news liste, Suche": _same("!news liste suche: portal"),
    "news liste, nach Tag": _same("!news liste tags: hund"),
    "news zeige": _same("!news zeige N3"),
    "news entwürfe": _same("!news entwürfe"),
    "news neu": lambda n, _: f"!news neu Neues {_letters(n)}\nSeit heute gibt es mehr.",
    "profil zeige": _same("!profil zeige"),
    "profil zeige, jemanden": _same(f"!profil zeige {user(9)}"),
    "profil ändern": lambda n, _: f"!profil ändern funktion: Bauverwaltung {n}",
    "datenschutz auskunft": _same("!datenschutz auskunft"),
    "protokoll": _same("!protokoll"),
    "hilfe": _same("!hilfe"),
    "hilfe, im Raum": _same("!hilfe idee"),
    "rolle liste, im Raum": _same("!rolle liste"),
    "status": _same("!status"),
    "unbekannt": _same("!idee listn"),
}


def _letters(number: int) -> str:
    """A word of its own: ideas that are alike are refused."""
    return "".join(chr(ord("a") + int(digit)) * 2 for digit in f"{number:05}").capitalize()


class Store:
    """A filled store and the bot's core on it."""

    def __init__(self, path: Path, size: Size) -> None:
        self.size = size
        migrate(f"sqlite:///{path}")
        self.database = Database(f"sqlite:///{path}")
        storage.load()
        asker = user(0)
        with self.database.transaction() as tx:
            Base.metadata.create_all(tx)  # tables whose migration is still to be made
            fill(tx, size)
        settings = Settings(coordinators=(asker,), commands_per_minute=100_000_000)
        self.core = Core(self.database, settings, names=("PI-Bot",))
        self.core.prepare(now=NOW)
        for purpose, room in (("ideas", IDEAS), ("news", NEWS)):
            self.core.assign_room(purpose, room, now=NOW)
        self.now, self.count = NOW, 0
        self._errands: list[Errand] = []
        self.traced: list[tuple[str, Any, float]] | None = None  # statement, its values, seconds
        self._watch()
        event.listen(self.database.engine, "before_cursor_execute", self._begun)
        event.listen(self.database.engine, "after_cursor_execute", self._ended)

    def close(self) -> None:
        self.database.close()

    def ask(self, text: str, *, room: str = HALL) -> tuple[float, float]:
        """Give the command; milliseconds on the clock, and of CPU."""
        self.count += 1
        self.now += timedelta(seconds=5)
        raw = {
            "type": "m.room.message",
            "event_id": f"$new{self.count}",
            "sender": user(0),
            "origin_server_ts": int(self.now.timestamp() * 1000),
            "content": {"msgtype": "m.text", "body": text},
        }
        message = read(raw, room, bot=BOT)
        assert message is not None
        batch = Batch(f"s{self.count}", (RoomBatch(room, (), (), joined=True),), events=(message,))
        done = [Done(e.id, f"$sent{e.id}") for e in self._errands]
        return self._timed(lambda: self.core.apply(batch, done, now=self.now))

    def edit_card(self, vote: str) -> tuple[float, float]:
        """Edit the card of an idea that was voted on just now."""
        self.ask(vote)
        before = self._errands
        took = self._timed(lambda: self.core.edit_cards(now=self.now))
        self._errands = before + self._errands
        return took

    def tick(self, name: str) -> tuple[float, float]:
        before = self._errands
        took = self._timed(lambda: self.core.tick(JOBS[name], now=self.now))
        self._errands = before + self._errands
        return took

    def _timed(self, act: Callable[[], list[Errand]]) -> tuple[float, float]:
        start, cpu = time.perf_counter(), time.thread_time()
        self._errands = act()
        return (time.perf_counter() - start) * 1000, (time.thread_time() - cpu) * 1000

    def answer(self) -> dict[str, Any]:
        """What the bot said last."""
        found: dict[str, Any] = next((e.content for e in self._errands if e.kind in ("message", "file")), {})
        return found

    # --- its statements

    def trace(self, act: Callable[[], object]) -> list[tuple[str, Any, float]]:
        found: list[tuple[str, Any, float]] = []
        self.traced = found
        act()
        self.traced = None
        return found

    def _watch(self) -> None:
        """See the statements that go straight to the driver; those that go through SQLAlchemy are events of its."""
        inner = statements._run  # noqa: SLF001

        def timed(tx: Tx, compiled: Compiled, many: list[Values] | None, values: Values) -> Found:
            start = time.perf_counter()
            found = inner(tx, compiled, many, values)
            if self.traced is not None:
                given = compiled.values(many[0] if many else values)
                self.traced.append((compiled.sql, given, time.perf_counter() - start))
            return found

        statements._run = timed  # noqa: SLF001

    def _begun(self, _c: Any, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool) -> None:
        if self.traced is not None:
            context.bench_started = time.perf_counter()

    def _ended(self, _c: Any, _cursor: Any, statement: str, values: Any, context: Any, _many: bool) -> None:
        if self.traced is not None:
            self.traced.append((statement, values, time.perf_counter() - context.bench_started))

    def plan(self, statement: str, values: Any) -> list[str]:
        values = tuple(values) if isinstance(values, list) else values
        with self.database.transaction() as tx:
            return [row[3] for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]


Acts = dict[str, Callable[[Store, int], tuple[float, float]]]


def _acts(only: str | None) -> Acts:
    """All that is measured, by name."""
    personal = {name for c in COMMANDS.values() if c.direct for name in c.names}

    def asks(name: str, text: Text) -> Callable[[Store, int], tuple[float, float]]:
        private = name.split(",", 1)[0] in personal or "profil" in name
        room = direct(0) if private and "im Raum" not in name else HALL
        return lambda store, n: store.ask(text(n, store.size), room=room)

    found: Acts = {name: asks(name, text) for name, text in CASES.items()}
    found["(Karte nach einer Stimme)"] = lambda store, n: store.edit_card(f"!idee stimme I1 {'+-'[n % 2]}")
    for job in JOBS:
        found[f"({job})"] = lambda store, _n, job=job: store.tick(job)  # type: ignore[misc]
    return {name: act for name, act in found.items() if only is None or name.startswith(only)}


def compare_filled(*, quick: bool, rounds: int | None, only: str | None) -> dict[str, Any]:
    """Measure, print the table and what makes commands slower; all figures."""
    rounds = rounds or (5 if quick else 40)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        start = time.perf_counter()
        stores = [Store(Path(name) / "small", SMALL), Store(Path(name) / "filled", QUICK if quick else FULL)]
        size = (Path(name) / "filled").stat().st_size / 2**20
        print(
            f"stores made in {time.perf_counter() - start:.0f} s; the filled one has {size:,.0f} MiB",
            flush=True,
        )
        try:
            return _compare(stores, _acts(only), rounds)
        finally:
            for store in stores:
                store.close()


def _compare(stores: list[Store], acts: Acts, rounds: int) -> dict[str, Any]:
    times: dict[str, list[list[tuple[float, float]]]] = defaultdict(lambda: [[], []])
    for name, act in acts.items():
        for store in stores:  # what is only slow the first time; and does it work at all?
            act(store, 0)
            answer = store.answer().get("ch.publicinnovators", {})
            if answer.get("type") == "error" and name in CASES and name != "unbekannt":
                print(f"{name} on {store.size.ideas:,} ideas is refused: {store.answer()['body']}")
        for n in range(1, rounds + 1):
            for which in (0, 1) if n % 2 else (1, 0):
                times[name][which].append(act(stores[which], n))
    rows, found = [], {}
    for name, both in times.items():
        wall, cpu = ([median(t[part] for t in one) for one in both] for part in (0, 1))
        ratios = [wall[1] / wall[0], cpu[1] / cpu[0], (HOMESERVER + wall[1]) / (HOMESERVER + wall[0])]
        found[name] = {"wall": wall, "cpu": cpu, "ratios": ratios}
        rows.append([name, *(f"{v:.2f}" for v in (*wall, ratios[0], *cpu, ratios[1], ratios[2]))])
    head = ["", "ms, small", "ms, filled", "ratio", "CPU, small", "CPU, filled", "ratio", "round trip, ratio"]
    print(markdown(head, rows))
    asked = {COMMANDS[c].names[0] for c in COMMANDS}
    print("\nnot measured:", ", ".join(sorted(asked - {name.split(",")[0] for name in CASES})))
    # By CPU: on the clock stands the disk too, which is as fast for both stores, but not always.
    slower = [name for name, one in found.items() if max(one["ratios"][1:]) > ALLOWED]
    for name in slower:
        _explain(name, acts[name], stores, rounds)
    return found


def _explain(name: str, act: Callable[[Store, int], Any], stores: list[Store], n: int) -> None:
    """Say which statements take longer on the filled store, and how they are carried out."""
    small, filled = (store.trace(lambda s=store: act(s, n + 1)) for store in stores)  # type: ignore[misc]
    print(f"\n{name}: {len(small)} statements on the small store, {len(filled)} on the filled one")
    taken: dict[str, float] = defaultdict(float)
    for statement, _, seconds in small:
        taken[statement] += seconds
    for statement, values, seconds in sorted(filled, key=lambda one: -one[2])[:4]:
        more = (seconds - taken[statement]) * 1000
        if more > 0.03:
            print(f"  +{more:.2f} ms: {' '.join(statement.split())[:240]}")
            for line in stores[1].plan(statement, values):
                print(f"      {line}")
