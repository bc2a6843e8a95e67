"""What becomes of an errand that came to nothing: it waits, is said elsewhere or in other words, or is given up.

A room that is closed, or fails, keeps what belongs there for a day; coordinators are told of it once. What the
homeserver refuses or never takes in a room that is open is over, but that a command has one reply, whatever the
homeserver thinks of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Final

from bot.core.facade import Core
from bot.matrix.absence import Absence
from bot.matrix.delivery import Delivery, StoreSilentError
from bot.matrix.lanes import Going, Lanes
from bot.matrix.outages import Outage
from bot.matrix.rests import LONG, Rest
from bot.matrix.session import require_session
from bot.matrix.transport import MatrixError, UnreachableError
from bot.rendering.polls import message_of
from storage.engine.database import LostError
from storage.outbox import POLL, POLL_END, SAID, Errand

log = logging.getLogger(__name__)
TOLD_AFTER: Final = 300.0  # seconds; then coordinators are told of a place that takes nothing
GIVEN_UP_AFTER: Final = timedelta(days=1)  # what a place has not taken by then is dropped
GIVEN_UP_TRIED: Final = 3600.0  # seconds for which it was tried in this run at least
UNFIT: Final = (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
CLOSED: Final = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
UNSENT: Final = "ch.publicinnovators.unsent"  # marks what stands in for a message that was refused


class Undelivered:
    """Decides it, in the lanes; `add`: takes over what is to be said because of it."""

    def __init__(
        self,
        lanes: Lanes,
        delivery: Delivery,
        core: Core,
        absence: Absence,
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float],
        add: Callable[[Iterable[Errand]], None],
    ) -> None:
        self.lanes, self.delivery, self.core, self.now, self.clock, self.add = (
            lanes,
            delivery,
            core,
            now,
            clock,
            add,
        )
        self.rests, self.doubts, self.absence = lanes.rests, lanes.doubts, absence
        self.mute: set[str] = set()  # places of which coordinators were told that they take nothing
        self.telling: set[asyncio.Task[None]] = set()
        self._away = Outage("homeserver away", "homeserver back", clock=clock)

    async def refused(self, gone: Going, error: MatrixError, begun: float) -> None:
        """The homeserver says no: to all that is to be done in this place, or to this errand.

        In a place that is closed it waits, but for what is said to one person, which goes to their direct chat.
        """
        errand, closed, moved = gone.errand, None, False
        if error.status in CLOSED:
            try:
                closed = await self.delivery.closed(errand)
                moved = errand.kind in SAID and await self._move(errand, str(error))
            except (
                UnreachableError,
                MatrixError,
            ) as silent:  # it stays first, and is tried and refused again
                require_session(silent)
                self.failed(gone, str(silent), begun, surely=isinstance(silent, StoreSilentError))
                return
        if closed is not None and not moved:
            self._away.ended()
            self._stays(errand, closed, self.rests.closes(closed, now=self.clock()), str(error))
            return
        if closed is None:
            self.took(self.rests.place(errand))
        extra = {"errand": errand.kind, "room_id": errand.room, "reason": str(error)}
        log.warning("refused", extra=extra)
        if moved:
            self.lanes.end(errand, None, str(error))
        elif errand.kind in (POLL, POLL_END):  # a room in which nobody may ask so: then in words alone
            errand.kind, errand.content = "message", message_of(errand.content)
        elif error.status in UNFIT:
            self._unfit(errand, str(error))
        else:
            self.lanes.end(errand, None, str(error))

    def failed(self, gone: Going, reason: str, begun: float, *, surely: bool) -> None:
        """The errand came to nothing: its place rests, or the homeserver is away, or it is at fault itself."""
        errand, now, place = gone.errand, self.clock(), self.rests.place(gone.errand)
        rest = self.rests.failed(place, begun=begun, now=now, surely=surely)
        if now < self.rests.away_until:
            self._away.failed(reason, pause=round(self.rests.away_until - now, 2))
        if rest is None:
            return
        self.doubts.failed(errand.id, place)
        if self.doubts.is_spoilt(errand.id):
            log.warning("spoilt", extra={"errand": errand.kind, "room_id": errand.room, "reason": reason})
            self._unfit(errand, f"spoilt: {reason}")
            self.took(place)
            return
        rest.failed.add(errand.id)
        self.lanes.step_back(gone.lane, errand)
        self.lanes.let_past(gone.lane)
        self._stays(errand, place, rest, reason)

    def took(self, place: str) -> None:
        """The homeserver has answered about this place."""
        self._away.ended()
        rest = self.rests.went_well(place)
        if rest is not None:
            log.warning("takes messages again", extra={"place": place, "tries": rest.tries})
            self.lanes.look_again()
        if place in self.mute:
            self.mute.discard(place)
            self._tell(partial(self.core.room_heard, place, now=self.now()), partial(self.mute.add, place))

    async def _move(self, errand: Errand, error: str) -> bool:
        """What is said to one person is said in their direct chat instead; False where it is not."""
        moved = await self.delivery.ask(partial(self.core.elsewhere, errand, error, now=self.now()))
        self.add(moved)
        return bool(moved)

    def _unfit(self, errand: Errand, reason: str) -> None:
        """The homeserver never takes what this says: a message says so in its place, all else is over."""
        self.doubts.over(errand.id)
        if errand.kind in SAID and not errand.content.get(UNSENT):
            errand.kind, errand.content = "message", self.core.unsent(errand) | {UNSENT: True}
        else:
            self.lanes.end(errand, None, reason)

    def _stays(self, errand: Errand, place: str, rest: Rest, reason: str) -> None:
        """What this place does not take waits, for a day at most; coordinators are told after a while.

        Where no place takes anything, it is none of theirs: all waits until the homeserver works again.
        """
        waited, closed = self.clock() - rest.since, place in self.rests.closed
        if rest.tries == 1:
            log.warning("takes no messages", extra={"place": place, "errand": errand.kind, "reason": reason})
        if rest.tries == (1 if closed else LONG):
            self.lanes.release(place)
        if not closed and self.rests.is_shared(place):
            return
        if waited >= TOLD_AFTER and place not in self.mute:
            self.mute.add(place)
            self._tell(partial(self.core.room_mute, place, now=self.now()), partial(self.mute.discard, place))
        if closed or waited > GIVEN_UP_TRIED:
            self._give_up(place, reason)

    def _give_up(self, place: str, reason: str) -> None:
        """What has waited for this place for a day is over; not what may just be arriving.

        The time in which the homeserver itself was away is not counted.
        """
        now, waited = self.now(), self.absence.waited
        over = [e for e in self.lanes.waiting_for(place) if waited(e.created_at, now) > GIVEN_UP_AFTER]
        under_way = self.lanes.under_way() if len(self.lanes.busy) > 1 else ()
        for errand in over:
            if errand.id not in under_way:
                self.lanes.end(errand, None, f"not taken for a day: {reason}")
        if over:
            log.warning("given up", extra={"place": place, "count": len(over), "reason": reason})

    def _tell(self, tell: Callable[[], list[Errand]], another_time: Callable[[], None]) -> None:
        """Coordinators are told of a place; where the store can't take that now, they are told another time."""

        async def told() -> None:
            try:
                self.add(await self.delivery.ask(tell))
            except (UnreachableError, LostError) as error:  # whoever leads now tells them
                another_time()
                log.warning("not told", extra={"reason": str(error)})

        task = asyncio.create_task(told())
        self.telling.add(task)
        task.add_done_callback(self.telling.discard)
