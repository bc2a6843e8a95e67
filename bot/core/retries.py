"""How long to wait before the next try of what has failed."""

from __future__ import annotations

import random
from typing import Final

BEING_MADE: Final = (0.1, 0.4, 1.5, 5.0)  # seconds until a room being made is looked at again
LONGEST_PAUSE: Final = 10.0  # seconds between tries while the server is away


def pause(tries: int, *, longest: float = LONGEST_PAUSE) -> float:
    """Seconds to wait after so many tries in vain: twice as long each time.

    Drawn a little shorter: who waits for the same thing does not come back at the same instant.
    """
    whole = min(longest, 0.25 * 2.0 ** min(tries, 12))
    return whole * random.uniform(0.75, 1.0)  # noqa: S311 - nobody gains by guessing it
