"""A room whose timeline can't be read stops no other; what was said in it is carried out once it can."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from bot.matrix.sender import Sender
from bot.matrix.session import LoggedOutError
from bot.matrix.sync import Syncer
from bot.matrix.transport import UnreachableError
from bot.matrix.worker import Worker
from storage import gaps, ideas
from tests.support.chat import HALL, NOW, ROOMS, Chat
from tests.support.peer import CUT, Peer, Trouble, peer, refused, until

PIA = "@pia:localhost"
BAD = ROOMS["ideas"]


@dataclass
class Town:
    chat: Chat
    server: Peer
    syncer: Syncer
    now: list[Any]

    async def news(self, *, since: str = "s0", **rooms: Any) -> None:
        """The homeserver says this is new."""
        answer = {"next_batch": "s1", "rooms": {"join": {HALL: timeline(rooms["hall"]), BAD: rooms["bad"]}}}
        await self.syncer._take(answer, since, first=False)

    def gap(self) -> gaps.Gap | None:
        with self.chat.database.transaction() as tx:
            return gaps.first(tx)

    def titles(self) -> list[str]:
        with self.chat.database.transaction() as tx:
            found = (ideas.find(tx, number) for number in range(1, 9))
            return [idea.title for idea in found if idea is not None]


def said(event_id: str, text: str) -> dict[str, Any]:
    return {
        "type": "m.room.message",
        "event_id": event_id,
        "sender": PIA,
        "origin_server_ts": round(NOW.timestamp() * 1000),
        "content": {"msgtype": "m.text", "body": text},
    }


def timeline(events: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"timeline": {"events": events} | more}


@pytest.fixture
async def town(chat: Chat) -> AsyncIterator[Town]:
    chat.member(PIA)
    worker = Worker()
    async with peer() as (server, transport):
        now = [NOW]
        sender = Sender(transport, worker, chat.core, now=lambda: now[0], clock=lambda: 1.0)
        syncer = Syncer(transport, worker, chat.core, sender, now=lambda: now[0])
        syncer._known = {HALL, *ROOMS.values()}
        server.answers["/whoami"] = {"user_id": "@pibot:localhost"}
        yield Town(chat, server, syncer, now)
    worker.close()


@pytest.mark.parametrize(
    "trouble",
    [Trouble(500, {"errcode": "M_UNKNOWN"}), Trouble(), CUT, refused(400, "M_INVALID_PARAM")],
    ids=str,
)
async def test_a_room_that_can_t_be_read_is_passed_over_and_read_later(town: Town, trouble: Trouble) -> None:
    town.server.trouble("/messages", *[trouble] * 9)
    cut = timeline([said("$new", "!idee neu Neu")], limited=True, prev_batch="t9")
    await town.news(hall=[said("$hall", "!idee neu Woanders")], bad=cut)
    assert sorted(town.titles()) == ["Neu", "Woanders"], (
        "the others go on, and what is known of it is carried out"
    )
    gap = town.gap()
    assert gap is not None
    assert (gap.room_id, gap.newer, gap.older) == (BAD, "t9", "s0")

    await town.syncer.fill_gap(gap)
    later = town.gap()
    assert later is not None
    assert later.next_at > gap.next_at, "it is tried again later"

    town.server.troubles.clear()
    town.server.answers["/messages"] = {
        "chunk": [said("$b", "!idee neu Zweite"), said("$a", "!idee neu Erste")]
    }
    await town.syncer.fill_gap(later)
    assert town.titles()[2:] == ["Erste", "Zweite"]
    assert town.gap() is None
    await town.syncer.fill_gap(later)  # killed before the commit was heard of
    assert len(town.titles()) == 4


async def test_after_a_day_it_is_given_up_and_said_and_told_once_before(town: Town) -> None:
    town.server.trouble("/messages", *[Trouble()] * 100)
    await town.news(hall=[], bad=timeline([], limited=True, prev_batch="t9"))
    for _ in range(8):
        gap = town.gap()
        assert gap is not None
        await town.syncer.fill_gap(gap)
        town.now[0] += timedelta(hours=1)
    told = [
        e.content["body"] for e in town.syncer.sender.lanes.open.values() if e.room == ROOMS["coordination"]
    ]
    [once] = told
    assert once.startswith("Der Raum Ideen: ein Teil der Nachrichten liess sich noch nicht lesen.")
    town.now[0] += timedelta(days=1)
    gap = town.gap()
    assert gap is not None
    await town.syncer.fill_gap(gap)
    assert town.gap() is None
    last = [e.content["body"] for e in town.syncer.sender.lanes.open.values()][-1]
    assert "nicht ausgeführt" in last


async def test_the_homeserver_s_absence_is_not_counted(town: Town) -> None:
    """What could not be read as long as there was nobody to ask is read once there is."""
    town.server.trouble("/messages", *[Trouble()] * 100)
    await town.news(hall=[], bad=timeline([], limited=True, prev_batch="t9"))
    town.syncer.sender.heard(well=False)
    town.now[0] += timedelta(hours=25)
    town.syncer.sender.heard(well=True)
    for hours in (0, 23, 2):
        town.now[0] += timedelta(hours=hours)
        gap = town.gap()
        assert gap is not None
        await town.syncer.fill_gap(gap)
    assert town.gap() is None


async def test_where_nothing_answers_the_whole_is_asked_again(town: Town) -> None:
    """Then it is the homeserver that is away, and the order of all is kept."""
    town.server.trouble("/messages", Trouble())
    town.server.trouble("/whoami", Trouble())
    with pytest.raises(UnreachableError):
        await town.news(
            hall=[said("$h", "!idee neu Hofladen")], bad=timeline([], limited=True, prev_batch="t")
        )
    assert town.titles() == []
    assert town.gap() is None


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_no_answer_to_the_sync_ends_the_bot_but_that_the_session_is_over(
    town: Town, status: int
) -> None:
    town.server.trouble("/sync", refused(status, "M_UNKNOWN"), refused(401, "M_UNKNOWN_TOKEN"))
    with pytest.raises(LoggedOutError):
        async with asyncio.timeout(10):
            await town.syncer.run()
    assert sum("/sync" in path for _, path, _ in town.server.requests) == 2


async def test_the_gap_is_filled_by_itself(town: Town) -> None:
    town.server.trouble("/messages", Trouble())
    await town.news(hall=[], bad=timeline([], limited=True, prev_batch="t9"))
    town.server.answers["/messages"] = {"chunk": [said("$a", "!idee neu Erste")]}
    town.syncer.ready.set()
    filling = asyncio.create_task(town.syncer.fill_gaps())
    await until(lambda: town.syncer.sender.lanes.open)  # the reply
    filling.cancel()
    await asyncio.gather(filling, return_exceptions=True)
    assert town.titles() == ["Erste"]
