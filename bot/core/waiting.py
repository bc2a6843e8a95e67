"""Commands that wait for a file: kept as they were read, and carried out as if they came with it.

In the worker's thread; fetching is the business of `bot.matrix.files`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.core.attached import Attached
from bot.core.events import Edit, Message
from storage import fetches
from storage.engine.base import Tx
from storage.fetches import Fetch

WAITING: Final = "waiting"  # the outcome of such a command, until its file is there
_KEPT: Final = ("text", "thread", "answers", "file", "edit", "sealed", "signed", "steps", "replies_to")


@dataclass(frozen=True)
class Wanted:
    """A file to be fetched for a command: `attached`, or that of the event, or of the one which that answers."""

    event_id: str  # the command's
    room_id: str
    command: str
    attached: Attached | None
    looked_up: str


def keep(tx: Tx, message: Message, command: str, *, edit: str | None = None, now: datetime) -> None:
    """The command waits for its file from now on; `edit`: it is the new wording of one that was carried out."""
    told: dict[str, Any] = {name: getattr(message, name) for name in _KEPT}
    told |= {"room": message.room_id, "at": message.at.isoformat(), "mentions": sorted(message.mentions)}
    told["attached"] = message.attached.kept() if message.attached is not None else None
    fetches.put(
        tx,
        event_id=message.event_id,
        sender=message.sender,
        command=command,
        message=told,
        edit=edit,
        wanted_at=now,
    )


def message_of(fetch: Fetch) -> Message:
    """The command as it was read."""
    told = fetch.message
    return Message(
        told["room"],
        fetch.event_id,
        fetch.sender,
        datetime.fromisoformat(told["at"]),
        mentions=frozenset(told["mentions"]),
        attached=Attached(**told["attached"]) if told["attached"] is not None else None,
        **{name: told[name] for name in _KEPT},
    )


def edit_of(fetch: Fetch) -> Edit | None:
    """The edit that waits, of a command that was carried out in its former wording."""
    if fetch.edit is None:
        return None
    message = message_of(fetch)
    return Edit(message.room_id, fetch.edit, message.sender, message.at, fetch.event_id, message)


def wanted(tx: Tx) -> list[Wanted]:
    """The files to be fetched, the longest waiting first."""
    return [
        Wanted(
            fetch.event_id,
            said.room_id,
            fetch.command,
            said.attached,
            fetch.event_id if fetch.edit is not None else said.answers or "",
        )
        for fetch in fetches.list_all(tx)
        for said in (message_of(fetch),)
    ]
