"""A store that a release has left goes to the newest version, and commands answer from it as they did then."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import MetaData, text

import storage
from storage.engine import schema
from storage.engine.database import Database
from tests.storage.released import answers, file, frozen
from tests.storage.test_schema import INDEXES


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A store without tables."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else "sqlite:///:memory:"
    storage.load()
    with closing(Database(url)) as database:
        yield database


def counts(database: Database) -> dict[str, int]:
    with database.transaction() as tx:
        tables = MetaData()
        tables.reflect(tx)
        query = 'SELECT count(*) FROM "{}"'
        return {name: tx.execute(text(query.format(name))).scalar_one() for name in tables.tables}


@pytest.mark.long
@pytest.mark.parametrize("name", file.stores())
def test_a_store_that_a_release_has_left_keeps_its_rows(empty: Database, name: str) -> None:
    file.load(name, empty)
    before = counts(empty)
    assert sum(before.values()) > 100
    schema.upgrade(empty)
    after = counts(empty)
    for table in INDEXES:
        assert after.pop(table) >= before.pop(table), table
    assert {table: after[table] for table in before} == before
    with empty.transaction() as tx:
        assert schema.difference(tx) == []


@pytest.mark.long
@pytest.mark.parametrize("release", answers.releases())
def test_commands_answer_from_it_as_they_did(empty: Database, release: str) -> None:
    """Where only words have changed: `python -m tests.storage.released --answers`, and look at the difference."""
    file.load(release, empty)
    schema.upgrade(empty)
    assert answers.given(empty) == answers.file_of(release).read_text(encoding="utf-8")


def test_a_migration_that_was_released_is_as_it_was() -> None:
    """Stores out there were made by it: what changes is a migration of its own."""
    now = frozen.hashes()
    for name, known in frozen.released().items():
        assert now.get(name) == known, f"{name} was released, and is another one now"


def test_each_release_keeps_a_small_store() -> None:
    assert answers.releases() != []
    for name in file.stores():
        assert file.file_of(name).stat().st_size < 300_000, name
