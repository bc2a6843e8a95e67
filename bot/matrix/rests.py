"""Whose trouble it is when a request comes to nothing: one room's, that of a server elsewhere, or the homeserver's.

A place that takes nothing is left in peace, longer each time, and the others go on. The homeserver is away where
several places fail with nothing going well in between, or where it does not tell what is new either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.core.retries import LONGEST_PAUSE, backoff
from storage.outbox import Errand

SEVERAL: Final = 2  # places that fail one after the other
LONGEST_DOUBT: Final = 2.0  # seconds for which all wait where several fail, but news comes in
LONGEST_REST: Final = 900.0  # seconds between tries with a place that takes nothing
_IN_ROOM: Final = ("message", "file", "edit", "reaction", "redaction", "state", "power", "pin", "leave")


@dataclass
class Rest:
    """A place that takes nothing: since when, how often it was tried, and until when it is left in peace."""

    since: float
    tries: int = 0
    until: float = 0.0


class Rests:
    """The places that rest, and how long the homeserver is left in peace. Times are seconds of a steady clock."""

    def __init__(self) -> None:
        self.away_until = 0.0
        self.unheard = False  # the homeserver does not tell what is new either
        self.places: dict[str, Rest] = {}
        self._tries = 0
        self._fresh: set[str] = set()  # places that failed since anything went well

    def until(self, place: str) -> float:
        """The time from which this place may be tried again."""
        return self.places[place].until if place in self.places else 0.0

    def alone(self, place: str) -> bool:
        """Does this place fail by itself, as others have taken something since?"""
        return place in self.places and place not in self._fresh

    def answered(self) -> None:
        """The homeserver has answered: what failed before failed by itself."""
        self._tries = 0
        self._fresh.clear()

    def went_well(self, place: str) -> Rest | None:
        """The place has taken something; how it was before, if it took nothing."""
        self.answered()
        return self.places.pop(place, None) if self.places else None

    def heard(self) -> None:
        """The homeserver tells what is new, after it did not: all may be tried again."""
        self.unheard, self.away_until = False, 0.0
        for rest in self.places.values():
            rest.until = 0.0

    def failed(self, place: str, *, begun: float, now: float, surely: bool = False) -> Rest | None:
        """A request begun then came to nothing: how the place rests, or None where it is not to blame.

        `surely`: it is known to be no fault of the place.
        """
        blameless = surely or self.unheard
        if place not in self.places and not elsewhere(place):
            self._fresh.add(place)
        if blameless or (place in self._fresh and len(self._fresh) >= SEVERAL):
            self._tries += begun >= self.away_until  # those under way at the same time are one try
            longest = LONGEST_PAUSE if blameless else LONGEST_DOUBT
            self.away_until = max(self.away_until, now + backoff(self._tries, longest=longest))
        if blameless:
            return None
        rest = self.places.setdefault(place, Rest(now))
        rest.tries += begun >= rest.until
        rest.until = now + backoff(rest.tries, longest=LONGEST_REST)
        return rest


def place_of(errand: Errand) -> str:
    """The place that takes the errand: a room; for invitations the person's server, which is asked."""
    if errand.kind in _IN_ROOM:
        return errand.room
    if errand.kind in ("invite", "kick"):
        return f"server {str(errand.content.get('user_id', '')).partition(':')[2]}"
    return f"{errand.kind} {errand.room}"


def elsewhere(place: str) -> bool:
    """May this fail for a reason far from the homeserver?"""
    return " " in place
