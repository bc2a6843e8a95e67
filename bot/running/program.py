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
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from bot.config.keys import Web
from bot.config.municipalities import SHIPPED
from bot.core.facade import Core
from bot.core.keys import Keys
from bot.core.login import Logins, pickle_key
from bot.core.retries import pause
from bot.encryption.machine import Machine
from bot.feeds.addresses import EVERYWHERE
from bot.feeds.fetching import Fetcher
from bot.feeds.watching import Watch
from bot.matrix.configured_rooms import ConfiguredRooms
from bot.matrix.drawing import Drawer
from bot.matrix.encrypting import Encrypting
from bot.matrix.entering import enter
from bot.matrix.files import Files
from bot.matrix.outages import Outage
from bot.matrix.reconcile import reconcile
from bot.matrix.sender import Sender
from bot.matrix.session import Identity, LoggedOutError
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
from bot.running import service, signals
from bot.running.health import Health
from bot.running.leading import Leading, new_name
from bot.running.ticking import Ticking
from commands import load
from commands.framework.context import Settings
from storage import inbox, leader
from storage.engine.address import is_shared
from storage.engine.database import Database, LostError, StoreAwayError, is_away
from storage.engine.schema import is_newest, migrate_apart
from storage.outbox import EDIT, REPLY, Errand

if TYPE_CHECKING:
    from bot.web.forms import Desk
    from commands.members.applying import Form

