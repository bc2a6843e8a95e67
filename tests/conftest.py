"""Fixtures for the fast tests: a store of its own for each test, on each database where it matters."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import storage
from storage.base import Base
from storage.database import Database
from tests.chat import Chat


@pytest.fixture
def database() -> Iterator[Database]:
    storage.load()
    database = Database("sqlite:///:memory:")
    with database.transaction() as tx:
        Base.metadata.create_all(tx)
    yield database
    database.close()


@pytest.fixture
def chat(database: Database) -> Chat:
    return Chat(database)
