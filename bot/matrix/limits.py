"""Which requests the homeserver takes now: how many at once, and how fast each sort of them.

What it limits by itself is a sort of its own: rooms that are made, invitations, ways in; all else is a message.
"""

from __future__ import annotations

from typing import Final

from bot.matrix.pace import Pace

AT_ONCE: Final = 4  # requests; more gain nothing, a homeserver works on one message at a time
FAR_AT_ONCE: Final = 2  # of them invitations and the like, which may hang on a server elsewhere
MESSAGE: Final = "message"
SORTS: Final = (MESSAGE, "invite", "join", "create")


class Limits:
    """The requests under way, and the paces that were learnt. Times are seconds of a steady clock.

    `tried`: the sort of the request under way into a place that takes nothing, if there is one. It may hang, and stands
    beside the others.
    """

    def __init__(self) -> None:
        self.paces = {sort: Pace() for sort in SORTS}
        self._flying = dict.fromkeys(SORTS, 0)
        self._all = 0

    @property
    def limited(self) -> bool:
        """Does the homeserver limit messages at present?"""
        return self.paces[MESSAGE].limited

    def begins(self, sort: str) -> None:
        """A request of this sort is under way."""
        self._flying[sort] += 1
        self._all += 1

    def ends(self, sort: str) -> None:
        """It is under way no more, whatever came of it."""
        self._flying[sort] -= 1
        self._all -= 1

    def taken(self, sort: str, begun: float) -> None:
        """The homeserver took the request begun then."""
        for charged in {sort, MESSAGE}:
            self.paces[charged].sent(begun)

    def full(self, tried: str | None) -> bool:
        """Are as many under way as make sense?"""
        return self._all - (tried is not None) >= AT_ONCE

    def may_go(self, sort: str, now: float, tried: str | None) -> bool:
        """May a request of this sort begin now, where it is not full?"""
        flying = self._flying
        if sort != MESSAGE and self._all - flying[MESSAGE] >= FAR_AT_ONCE:
            return False
        of_sort, all_ = flying[sort] - (tried == sort), self._all - (tried is not None)
        # Under a limit one message at a time; what may hang elsewhere lets messages pass.
        before_it = of_sort if sort == MESSAGE else all_
        crowded = (self.limited and before_it) or (self.paces[sort].limited and of_sort)
        return not crowded and self.wait(sort, now) == 0

    def wait(self, sort: str, now: float) -> float:
        """How long until the server takes such a request.

        Synapse charges each of them as a message too: rooms that are made for a broadcast would else take
        from the replies what the server allows.
        """
        return max(self.paces[sort].wait(now), self.paces[MESSAGE].wait(now))
