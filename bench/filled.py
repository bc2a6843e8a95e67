"""Each command on a store with 100,000 ideas, 1,000,000 votes and 10,000 members, and on an almost empty one.

Without a homeserver: a batch with one message goes through the core, as it comes from the sync, and the next
batch records that its messages were sent. The two stores take turns, command by command, and the least of all turns
counts: the others have in them what else the machine does. A round trip is the CPU of the store and what the
homeserver takes: on the clock stands the disk too, which is as fast for both stores, but not always.
"""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.cases import CASES, NEW, UNMEASURED, Case
from bench.filling.people import FULL, HALL, QUICK, SMALL, direct_of
from bench.store import Store
from bench.tables import markdown
from commands.framework.declarations import COMMANDS, JOBS

HOMESERVER = 40.0  # milliseconds of a round trip that are the homeserver's, whatever is asked
ALLOWED = 1.2


Acts = dict[str, Callable[[Store, int], tuple[float, float]]]


def measured(only: str | None) -> Acts:
    """All that is measured, by name."""
    personal = {name for c in COMMANDS.values() if c.direct for name in c.names}

    def asks(name: str, case: Case) -> Callable[[Store, int], tuple[float, float]]:
        private = name.split(",", 1)[0] in personal or name.startswith("profil zeige")
        known = case.by != NEW and "im Raum" not in name
        room = direct_of(case.by) if private and known else HALL
        return lambda store, n: ask(store, name, case, n, room=room)

    found: Acts = {name: asks(name, case) for name, case in CASES.items()}
    found["(Karte nach einer Stimme)"] = lambda store, n: store.edit_card(f"!idee stimme I1 {'+-'[n % 2]}")
    for job in JOBS:
        found[f"({job})"] = lambda store, _n, job=job: store.tick(job)  # type: ignore[misc]
    return {name: act for name, act in found.items() if only is None or name.startswith(only)}


def ask(store: Store, name: str, case: Case, n: int, *, room: str) -> tuple[float, float]:
    """Give the command, after what has to be there before it; milliseconds on the clock, and of CPU."""
    *first, (by, text) = case.lines(name, n, store.size)
    ref = ""
    for other, before in first:
        store.ask(before.format(ref=ref), by=other, room=room if other == by else HALL)
        ref = ref or store.ref()
    return store.ask(text.format(ref=ref), by=by, room=room)


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
            return _compare(stores, measured(only), rounds)
        finally:
            for store in stores:
                store.close()


def _compare(stores: list[Store], acts: Acts, rounds: int) -> dict[str, Any]:
    times: dict[str, list[list[tuple[float, float]]]] = defaultdict(lambda: [[], []])
    for name, act in acts.items():
        for store in stores:  # what is only slow the first time; and does it work at all?
            act(store, 0)
            if store.refused() and name in CASES and name != "unbekannt":
                print(f"{name} on {store.size.ideas:,} ideas is refused: {store.answer()['body']}")
        for n in range(1, rounds + 1):
            for which in (0, 1) if n % 2 else (1, 0):
                times[name][which].append(act(stores[which], n))
    rows, found = [], {}
    for name, both in times.items():
        wall, cpu = ([min(t[part] for t in one) for one in both] for part in (0, 1))
        ratios = [wall[1] / wall[0], cpu[1] / cpu[0], (HOMESERVER + cpu[1]) / (HOMESERVER + cpu[0])]
        found[name] = {"wall": wall, "cpu": cpu, "ratios": ratios}
        rows.append([name, *(f"{v:.2f}" for v in (*wall, ratios[0], *cpu, ratios[1], ratios[2]))])
    head = ["", "ms, small", "ms, filled", "ratio", "CPU, small", "CPU, filled", "ratio", "round trip, ratio"]
    print(markdown(head, rows))
    print("\nnot measured:", "; ".join(f"{name} ({why})" for name, why in UNMEASURED.items()))
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
