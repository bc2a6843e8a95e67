"""Makes and changes the tables, by Alembic's migrations in `storage/migrations/versions` and nothing else.

A migration's revision is its file's name, numbered from 0001. To make the next one from what the tables
declare: `python -m storage.engine.schema "what changes"`. Alembic itself is loaded only where there is something to
change: it costs a third of a second and 10 MB.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect, text

from storage.engine.address import StoreError
from storage.engine.base import Base, Tx
from storage.engine.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER: Final = Path(__file__).parents[1] / "migrations"
MIGRATING: Final = 0x70690B08  # PostgreSQL's advisory lock of the process that migrates
_VERSION: Final = text("SELECT version_num FROM alembic_version")


class NewerSchemaError(RuntimeError):
    """The store was made by a newer version of the bot."""


def revisions() -> list[str]:
    """All revisions, oldest first."""
    return sorted(file.stem for file in (FOLDER / "versions").glob("[0-9]*.py"))


def current(tx: Tx) -> str | None:
    """The revision of this store; None where it has no tables."""
    if not inspect(tx).has_table("alembic_version"):
        return None
    found: str | None = tx.execute(_VERSION).scalar()
    return found


def wrong_schema(tx: Tx) -> str:
    """The steps to take before this version can read the store; empty if it can."""
    found = current(tx)
    if found == revisions()[-1]:
        return ""
    if found is not None and found not in revisions():
        return f"was made by a newer version of the bot (schema {found}): install that one"
    return "has an older schema: `pi-bot migrate`, or start the bot"


def migrate(url: str) -> bool:
    """The store has the newest schema, with all that was in it; True if something had to be done for that.

    One transaction: it is done wholly or not at all. Raises: NewerSchemaError.
    """
    database = Database(url)
    try:
        return upgrade(database)
    finally:
        database.close()


def migrate_apart(url: str) -> bool:
    """The same, in a process of its own: one that runs for months is not larger by Alembic for it.

    True if the store was made just now. Nobody in this process may have it open: closing a second look at a file takes
    SQLite's locks away from the first.

    Raises: NewerSchemaError; StoreError where it could not be done.
    """
    database = Database(url)
    try:
        with database.transaction() as tx:
            if is_newest(tx):
                return False
            made = current(tx) is None
    finally:
        database.close()
    code = "import sys; from storage.engine.schema import migrate; migrate(sys.stdin.read())"
    done = subprocess.run(  # noqa: S603 - the address, which may hold a password, is in no list of processes
        [sys.executable, "-c", code], input=url, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        raise StoreError(f"the store could not be brought to schema {revisions()[-1]}: {said[-1]}")
    return made


def is_newest(tx: Tx) -> bool:
    """Has the store the newest schema? Raises: NewerSchemaError."""
    found = current(tx)
    if found is not None and found not in revisions():
        raise NewerSchemaError(found)
    return found == revisions()[-1]


def upgrade(database: Database, *, to: str = "head") -> bool:
    """The same for a store that is open."""
    with database.transaction() as tx:
        if tx.dialect.name == "postgresql":  # SQLite's transaction has the lock from its start
            tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATING})
        if is_newest(tx):
            return False
        from alembic import command  # noqa: PLC0415

        command.upgrade(_alembic(tx), to)
    return True


def difference(tx: Tx) -> list[object]:
    """The differences between the store and the tables as declared."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415
    from alembic.migration import MigrationContext  # noqa: PLC0415

    return list(compare_metadata(MigrationContext.configure(tx, opts={"compare_type": True}), Base.metadata))


def revise(title: str) -> Path:
    """A new migration from the newest revision to what the tables declare now; its file."""
    from alembic import command  # noqa: PLC0415

    import storage  # noqa: PLC0415

    storage.load()
    name = re.sub(r"\W+", "_", title.lower()).strip("_")
    revision = f"{len(revisions()) + 1:04}_{name}"
    database = Database("sqlite:///:memory:")
    with database.transaction() as tx:
        config = _alembic(tx)
        if revisions():
            command.upgrade(config, "head")
        command.revision(config, message=title, rev_id=revision, autogenerate=True)
    database.close()
    file = FOLDER / "versions" / f"{revision}.py"
    file.write_text(re.sub(r" *# ### .*\n", "", file.read_text(encoding="utf-8")), encoding="utf-8")
    return file


def _alembic(tx: Tx) -> Config:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s")
    config.attributes["connection"] = tx
    return config


if __name__ == "__main__":
    sys.stdout.write(f"{revise(' '.join(sys.argv[1:]))}\n")
