"""Which errand goes next: in order within a room, replies before broadcasts, none into a place that rests.

What must keep its order is a lane; of the lanes' first errands the most urgent one goes, of equal ones the oldest.
Nothing is done here: it is said what is to be done, what is over, and what came to nothing.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from bot.matrix.doubts import Doubts
from bot.matrix.ended import Ended
from bot.matrix.limits import MESSAGE, SORTS, Limits
from bot.matrix.rests import Rests
from storage.outbox import REPLY, SAID, SEED, SUPERSEDED, Errand

_Offer = tuple[int, int, str]  # urgency, id of the first errand, lane


class Going(NamedTuple):
    """A lane whose first errand is being tried, and the sort of request that this takes."""

    lane: str
    errand: Errand
    sort: str


class Lanes:
    """All that is still to be done. `direct`: people's direct chats; `lane_of`: the person in whose lane a chat is."""

    def __init__(
        self,
        ended: Ended,
        *,
        clock: Callable[[], float],
        direct: Mapping[str, str],
        lane_of: Mapping[str, str],
    ) -> None:
        self.ended, self.clock, self.direct, self.lane_of = ended, clock, direct, lane_of
        self.limits, self.rests, self.doubts = Limits(), Rests(), Doubts()
        self.open: dict[int, Errand] = {}  # not yet done
        self.busy: dict[str, str] = {}  # lane -> sort of the request under way
        self._by_txn: dict[str, Errand] = {}
        self._lanes: dict[str, deque[Errand]] = {}
        self._replies: Counter[str] = Counter()  # in each lane
        self._ready: dict[str, list[_Offer]] = {sort: [] for sort in SORTS}
        self._blocked: dict[int, list[str]] = {}  # lanes that wait for an errand
        self._resting: list[tuple[float, str]] = []  # lanes, by when they may be tried again
        self._trying: str | None = None  # the one lane of those that is tried now
        self._passing: dict[
            str, tuple[int, int]
        ] = {}  # in a lane, the one let past those before it: how many

    # --- what is to be done, and what is over

    def add(self, errands: Iterable[Errand]) -> None:
        """These are to be done too; given twice is given once."""
        for errand in errands:
            if errand.id in self.open or errand.id in self.ended.events:
                continue
            if errand.priority == SEED and self.limits.limited:
                self.ended.leave_out(errand)
                continue
            self.open[errand.id] = self._by_txn[errand.txn] = errand
            lane = _lane(errand)
            if lane not in self._lanes:  # else it comes behind what stands there already
                lane = self.lane_of.get(lane, lane)
            queue = self._lanes.setdefault(lane, deque())
            if self.rests.places and errand.kind == "edit":
                self._supersede(lane, errand)
            queue.append(errand)
            is_reply = errand.priority == REPLY
            self._replies[lane] += is_reply
            named = queue[0]  # by the offer that stands, if there is one
            first = named is errand or (is_reply and named.priority > REPLY)
            if lane not in self.busy and (
                first or (self.doubts and self.let_past(lane)) or queue[0] is not named
            ):
                self._offer(lane)

    def _supersede(self, lane: str, newer: Errand) -> None:
        """Of the edits of one message that wait for a place that takes nothing, the newest says it all."""
        if lane not in self.busy and self.rests.place(newer) in self.rests.places:
            for errand in list(self._lanes[lane]):
                self.end(errand, None, SUPERSEDED)

    def end(self, errand: Errand, event_id: str | None, error: str | None = None) -> None:
        """The errand is over; whoever waits for it may go."""
        if self.open.pop(errand.id, None) is None:
            return
        self._by_txn.pop(errand.txn, None)
        self.doubts.over(errand.id)
        self.ended.add(errand, event_id, error)
        for lane in self._blocked.pop(errand.id, ()):
            self._offer(lane)

    def saw(self, txn: str, event_id: str) -> bool:
        """The errand of this transaction id has become an event, whatever is answered; False if that was known."""
        errand = self._by_txn.get(txn)
        if errand is not None:
            self.end(errand, event_id)
        return errand is not None

    # --- which goes next

    def pick(self) -> Going | None:
        """What goes next, of what the server lets through now; it is under way until it is said to be `back`."""
        now = self.clock()
        for ready in self._ready.values():
            while ready and self._is_over(ready[0]):
                heapq.heappop(ready)
        self._rested(now)  # also those that were sent to rest just now
        tried = self.busy.get(self._trying or "")
        if now < self.rests.away_until or self.limits.full(tried):
            return None
        best: list[_Offer] | None = None
        for sort, ready in self._ready.items():
            if ready and (best is None or ready[0] < best[0]) and self.limits.may_go(sort, now, tried):
                best = ready
        if best is None:
            return None
        lane = heapq.heappop(best)[2]
        errand = self._lanes[lane][0]
        sort = self.busy[lane] = self._sort(errand)
        self.limits.begins(sort)
        return Going(lane, errand, sort)

    def back(self, gone: Going) -> None:
        """It is under way no more; what is still to be done of it stays first."""
        del self.busy[gone.lane]
        self.limits.ends(gone.sort)
        if self._trying == gone.lane:
            self._trying = None
        self._offer(gone.lane)

    def pause(self) -> float | None:
        """Seconds until something may go that may not now; None where only news can change that."""
        now = self.clock()
        waits = [self.limits.wait(sort, now) for sort, ready in self._ready.items() if ready]
        waits += [self._resting[0][0] - now] if self._resting and self._trying is None else []
        waits = [max(w, self.rests.away_until - now) for w in waits]
        return min((w for w in waits if w > 0), default=None)

    def _offer(self, lane: str) -> None:
        """The lane's first errand may go, or waits for another one.

        It is as urgent as a reply where it stands before one: a broadcast in a room does not delay what follows.
        """
        first = self._first(lane)
        if first is None:
            return
        before, place = self._before(first), self.rests.place(first)
        if before is not None:
            self._blocked.setdefault(before, []).append(lane)
        elif self.rests.places and self._rests(lane, place):
            heapq.heappush(self._resting, (self.rests.until(place), lane))
        else:
            urgency = REPLY if self._replies[lane] else first.priority
            heapq.heappush(self._ready[self._sort(first)], (urgency, first.id, lane))

    def _first(self, lane: str) -> Errand | None:
        """The lane's first errand that is still to be done; without one there is no such lane."""
        queue = self._lanes.get(lane)
        while queue and queue[0].id not in self.open:
            over = queue.popleft()
            self._replies[lane] -= over.priority == REPLY
            if self._passing.get(lane, (0, 0))[0] == over.id:
                del self._passing[lane]
        if queue:
            return queue[0]
        self._lanes.pop(lane, None)
        self._passing.pop(lane, None)
        self._replies.pop(lane, None)
        return None

    def _before(self, errand: Errand) -> int | None:
        """The errand that must be over before this one; what is said does not wait for another place that rests."""
        before = self.open.get(errand.waits_for or 0)
        if before is None:
            return None
        if errand.kind in SAID and self.rests.places:
            place = self.rests.place(before)
            if place != self.rests.place(errand) and self.rests.is_long(place):
                return None
        return before.id

    def _sort(self, errand: Errand) -> str:
        """The sort of request that it takes: of all that the server limits by itself."""
        if errand.room.startswith("@") and errand.room not in self.direct:
            return "create"
        return errand.kind if errand.kind in SORTS else MESSAGE

    def _is_over(self, offer: _Offer) -> bool:
        """The lane was offered again since, more urgently, and that was taken; or it may not go any more."""
        _, errand_id, lane = offer
        if lane in self.busy or lane not in self._lanes or self._lanes[lane][0].id != errand_id:
            return True
        if not self.rests.places or not self._rests(lane, self.rests.place(self._lanes[lane][0])):
            return False
        if lane == self._trying:
            self._trying = None  # else no other would ever be tried
        self._offer(lane)  # its place has failed since: it rests
        return True

    # --- places that rest

    def look_again(self) -> None:
        """Lanes that rest may go, where their place does no more."""
        rested, self._resting = self._resting, []
        for _, lane in rested:
            if lane in self._lanes and lane not in self.busy:
                self._offer(lane)

    def release(self, place: str) -> None:
        """What is said elsewhere waits no more for what this place does not take."""
        for errand_id in [e for e in self._blocked if self.rests.place(self.open[e]) == place]:
            for lane in self._blocked.pop(errand_id):
                self._offer(lane)

    def _rests(self, lane: str, place: str) -> bool:
        """Is the lane's place left in peace now, or not to be tried beside another of its sort?"""
        return self.rests.until(place) > self.clock() or (self.rests.alone(place) and lane != self._trying)

    def _rested(self, now: float) -> None:
        """Lanes that have rested may go: one at a time, beside the others, for it may hang."""
        while self._resting and self._resting[0][0] <= now and self._trying is None:
            lane = heapq.heappop(self._resting)[1]
            first = self._first(lane) if lane not in self.busy else None
            if first is None:
                continue
            place = self.rests.place(first)
            if self.rests.alone(place) and self.rests.until(place) <= now:
                self._trying = lane if self._before(first) is None else None
            self._offer(lane)

    def let_past(self, lane: str) -> bool:
        """Another one is tried before the first, which fails again and again: whose fault is it? False without one."""
        first, queue = self._first(lane), self._lanes.get(lane, deque())
        rest = self.rests.places.get(self.rests.place(first)) if first is not None else None
        if first is None or rest is None or lane in self._passing or not self.doubts.is_doubted(first.id):
            return False
        if rest.failed != {first.id}:  # others fail too
            return False
        for number, other in enumerate(queue):
            if number and other.id in self.open and self._before(other) is None:
                del queue[number]
                queue.appendleft(other)
                self._passing[lane] = other.id, number
                rest.until = (
                    self.clock()
                )  # at once: if the place were well in between, the order would be lost
                return True
        return False

    def step_back(self, lane: str, errand: Errand) -> None:
        """One that was let past the first, and has failed too, stands where it stood."""
        passing, number = self._passing.get(lane, (None, 0))
        if passing == errand.id:
            del self._passing[lane]
            queue = self._lanes[lane]
            queue.remove(errand)
            queue.insert(number, errand)
            self.rests.blame(self.rests.place(errand), now=self.clock())

    # --- what waits

    def oldest(self, *, up_to: int = SEED) -> datetime | None:
        """When the oldest was decided of what is of this priority or a more urgent one, and waits for all.

        What waits for one place that takes nothing is left out, once others have taken something since.
        """
        alone, place = self.rests.alone, self.rests.place
        return next(
            (e.created_at for e in self.open.values() if e.priority <= up_to and not alone(place(e))), None
        )

    def waiting(self, *, up_to: int = SEED) -> bool:
        """Is something of this priority or a more urgent one still to be done, and goes on?"""
        return any(e.priority <= up_to for e in self._moving())

    def quiet(self) -> bool:
        """Is nothing to be done, but for what rests?"""
        return not self.open or (bool(self.rests.places) and not any(self._moving()))

    def _moving(self) -> Iterator[Errand]:
        """What is to be done in places that take what they are given."""
        resting = self.rests.places
        return (e for e in self.open.values() if not resting or self.rests.place(e) not in resting)

    def stuck(self) -> dict[str, tuple[int, datetime]]:
        """By place that takes nothing: how much waits for it, and since when the oldest does."""
        found: dict[str, tuple[int, datetime]] = {}
        for errand in self.open.values():
            place = self.rests.place(errand)
            if place in self.rests.places:
                number, since = found.get(place, (0, errand.created_at))
                found[place] = number + 1, min(since, errand.created_at)
        return found

    def waiting_for(self, place: str) -> list[Errand]:
        """All that is still to be done there."""
        return [e for e in self.open.values() if self.rests.place(e) == place]

    def under_way(self) -> set[int]:
        """The errands that may just be arriving."""
        return {self._lanes[lane][0].id for lane in self.busy if lane in self._lanes}


def _lane(errand: Errand) -> str:
    """All that must keep its order: a room's messages; edits and seeds of one message; letting a person in and out of a
    room; a room's state; the rest by itself.
    """
    if errand.kind in SAID:
        return errand.room
    if errand.priority == SEED:
        return f"seeds {errand.waits_for}"
    if errand.kind == "edit":
        return f"edit {errand.waits_for}"
    if errand.kind in ("invite", "kick"):
        return f"member {errand.room} {errand.content.get('user_id', '')}"
    if errand.kind in ("state", "power"):
        return f"state {errand.room}"
    return f"{errand.kind} {errand.room}"
