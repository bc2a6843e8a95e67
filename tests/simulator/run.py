"""One run of the simulator: a new store, a seed, so many steps, all invariants after each."""

from __future__ import annotations

import storage
from storage.base import Base
from storage.database import Database
from tests.simulator import invariants
from tests.simulator.town import Act, Town
from tests.wire import nothing_fails


class BrokenError(AssertionError):
    """An invariant does not hold; the message has the last steps."""


def play(seed: int, *, steps: int) -> None:
    """Raises `BrokenError` at the first step after which something is not true."""
    storage.load()
    database = Database("sqlite:///:memory:")
    with database.transaction() as tx:
        Base.metadata.create_all(tx)
    town, before, acts = Town(database, seed), invariants.Before(), list[Act]()
    try:
        before.seen = len(town.chat.said)
        for _ in range(steps):
            with nothing_fails():
                acts.append(town.step())
            invariants.check_all(town, before, acts[-1])
    except Exception as error:
        last = "\n".join(f"  {n}: {act.what}" for n, act in list(enumerate(acts))[-25:])
        raise BrokenError(f"seed {seed}, step {town.steps}: {error}\n{last}") from error
    finally:
        database.close()
