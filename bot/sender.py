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
from datetime import datetime
from http import HTTPStatus
from typing import Final

from bot.core import Core
from bot.delivery import Delivery
from bot.pace import Pace, backoff
from bot.transport import LimitedError, MatrixError, Transport, UnreachableError
from bot.worker import Worker
from storage.outbox import REPLY, SEED, Done, Errand

log = logging.getLogger(__name__)
AT_ONCE: Final = 4  # requests; more gain nothing, a homeserver works on one message at a time
UNFIT: Final = (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
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
    ) -> None:
        self.core, self.now, self.clock = core, now, clock
        self.delivery = Delivery(transport, worker, core, now=now)
        self.paces = {"message": Pace(), "invite": Pace(), "join": Pace(), "create": Pace()}
        self.sent = self.refusals = 0  # errands carried out, and answers 429, so far
        self.replies, self.reply_seconds = 0, 0.0  # sent so far, and how long after they were decided
        self._lanes: dict[str, deque[Errand]] = {}
        self._replies: Counter[str] = Counter()  # in each lane
        self._ready: dict[str, list[tuple[int, int, str]]] = {c: [] for c in self.paces}  # priority, id, lane
        self._flying = dict.fromkeys(self.paces, 0)  # requests under way
        self._away_until = 0.0
        self._tries = 0
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
                self._done.append(Done(errand.id, None, "left out while limited"))
                continue
            self._open[errand.id] = self._by_txn[errand.txn] = errand
            lane = _lane(errand)
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
        else:
            urgency = REPLY if self._replies[lane] else first.priority
            heapq.heappush(self._ready[self._category(first)], (urgency, first.id, lane))

    def _category(self, errand: Errand) -> str:
        """What the server limits by itself."""
        if errand.room.startswith("@") and errand.room not in self.delivery.direct:
            return "create"
        return errand.kind if errand.kind in ("invite", "join", "create") else "message"

    def _is_over(self, entry: tuple[int, int, str]) -> bool:
        """The lane was offered again since, more urgently, and that was taken."""
        _, errand_id, lane = entry
        return lane in self._busy or lane not in self._lanes or self._lanes[lane][0].id != errand_id

    def saw(self, txn: str, event_id: str) -> None:
        """The event came back in the sync, perhaps before the answer to the request that sent it."""
        errand = self._by_txn.get(txn)
        if errand is not None:
            self._end(errand, event_id)

    def take_done(self) -> list[Done]:
        """What has ended and is not recorded yet; to be given back with `give_back` if recording fails."""
        done, self._done = self._done, []
        return done

    def give_back(self, done: list[Done]) -> None:
        self._done = done + self._done

    @property
    def length(self) -> int:
        return len(self._open)

    def oldest(self) -> datetime | None:
        """When the oldest errand still open was decided."""
        return next(iter(self._open.values())).created_at if self._open else None

    def waiting(self, *, up_to: int) -> bool:
        """Is something of this priority or a more urgent one still to be sent?"""
        return any(e.priority <= up_to for e in self._open.values())

    @property
    def limited(self) -> bool:
        """Does the homeserver limit messages at present?"""
        return self.paces["message"].limited

    async def settled(self) -> None:
        """No request is under way; no new one is begun."""
        self._away_until = math.inf
        while self._busy:
            await asyncio.sleep(0.01)

    async def drained(self) -> None:
        """Nothing is left to send."""
        await self._idle.wait()

    async def settling(self, within: float) -> None:
        """What is to be sent now is sent, or this time is over.

        Whatever the bot says comes back as news. Asked for news meanwhile, the homeserver would answer once for
        each message; asked afterwards, it answers once, and with what people said in that time.
        """
        if self._open and not self.limited:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._idle.wait(), within)

    # --- doing it

    async def run(self) -> None:
        tasks: set[asyncio.Task[None]] = set()
        try:
            while True:
                while (lane := self._pick()) is not None:
                    tasks.add(asyncio.create_task(self._work(lane)))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), self._pause())
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
        if len(self._busy) >= AT_ONCE or now < self._away_until:
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

    def _may_go(self, category: str, now: float) -> bool:
        crowded = (self.limited and self._busy) or (self.paces[category].limited and self._flying[category])
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
        waits = [max(w, self._away_until - now) for w in waits]
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
                self._end(errand, None, "left out while limited")
            elif errand.id in self._open:
                event_id = await self.delivery.carry_out(errand)
                for charged in {category, "message"}:
                    self.paces[charged].sent(begun)
                self.sent += 1
                self._tries = 0
                self._end(errand, event_id)
        except LimitedError as error:
            self.refusals += 1
            pace.refused(begun, self.clock(), error.retry_after)
        except UnreachableError as error:
            self._tries += begun >= self._away_until  # those under way at the same time are one try
            pause = backoff(self._tries)
            self._away_until = max(self._away_until, self.clock() + pause)
            log.warning("homeserver away", extra={"reason": str(error), "pause": pause})
        except MatrixError as error:
            if error.errcode in ("M_UNKNOWN_TOKEN", "M_MISSING_TOKEN"):
                raise LoggedOutError(str(error)) from error
            log.warning(
                "refused", extra={"errand": errand.kind, "room_id": errand.room, "reason": str(error)}
            )
            if (
                error.status in UNFIT
                and errand.kind in ("message", "file")
                and not errand.content.get(UNSENT)
            ):
                # The command has one reply, whatever the homeserver thinks of what it was to say.
                errand.kind, errand.content = "message", self.core.unsent(errand) | {UNSENT: True}
            else:
                self._end(errand, None, str(error))
        except Exception as error:  # one bad errand never stops the rest
            log.exception("errand failed", extra={"errand": errand.kind, "room_id": errand.room})
            self._end(errand, None, f"failed: {type(error).__name__}")
        finally:
            del self._busy[lane]
            self._flying[category] -= 1
            queue = self._lanes[lane]
            if queue and queue[0].id not in self._open:
                self._replies[lane] -= queue.popleft().priority == REPLY
            self._offer(lane)
            self._wake()

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
    """What must keep its order: a room's messages; edits and seeds of one message; letting one person in and out of a
    room; a room's state; the rest by itself.
    """
    if errand.kind in ("message", "file"):
        return errand.room
    if errand.kind in ("edit", "reaction"):
        return f"{errand.kind} {errand.waits_for}"
    if errand.kind in ("invite", "kick"):
        return f"member {errand.room} {errand.content.get('user_id', '')}"
    if errand.kind in ("state", "power"):
        return f"state {errand.room}"
    return f"{errand.kind} {errand.room}"
