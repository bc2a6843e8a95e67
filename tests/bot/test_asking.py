"""What the bot says does not come back as news; what it does to a room does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from bot.matrix.asking import FILTER, LINGERS, QUIET_FOR, STATE, Asking
from bot.matrix.transport import Transport, UnreachableError
from tests.support.chat import Chat
from tests.support.hours import Hours
from tests.support.near import living
from tests.support.peer import BOT, Peer, Trouble, peer, refused, until

ROOM = "!room:localhost"
OTHERS = json.loads(FILTER)
OTHERS["room"]["timeline"]["not_senders"] = [BOT]
MISSED = json.loads(FILTER)
MISSED["room"]["timeline"] |= {"senders": [BOT], "types": STATE}
MISSED["room"]["state"]["senders"] = [BOT]

SAID: dict[str, Callable[[Transport], Awaitable[Any]]] = {
    "a message": lambda t: t.send(ROOM, "m.room.message", "t1", {"body": "m"}),
    "a reaction": lambda t: t.send(ROOM, "m.reaction", "t2", {}),
    "a deleted message": lambda t: t.redact(ROOM, "$event", "t3"),
    "keys": lambda t: t.request("POST", "/_matrix/client/v3/keys/upload", {}),
    "to devices": lambda t: t.request("PUT", "/_matrix/client/v3/sendToDevice/m.room_key/t4", {}),
    "a file": lambda t: t.upload(b"x", "a.txt", "text/plain"),
    "a question": lambda t: t.state(ROOM, "m.room.name"),
}
DONE: dict[str, Callable[[Transport], Awaitable[Any]]] = {
    "state": lambda t: t.set_state(ROOM, "m.room.name", {"name": "send"}),
    "an invitation": lambda t: t.invite(ROOM, "@pia:localhost"),
    "somebody put out": lambda t: t.kick(ROOM, "@pia:localhost"),
    "come in": lambda t: t.join(ROOM),
    "gone": lambda t: t.leave(ROOM),
    "a new room": lambda t: t.create_room({}),
    "its name": lambda t: t.set_display_name(BOT, "PI-Bot"),
    "a room of an odd name": lambda t: t.invite("!keys/rooms/a/send/", "@pia:localhost"),
}


def state(*events: Any) -> dict[str, Any]:
    return {"state": {"events": list(events)}}


@dataclass
class Town:
    server: Peer
    transport: Transport
    asking: Asking
    now: list[float]

    def asked(self) -> list[tuple[str, Any]]:
        """The token and the filter of each request for news."""
        return [
            (q.get("since", ""), json.loads(q["filter"]))
            for path, q in self.server.queries
            if "/sync" in path
        ]

    async def news(self, token: str = "s0", *, said: bool = True) -> dict[str, Any]:
        quietly = said and self.asking.may_be_quiet()
        return await self.asking.news(token, timeout=30_000, quietly=quietly)


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    async with peer() as (server, transport):
        now = [0.0]
        asking = Asking(transport, clock=lambda: now[0])
        now[0] += LINGERS + 1  # the start is over
        server.answers["/sync"] = {"next_batch": "s1"}
        server.answers["/redact/"] = {"event_id": "$gone"}
        yield Town(server, transport, asking, now)


async def test_what_the_bot_says_is_no_news_to_it(town: Town) -> None:
    await town.news(said=False)
    await town.news()
    await town.news("s1")
    assert town.asked() == [("s0", json.loads(FILTER)), ("s0", OTHERS), ("s1", OTHERS)]


def test_the_reply_goes_before_the_next_request_for_news(chat: Chat) -> None:
    """The homeserver would look for news first, and take the reply afterwards."""
    chat.member("@pia:localhost")

    async def lived() -> None:
        async with living(chat) as at_work:
            await at_work.pass_(seconds=LINGERS + 1)  # from now on it does not hear itself
            for _ in range(3):
                at_work.near.requests.clear()
                at_work.say("!ideen")
                await at_work.pass_(seconds=1)
                what = ["send" if "/send/" in path else "sync" for path in at_work.near.requests]
                assert what == ["send", "sync"]

    with asyncio.Runner(loop_factory=Hours) as runner:
        runner.run(lived())


async def test_the_first_answers_of_a_run_have_all(town: Town) -> None:
    town.asking = Asking(town.transport, clock=lambda: town.now[0])
    await town.asking.first("s0", whole=False)
    await town.news()
    town.now[0] += LINGERS + 1
    await town.news()
    assert [filter_ for _, filter_ in town.asked()] == [json.loads(FILTER), json.loads(FILTER), OTHERS]


@pytest.mark.parametrize("what", SAID)
async def test_what_is_said_changes_no_room(town: Town, what: str) -> None:
    await SAID[what](town.transport)
    await town.news()
    assert [filter_ for _, filter_ in town.asked()] == [OTHERS]


@pytest.mark.parametrize("what", DONE)
async def test_what_is_done_to_a_room_is_heard_of(town: Town, what: str) -> None:
    await DONE[what](town.transport)
    await town.news()
    town.now[0] += LINGERS + 1
    await town.news()
    assert [filter_ for _, filter_ in town.asked()] == [json.loads(FILTER), OTHERS]


async def test_what_fails_may_have_been_done(town: Town) -> None:
    town.server.trouble("/invite", refused(400, "M_UNKNOWN"))
    with pytest.raises(Exception, match="M_UNKNOWN"):
        await town.transport.invite(ROOM, "@pia:localhost")
    await town.news()
    assert [filter_ for _, filter_ in town.asked()] == [json.loads(FILTER)]


async def test_a_request_without_its_own_is_given_up_where_a_room_is_changed(town: Town) -> None:
    town.server.open.clear()
    news = asyncio.create_task(town.news())
    await until(town.asked)
    changes = [asyncio.create_task(town.transport.invite(ROOM, "@pia:localhost")) for _ in range(2)]
    await until(lambda: len(town.asked()) > 1)  # before anything was answered
    town.server.open.set()
    assert await news == {"next_batch": "s1"}
    await asyncio.gather(*changes)
    assert town.asked() == [("s0", OTHERS), ("s0", MISSED), ("s0", json.loads(FILTER))]


async def test_an_answer_that_comes_as_a_room_is_changed_is_not_taken(town: Town) -> None:
    def answered(_path: str, _body: Any) -> dict[str, Any]:
        if len(town.asked()) == 1:
            town.transport.changing()  # too late to give it up
        return {"next_batch": f"s{len(town.asked())}"}

    town.server.answers["/sync"] = answered
    assert await town.news() == {"next_batch": "s3"}
    assert town.asked() == [("s0", OTHERS), ("s0", MISSED), ("s0", json.loads(FILTER))]


@pytest.mark.parametrize("why", ["nothing more was said", "it took long"])
async def test_what_was_done_in_its_name_elsewhere_is_looked_for_afterwards(town: Town, why: str) -> None:
    kinds = ("m.room.name", "m.room.topic", "m.room.pinned_events", 7)
    changed = [{"type": kind, "state_key": "", "sender": BOT} for kind in kinds]
    come_in = {"type": "m.room.member", "state_key": BOT, "sender": BOT}
    name = changed[0] | {"sender": "@pia:localhost", "content": {"name": "meanwhile another"}}
    await town.news("s0")
    await town.news("s1")
    town.server.answers["/sync"] = {
        "next_batch": "s9",
        "rooms": {
            "join": {
                ROOM: {"timeline": {"events": [*changed, "nonsense"]}, "state": {"events": changed[:1]}},
                "!gone:localhost": {"timeline": {"events": changed[:1]}},
                "!new:localhost": {"timeline": {"events": [*changed, come_in]}},
            },
            "leave": {"!left:localhost": {}},
        },
        "to_device": {"events": [{"type": "m.room_key"}]},
        "device_one_time_keys_count": {"signed_curve25519": 50},
    }
    town.server.answers["!gone:localhost/state"] = refused()
    town.server.answers["m.room.topic"] = refused(404, "M_NOT_FOUND")
    town.server.answers["m.room.name"] = name
    town.now[0] += QUIET_FOR + 1 if why == "it took long" else 0
    assert await town.news("s2", said=why == "it took long") == {
        "next_batch": "s2",  # where it goes on, whatever was looked at
        "rooms": {"join": {ROOM: state(name), "!gone:localhost": state()}, "leave": {"!left:localhost": {}}},
        "to_device": {},
        "device_lists": {},
        "device_one_time_keys_count": {"signed_curve25519": 50},
    }
    assert town.asked()[-1] == ("s0", MISSED)
    town.server.answers["/sync"] = {"next_batch": "s3"}
    await town.news("s2", said=False)
    assert town.asked()[-1] == ("s2", json.loads(FILTER))


async def test_it_is_looked_again_where_that_failed(town: Town) -> None:
    await town.news("s0")
    town.server.trouble("/sync", Trouble())
    with pytest.raises(UnreachableError):
        await town.news("s1", said=False)
    await town.news("s1", said=False)
    assert town.asked()[1:] == [("s0", MISSED), ("s0", MISSED), ("s1", json.loads(FILTER))]


async def test_who_is_stopped_while_asking_is_stopped(town: Town) -> None:
    town.server.open.clear()
    news = asyncio.create_task(town.news())
    await until(town.asked)
    town.transport.changing()
    news.cancel()
    await asyncio.wait({news}, timeout=5)
    assert news.cancelled()
