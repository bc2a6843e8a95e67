"""What the bot could not send, as the store says: what still waits, and where; what was given up, and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from bot.config.keys import Configuration
from storage import rooms, status
from storage.engine.base import Tx
from storage.engine.reading import reading

STUCK: Final = timedelta(minutes=10)  # what is unsent for so long needs a look
LATELY: Final = timedelta(days=7)


def backlog(tx: Tx, now: datetime) -> Iterator[str]:
    """A line for each place that takes nothing, and for each reason for which something was not sent this week."""
    for place, number, since in status.stuck(tx, since=now - STUCK):
        purpose = rooms.purpose_of(tx, place)
        name = f"{place} ({purpose})" if purpose is not None else place
        yield f"waits: {number} for {name}, since {since:%Y-%m-%d %H:%M} UTC"
    for (kind, reason), number in sorted(status.given_up(tx, since=now - LATELY).items()):
        yield f"not sent in the last {LATELY.days} days: {number} of the kind {kind}: {reason}"


def list_backlog(configuration: Configuration, now: datetime) -> list[str]:
    """The same of this configuration's store. Raises: StoreError."""
    with reading(configuration.database) as tx:
        return list(backlog(tx, now))
