"""When the homeserver was away: what waited for it meanwhile did not wait for a room, and is in nobody's way."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import Final

KEPT: Final = 100  # absences; of what is older nothing waits any more
SHORTEST: Final = timedelta(minutes=1)  # what is shorter does not matter to who waits for a day


class Absence:
    """All absences of the homeserver in this run, the present one included."""

    def __init__(self) -> None:
        self._past: deque[tuple[datetime, datetime]] = deque(maxlen=KEPT)
        self._since: datetime | None = None

    def began(self, at: datetime) -> None:
        """It is away from then on, or it was before."""
        self._since = self._since or at

    def ended(self, at: datetime) -> None:
        """It is there."""
        if self._since is not None and at - self._since >= SHORTEST:
            self._past.append((self._since, at))
        self._since = None

    def waited(self, since: datetime, now: datetime) -> timedelta:
        """For so long of the time since then the homeserver was there."""
        spans = [*self._past, (self._since, now)] if self._since is not None else self._past
        away = (min(end, now) - max(begin, since) for begin, end in spans)
        return now - since - sum((span for span in away if span > timedelta(0)), timedelta(0))
