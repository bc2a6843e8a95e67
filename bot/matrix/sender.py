"""Carries out what the outbox holds: in order within a room, replies before broadcasts, at the server's pace.

The store knows what is pending; this is its copy in memory. What has ended is handed back with `take_done`, to be
recorded in the next transaction: should that be lost, the errand is done again with the same transaction id, which
the homeserver knows.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import logging
import math
from collections import Counter, deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Final

from bot.core.facade import Core
from bot.matrix.delivery import Delivery, StoreSilentError
from bot.matrix.encrypting import Encrypting
from bot.matrix.outages import Outage
from bot.matrix.pace import Pace
from bot.matrix.rests import Rests, place_of
from bot.matrix.transport import DEAD, LimitedError, MatrixError, Transport, UnreachableError
from bot.matrix.worker import Worker
from storage.engine.database import StoreAwayError, reason
from storage.outbox import LEFT_OUT, REPLY, SEED, Done, Errand

log = logging.getLogger(__name__)
AT_ONCE: Final = 4  # requests; more gain nothing, a homeserver works on one message at a time
FAR_AT_ONCE: Final = 2  # of them invitations and the like, which may hang on a server elsewhere
TOLD_AFTER: Final = 300.0  # seconds; then coordinators are told of a place that takes nothing
GIVEN_UP_AFTER: Final = timedelta(days=1)  # what a place has not taken by then is dropped
GIVEN_UP_TRIED: Final = 3600.0  # seconds for which it was tried in this run at least
UNFIT: Final = (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
CLOSED: Final = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
UNSENT: Final = "ch.publicinnovators.unsent"  # marks what stands in for a message that was refused


class LoggedOutError(Exception):
    """The homeserver no longer knows the bot's access token."""


