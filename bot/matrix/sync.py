"""The bot's own sync loop: asks the homeserver what is new, fills the gaps, hands batches to the store.

The token moves on only with the transaction that carried the batch through. matrix-nio's own loop saves it before,
and lost a fifth of the commands over one SIGKILL (measured).
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final, NamedTuple

from bot.core.batches import Batch, Invitation, RoomBatch, newest_wordings
from bot.core.events import Event, Own, Reaction, State, mapping, objects, read, text_of
from bot.core.facade import Core
from bot.core.retries import pause
from bot.matrix.asking import Asking
from bot.matrix.encrypting import Encrypting
from bot.matrix.gaps import Filled, fill
from bot.matrix.outages import Outage
from bot.matrix.reconcile import compare
from bot.matrix.sender import Sender
from bot.matrix.session import require_session
from bot.matrix.transport import LimitedError, MatrixError, Transport, UnreachableError
from bot.matrix.worker import Worker
from storage.engine.database import StoreAwayError, is_away, reason
from storage.gaps import Gap

log = logging.getLogger(__name__)
LONG_POLL: Final = 30_000  # milliseconds
SETTLES: Final = 0.1  # seconds in which what is being sent may arrive before the next request
AT_ONCE: Final = 100  # events in one transaction while catching up


class _Told(NamedTuple):
    """All that the homeserver told of a room: its timeline, and the state before it."""

    timeline: list[dict[str, Any]]
    before: list[dict[str, Any]]
    fresh: bool
    left_out: str | None
    unread: tuple[str, str | None] | None


class Syncer:
    """One for the running bot; `run` until cancelled. `ready` is set once the first answer is carried through."""

    def __init__(
        self,
        transport: Transport,
        worker: Worker,
        core: Core,
        sender: Sender,
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
        encrypting: Encrypting | None = None,
    ) -> None:
        self.transport, self.worker, self.core, self.sender, self.now = transport, worker, core, sender, now
        self.encrypting, self.asking = encrypting, Asking(transport, clock=clock)
        self.ready = asyncio.Event()
        self.heard = asyncio.Event()  # set once it is known what the bot itself has said until the start
        self.dirty = asyncio.Event()  # set where cards may have changed
        self.synced_at: datetime | None = None
        self.hearing = asyncio.Event()  # not set while the homeserver is away
        self.hearing.set()
        self.gap_found = asyncio.Event()
        self.files_wanted = asyncio.Event()  # set where a command may have begun to wait for its file
        self.outage = Outage("sync failed", "sync works again")
        self.asked_at: datetime | None = None  # since when an answer is waited for
        self._known: set[str] = set()
        self._own: list[Own | State] = []  # of the first answer
        self._sent = 0  # by the sender, when it was last asked for news
        self._uploads = 0  # of keys, that had ended when the last news was asked for

    async def run(self) -> None:
        token = await self.worker.insist(self.core.token)
        self._known = await self.worker.insist(self.core.known_rooms)
        whole = await self.worker.insist(self.core.any_unread)
        first, tries = True, 0
        while True:
            try:
                await self.sender.settling(SETTLES)
                quietly = not first and self._has_said() and self.asking.may_be_quiet()
                self.asked_at = self.now()
                self._uploads = self.encrypting.uploads if self.encrypting else 0
                if first:
                    answer = await self.asking.first(token, whole=whole)
                else:
                    wait = 0 if self.outage.count else LONG_POLL
                    answer = await self.asking.news(token, timeout=wait, quietly=quietly)
                    if quietly and not self._known.issuperset(
                        mapping(mapping(answer.get("rooms")).get("join"))
                    ):
                        # What was said before the bot came in is told by its coming in.
                        answer = await self.asking.news(token, timeout=0, quietly=False)
                token = await self._take(answer, token, first=first)
                first = False
                if self.encrypting is not None:
                    await self.encrypting.catch_up()
                self.outage.ended()
                self.sender.heard(well=True)
                self.hearing.set()
                tries = 0
            except StoreAwayError:  # what was not carried through is told again
                self.asked_at = None
                tries += 1
                await asyncio.sleep(pause(tries))
            except (UnreachableError, MatrixError) as error:
                require_session(error)
                self.asked_at = None
                self.outage.failed(str(error))
                limited = isinstance(error, LimitedError)
                self.sender.heard(well=limited)
                if not limited:
                    self.hearing.clear()
                waits = error.retry_after if isinstance(error, LimitedError) else pause(self.outage.count)
                await asyncio.sleep(waits)

    def _has_said(self) -> bool:
        """Has the bot sent something since the last request for news, or is it just about to?"""
        before, self._sent = self._sent, self.sender.sent
        return self.sender.lanes.waiting() or self._sent != before

    async def _take(self, answer: dict[str, Any], token: str | None, *, first: bool) -> str:
        """Carry one answer through; the token of the next request."""
        self.asked_at, told_at = None, self.now()
        following = answer.get("next_batch")
        if not isinstance(following, str):
            raise UnreachableError("an answer without next_batch")
        rooms = mapping(answer.get("rooms"))
        self._own = []
        joined = {
            room_id: await self._whole(room_id, mapping(news), token)
            for room_id, news in mapping(rooms.get("join")).items()
            if text_of(room_id)
        }
        timelines: Mapping[str, list[dict[str, Any]]] = {room: told.timeline for room, told in joined.items()}
        if self.encrypting is not None:
            timelines = await self.encrypting.take(answer, timelines, uploads=self._uploads, own=first)
        batches = [self._joined(room_id, told, timelines[room_id]) for room_id, told in joined.items()]
        batches += [
            RoomBatch(room_id, (), list(self._read(room_id, late)), joined=True)
            for room_id, late in timelines.items()
            if room_id not in joined
        ]
        batches += [
            RoomBatch(room_id, (), (), joined=False, by=_put_out_by(mapping(news), self.transport.user_id))
            for room_id, news in mapping(rooms.get("leave")).items()
            if room_id in self._known
        ]
        invitations = [
            _invitation(r, mapping(n), self.transport.user_id)
            for r, n in mapping(rooms.get("invite")).items()
            if text_of(r)
        ]
        found = [i for i in invitations if i is not None]
        self.synced_at = self.now()
        self.heard.set()
        if (
            first
            or found
            or any(b.state or b.timeline or b.fresh or b.unread or not b.joined for b in batches)
        ):
            await self._apply(batches, found, following, catching_up=first)
        if self.sender.rests.places:
            self.sender.reopened({batch.room_id for batch in batches if batch.joined and _lets_in(batch)})
        self._known = (self._known | {b.room_id for b in batches if b.joined}) - {
            *(b.room_id for b in batches if not b.joined),
            *(i.room_id for i in found),  # it was in before, and has been removed
        }
        self.core.heard_until = told_at
        if first:
            self.ready.set()
        return following

    async def _whole(self, room_id: str, news: dict[str, Any], token: str | None) -> _Told:
        """The room's news with what the homeserver has cut out of it."""
        timeline = mapping(news.get("timeline"))
        raw, start = objects(timeline.get("events")), timeline.get("prev_batch")
        fresh = room_id not in self._known
        filled = Filled(raw, [], None)
        if fresh or timeline.get("limited"):
            log.info("a gap is filled", extra={"room_id": room_id, "fresh": fresh})
            older = None if fresh else token
            filled = await self._fill(room_id, raw, start if isinstance(start, str) else None, older)
        unread = (filled.unread, None if fresh else token) if filled.unread is not None else None
        if unread is not None:
            self.gap_found.set()
        before = [*objects(mapping(news.get("state")).get("events")), *filled.state]
        return _Told(filled.timeline, before, fresh, filled.left_out, unread)

    def _joined(self, room_id: str, told: _Told, timeline: list[dict[str, Any]]) -> RoomBatch:
        events = list(self._read(room_id, timeline))
        for event in events:
            if isinstance(event, Own):
                self.sender.saw(event.txn, event.event_id)
            if not self.heard.is_set() and event.sender == self.transport.user_id:
                self._own += [event] if isinstance(event, Own | State) else []
        kept = [e for e in events if not isinstance(e, Own)]
        states = [e for e in self._read(room_id, told.before) if isinstance(e, State)]
        return RoomBatch(
            room_id,
            states,
            kept,
            joined=True,
            fresh=told.fresh,
            left_out=told.left_out,
            unread=told.unread,
        )

    async def _fill(
        self, room_id: str, raw: list[dict[str, Any]], start: str | None, end: str | None
    ) -> Filled:
        oldest, prefix = self.now() - self.core.settings.catch_up, self.core.settings.prefix
        return await fill(self.transport, room_id, raw, start=start, end=end, oldest=oldest, prefix=prefix)

    # --- what could not be read at its time

    async def fill_gaps(self) -> None:
        """All that the homeserver would not give out is asked for again, later each time; nobody waits for it."""
        await self.ready.wait()
        failing = Outage("gaps not looked at", "gaps looked at again")
        while True:
            await self.hearing.wait()  # while the homeserver is away no gap is to blame
            self.gap_found.clear()
            try:
                gap = await self.worker.run(self.core.next_gap)
                rest = None if gap is None else (gap.next_at - self.now()).total_seconds()
                if gap is not None and rest is not None and rest <= 0:
                    await self.fill_gap(gap)
                    continue
                failing.ended()
            except (Exception, StoreAwayError) as error:  # noqa: BLE001 - a gap never stops the rest; the line says which
                failing.failed(f"{type(error).__name__}: {error}")
                rest = pause(failing.count)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await self.gap_found.wait()

    async def fill_gap(self, gap: Gap) -> None:
        """All that was said in the gap is carried out, or it is tried again later."""
        filled = await self._fill(gap.room_id, [], gap.newer, gap.older)
        if filled.unread is not None:
            waited = self.sender.absence.waited(gap.found_at, self.now())
            later = partial(self.core.gap_later, gap, now=self.now(), waited=waited)
            self.sender.add(await self.worker.run(later))
            return
        timeline = filled.timeline
        if self.encrypting is not None:
            timeline = await self.encrypting.open(gap.room_id, timeline, own=True)
        said = list(self._read(gap.room_id, timeline))
        own = [e for e in said if e.sender == self.transport.user_id and isinstance(e, Own | State)]
        events = [e for e in said if not isinstance(e, Own)]
        wordings = newest_wordings(events)
        pieces = [events[i : i + AT_ONCE] for i in range(0, len(events), AT_ONCE)] or [[]]
        for number, piece in enumerate(pieces, 1):
            filled_now = gap if number == len(pieces) else None
            await self.hand_over(
                Batch(
                    None,
                    events=piece,
                    wordings=wordings,
                    own=own if number == 1 else (),
                    catching_up=True,
                    late=True,
                    filled=filled_now,
                )
            )
        targets = {e.target for e in events if isinstance(e, Reaction)}
        found = await self.worker.run(partial(self.core.compared, targets))
        await compare(found, self.transport, self.worker, self.core, self.sender, now=self.now)
        self.dirty.set()

    def _read(self, room_id: str, raw: Iterable[Any]) -> Iterator[Event]:
        for event in raw:
            found = read(event, room_id, bot=self.transport.user_id)
            if found is not None:
                yield found

    async def _apply(
        self, rooms: list[RoomBatch], invitations: list[Invitation], token: str, *, catching_up: bool
    ) -> None:
        """Carry the rooms' news through, in one transaction or, catching up, in several: the last has the token."""
        events = list(_merged(rooms))
        wordings = newest_wordings(events)
        pieces = [events[i : i + AT_ONCE] for i in range(0, len(events), AT_ONCE)] or [[]]
        for number, piece in enumerate(pieces):
            last = number == len(pieces) - 1
            batch = Batch(
                token=token if last else None,
                rooms=rooms if number == 0 else (),
                invitations=invitations if number == 0 else (),
                catching_up=catching_up,
                events=piece,
                own=self._own if number == 0 else (),
                wordings=wordings,
            )
            await self.hand_over(batch)
        self._own = []

    async def hand_over(self, batch: Batch) -> None:
        """Have the store carry a batch through; tried again until it can (a full disk, a lock)."""
        tries = 0
        while True:
            done = self.sender.take_done()
            try:
                errands = await self.worker.run(
                    partial(self.core.apply, batch, done, now=self.now(), careful=tries > 0)
                )
            except (Exception, StoreAwayError) as error:
                self.sender.give_back(done)
                tries += 1
                if not is_away(error):
                    self.worker.outage.failed(reason(error))
                    if tries == 1:
                        log.exception("the store took nothing")
                await asyncio.sleep(pause(tries, longest=30.0))
            else:
                self.worker.outage.ended()
                # A commit may have failed in what we heard of it only: then its errands are there, but not in hand.
                self.sender.add(errands if not tries else await self.worker.run(self.core.pending))
                self.dirty.set()
                if self.core.wants_files:
                    self.files_wanted.set()
                return


