"""What fails again and again is a line in the log at first, one a minute with the count, and one when it is over."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, Final

log = logging.getLogger(__name__)
EVERY: Final = 60.0  # seconds


class Outage:
    """One kind of failure: `what` is said of it, and `over` when it is over."""

    def __init__(self, what: str, over: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.what, self.over, self.clock = what, over, clock
        self.count = 0
        self.reason = ""  # of the last failure; empty where it works
        self._since = self._said = 0.0

    def failed(self, reason: str, **extra: Any) -> None:
        """It has failed, once more or for the first time."""
        now = self.clock()
        self.count += 1
        self.reason = reason
        if self.count == 1:
            self._since = now
        elif now - self._said < EVERY:
            return
        self._said = now
        log.warning(self.what, extra={"reason": reason, "count": self.count, **extra})

    def ended(self) -> None:
        """It works, again or as before."""
        if self.count:
            lasted = round(self.clock() - self._since)
            log.warning(self.over, extra={"count": self.count, "seconds": lasted})
            self.count, self.reason = 0, ""
