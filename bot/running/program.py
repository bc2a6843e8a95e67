"""The running bot: store, worker, sync, sender and ticks, from start to stop."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import gc
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.config.municipalities import SHIPPED
from bot.core.facade import Core
from bot.core.keys import Keys
from bot.core.login import Logins, pickle_key
from bot.core.retries import backoff
from bot.encryption.machine import Machine
from bot.matrix.configured_rooms import ConfiguredRooms
from bot.matrix.encrypting import Encrypting
from bot.matrix.entering import enter
from bot.matrix.outages import Outage
from bot.matrix.reconcile import reconcile
from bot.matrix.sender import Sender
from bot.matrix.session import Identity
from bot.matrix.sync import Syncer
from bot.matrix.transport import (
    ApprovalError,
    LimitedError,
    MatrixError,
    RedirectError,
    Transport,
    UnreachableError,
)
from bot.matrix.worker import Worker
from bot.rendering.replies import Renderer
from bot.running import signals
from bot.running.health import Health
from commands import load
from commands.framework.context import Settings
from commands.framework.declarations import Job, jobs
from storage import inbox
from storage.engine.database import Database, StoreAwayError, is_away
from storage.engine.schema import migrate_apart
from storage.outbox import EDIT, REPLY

T = TypeVar("T")
log = logging.getLogger(__name__)
STOP_WITHIN: Final = 4.0  # seconds for what is under way when asked to stop
GATHER: Final = 1.0  # seconds in which changes of a card become one edit
GATHER_BUSY: Final = 5.0  # the same while replies wait to be sent
PULSE: Final = 1.5  # seconds between two looks at the store
NO_ANSWER: Final = 3.0  # seconds; together, within 5
RECORD_AFTER: Final = 1.0  # seconds after which what was sent is recorded without waiting for a batch


class Program:
    """One running bot. `run` until `stop` is called or a part of it fails for good."""

    def __init__(
        self,
        identity: Identity,
        settings: Settings,
        *,
        database: str,
        data_dir: Path,
        rooms: Mapping[str, str],
        listen: str = "",
        municipalities: Path = SHIPPED,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        transport: Transport | None = None,
        worker: Worker | None = None,
        pickle_key_file: Path | None = None,
        only_signed: bool = True,
    ) -> None:
        self.identity, self.data_dir, self.rooms, self.now = identity, data_dir, rooms, now
        self.settings = dataclasses.replace(settings, bot=identity.user_id, started_at=now())
        self.municipalities, self.listen = municipalities, listen
        self.pickle_key_file, self.only_signed = pickle_key_file or data_dir / "pickle.key", only_signed
        self.database_url = database
        self.transport = transport or Transport(identity.homeserver)
        self.worker = worker or Worker()
        self.away = Outage("homeserver away", "homeserver back")
        self.ready = asyncio.Event()
        self._stop = asyncio.Event()

    def stop(self) -> None:
        self._stop.set()

    async def run(self) -> None:
        """Run until `stop`. Raises: LoginError, RedirectError, InUseError, LoggedOutError."""
        database = await self.worker.run(self._open_store)
        health = Health({"store": self.worker.outage, "homeserver": self.away}, now=self.now)
        try:
            async with health.serving(self.listen):
                started = await self._unless_stopped(self._start(database))
                if started is not None:
                    await self._work(*started, health)
        finally:
            await self.transport.close()
            await self.worker.run(database.close)
            self.worker.close()

    def _open_store(self) -> Database:
        database = Database(self.database_url)
        try:
            database.lock()
            if migrate_apart(self.database_url):
                where = database.engine.url.render_as_string(hide_password=True)
                log.info("a new, empty store was made", extra={"store": where})
            with database.transaction() as tx:
                inbox.require_account(tx, self.identity.user_id)
            database.claim()
        except BaseException:
            database.close()
            raise
        return database

    async def _work(self, core: Core, rooms: ConfiguredRooms, health: Health) -> None:
        encrypting = (
            Encrypting(self.transport, self.worker, core.keys, now=self.now, password=self.identity.password)
            if core.keys is not None
            else None
        )
        if encrypting is not None:
            await self._unless_stopped(self._let_in(encrypting))
        if self._stop.is_set():
            return
        sender = Sender(
            self.transport, self.worker, core, now=self.now, clock=time.monotonic, encrypting=encrypting
        )
        syncer = Syncer(self.transport, self.worker, core, sender, now=self.now, encrypting=encrypting)
        sender.mute = await self.worker.insist(core.mute)
        sender.add(await self.worker.insist(core.pending))
        parts = {
            "sync": asyncio.create_task(syncer.run()),
            "sender": asyncio.create_task(self._send(sender, syncer)),
            "gaps": asyncio.create_task(syncer.fill_gaps()),
            "rooms": asyncio.create_task(rooms.watch(sender, syncer.ready)),
            "cards": asyncio.create_task(self._edit_cards(core, sender, syncer)),
            "records": asyncio.create_task(self._record(core, sender)),
            "ready": asyncio.create_task(self._say_ready(core, sender, syncer)),
            "pulse": asyncio.create_task(self._feel_pulse(core.database)),
        }
        stop = asyncio.create_task(self._stop.wait())
        health.watch(core, sender, syncer)
        try:
            async with self._ticking(core, sender, syncer):
                # The parts run for ever: one that ends has failed for good.
                done, _ = await asyncio.wait({stop, *parts.values()}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
            await self._end(parts, core, sender)
        for task in done - {stop}:
            task.result()

    async def _let_in(self, encrypting: Encrypting) -> None:
        """The bot's device has its keys up, and is signed where the homeserver allows it."""
        try:
            await self._patiently(encrypting.start)
        except ApprovalError:  # it goes on unsigned: only some can't read what it says
            log.warning("identity not let in: see pi-bot setup", extra={"user_id": self.identity.user_id})

    async def _end(self, parts: Mapping[str, asyncio.Task[None]], core: Core, sender: Sender) -> None:
        """No more news; what is under way may end; what has ended is recorded."""
        for name in ("sync", "gaps", "rooms", "cards", "records", "ready", "pulse"):
            parts[name].cancel()
        if not parts["sender"].done():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_WITHIN):
                    await sender.settled()
        parts["sender"].cancel()
        await asyncio.gather(*parts.values(), return_exceptions=True)
        try:
            await self.worker.run(partial(core.record, sender.take_done(), now=self.now()))
        except StoreAwayError:  # sent again at the start, and recognised
            log.warning("what was sent is not recorded")
        log.info("stopped", extra={"sent": sender.sent, "limited": sender.refusals})

    # --- start

    async def _unless_stopped(self, start: Coroutine[Any, Any, T]) -> T | None:
        """The result of the start; None if `stop` was called before, while the homeserver was away, say."""
        starting, stop = asyncio.create_task(start), asyncio.create_task(self._stop.wait())
        await asyncio.wait({starting, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if starting.done():
            return starting.result()
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        return None

    async def _start(self, database: Database) -> tuple[Core, ConfiguredRooms]:
        logins = await self.worker.run(partial(self._logins, database))
        await enter(
            self.transport,
            self.identity,
            logins,
            encrypts=self.settings.encrypts,
            run=self.worker.run,
            ask=self._patiently,
        )
        core = await self.worker.run(partial(self._core, database, await self._names()))
        await self.worker.run(partial(core.prepare, now=self.now(), table=self.municipalities))
        rooms = ConfiguredRooms(self.transport, self.worker, core, self.rooms, now=self.now)
        await rooms.find(self._patiently)
        return core, rooms

    def _logins(self, database: Database) -> Logins:
        key, file = pickle_key(self.pickle_key_file), self.data_dir / "session.json"
        return Logins(database, self.identity.user_id, key, now=self.now, file=file)

    def _core(self, database: Database, names: tuple[str, ...]) -> Core:
        load()
        renderer = Renderer(
            prefix=self.settings.prefix, zone=self.settings.zone, cache=self.data_dir / "cache"
        )
        core = Core(database, self.settings, names=names, renderer=renderer)
        if self.settings.encrypts:
            key = pickle_key(self.pickle_key_file)
            device = self.transport.device_id
            core.use_keys(
                Keys(database, Machine(self.identity.user_id, device, key, only_signed=self.only_signed))
            )
        return core

    async def _names(self) -> tuple[str, ...]:
        """The names by which people call the bot."""
        user = self.identity.user_id
        try:
            name = await self._patiently(partial(self.transport.display_name, user))
        except MatrixError:  # a homeserver that shows no profile
            name = None
        localpart = user[1:].partition(":")[0]
        return tuple(dict.fromkeys(n for n in (name, f"@{localpart}", localpart) if n))

    async def _patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """The call's answer, however long the homeserver or the store is away; what it refuses is final."""
        tries = 0
        while True:
            try:
                answer = await call()
            except StoreAwayError:
                tries += 1
                await asyncio.sleep(backoff(tries))
            except RedirectError:
                raise  # it is configured wrong
            except (UnreachableError, LimitedError) as error:
                self.away.failed(str(error))
                pause = error.retry_after if isinstance(error, LimitedError) else backoff(self.away.count)
                await asyncio.sleep(pause)
            else:
                self.away.ended()
                return answer

    async def _say_ready(self, core: Core, sender: Sender, syncer: Syncer) -> None:
        await syncer.ready.wait()
        self.ready.set()
        gc.freeze()  # what the start has made is there until the end
        gc.enable()
        extra = {"user_id": self.transport.user_id, "device_id": self.transport.device_id}
        log.info("ready", extra=extra | {"rooms": len(await self.worker.insist(core.known_rooms))})
        await reconcile(self.transport, self.worker, core, sender, now=self.now)
        syncer.dirty.set()
        await asyncio.Event().wait()

    # --- running

    async def _send(self, sender: Sender, syncer: Syncer) -> None:
        """Send, once it is known what was said before: with a store that was restored, it may be there already."""
        await syncer.heard.wait()
        await sender.run()

    async def _edit_cards(self, core: Core, sender: Sender, syncer: Syncer) -> None:
        """Cards are edited where they changed: many changes are one edit, and edits let replies go first.

        Not before it is known what was said meanwhile: a card would go once more through what it has shown before.
        """
        await syncer.ready.wait()
        while True:
            await syncer.dirty.wait()
            await asyncio.sleep(GATHER)
            patience = time.monotonic() + GATHER_BUSY - GATHER
            while sender.waiting(up_to=REPLY) and time.monotonic() < patience:
                await asyncio.sleep(GATHER / 4)
            while sender.limited and sender.length:
                await asyncio.sleep(GATHER)  # one edit of the last state, once there is room for it
            if sender.waiting(up_to=EDIT) and sender.limited:
                continue
            syncer.dirty.clear()
            try:
                sender.add(await self.worker.run(partial(core.edit_cards, now=self.now())))
            except (Exception, StoreAwayError) as error:
                if not is_away(error):
                    log.exception("cards not edited")
                syncer.dirty.set()
                await asyncio.sleep(GATHER_BUSY)

    async def _record(self, core: Core, sender: Sender) -> None:
        """All that was sent is recorded soon, also where no news comes in whose transaction could take it along."""
        while True:
            await asyncio.sleep(RECORD_AFTER)
            done = sender.take_done()
            try:
                await self.worker.run(partial(core.record, done, now=self.now()))
            except (Exception, StoreAwayError) as error:
                sender.give_back(done)
                if not is_away(error):
                    log.exception("what was sent is not recorded")

    async def _feel_pulse(self, database: Database) -> None:
        """That the store fails is noticed within seconds, also while nobody says anything; so is its recovery."""
        while True:
            trying = asyncio.ensure_future(self.worker.run(partial(database.pulse, self.now())))
            done, _ = await asyncio.wait({trying}, timeout=NO_ANSWER)
            if not done:
                self.worker.outage.failed("no answer")
            try:
                await trying
                self.worker.outage.ended()
            except (Exception, StoreAwayError) as error:
                if not is_away(error):
                    log.exception("the store has no pulse")
            await asyncio.sleep(PULSE)

    @contextlib.asynccontextmanager
    async def _ticking(self, core: Core, sender: Sender, syncer: Syncer) -> AsyncIterator[None]:
        """Every job has its tick. The store says what is due, so a tick that is late or left out loses nothing."""
        scheduler = AsyncIOScheduler()

        async def tick(job: Job) -> None:
            with contextlib.suppress(asyncio.CancelledError):  # the bot stops: that is no failure of the job
                await run(job)

        async def run(job: Job) -> None:
            await syncer.ready.wait()  # what was said while the bot was away comes first
            again = True
            while again:  # what people say meanwhile has its turn in between
                try:
                    sender.add(await self.worker.run(partial(core.tick, job, now=self.now())))
                except (Exception, StoreAwayError) as error:
                    if is_away(error):
                        return  # it is said already, and the next tick does all of it
                    raise
                syncer.dirty.set()
                again = job.name in core.unfinished

        for job in jobs():
            scheduler.add_job(
                tick,
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


async def run_until_signal(program: Program) -> None:
    """Run the bot until it is asked to end."""
    signals.call(program.stop, asyncio.get_running_loop())
    await program.run()
