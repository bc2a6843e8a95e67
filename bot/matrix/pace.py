"""How fast the homeserver lets us send, learnt from its refusals. Times are seconds of a steady clock."""

from __future__ import annotations

from typing import Final

PROBE_AFTER: Final = 20  # successes in a row; then the gap is halved, to see if the limit was lifted
NOTICEABLE: Final = 0.02  # seconds; a smaller gap is none


class Pace:
    """The pace of one kind of request.

    After a refusal the next request waits as long as the server said; from then on requests keep the gap
    that the server forced, so that a full queue costs hardly more than one request a message. Gaps are
    counted from the beginning of a request: Synapse answers a refusal late on purpose, and that is no part
    of its pace.
    """

    def __init__(self) -> None:
        self.free_at = 0.0
        self.gap = 0.0
        self._last = 0.0
        self._streak = 0

    def wait(self, now: float) -> float:
        """The time from now until the next request may go."""
        return max(0.0, self.free_at - now)

    @property
    def limited(self) -> bool:
        """The server limits us: one request at a time, and nothing that is mere decoration."""
        return self.gap > 0

    def refused(self, begun: float, now: float, retry_after: float) -> None:
        """The request begun then was answered now, by «in so many seconds»."""
        self.free_at = max(self.free_at, now + retry_after)
        # The time since the last success is what one message takes, once the server's bucket is full: that is
        # certain from the second refusal on.
        learnt = max(retry_after, min(begun + retry_after - self._last, 2 * self.gap))
        if 0 < self._streak < PROBE_AFTER and learnt < 1.05 * self.gap:
            learnt = 1.1 * self.gap  # it was too short all the same: this server counts from its answer
        self.gap = learnt
        self._streak = 0

    def sent(self, begun: float) -> None:
        """The server took the request begun then."""
        if self.gap and begun - self.free_at > 2 * self.gap:
            self.gap = 0.0  # nothing was sent for a while: the server's bucket has refilled
        self._last = max(self._last, begun)
        self._streak += 1
        if self.gap and self._streak % PROBE_AFTER == 0:
            self.gap = self.gap / 2 if self.gap > NOTICEABLE else 0.0
        self.free_at = max(self.free_at, begun + self.gap)
