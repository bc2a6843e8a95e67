"""What goes out to the homeserver, and in which order: no token in an address, no message opened unasked."""

from __future__ import annotations

import inspect
from typing import Any, Final

from bot.core.keys import Keys, News
from bot.encryption.machine import Machine
from bot.matrix.encrypting import Encrypting
from bot.matrix.sender import Sender
from bot.matrix.sync import Syncer
from bot.matrix.transport import Transport
from bot.matrix.worker import Worker
from bot.running.health import Health
from storage.engine.database import Database
from tests.support.chat import HALL, NOW, Chat
from tests.support.keyserver import KeyServer
from tests.support.keyserver import Peer as Device
from tests.support.peer import Bytes, peer

BOT, PIA = "@pibot:localhost", "@pia:localhost"
ROOM, EVENT = "!a:localhost", "$e"
CALLS: Final[dict[str, tuple[Any, ...]]] = {
    "request": ("GET", "/_matrix/client/versions"),
    "login": (BOT, "geheim geheim", "D"),
    "logout": (),
    "whoami": (),
    "display_name": (BOT,),
    "set_display_name": (BOT, "PI-Bot"),
    "messages": (ROOM,),
    "relations": (ROOM, EVENT, "m.annotation", None),
    "edits": (ROOM, EVENT),
    "joined_rooms": (),
    "state": (ROOM, "m.room.create"),
    "state_event": (ROOM, "m.room.create"),
    "full_state": (ROOM,),
    "room_of_alias": ("#pi:localhost",),
    "send": (ROOM, "m.room.message", "t", {}),
    "redact": (ROOM, EVENT, "t"),
    "set_state": (ROOM, "m.room.name", {}),
    "invite": (ROOM, PIA),
    "kick": (ROOM, PIA),
    "join": (ROOM, ["localhost"]),
    "leave": (ROOM,),
    "create_room": ({},),
    "sync": (),
    "event": (ROOM, EVENT),
    "download": ("localhost", "abc"),
    "upload": (b"x", "", "text/plain"),  # a file that is encrypted has no name
}
MORE: Final[dict[str, dict[str, Any]]] = {
    "messages": {"start": None},
    "download": {"most": 10},
    "sync": {"since": None, "timeout": 0, "sync_filter": "{}"},
}


async def test_no_request_has_a_token_in_its_address_be_it_empty() -> None:
    """Each that the transport can make, of those there are; that none has one, the peer sees to in all tests."""
    methods = {
        name
        for name, one in inspect.getmembers(Transport)
        if inspect.iscoroutinefunction(one) and name[0] != "_"
    }
    assert methods - {"close"} == set(CALLS)
    async with peer() as (server, transport):
        server.answers = {
            "/login": {"user_id": BOT, "device_id": "D", "access_token": "syt_new"},
            "/whoami": {"user_id": BOT},
            "/joined_rooms": {"joined_rooms": []},
            "/relations/": {"chunk": []},
            "/directory/": {"room_id": ROOM},
            "/redact/": {"event_id": EVENT},
            "/download/": Bytes(b"a file"),
        }
        for name, arguments in CALLS.items():
            asked = len(server.queries)
            more = MORE.get(name, {})
            if name == "full_state":
                server.answers["/state"] = []
            await getattr(transport, name)(*arguments, **more)
            assert len(server.queries) == asked + 1, name
            assert "access_token" not in server.queries[-1][1], name
        await transport.upload(b"x", "a name.ics", "text/calendar")
        assert server.queries[-1][1] == {"filename": "a name.ics"}


async def test_a_sender_s_devices_are_asked_for_before_what_they_say_is_opened(database: Database) -> None:
    """Else nobody could tell whether the device is one that its owner has signed."""
    server, chat = KeyServer(), Chat(database)
    pia = Device(server, PIA, "P")
    pia.identify()
    bot = Device(server, BOT, "B", store=database)
    said = pia.say(HALL, [BOT, PIA], "ja")
    answer = server.sync(BOT, "B")
    worker = Worker()
    async with peer() as (homeserver, transport):
        homeserver.answers["/keys/query"] = lambda _, body: server.query(body["device_keys"])
        keys = Keys(database, Machine(BOT, "B", bot.machine.account.pickle_key, only_signed=True))
        encrypting = Encrypting(transport, worker, keys, now=lambda: chat.now)
        found = await encrypting.take(answer, {HALL: [said]}, uploads=0, own=False)
        [opened] = found[HALL]
        assert (opened["content"]["body"], opened.signed) == ("ja", True)  # type: ignore[attr-defined]
        [(_, path, body)] = homeserver.requests
        assert (path.rpartition("/v3")[2], list(body["device_keys"])) == ("/keys/query", [PIA])
        again = await encrypting.open(HALL, [pia.say(HALL, [BOT, PIA], "nochmals")])
        assert again[0]["content"]["body"] == "nochmals"
        assert len(homeserver.requests) == 1  # they are known
    worker.close()


async def test_messages_that_can_t_be_read_are_counted_in_the_metrics(database: Database) -> None:
    server, chat = KeyServer(), Chat(database)
    pia = Device(server, PIA, "P")
    bot = Device(server, BOT, "B", store=database)
    keys = Keys(database, bot.machine)
    chat.core.use_keys(keys)
    worker = Worker()

    def counted() -> str:
        [line] = [one for one in health.answer("/metrics")[1].splitlines() if one.startswith("pibot_unread")]
        return line

    async with peer() as (_, transport):
        sender = Sender(transport, worker, chat.core, now=lambda: NOW, clock=lambda: 0.0)
        health = Health({}, now=lambda: NOW)
        health.watch(chat.core, sender, Syncer(transport, worker, chat.core, sender, now=lambda: NOW))
        assert counted() == "pibot_unreadable_messages_total 0"
        dark = pia.say(HALL, [BOT, PIA], "ohne Schlüssel")
        for times in (1, 2):  # given twice, it is counted once
            keys.open(HALL, [dark], senders=set(), own=False, now=NOW)
            assert counted() == "pibot_unreadable_messages_total 1", times
        bot.sync()
        found = keys.open(HALL, [dark], senders=set(), own=False, now=NOW)
        assert isinstance(found, News)
        assert found.timelines[HALL][0]["content"]["body"] == "ohne Schlüssel"
        assert counted() == "pibot_unreadable_messages_total 1"
    worker.close()
