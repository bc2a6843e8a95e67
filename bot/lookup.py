"""Looks on the homeserver for what may have been done before a crash, where it can't tell by a transaction id."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.render import TXN_KEY
from bot.roomstate import MARKER
from bot.transport import MatrixError, Transport


async def sent_before(transport: Transport, room_id: str, txn: str, *, since: datetime) -> str | None:
    """The event that an errand became, found by its mark in the room's timeline since then."""
    start: str | None = None
    oldest = since.timestamp() * 1000 - 60_000
    while True:
        page = await transport.messages(room_id, start=start)
        events: list[dict[str, Any]] = page.get("chunk", [])
        for event in events:
            if event.get("sender") == transport.user_id and event.get("content", {}).get(TXN_KEY) == txn:
                return str(event["event_id"])
        start = page.get("end")
        if not events or start is None or events[-1].get("origin_server_ts", 0) < oldest:
            return None


async def created_room(transport: Transport, marker: str) -> str | None:
    """The joined room that the bot made with this marker."""
    for room_id in await transport.joined_rooms():
        try:
            create = await transport.state(room_id, "m.room.create")
        except MatrixError:
            continue
        if create.get(MARKER) == marker:
            return room_id
    return None
