"""Whether it is the errand itself that its place never takes, as the homeserver fails at what it says.

While others of the place go well, one that fails again and again is at fault itself: it is let go, and holds up nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

DOUBTED: Final = 5  # tries in vain, after which others of the place may pass
OTHERS: Final = 2  # of the place that went well meanwhile: then it is spoilt


@dataclass
class _Doubt:
    place: str
    failed: int = 0
    others: int = 0


class Doubts:
    """The errands that have come to nothing so far, and are still to be done."""

    def __init__(self) -> None:
        self._of: dict[int, _Doubt] = {}

    def __bool__(self) -> bool:
        return bool(self._of)

    def failed(self, errand: int, place: str) -> None:
        """It has come to nothing, once more or for the first time."""
        self._of.setdefault(errand, _Doubt(place)).failed += 1

    def went_well(self, errand: int, place: str) -> None:
        """This one is done: the others of its place fail by themselves."""
        self.over(errand)
        for doubt in self._of.values():
            doubt.others += doubt.place == place

    def over(self, errand: int) -> None:
        self._of.pop(errand, None)

    def is_doubted(self, errand: int) -> bool:
        """Has it failed so often that others may pass it?"""
        return errand in self._of and self._of[errand].failed >= DOUBTED

    def is_spoilt(self, errand: int) -> bool:
        """Does it fail by itself, whatever the place does with others?"""
        return self.is_doubted(errand) and self._of[errand].others >= OTHERS
