"""Carries out what the outbox holds, as the lanes say, and makes of each answer what it means.

The store knows what is pending; the lanes are its copy in memory. What has ended is handed back with `take_done`, to
be recorded in the next transaction: should that be lost, the errand is done again with the same transaction id, which
the homeserver knows.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Callable, Iterable
from datetime import datetime

from bot.core.facade import Core
from bot.matrix.absence import Absence
from bot.matrix.delivery import Delivery, StoreSilentError
from bot.matrix.drawing import Drawer
from bot.matrix.encrypting import Encrypting
from bot.matrix.ended import Ended
from bot.matrix.lanes import Going, Lanes
from bot.matrix.session import require_session
from bot.matrix.transport import LimitedError, MatrixError, Transport, UnreachableError
from bot.matrix.undelivered import Undelivered
from bot.matrix.worker import Worker
from storage.engine.database import StoreAwayError, reason
from storage.outbox import LEFT_OUT, SEED, Done, Errand

log = logging.getLogger(__name__)


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
        drawer: Drawer | None = None,
    ) -> None:
        self.clock, self.now, self.absence = clock, now, Absence()
        self.sent = self.refusals = 0  # errands carried out, and answers 429, so far
        self.ended = Ended(now=now)
        self.delivery = Delivery(
            transport, worker, core, self.ended.events, now=now, encrypting=encrypting, drawer=drawer
        )
        self.lanes = Lanes(
            self.ended, clock=clock, direct=self.delivery.direct, lane_of=self.delivery.lane_of
        )
        self.rests = self.lanes.rests
        self.undelivered = Undelivered(
            self.lanes, self.delivery, core, self.absence, now=now, clock=clock, add=self.add
        )
        self._woken = asyncio.Event()
        self._idle, self._quiet = asyncio.Event(), asyncio.Event()  # nothing is open; but for what rests
        self._wake()

    # --- what the others tell it, and ask

    def add(self, errands: Iterable[Errand]) -> None:
        """Take over what a committed transaction wants done."""
        self.lanes.add(errands)
        self._wake()

    def saw(self, txn: str, event_id: str) -> None:
        """The event came back in the sync, perhaps before the answer to the request that sent it."""
        if self.lanes.saw(txn, event_id):
            self._wake()

    def take_done(self) -> list[Done]:
        """What has ended and is not recorded yet; to be given back with `give_back` if recording fails."""
        return self.ended.take()

    def give_back(self, done: list[Done]) -> None:
        self.ended.give_back(done)

    def heard(self, *, well: bool) -> None:
        """The homeserver tells what is new, or fails to."""
        if not well:
            self.rests.unheard = True
            self.absence.began(self.now())
        elif self.rests.unheard:
            self.rests.heard()
            self.absence.ended(self.now())
            self._look_again()

    def reopened(self, rooms: Iterable[str]) -> None:
        """The bot has come into these rooms, or who may do what there is different: what waits for them is tried."""
        if {room for room in rooms if self.rests.reopened(room)}:
            self._look_again()

    def _look_again(self) -> None:
        self.lanes.look_again()
        self._wake()

    @property
    def limited(self) -> bool:
        """Does the homeserver limit messages at present?"""
        return self.lanes.limits.limited

    async def settled(self) -> None:
        """No request is under way; no new one is begun."""
        self.rests.away_until = math.inf
        while self.lanes.busy:
            await asyncio.sleep(0.01)

    async def drained(self) -> None:
        """Nothing is left to send."""
        await self._idle.wait()

    async def settling(self, within: float) -> None:
        """All that is to be sent now is sent, or this time is over.

        Asked for news meanwhile, the homeserver would look for them first and take the reply afterwards, and answer
        once for each message; asked afterwards, it answers once, and with what people said in that time.
        """
        if self.lanes.open and not self.limited:
            with contextlib.suppress(TimeoutError):
                # `wait_for` would lose a stop that comes just as all is sent.
                async with asyncio.timeout(within):
                    await self._quiet.wait()

    # --- doing it

    async def run(self) -> None:
        tasks: set[asyncio.Task[None]] = set()
        try:
            while True:
                while (going := self.lanes.pick()) is not None:
                    tasks.add(asyncio.create_task(self._work(going)))
                # Not `wait_for`, which swallows a cancellation that comes with the waking.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self.lanes.pause()):
                        await self._woken.wait()
                self._woken.clear()
                for task in [t for t in tasks if t.done()]:
                    tasks.remove(task)
                    task.result()
        finally:
            tasks |= self.undelivered.telling
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self, going: Going) -> None:
        """Try the lane's first errand once; what the server puts off stays first."""
        errand, limits, begun = going.errand, self.lanes.limits, self.clock()
        try:
            if errand.priority == SEED and limits.paces[going.sort].limited:
                self.lanes.end(errand, None, LEFT_OUT)
            elif errand.id in self.lanes.open:
                event_id = await self.delivery.carry_out(errand)
                limits.taken(going.sort, begun)
                self.sent += 1
                place = self.rests.place(errand)
                if self.lanes.doubts:
                    self.lanes.doubts.went_well(errand.id, place)
                self.undelivered.took(place)
                self.lanes.end(errand, event_id)
        except LimitedError as error:
            self.refusals += 1
            self.rests.answered()
            limits.paces[going.sort].refused(begun, self.clock(), error.retry_after)
        except UnreachableError as error:
            surely = isinstance(error, StoreSilentError)
            self.undelivered.failed(going, str(error), begun, surely=surely)
        except StoreAwayError as error:
            self.undelivered.failed(going, f"the store: {reason(error)}", begun, surely=True)
        except MatrixError as error:
            require_session(error)
            await self.undelivered.refused(going, error, begun)
        except Exception as error:  # one bad errand never stops the rest
            log.exception("errand failed", extra={"errand": errand.kind, "room_id": errand.room})
            self.lanes.end(errand, None, f"failed: {type(error).__name__}")
        finally:
            self.lanes.back(going)
            self._wake()

    def _wake(self) -> None:
        """Something is different: whoever waits looks again."""
        for event, over in ((self._idle, not self.lanes.open), (self._quiet, self.lanes.quiet())):
            if over:
                event.set()
            else:
                event.clear()
        self._woken.set()
