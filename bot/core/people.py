"""Who asks, and where: read from the store for each message."""

from __future__ import annotations

from commands.framework.context import Where
from commands.framework.own import asker_of
from storage import rooms
from storage.engine.base import Tx

__all__ = ["asker_of", "where_of"]


def where_of(tx: Tx, room_id: str, user_id: str, thread: str | None) -> Where:
    """The room, and whether it is this person's direct chat."""
    purpose, direct, asked = rooms.kind_of(tx, room_id, user_id)
    return Where(room_id=room_id, direct=direct, purpose=purpose, thread=thread, asked=asked)
