"""Who is not sure to lead says nothing, and one that stands by says so; all by a clock that is given."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from bot.matrix.outages import Outage
from bot.running.health import Health
from bot.running.leading import RENEWS, Leading, elapsed, new_name
from storage.leader import DEAD, LATE, Seat
from tests.support.chat import NOW
from tests.support.peer import peer, until

ROOM = "!a:localhost"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def leading(clock: Clock) -> Iterator[Leading]:
    """Of a process whose PostgreSQL is out of reach."""
    made = Leading(Seat("postgresql://u@127.0.0.1:9/db", name="a", version="1"), clock=clock)
    yield made
    made.worker.close()


def test_it_is_sure_for_a_while_after_it_has_asked_and_no_longer(leading: Leading, clock: Clock) -> None:
    assert not leading.leads
    leading.renewed(clock.now - 1)  # what was asked for a second ago is answered now
    clock.now += LATE - 1.1
    assert leading.leads
    clock.now += 0.2
    assert not leading.leads
    leading.renewed(clock.now)
    assert leading.leads
    leading.lose()
    assert not leading.leads


def test_nobody_follows_before_it_has_missed_a_renewal_and_is_not_sure_any_more() -> None:
    assert RENEWS < LATE < DEAD


async def test_a_message_waits_until_it_is_sure_and_none_is_sent_by_who_has_lost(
    leading: Leading, clock: Clock
) -> None:
    async with peer() as (server, transport):
        transport.gate = leading.gate
        leading.renewed(clock.now)
        await transport.send(ROOM, "m.room.message", "1", {})
        clock.now += 15  # it was stopped meanwhile
        sending = asyncio.create_task(transport.send(ROOM, "m.room.message", "2", {}))
        asking = asyncio.create_task(transport.whoami())
        await asyncio.sleep(0)
        leading.renewed(clock.now - 15)  # an answer from before it was stopped
        await asyncio.sleep(0)
        assert len(server.requests) == 1
        leading.renewed(clock.now)
        await until(lambda: len(server.requests) == 3)
        await asyncio.gather(sending, asking, return_exceptions=True)
        leading.lose()
        late = asyncio.create_task(transport.send(ROOM, "m.room.message", "3", {}))
        await asyncio.sleep(0)
        late.cancel()
        await asyncio.gather(late, return_exceptions=True)
        assert sorted(server.txns) == ["1", "2"]


async def test_who_can_not_reach_postgresql_stands_by_and_says_why(leading: Leading) -> None:
    health = Health({"store": Outage("store failed", "store works again")}, now=lambda: NOW, leading=leading)
    assert health.answer("/readyz") == (503, "standby\n")
    assert health.answer("/healthz") == (200, "alive\n")
    health.pages = {200: 3, 404: 1}  # a stand-by serves the pages too
    figures = health.answer("/metrics")[1]
    assert "pibot_leading 0\n" in figures
    assert 'pibot_web_requests_total{status="200"} 3\n' in figures
    beginning = asyncio.create_task(leading.begin(leading.seat.database))
    await until(lambda: leading.worker.outage.count)
    beginning.cancel()
    assert health.answer("/readyz") == (503, "standby\nleader: OperationalError\n")


def test_each_process_has_a_name_of_its_own_and_time_goes_on() -> None:
    assert new_name() != new_name()
    assert elapsed() <= elapsed()
