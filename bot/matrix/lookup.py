"""Looks on the homeserver for what the store can't tell: what was done before a crash, and what is on a card."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from bot.core.events import Own, Reaction, mapping, objects, read, text_of, time_of
from bot.core.rooms import MARKER
from bot.matrix.transport import LimitedError, MatrixError, Transport
from bot.rendering.replies import TXN_KEY
from commands.framework.declarations import Present, plain_key


async def sent_before(transport: Transport, room_id: str, txn: str, *, since: datetime) -> str | None:
    """The event that an errand became, found by its mark in the room's timeline since then."""
    start: str | None = None
    oldest = since - timedelta(minutes=1)
    while True:
        page = await transport.messages(room_id, start=start)
        events = objects(page.get("chunk"))
        for event in events:
            if event.get("sender") == transport.user_id and mapping(event.get("content")).get(TXN_KEY) == txn:
                return str(event["event_id"])
        start = page.get("end")
        if not events or start is None or time_of(events[-1].get("origin_server_ts")) < oldest:
            return None


async def created_room(transport: Transport, marker: str) -> str | None:
    """The joined room that the bot made with this marker."""
    return await anext(created_rooms(transport, marker), None)


async def created_rooms(transport: Transport, marker: str) -> AsyncIterator[str]:
    """The joined rooms that the bot made with this marker."""
    for room_id in await transport.joined_rooms():
        try:
            create = await transport.state_event(room_id, "m.room.create")
        except LimitedError:
            raise  # not knowing is no reason to make a second one
        except MatrixError:
            continue
        # Anybody may put our marker into a room of theirs and invite the bot.
        if create.get("sender") == transport.user_id and mapping(create.get("content")).get(MARKER) == marker:
            yield room_id


async def responses_to(transport: Transport, room_id: str, event_id: str) -> list[dict[str, Any]]:
    """All that refers to the event and is not deleted, the oldest first; it may be encrypted."""
    found: list[dict[str, Any]] = []
    start: str | None = None
    while True:
        page = await transport.relations(room_id, event_id, "m.reference", start)
        found += [one for one in objects(page.get("chunk")) if mapping(one.get("content"))]
        following = page.get("next_batch")
        if not isinstance(following, str) or following == start:
            return found[::-1]
        start = following


async def reactions_on(
    transport: Transport, room_id: str, event_id: str
) -> tuple[list[Present], dict[str, str]]:
    """All reactions on the event: people's, and by their signs the bot's own."""
    found: list[Present] = []
    own: dict[str, str] = {}
    start: str | None = None
    while True:
        page = await transport.relations(room_id, event_id, "m.annotation", start)
        for raw in objects(page.get("chunk")):
            event = read(raw, room_id, bot=transport.user_id)
            if isinstance(event, Reaction) and event.target == event_id:
                found.append((event.event_id, event.sender, event.key, event.at))
            elif isinstance(event, Own):
                key = text_of(mapping(event.content.get("m.relates_to")).get("key"))
                own[plain_key(key)] = event.event_id
        following = page.get("next_batch")
        if not isinstance(following, str) or following == start:
            return found, own
        start = following
