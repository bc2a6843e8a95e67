"""Fixtures for the fast tests: a store of its own for each test, on each database where it matters."""

from __future__ import annotations

import gc
import secrets
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import settings

import storage
from storage.engine.base import Base
from storage.engine.database import Database
from storage.engine.schema import migrate
from tests.support.chat import Chat
from tests.support.databases import Postgres
from tests.support.kept import Kept, copy_of, fill

# A change passes or fails by itself, not by the draw; to look for more: `make test ARGS=--hypothesis-profile=drawn`.
settings.register_profile("drawn")
settings.register_profile("same", derandomize=True)
settings.load_profile("same")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--on", choices=("sqlite", "postgresql"), default="sqlite", help="where most tests keep their store"
    )
    parser.addoption("--rounds", type=int, default=1, help="how often each of two bots loses its lead")
    parser.addoption(
        "--kills",
        type=int,
        default=4,
        help="how often the bot is killed in encrypted rooms, at random moments",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs a PostgreSQL, or is done once more on it, is `long`."""
    for item in items:
        named, case = getattr(item, "fixturenames", ()), getattr(item, "callspec", None)
        if "postgres" in named or (case is not None and "postgresql" in case.params.values()):
            item.add_marker("long")


def pytest_collection_finish() -> None:
    """What is imported and collected by now stays to the end: the garbage collector need not look at it again."""
    gc.freeze()


@pytest.fixture(scope="session")
def empty_store() -> bytes:
    """A store with all tables and no rows, to be copied: making them takes longer than a test."""
    storage.load()
    with closing(Database("sqlite:///:memory:")) as database:
        with database.transaction() as tx:
            Base.metadata.create_all(tx)
        return copy_of(database)


@pytest.fixture(scope="session")
def begun(empty_store: bytes) -> Iterator[Kept]:
    """The chat before anybody has said anything, to be copied for the same reason."""
    with closing(Database("sqlite:///:memory:")) as database:
        fill(database, empty_store)
        yield Kept(Chat(database))


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
    fill(database, request.getfixturevalue("empty_store"))
    yield database
    database.close()


@pytest.fixture
def chat(database: Database, begun: Kept) -> Chat:
    return _begun(database, begun)


def _begun(database: Database, begun: Kept) -> Chat:
    return Chat(database) if database.engine.dialect.name == "postgresql" else begun.again(database)


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
def any_chat(any_database: Database, begun: Kept) -> Chat:
    """The chat on each of the two databases."""
    return _begun(any_database, begun)
