"""A migration that has been released is never changed: stores out there were made by it as it was."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from storage.engine.schema import FOLDER as MIGRATIONS
from storage.engine.schema import revisions
from tests.storage.released.file import FOLDER

FILE: Final = FOLDER / "migrations.sha256"


def hashes() -> dict[str, str]:
    """Of the migrations as they are."""
    files = {name: MIGRATIONS / "versions" / f"{name}.py" for name in revisions()}
    return {name: sha256(file.read_bytes()).hexdigest() for name, file in files.items()}


def released() -> dict[str, str]:
    """Of the migrations as they were released."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return {name: known for known, _, name in (line.partition("  ") for line in lines)}


def write() -> None:
    FILE.write_text("".join(f"{known}  {name}\n" for name, known in hashes().items()), encoding="utf-8")
