"""What it takes to read a sentence for what somebody may want, with all commands: CPU, without a homeserver.

`known`: the bot has met the words before; `new`: each word for the first time.
"""

from __future__ import annotations

import time
from typing import Any, Final

import storage
from bench.tables import markdown, p95, spread
from commands.framework.examples import examples
from commands.framework.sentences import read
from commands.framework.vocabulary import terms_of
from commands.stems import stem_of
from storage.engine.base import Base
from storage.engine.database import Database
from tests.support.chat import Chat
from tests.support.sentences import context, furnish

ROUNDS: Final = 5


def measure_sentences() -> dict[str, Any]:
    storage.load()
    database = Database("sqlite:///:memory:")
    with database.transaction() as tx:
        Base.metadata.create_all(tx)
    chat = Chat(database)
    furnish(chat)
    found: dict[str, list[float]] = {"known": [], "new": []}
    with database.transaction() as tx:
        for kind, took in found.items():
            for _ in range(ROUNDS + 1):
                took.clear()  # the first round fills what is kept
                for one in examples():
                    if kind == "new":
                        terms_of.cache_clear()
                        stem_of.cache_clear()
                    asked = context(chat, tx, one.role)
                    start = time.process_time()
                    read(asked, one.text)
                    took.append((time.process_time() - start) * 1000)
    database.close()
    rows = [[kind, spread(took, 2), f"{p95(took):.2f}"] for kind, took in found.items()]
    print(markdown(["a sentence, ms of CPU", "median (least–most)", "95 of 100"], rows), end="\n\n")
    return found
