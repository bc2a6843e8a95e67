"""The two whom the tests of keys are about, and the key server between them; a sender at work."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from storage.engine.database import Database
from tests.support.chat import Chat
from tests.support.keyserver import KeyServer, Peer
from tests.support.outside import Town, filled
from tests.support.sending import Stage, sending


@pytest.fixture
async def stage(chat: Chat) -> AsyncIterator[Stage]:
    """A sender at work beside a homeserver's stand-in."""
    async with sending(chat) as made:
        yield made


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """What people outside may read, and may not; nothing in it is to be changed."""
    return filled(tmp_path_factory.mktemp("town"))


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
