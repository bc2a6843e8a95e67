"""One Synapse for all tests of a worker, and new people in it for each test."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.demo.homeserver import Homeserver
from bot.demo.people import People


@pytest.fixture(scope="session")
def homeserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homeserver]:
    """Shared, without rate limits: not to be stopped, and nothing in it but what the test made counts."""
    server = Homeserver(tmp_path_factory.mktemp("synapse"), rate_limits="off")
    asyncio.run(server.start())
    yield server
    asyncio.run(server.stop())


@pytest.fixture
async def own_homeserver(tmp_path: Path) -> AsyncIterator[Homeserver]:
    """For this test alone, with Synapse's default rate limits: may be restarted and killed."""
    async with Homeserver(tmp_path / "synapse", rate_limits="default") as server:
        yield server


@pytest.fixture
async def people(homeserver: Homeserver) -> AsyncIterator[People]:
    """Adds people to the shared homeserver whose Matrix ids no other test has."""
    async with People(homeserver, unique=True) as people:
        yield people
