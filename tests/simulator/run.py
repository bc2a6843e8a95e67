"""One run of the simulator: a new store, a seed, so many steps, all invariants after each."""

from __future__ import annotations

from collections import Counter

import storage
from storage.engine.base import Base
from storage.engine.database import Database
from tests.simulator import acts, invariants
from tests.simulator.town import Act, Town
from tests.support.wire import nothing_fails


class BrokenError(AssertionError):
    """An invariant does not hold; the message has the last steps."""


def play(seed: int, *, steps: int) -> Counter[str]:
    """The commands that were carried out, and how often.

    Raises `BrokenError` at the first step after which something is not true.
    """
    storage.load()
    database = Database("sqlite:///:memory:")
    with database.transaction() as tx:
        Base.metadata.create_all(tx)
    town, before, done = Town(database, seed), invariants.Before(), list[Act]()
    try:
        before.seen = len(town.chat.said)
        for _ in range(steps):
            with nothing_fails():
                done.append(acts.step(town))
            invariants.check_all(town, before, done[-1])
        return town.kept()
    except Exception as error:
        last = "\n".join(f"  {n}: {act.what}" for n, act in list(enumerate(done))[-25:])
        raise BrokenError(f"seed {seed}, step {town.steps}: {error}\n{last}") from error
    finally:
        database.close()
