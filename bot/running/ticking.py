"""Every job has its tick. The store says what is due, so a tick that is late or left out loses nothing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.core.facade import Core
from bot.matrix.sender import Sender
from bot.matrix.sync import Syncer
from bot.matrix.worker import Worker
from commands.framework.declarations import Job, jobs
from storage.engine.database import LostError, StoreAwayError, is_away


class Ticking:
    """Use `scheduled` with `async with`: the jobs have their ticks inside."""

    def __init__(
        self, core: Core, worker: Worker, sender: Sender, syncer: Syncer, *, now: Callable[[], datetime]
    ) -> None:
        self.core, self.worker, self.sender, self.syncer, self.now = core, worker, sender, syncer, now

    async def tick(self, job: Job) -> None:
        """All that is due has been done.

        What people said while the bot or the homeserver was away comes first: nothing closes over it. And what falls
        due in that time is told as late when it can be told, or as missed, and not as if it had been in time.
        """
        again = True
        while again:  # what people say meanwhile has its turn in between
            await self.syncer.ready.wait()
            await self.syncer.hearing.wait()
            try:
                self.sender.add(await self.worker.run(partial(self.core.tick, job, now=self.now())))
            except (Exception, StoreAwayError) as error:
                if is_away(error):
                    return  # it is said already, and the next tick does all of it
                raise
            self.syncer.dirty.set()
            again = job.name in self.core.unfinished

    async def _tick(self, job: Job) -> None:
        # The bot stops, or leads no more: that is no failure of the job.
        with contextlib.suppress(asyncio.CancelledError, LostError):
            await self.tick(job)

    @contextlib.asynccontextmanager
    async def scheduled(self) -> AsyncIterator[None]:
        scheduler = AsyncIOScheduler()
        for job in jobs():
            scheduler.add_job(
                self._tick,
                "interval",
                args=[job],
                seconds=job.every.total_seconds(),
                coalesce=True,
                misfire_grace_time=None,
            )
        scheduler.start()
        try:
            yield
        finally:
            scheduler.shutdown(wait=False)
