"""Whose trouble it is when a request comes to nothing: one room's, that of a server elsewhere, or the homeserver's.

A place that takes nothing is left in peace, longer each time, and the others go on. The homeserver is away where
several places fail with nothing going well in between, or where it does not tell what is new either. A room is closed
where the homeserver says so: the bot is not in it any more, or may do nothing there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from bot.core.retries import LONGEST_PAUSE, pause
from bot.core.troubles import managing
from storage.outbox import SAID, Errand

SEVERAL: Final = 2  # places that fail one after the other
LONGEST_DOUBT: Final = 2.0  # seconds for which all wait where several fail, but news comes in
LONGEST_REST: Final = 900.0  # seconds between tries with a place that takes nothing, while others do
LONGEST_TOGETHER: Final = 60.0  # seconds between tries with each, while no place takes anything
LONG: Final = 4  # tries in vain, after which what is said elsewhere waits for nothing of this place
_IN_ROOM: Final = (*SAID, "edit", "reaction", "redaction", "state", "power", "pin")
_OF_PEOPLE: Final = ("invite", "kick")
MANAGED: Final = ("state", "power", "pin", *_OF_PEOPLE)  # takes more than the right to write


@dataclass
class Rest:
    """A place that takes nothing: since when, how often it was tried, and until when it is left in peace."""

    since: float
    tries: int = 0
    until: float = 0.0
    failed: set[int] = field(default_factory=set)  # the errands that have come to nothing since


class Rests:
    """The places that rest, and how long the homeserver is left in peace. Times are seconds of a steady clock."""

    def __init__(self) -> None:
        self.away_until = 0.0
        self.unheard = False  # the homeserver does not tell what is new either
        self.places: dict[str, Rest] = {}
        self.closed: set[str] = set()  # of them, what the homeserver says is closed to the bot
        self._tries = 0
        self._fresh: set[str] = set()  # places that failed since anything went well

    def place(self, errand: Errand) -> str:
        """The place that takes the errand; where that is closed, all that is to be done there rests together."""
        if self.closed and is_inside(errand):
            if errand.room in self.closed:
                return errand.room
            if errand.kind in MANAGED and managing(errand.room) in self.closed:
                return managing(errand.room)
        return place_of(errand)

    def is_long(self, place: str) -> bool:
        """Has it taken nothing for so long that nobody elsewhere waits for it?"""
        rest = self.places.get(place)
        return rest is not None and (place in self.closed or rest.tries >= LONG)

    def until(self, place: str) -> float:
        """The time from which this place may be tried again."""
        return self.places[place].until if place in self.places else 0.0

    def alone(self, place: str) -> bool:
        """Does this place fail by itself, as others have taken something since?"""
        return place in self.places and place not in self._fresh

    def is_shared(self, place: str) -> bool:
        """Have others failed like this one, and nothing has gone well since?"""
        return place in self._fresh and len(self._fresh) >= SEVERAL

    def answered(self) -> None:
        """The homeserver has answered: what failed before failed by itself."""
        self._tries = 0
        self._fresh.clear()

    def went_well(self, place: str) -> Rest | None:
        """The place has taken something; how it was before, if it took nothing.

        Others that have failed together with it are tried again soon.
        """
        if len(self._fresh) >= SEVERAL:
            for failed in self._fresh & self.places.keys():
                self.places[failed].until = 0.0
        self.answered()
        self.closed.discard(place)
        return self.places.pop(place, None) if self.places else None

    def closes(self, place: str, *, now: float) -> Rest:
        """The homeserver says that the bot may not do this there: how the place rests. Nothing else is to blame."""
        self.answered()
        self.closed.add(place)
        return self._rest(place, True, now)

    def reopened(self, room: str) -> bool:
        """Something about the room is different: it may be tried at once. False where it did not rest."""
        rests = [self.places[place] for place in (room, managing(room)) if place in self.places]
        for rest in rests:
            rest.until = 0.0
        return bool(rests)

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
        if blameless or self.is_shared(place):
            self._tries += begun >= self.away_until  # those under way at the same time are one try
            longest = LONGEST_PAUSE if blameless else LONGEST_DOUBT
            self.away_until = max(self.away_until, now + pause(self._tries, longest=longest))
        if blameless:
            return None
        return self._rest(place, begun >= self.until(place), now)

    def blame(self, place: str, *, now: float) -> None:
        """Different errands have failed there one after the other: it is left in peace as after one more try."""
        self._rest(place, True, now)

    def _rest(self, place: str, tried: bool, now: float) -> Rest:
        rest = self.places.setdefault(place, Rest(now))
        rest.tries += tried
        rest.until = now + pause(
            rest.tries, longest=LONGEST_TOGETHER if place in self._fresh else LONGEST_REST
        )
        return rest


def place_of(errand: Errand) -> str:
    """The place that takes the errand: a room; for invitations the person's server, which is asked."""
    if errand.kind in _IN_ROOM:
        return errand.room
    if errand.kind in _OF_PEOPLE:
        return f"server {str(errand.content.get('user_id', '')).partition(':')[2]}"
    return f"{errand.kind} {errand.room}"


def is_inside(errand: Errand) -> bool:
    """Is it to be done in a room, so that a room that is closed can be why it is refused?

    To come into one, or to leave it, is not: the bot is outside then in any case.
    """
    return errand.kind in (*_IN_ROOM, *_OF_PEOPLE)


def elsewhere(place: str) -> bool:
    """May this fail for a reason far from the homeserver?"""
    return " " in place