def _merged(rooms: list[RoomBatch]) -> Iterator[Event]:
    """The events of all rooms by time, each room's own order kept."""

    def keyed(room: RoomBatch) -> Iterator[tuple[datetime, Event]]:
        latest: datetime | None = None
        for event in room.timeline:
            latest = event.at if latest is None else max(latest, event.at)
            yield latest, event

    return (event for _, event in heapq.merge(*(keyed(room) for room in rooms), key=lambda pair: pair[0]))


def _lets_in(room: RoomBatch) -> bool:
    """May the bot be able to do there what it could not before?"""
    events = (*room.state, *room.timeline)
    return room.fresh or any(isinstance(e, State) and e.type == "m.room.power_levels" for e in events)


def _put_out_by(news: dict[str, Any], me: str) -> str | None:
    """The person by whose act the bot is, or was, in the room."""
    mine = [
        event
        for part in ("state", "timeline")
        for event in objects(mapping(news.get(part)).get("events"))
        if event.get("type") == "m.room.member" and event.get("state_key") == me
    ]
    return text_of(mine[-1].get("sender")) or None if mine else None


def _invitation(room_id: str, news: dict[str, Any], bot: str) -> Invitation | None:
    """The person who invites the bot, and the room."""
    sender, encrypted, direct = "", False, False
    for event in objects(mapping(news.get("invite_state")).get("events")):
        if event.get("type") == "m.room.member" and event.get("state_key") == bot:
            sender = str(event.get("sender", ""))
            direct = mapping(event.get("content")).get("is_direct") is True
        encrypted = encrypted or event.get("type") == "m.room.encryption"
    return Invitation(room_id, sender, encrypted, direct) if sender else None
