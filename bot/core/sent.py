"""What messages that were written before are about: read from their rows."""

from __future__ import annotations

from typing import Any

from bot.rendering.replies import KEY
from commands.framework.identity import about_in
from commands.framework.identity import ref_of as reference
from storage import outbox
from storage.engine.base import Tx


def thread_of(tx: Tx, row: int | None) -> str | None:
    """The thread that this row's message stands in."""
    sent = outbox.get(tx, row) if row is not None else None
    relation = sent.content.get("m.relates_to", {}) if sent is not None else {}
    return relation["event_id"] if relation.get("rel_type") == "m.thread" else None


def command_of(tx: Tx, row: int) -> str | None:
    """The event of the command that this row's message replies to."""
    sent = outbox.get(tx, row)
    relation = sent.content.get("m.relates_to", {}) if sent is not None else {}
    event_id: str | None = relation.get("m.in_reply_to", {}).get("event_id")
    return event_id


def ref_of(tx: Tx, row: int | None) -> str | None:
    """The reference of the thing that this row's message carries."""
    sent = outbox.get(tx, row) if row is not None else None
    return reference(about_in(sent.content.get(KEY, {}))) if sent is not None else None


def machine_of(tx: Tx, row: int, room: str) -> dict[str, Any]:
    """The part of this row's message for other programs, if it stands in this room."""
    sent = outbox.get(tx, row)
    here = sent is not None and (sent.room == room or sent.room.startswith("@"))
    found: dict[str, Any] = sent.content.get(KEY, {}) if sent is not None and here else {}
    return found
