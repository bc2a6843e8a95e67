"""Keeps a store as this version leaves it, when it is released: `python -m tests.storage.released 0.1.0`.

With `--answers` only what commands answer from the stores that are kept is written anew: after a change of texts.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import storage
from storage.engine import schema
from storage.engine.base import Base
from storage.engine.database import Database
from tests.storage.released import answers, file, frozen, sealed
from tests.storage.released.days import Days
from tests.support.chat import Chat

BEGIN: Final = datetime(2026, 11, 2, 9, tzinfo=UTC)  # of the days; people type dates counted from here
# Tables that have no row on a quiet evening.
EMPTY: Final = {
    "login",  # where the bot has a password
    "said_earlier",  # after a restore, until the bot has caught up
    "to_device",  # what is sent in the next second
    "feedback_pieces",  # while a long table is read
}


def keep(release: str) -> None:
    """Two stores are kept: of a community's weeks, and of a moment in an encrypted room."""
    storage.load()
    kept = {}
    with tempfile.TemporaryDirectory() as folder, closing(Database("sqlite:///:memory:")) as database:
        schema.upgrade(database)
        Days(Chat(database, answers.SETTINGS, now=BEGIN)).play()
        with database.transaction() as tx:
            kept[release] = file.rows(tx)
        with closing(Database(asyncio.run(sealed.play(Path(folder))))) as other, other.transaction() as tx:
            kept[f"{release}-encrypted"] = file.rows(tx)
    empty = {table.name for table in Base.metadata.sorted_tables}
    empty -= {name for rows in kept.values() for name, found in rows.items() if found}
    if empty != EMPTY:
        sys.exit(f"not played: {sorted(empty - EMPTY)}; no exception any more: {sorted(EMPTY - empty)}")
    for name, rows in kept.items():
        file.write(name, rows)
    frozen.write()


def answer(release: str) -> None:
    with closing(Database("sqlite:///:memory:")) as database:
        file.load(release, database)
        schema.upgrade(database)
        answers.file_of(release).write_text(answers.given(database), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Keeps a store as this version leaves it.")
    parser.add_argument("release", nargs="?", help="the version that is released")
    parser.add_argument("--answers", action="store_true", help="only the answers, of all releases, anew")
    asked = parser.parse_args()
    if not asked.answers:
        if asked.release is None or file.file_of(asked.release).exists():
            sys.exit("name the version; what is released is not made anew")
        keep(asked.release)
    for release in answers.releases():
        answer(release)


if __name__ == "__main__":
    main()
