"""Fixtures for the fast tests: a store of its own for each test, on each database where it matters."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing

import pytest

import storage
from storage.engine.base import Base
from storage.engine.database import Database
from storage.engine.schema import migrate
from tests.support.chat import Chat
from tests.support.databases import Postgres


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--on", choices=("sqlite", "postgresql"), default="sqlite", help="where most tests keep their store"
    )
    parser.addoption(
        "--kills",
        type=int,
        default=6,
        help="how often the bot is killed in encrypted rooms, at random moments",
    )


@pytest.fixture(scope="session")
def empty_store() -> bytes:
    """A store with all tables and no rows, to be copied: making them takes longer than a test."""
    storage.load()
    database = Database("sqlite:///:memory:")
    with database.transaction() as tx:
        Base.metadata.create_all(tx)
    with closing(database.engine.raw_connection()) as connection:
        copy: bytes = connection.driver_connection.serialize()  # type: ignore[union-attr]
    database.close()
    return copy


@pytest.fixture(scope="session")
def memory() -> Database:
    """Where one test after the other has its store: SQLAlchemy keeps the statements that it has compiled."""
    return Database("sqlite:///:memory:")


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A store of the test's own, the quickest there is; `--on postgresql` runs the tests there."""
    if request.config.getoption("--on") == "postgresql":
        yield request.getfixturevalue("postgres_database")
        return
    database: Database = request.getfixturevalue("memory")
    with closing(database.engine.raw_connection()) as connection:
        connection.driver_connection.deserialize(request.getfixturevalue("empty_store"))  # type: ignore[union-attr]
    yield database
    database.close()


@pytest.fixture
def chat(database: Database) -> Chat:
    return Chat(database)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running PostgreSQL, with a migrated store to copy."""
    with Postgres() as server:
        migrate(server.make("migrated"))
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """An empty database of the test's own."""
    name = f"test_{secrets.token_hex(6)}"
    yield postgres.make(name)
    postgres.drop(name)


@pytest.fixture
def postgres_database(postgres: Postgres) -> Iterator[Database]:
    """A migrated store of the test's own."""
    name = f"test_{secrets.token_hex(6)}"
    database = Database(postgres.make(name, like="migrated"))
    yield database
    database.close()
    postgres.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def any_database(request: pytest.FixtureRequest) -> Database:
    """A store on each of the two databases, with the test run on both."""
    found: Database = request.getfixturevalue(
        "database" if request.param == "sqlite" else "postgres_database"
    )
    return found


@pytest.fixture
def any_chat(any_database: Database) -> Chat:
    """The chat on each of the two databases."""
    return Chat(any_database)