T = TypeVar("T")
log = logging.getLogger(__name__)
STOP_WITHIN: Final = 4.0  # seconds for what is under way when asked to stop
GATHER: Final = 1.0  # seconds in which changes of a card become one edit
GATHER_BUSY: Final = 5.0  # the same while people ask: an edit costs the homeserver as much as an answer
LULL: Final = 0.25  # seconds without an answer, after which nobody is asking
PULSE: Final = 1.5  # seconds between two looks at the store
NO_ANSWER: Final = 3.0  # seconds; together, within 5
LOGGED_OUT_APART: Final = 600.0  # seconds; more often the bot does not log in again
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
        feeds_private: bool = False,
        web: Web | None = None,
    ) -> None:
        self.identity, self.data_dir, self.rooms, self.now = identity, data_dir, rooms, now
        self.settings = dataclasses.replace(settings, bot=identity.user_id, started_at=now())
        self.municipalities, self.listen = municipalities, listen
        self.pickle_key_file, self.only_signed = pickle_key_file or data_dir / "pickle.key", only_signed
        self.database_url, self.web = database, web or Web()
        self.fetcher = Fetcher(version=settings.version, allowed=EVERYWHERE if feeds_private else ())
        self.transport = transport or Transport(identity.homeserver)
        self.leading = (
            Leading(leader.Seat(database, name=new_name(), version=settings.version))
            if is_shared(database)
            else None
        )
        self.transport.gate = self.leading.gate if self.leading is not None else None
        self.worker = worker or Worker()
        self.drawer = Drawer(data_dir / "cache" / "letters")
        self.away = Outage("homeserver away", "homeserver back")
        self.ready = asyncio.Event()
        self.desk: Desk | None = None  # where forms of the pages are handed in
        self._stop = asyncio.Event()
        self._logged_out_at: float | None = None

    def stop(self) -> None:
        self._stop.set()

    async def run(self) -> None:
        """Run until `stop`. Raises: LoginError, RedirectError, InUseError, LoggedOutError."""
        database = await self.worker.run(self._open_store)
        outages = {"store": self.worker.outage, "homeserver": self.away}
        health = Health(outages, now=self.now, leading=self.leading)
        try:
            async with health.serving(self.listen), self._published(health), self._watched():
                if self.leading is None:
                    await self._live(database, health)
                else:
                    await self._lead(self.leading, database, health)
        finally:
            await self.drawer.close()
            await self.transport.close()
            if self.leading is not None and self.leading.worker.outage.count:
                database.cut()
            await self.worker.run(database.close)
            self.worker.close()
            if self.leading is not None:
                await self.leading.end()

    async def _live(self, database: Database, health: Health) -> None:
        """The bot is at work until it is to stop; where its session is ended, with a new one."""
        while (started := await self._unless_stopped(self._start(database))) is not None:
            try:
                await self._work(*started, health)
                break
            except LoggedOutError as over:
                self._again_after(over)

    async def _lead(self, leading: Leading, database: Database, health: Health) -> None:
        """The same, once no other process leads and as long as none does."""
        loading = asyncio.create_task(self.worker.run(self._renderer))  # meanwhile: who stands by is ready
        await self._unless_stopped(leading.begin(database))
        if self._stop.is_set():
            return
        await loading
        keeping = asyncio.create_task(leading.keep(database))
        living = asyncio.create_task(self._live(database, health))
        try:
            await asyncio.wait({keeping, living}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            living.cancel()
            await asyncio.gather(living, return_exceptions=True)
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
        for task in (keeping, living):
            if not task.cancelled():
                task.result()

    @contextlib.asynccontextmanager
    async def _published(self, health: Health) -> AsyncIterator[None]:
        """Pages are read inside, where they are wanted: also before the login, while the homeserver is away."""
        if not self.web.listen:
            yield
            return
        load()
        from bot.web.forms import Desk  # noqa: PLC0415 - megabytes that many never need
        from bot.web.server import serving  # noqa: PLC0415

        self.desk = Desk()
        pages = serving(self.web, self.settings, self.database_url, now=self.now, desk=self.desk)
        async with pages as front:
            health.pages = front.answered
            yield

    def _again_after(self, over: LoggedOutError) -> None:
        """The bot may log in again. Raises the error where it has just done so: somebody ends its sessions."""
        now, last = time.monotonic(), self._logged_out_at
        self._logged_out_at = now
        if last is not None and now - last < LOGGED_OUT_APART:
            raise over

    @contextlib.asynccontextmanager
    async def _watched(self) -> AsyncIterator[None]:
        """The service manager knows that the process has started: a homeserver that is away is waited for inside."""
        service.tell("READY=1", "STATUS=waiting for the homeserver")
        watch = asyncio.create_task(service.keep_watch())
        try:
            yield
        finally:
            watch.cancel()
            service.tell("STOPPING=1")

    def _open_store(self) -> Database:
        database = Database(self.database_url)
        try:
            if self.leading is not None:
                with database.transaction() as tx:
                    if is_newest(tx):  # else whoever leads sees to that
                        inbox.require_account(tx, self.identity.user_id)
                return database
            database.lock()
            if migrate_apart(self.database_url):
                log.info("a new, empty store was made", extra={"store": database.name})
            with database.transaction() as tx:
                inbox.require_account(tx, self.identity.user_id)
                leader.enter(tx, name=new_name(), version=self.settings.version, at=self.now())
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
            self.transport,
            self.worker,
            core,
            now=self.now,
            clock=time.monotonic,
            encrypting=encrypting,
            drawer=self.drawer,
        )
        syncer = Syncer(self.transport, self.worker, core, sender, now=self.now, encrypting=encrypting)
        files = Files(self.transport, self.worker, core, sender, now=self.now, encrypting=encrypting)
        sender.undelivered.mute = await self.worker.insist(core.mute)
        sender.add(await self.worker.insist(core.pending))
        parts = {
            "sync": asyncio.create_task(syncer.run()),
            "sender": asyncio.create_task(self._send(sender, syncer)),
            "files": asyncio.create_task(files.run(syncer.ready, syncer.files_wanted, syncer.dirty)),
            "gaps": asyncio.create_task(syncer.fill_gaps()),
            "rooms": asyncio.create_task(rooms.watch(sender, syncer.ready)),
            "cards": asyncio.create_task(self._edit_cards(core, sender, syncer)),
            "records": asyncio.create_task(self._record(core, sender)),
            "ready": asyncio.create_task(self._say_ready(core, sender, syncer)),
            "pulse": asyncio.create_task(self._feel_pulse(core.database)),
            "feeds": asyncio.create_task(self._watch_feeds(core, sender, syncer)),
        }
        stop = asyncio.create_task(self._stop.wait())
        if self.desk is not None:
            self.desk.open(core.settings.key, partial(self._take_form, core, sender, syncer))
        health.watch(core, sender, syncer)
        try:
            async with Ticking(core, self.worker, sender, syncer, now=self.now).scheduled():
                # The parts run for ever: one that ends has failed for good.
                done, _ = await asyncio.wait({stop, *parts.values()}, return_when=asyncio.FIRST_COMPLETED)
            if self.leading is not None and any(isinstance(task.exception(), LostError) for task in done):
                self.leading.lose()
        finally:
            stop.cancel()
            if self.desk is not None:
                self.desk.close()
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
        for name in ("sync", "files", "gaps", "rooms", "cards", "records", "ready", "pulse", "feeds"):
            parts[name].cancel()
        if not parts["sender"].done() and (self.leading is None or self.leading.leads):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_WITHIN):
                    await sender.settled()
        parts["sender"].cancel()
        await asyncio.gather(*parts.values(), return_exceptions=True)
        try:
            await self.worker.run(partial(core.record, sender.take_done(), now=self.now()))
        except (StoreAwayError, LostError):  # sent again at the start, and recognised
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

    @cache  # noqa: B019 - one program a process
    def _renderer(self) -> Renderer:
        """All that is made once and needs no store: it takes longest of the start."""
        load()
        return Renderer(prefix=self.settings.prefix, zone=self.settings.zone, cache=self.data_dir / "cache")

    def _core(self, database: Database, names: tuple[str, ...]) -> Core:
        renderer = self._renderer()
        key = pickle_key(self.pickle_key_file)
        core = Core(database, dataclasses.replace(self.settings, key=key), names=names, renderer=renderer)
        if self.settings.encrypts:
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
                await asyncio.sleep(pause(tries))
            except RedirectError:
                raise  # it is configured wrong
            except (UnreachableError, LimitedError) as error:
                self.away.failed(str(error))
                waits = error.retry_after if isinstance(error, LimitedError) else pause(self.away.count)
                await asyncio.sleep(waits)
            else:
                self.away.ended()
                return answer

    async def _say_ready(self, core: Core, sender: Sender, syncer: Syncer) -> None:
        await syncer.ready.wait()
        self.ready.set()
        gc.freeze()  # what the start has made is there until the end
        gc.enable()
        extra = {"user_id": self.transport.user_id, "device_id": self.transport.device_id}
        service.tell("STATUS=ready")
        log.info("ready", extra=extra | {"rooms": len(await self.worker.insist(core.known_rooms))})
        await reconcile(self.transport, self.worker, core, sender, now=self.now, encrypting=syncer.encrypting)
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
            await asyncio.sleep(GATHER - LULL)
            patience = time.monotonic() + GATHER_BUSY - GATHER
            while await self._is_asked(sender) and time.monotonic() < patience:
                pass
            while sender.limited and sender.lanes.waiting():
                await asyncio.sleep(GATHER)  # one edit of the last state, once there is room for it
            if sender.lanes.waiting(up_to=EDIT) and sender.limited:
                continue
            syncer.dirty.clear()
            try:
                sender.add(await self.worker.run(partial(core.edit_cards, now=self.now())))
            except (Exception, StoreAwayError) as error:
                if not is_away(error):
                    log.exception("cards not edited")
                syncer.dirty.set()
                await asyncio.sleep(GATHER_BUSY)

    async def _is_asked(self, sender: Sender) -> bool:
        """Was something answered just now, or does an answer wait to be sent?"""
        before = sender.ended.replies
        await asyncio.sleep(LULL)
        return sender.ended.replies != before or sender.lanes.waiting(up_to=REPLY)

    async def _record(self, core: Core, sender: Sender) -> None:
        """All that was sent is recorded soon, also where no news comes in whose transaction could take it along."""
        noted = 0  # answers 429 of which the store knows
        while True:
            await asyncio.sleep(RECORD_AFTER)
            done, refusals = sender.take_done(), sender.refusals
            try:
                await self.worker.run(partial(core.record, done, now=self.now(), held_back=refusals > noted))
                noted = refusals
            except (Exception, StoreAwayError) as error:
                sender.give_back(done)
                if not is_away(error):
                    log.exception("what was sent is not recorded")

    async def _watch_feeds(self, core: Core, sender: Sender, syncer: Syncer) -> None:
        """Feeds are looked at, after what was said while the bot was away: one may have been removed."""

        def send(errands: list[Errand]) -> None:
            sender.add(errands)
            syncer.dirty.set()

        await syncer.ready.wait()
        await Watch(self.worker, core, self.fetcher, send=send, now=self.now).run()

    async def _take_form(self, core: Core, sender: Sender, syncer: Syncer, form: Form) -> None:
        """The coordinators have what somebody has filled in. Raises: StoreAwayError."""
        from commands.members.applying import receive  # noqa: PLC0415 - loaded by now

        record = partial(core.take_in, partial(receive, form=form), now=self.now())
        sender.add(await self.worker.run(record))
        syncer.dirty.set()

    async def _feel_pulse(self, database: Database) -> None:
        """That the store fails is noticed within seconds, also while nobody says anything; so is its recovery."""
        while True:
            trying = asyncio.ensure_future(self.worker.run(partial(database.pulse, self.now())))
            try:
                done, _ = await asyncio.wait({trying}, timeout=NO_ANSWER)
                if not done:
                    self.worker.outage.failed("no answer")
                await trying
                self.worker.outage.ended()
            except asyncio.CancelledError:
                trying.cancel()  # nobody hears of it any more, how ever it ends
                raise
            except (Exception, StoreAwayError) as error:
                if not is_away(error):
                    log.exception("the store has no pulse")
            await asyncio.sleep(PULSE)


async def run_until_signal(program: Program) -> None:
    """Run the bot until it is asked to end."""
    signals.call(program.stop, asyncio.get_running_loop())
    await program.run()
