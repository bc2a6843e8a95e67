"""The short commands wait out the homeserver's rate limits, whatever they ask for: nobody else waits for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bot.matrix.session import PatientTransport
from bot.matrix.transport import Transport
from tests.support.peer import BOT, limited, peer

ROOM = "!a:localhost"
ASKED: dict[str, Callable[[Transport], Awaitable[object]]] = {
    "whoami": lambda t: t.whoami(),
    "invite": lambda t: t.invite(ROOM, "@pia:localhost"),
    "power_levels": lambda t: t.set_state(ROOM, "m.room.power_levels", {}),
    "createRoom": lambda t: t.create_room({}),
    "upload": lambda t: t.upload(b"x", "a.csv", "text/csv"),
    "versions": lambda t: t.request("GET", "/_matrix/client/versions"),
}


@pytest.mark.parametrize("what", ASKED)
async def test_a_limited_request_is_asked_again(what: str) -> None:
    async with peer() as (server, transport):
        server.answers |= {
            "/whoami": {"user_id": BOT},
            "/upload": {"content_uri": "mxc://localhost/a"},
            "/versions": {"versions": []},
        }
        server.trouble(what, limited(1))
        patient = PatientTransport(transport.homeserver)
        try:
            await ASKED[what](patient)
        finally:
            await patient.close()
        assert len(server.requests) > 1
        assert len({(method, path) for method, path, _ in server.requests}) == 1
