"""What has become of the errands that are over: what is still to be recorded, what stands there now, how it went."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Final

from storage.outbox import LEFT_OUT, NO_LOSS, REPLY, Done, Errand, why

REMEMBERED: Final = 20_000  # event ids of what was sent lately


class Ended:
    """The ends of errands in this run."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        self.now = now
        self.events: OrderedDict[int, str | None] = OrderedDict()  # what errands have become
        self.lost: Counter[tuple[str, str]] = Counter()  # kinds of errands that were given up, and why
        self.replies, self.reply_seconds = 0, 0.0  # sent so far, and how long after they were decided
        self._unrecorded: list[Done] = []

    def add(self, errand: Errand, event_id: str | None, error: str | None) -> None:
        """It has become this event, or nothing; with an error it was not done."""
        if error is not None and error not in NO_LOSS:
            self.lost[errand.kind, why(error)] += 1
        if errand.priority == REPLY and event_id is not None:
            self.replies += 1
            self.reply_seconds += (self.now() - errand.created_at).total_seconds()
        self._unrecorded.append(Done(errand.id, event_id, error))
        self.events[errand.id] = event_id
        if len(self.events) > REMEMBERED:
            self.events.popitem(last=False)

    def leave_out(self, errand: Errand) -> None:
        """It was not even begun, as the homeserver limits, and what is put on messages is mere decoration."""
        self._unrecorded.append(Done(errand.id, None, LEFT_OUT))

    def take(self) -> list[Done]:
        """What is not recorded yet; to be given back with `give_back` if recording fails."""
        done, self._unrecorded = self._unrecorded, []
        return done

    def give_back(self, done: list[Done]) -> None:
        self._unrecorded = done + self._unrecorded
