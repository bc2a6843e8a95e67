"""Of several bots on one PostgreSQL this one leads, or stands by until it does."""

from __future__ import annotations

import asyncio
import logging
import math
import secrets
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

from bot.matrix.outages import Outage
from bot.matrix.worker import Worker
from bot.running import service
from storage.engine.database import Database, LostError, StoreAwayError
from storage.engine.schema import migrate_apart
from storage.leader import LATE, Seat

log = logging.getLogger(__name__)
LOOKS: Final = 0.5  # seconds between two looks of who stands by
RENEWS: Final = 2.0  # seconds between two renewals
ANSWERS: Final = 5.0  # seconds; then the connection is ended: sooner, a busy machine would lose the lead
SETTLES: Final = 1.0  # seconds until a renewal that failed is tried again
_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # goes on while the machine sleeps


def elapsed() -> float:
    """Seconds by a clock that nobody sets, and that goes on while the process is stopped."""
    return time.clock_gettime(_CLOCK)


def new_name() -> str:
    """A name for this process that no other has, before or after it."""
    return f"{socket.gethostname().partition('.')[0][:30]}-{secrets.token_hex(3)}"


class Leading:
    """One for a running bot on PostgreSQL. What the bot asks of the homeserver goes through `gate`."""

    def __init__(self, seat: Seat, *, clock: Callable[[], float] = elapsed) -> None:
        self.seat, self.clock = seat, clock
        self.worker = Worker()
        self.worker.outage = Outage("not known who leads", "known again who leads")
        self._until = -math.inf  # nobody else leads before then
        self._renewed = asyncio.Event()

    @property
    def leads(self) -> bool:
        """Is this process sure that no other leads?"""
        return self.clock() < self._until

    @property
    def stands_by(self) -> bool:
        return self.seat.number is None

    async def gate(self) -> None:
        """This process leads, if it was not so at first, since it was stopped, say, or cut off from the store."""
        while not self.leads:
            self._renewed.clear()
            await self._renewed.wait()

    async def begin(self, database: Database) -> None:
        """This process leads, however long others do, and only it changes anything by this connection.

        Raises: NewerSchemaError, StoreError.
        """
        stands_by = False
        while not await self._try():
            if not stands_by:
                stands_by = True
                service.tell("STATUS=standby")
                log.info("standby", extra={"who": self.seat.name})
            await asyncio.sleep(LOOKS)
        self.seat.fence(database)
        service.tell("STATUS=leading")
        log.info("leading", extra={"who": self.seat.name, "number": self.seat.number})

    async def _try(self) -> bool:
        try:
            if not await self._answered(partial(self.seat.claim, at=self.clock())):
                self.worker.outage.ended()
                return False
            if await self.worker.run(partial(migrate_apart, self.seat.url)):
                log.info("a new, empty store was made", extra={"store": self.seat.database.name})
            asked = self.clock()
            if not await self._answered(self.seat.rise):
                return False
        except StoreAwayError:
            return False
        self.worker.outage.ended()
        self.renewed(asked)
        return True

    async def keep(self, *others: Database) -> None:
        """This process goes on leading. Where PostgreSQL says nothing to it, the others' connections are ended too.

        Raises: LostError, once another process leads.
        """
        while True:
            await asyncio.sleep(RENEWS if not self.worker.outage.count else SETTLES)
            asked = self.clock()
            try:
                await self._answered(self.seat.renew, *others)
            except StoreAwayError:
                continue
            except LostError:
                self.lose()
                raise
            self.worker.outage.ended()
            self.renewed(asked)

    def renewed(self, asked: float) -> None:
        """No other leads for a while after this was asked for."""
        self._until = asked + LATE
        self._renewed.set()

    def lose(self) -> None:
        """Another process leads: nothing more is said."""
        self._until = -math.inf

    async def _answered(self, call: Callable[[], bool | None], *others: Database) -> bool:
        """The call's answer. A connection that gives none is ended: a network can swallow all that is said."""
        trying = asyncio.ensure_future(self.worker.run(call))
        try:
            done, _ = await asyncio.wait({trying}, timeout=ANSWERS)
            if not done:
                for database in (self.seat.database, *others):
                    database.cut()
            return bool(await trying)
        except asyncio.CancelledError:
            trying.cancel()
            raise

    async def end(self) -> None:
        """Another process may lead now; to be called when all else has ended."""
        with suppress(StoreAwayError):
            await self._answered(self.seat.release)
        self.worker.close()