class Sender:
    """One for the running bot; `run` until cancelled."""

    def __init__(
        self,
        transport: Transport,
        worker: Worker,
        core: Core,
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float],
        encrypting: Encrypting | None = None,
    ) -> None:
        self.core, self.now, self.clock = core, now, clock
        self.delivery = Delivery(transport, worker, core, now=now, encrypting=encrypting)
        self.paces = {"message": Pace(), "invite": Pace(), "join": Pace(), "create": Pace()}
        self.sent = self.refusals = 0  # errands carried out, and answers 429, so far
        self.replies, self.reply_seconds = 0, 0.0  # sent so far, and how long after they were decided
        self._lanes: dict[str, deque[Errand]] = {}
        self._replies: Counter[str] = Counter()  # in each lane
        self._ready: dict[str, list[tuple[int, int, str]]] = {c: [] for c in self.paces}  # priority, id, lane
        self._flying = dict.fromkeys(self.paces, 0)  # requests under way
        self.rests = Rests()
        self.mute: set[str] = set()  # places of which coordinators were told that they take nothing
        self._resting: list[tuple[float, str]] = []  # lanes, by when they may be tried again
        self._trying: str | None = None  # the one lane of those that is tried now
        self._away = Outage("homeserver away", "homeserver back", clock=clock)
        self._telling: set[asyncio.Task[None]] = set()
        self._blocked: dict[int, list[str]] = {}  # lanes that wait for an errand
        self._open: dict[int, Errand] = {}  # not yet done
        self._by_txn: dict[str, Errand] = {}
        self._done: list[Done] = []
        self._busy: dict[str, str] = {}  # lane -> category of the request under way
        self._woken = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    # --- what is to be done

    def add(self, errands: Iterable[Errand]) -> None:
        """Take over what a committed transaction wants done."""
        for errand in errands:
            if errand.id in self._open or errand.id in self.delivery.events:
                continue
            if errand.priority == SEED and self.paces["message"].limited:
                self._done.append(Done(errand.id, None, LEFT_OUT))
                continue
            self._open[errand.id] = self._by_txn[errand.txn] = errand
            lane = _lane(errand)
            if lane not in self._lanes:  # else it comes behind what stands there already
                lane = self.delivery.lane_of.get(lane, lane)
            queue = self._lanes.setdefault(lane, deque())
            queue.append(errand)
            is_reply = errand.priority == REPLY
            self._replies[lane] += is_reply
            if lane not in self._busy and (queue[0] is errand or (is_reply and queue[0].priority > REPLY)):
                self._offer(lane)
        self._wake()

    def _offer(self, lane: str) -> None:
        """The lane's first errand may go, or waits for another one.

        It is as urgent as a reply where it stands before one: a broadcast in a room does not delay what follows.
        """
        queue = self._lanes[lane]
        if not queue:
            del self._lanes[lane], self._replies[lane]
            return
        first = queue[0]
        if first.waits_for in self._open:
            self._blocked.setdefault(first.waits_for, []).append(lane)
        elif self.rests.places and self._rests(lane, place_of(first)):
            heapq.heappush(self._resting, (self.rests.until(place_of(first)), lane))
        else:
            urgency = REPLY if self._replies[lane] else first.priority
            heapq.heappush(self._ready[self._category(first)], (urgency, first.id, lane))

    def _rests(self, lane: str, place: str) -> bool:
        """Is the lane's place left in peace now, or not to be tried beside another of its sort?"""
        return self.rests.until(place) > self.clock() or (self.rests.alone(place) and lane != self._trying)

    def _category(self, errand: Errand) -> str:
        """All that the server limits by itself."""
        if errand.room.startswith("@") and errand.room not in self.delivery.direct:
            return "create"
        return errand.kind if errand.kind in ("invite", "join", "create") else "message"

    def _is_over(self, entry: tuple[int, int, str]) -> bool:
        """The lane was offered again since, more urgently, and that was taken; or it may not go any more."""
        _, errand_id, lane = entry
        if lane in self._busy or lane not in self._lanes or self._lanes[lane][0].id != errand_id:
            return True
        if not self.rests.places or not self._rests(lane, place_of(self._lanes[lane][0])):
            return False
        self._offer(lane)  # its place has failed since: it rests
        return True

    def saw(self, txn: str, event_id: str) -> None:
        """The event came back in the sync, perhaps before the answer to the request that sent it."""
        errand = self._by_txn.get(txn)
        if errand is not None:
            self._end(errand, event_id)

    def take_done(self) -> list[Done]:
        """The errands that have ended and is not recorded yet; to be given back with `give_back` if recording fails."""
        done, self._done = self._done, []
        return done

    def give_back(self, done: list[Done]) -> None:
        self._done = done + self._done

    def heard(self, *, well: bool) -> None:
        """The homeserver tells what is new, or fails to."""
        if not well:
            self.rests.unheard = True
        elif self.rests.unheard:
            self.rests.heard()
            rested, self._resting = self._resting, []
            for _, lane in rested:
                if lane in self._lanes and lane not in self._busy:
                    self._offer(lane)
            self._wake()

    @property
    def length(self) -> int:
        return len(self._open)

    def oldest(self) -> datetime | None:
        """The time at which the oldest open errand was decided, of those for places that take what they are given."""
        resting = self.rests.places
        open_ = (e.created_at for e in self._open.values() if not resting or place_of(e) not in resting)
        return next(open_, None)

    def waiting(self, *, up_to: int) -> bool:
        """Is something of this priority or a more urgent one still to be sent?"""
        return any(e.priority <= up_to for e in self._open.values())

    @property
    def limited(self) -> bool:
        """Does the homeserver limit messages at present?"""
        return self.paces["message"].limited

    async def settled(self) -> None:
        """No request is under way; no new one is begun."""
        self.rests.away_until = math.inf
        while self._busy:
            await asyncio.sleep(0.01)

    async def drained(self) -> None:
        """Nothing is left to send."""
        await self._idle.wait()

    async def settling(self, within: float) -> None:
        """All that is to be sent now is sent, or this time is over.

        Whatever the bot says comes back as news. Asked for news meanwhile, the homeserver would answer once for
        each message; asked afterwards, it answers once, and with what people said in that time.
        """
        if self._open and not self.limited:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(
                    within
                ):  # `wait_for` would lose a stop that comes just as all is sent
                    await self._idle.wait()

    # --- doing it

    async def run(self) -> None:
        tasks: set[asyncio.Task[None]] = set()
        try:
            while True:
                while (lane := self._pick()) is not None:
                    tasks.add(asyncio.create_task(self._work(lane)))
                # Not `wait_for`, which swallows a cancellation that comes with the waking.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._pause()):
                        await self._woken.wait()
                self._woken.clear()
                for task in [t for t in tasks if t.done()]:
                    tasks.remove(task)
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _pick(self) -> str | None:
        """The lane whose first errand goes next: the most urgent, the oldest, of what the server lets through now."""
        now = self.clock()
        self._rested(now)
        if len(self._busy) - (self._trying in self._busy) >= AT_ONCE or now < self.rests.away_until:
            return None
        best: list[tuple[int, int, str]] | None = None
        for category, ready in self._ready.items():
            while ready and self._is_over(ready[0]):
                heapq.heappop(ready)
            if ready and self._may_go(category, now) and (best is None or ready[0] < best[0]):
                best = ready
        if best is None:
            return None
        lane = heapq.heappop(best)[2]
        category = self._busy[lane] = self._category(self._lanes[lane][0])
        self._flying[category] += 1
        return lane

    def _rested(self, now: float) -> None:
        """Lanes that have rested may go: one at a time, beside the others, for it may hang."""
        while self._resting and self._resting[0][0] <= now and self._trying is None:
            lane = heapq.heappop(self._resting)[1]
            if lane not in self._lanes or lane in self._busy:
                continue
            place = place_of(self._lanes[lane][0])
            if self.rests.alone(place) and self.rests.until(place) <= now:
                self._trying = lane if self._lanes[lane][0].waits_for not in self._open else None
            self._offer(lane)

    def _may_go(self, category: str, now: float) -> bool:
        flying = self._flying
        tried = self._busy.get(self._trying or "")
        if category != "message" and sum(flying.values()) - flying["message"] >= FAR_AT_ONCE:
            return False
        of_kind, all_ = flying[category] - (tried == category), len(self._busy) - (tried is not None)
        # Under a limit one message at a time; what may hang elsewhere lets messages pass.
        before_it = flying["message"] - (tried == "message") if category == "message" else all_
        crowded = (self.limited and before_it) or (self.paces[category].limited and of_kind)
        return not crowded and self._wait(category, now) == 0

    def _wait(self, category: str, now: float) -> float:
        """How long until the server takes such a request.

        Synapse charges each of them as a message too: rooms that are made for a broadcast would else take
        from the replies what the server allows.
        """
        return max(self.paces[category].wait(now), self.paces["message"].wait(now))

    def _pause(self) -> float | None:
        """Seconds until something may go that may not now; None where only news can change that."""
        now = self.clock()
        waits = [self._wait(c, now) for c, ready in self._ready.items() if ready]
        waits += [self._resting[0][0] - now] if self._resting and self._trying is None else []
        waits = [max(w, self.rests.away_until - now) for w in waits]
        return min((w for w in waits if w > 0), default=None)

    def _wake(self) -> None:
        if self._open:
            self._idle.clear()
        else:
            self._idle.set()
        self._woken.set()

    async def _work(self, lane: str) -> None:
        """Try the lane's first errand once; what the server puts off stays first."""
        errand = self._lanes[lane][0]
        category = self._busy[lane]
        pace, begun = self.paces[category], self.clock()
        try:
            if errand.priority == SEED and pace.limited:
                self._end(errand, None, LEFT_OUT)
            elif errand.id in self._open:
                event_id = await self.delivery.carry_out(errand)
                for charged in {category, "message"}:
                    self.paces[charged].sent(begun)
                self.sent += 1
                self._took(place_of(errand))
                self._end(errand, event_id)
        except LimitedError as error:
            self.refusals += 1
            self.rests.answered()
            pace.refused(begun, self.clock(), error.retry_after)
        except UnreachableError as error:
            self._failed(errand, str(error), begun, surely=isinstance(error, StoreSilentError))
        except StoreAwayError as error:
            self._failed(errand, f"the store: {reason(error)}", begun, surely=True)
        except MatrixError as error:
            if error.errcode in DEAD:
                raise LoggedOutError(str(error)) from error
            await self._refused(errand, error, begun)
        except Exception as error:  # one bad errand never stops the rest
            log.exception("errand failed", extra={"errand": errand.kind, "room_id": errand.room})
            self._end(errand, None, f"failed: {type(error).__name__}")
        finally:
            del self._busy[lane]
            self._flying[category] -= 1
            if self._trying == lane:
                self._trying = None
            queue = self._lanes[lane]
            if queue and queue[0].id not in self._open:
                self._replies[lane] -= queue.popleft().priority == REPLY
            self._offer(lane)
            self._wake()

    async def _refused(self, errand: Errand, error: MatrixError, begun: float) -> None:
        """The errand is over, but that the command has one reply, whatever the homeserver thinks of it."""
        self._took(place_of(errand))
        extra = {"errand": errand.kind, "room_id": errand.room, "reason": str(error)}
        log.warning("refused", extra=extra)
        said = errand.kind in ("message", "file")
        if said and error.status in UNFIT and not errand.content.get(UNSENT):
            errand.kind, errand.content = "message", self.core.unsent(errand) | {UNSENT: True}
            return
        if said and error.status in CLOSED:
            move = partial(self.core.reply_elsewhere, errand, str(error), now=self.now())
            try:
                self.add(await self.delivery.ask(move))
            except UnreachableError as silent:  # it stays first, and is tried and refused again
                self._failed(errand, str(silent), begun, surely=True)
                return
        self._end(errand, None, str(error))

    def _took(self, place: str) -> None:
        """The homeserver has answered about this place."""
        self._away.ended()
        rest = self.rests.went_well(place)
        if rest is not None:
            log.warning("takes messages again", extra={"place": place, "tries": rest.tries})
        if place in self.mute:
            self.mute.discard(place)
            self._tell(partial(self.core.room_heard, place, now=self.now()))

    def _failed(self, errand: Errand, reason: str, begun: float, *, surely: bool) -> None:
        """The errand came to nothing: its place rests, or the homeserver is away; after a day it is dropped."""
        now, place = self.clock(), place_of(errand)
        rest = self.rests.failed(place, begun=begun, now=now, surely=surely)
        if now < self.rests.away_until:
            self._away.failed(reason, pause=round(self.rests.away_until - now, 2))
        if rest is None:
            return
        if rest.tries == 1:
            log.warning("takes no messages", extra={"place": place, "errand": errand.kind, "reason": reason})
        if now - rest.since >= TOLD_AFTER and place not in self.mute:
            self.mute.add(place)
            self._tell(partial(self.core.room_mute, place, now=self.now()))
        old = self.now() - errand.created_at > GIVEN_UP_AFTER
        if old and now - rest.since > GIVEN_UP_TRIED:
            log.warning("given up", extra={"errand": errand.kind, "room_id": errand.room, "reason": reason})
            self._end(errand, None, f"not taken for a day: {reason}")

    def _tell(self, tell: Callable[[], list[Errand]]) -> None:
        """Coordinators are told of a place; where the store can't take that now, they are told another time."""

        async def told() -> None:
            try:
                self.add(await self.delivery.ask(tell))
            except UnreachableError as error:
                log.warning("not told", extra={"reason": str(error)})

        task = asyncio.create_task(told())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    def _end(self, errand: Errand, event_id: str | None, error: str | None = None) -> None:
        """The errand is over; whoever waits for it may go."""
        if self._open.pop(errand.id, None) is None:
            return
        self._by_txn.pop(errand.txn, None)
        if errand.priority == REPLY and event_id is not None:
            self.replies += 1
            self.reply_seconds += (self.now() - errand.created_at).total_seconds()
        self._done.append(Done(errand.id, event_id, error))
        self.delivery.remember(errand.id, event_id)
        for lane in self._blocked.pop(errand.id, ()):
            self._offer(lane)
        self._wake()


def _lane(errand: Errand) -> str:
    """All that must keep its order: a room's messages; edits and seeds of one message; letting a person in and out of a
    room; a room's state; the rest by itself.
    """
    if errand.kind in ("message", "file"):
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
