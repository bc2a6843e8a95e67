"""The two whom the tests of keys are about, and the key server between them."""

from __future__ import annotations

import pytest

from storage.engine.database import Database
from tests.support.keyserver import KeyServer, Peer


@pytest.fixture
def server() -> KeyServer:
    return KeyServer()


@pytest.fixture
def bot(server: KeyServer, any_database: Database) -> Peer:
    """The bot, with its store on each of the two databases."""
    return Peer(server, "@bot:localhost", "B", store=any_database)


@pytest.fixture
def pia(server: KeyServer) -> Peer:
    return Peer(server, "@pia:localhost", "P")
