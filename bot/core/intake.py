"""One batch from the homeserver in one transaction: token, room state, effects, outbox.

In the worker's thread. Every event has a savepoint of its own, so that one that fails leaves the others standing.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from functools import partial

from bot.core.batches import Batch, RoomBatch, Wordings, newest_wordings
from bot.core.dispatch import Dispatcher
from bot.core.events import Edit, Event, Message, Reaction, Redaction, Response, State, Unreadable
from bot.core.outbox import Outbox
from bot.core.polls import Compared, Polls
from bot.core.rooms import RoomState
from bot.core.sent import thread_of
from bot.core.taps import Taps, stands_in
from commands.framework.declarations import ANSWERED
from commands.framework.failures import LeftOut
from storage import cards, gaps, inbox, megolm, outbox
from storage.engine.base import Tx
from storage.engine.database import savepoint
from storage.outbox import Done, Errand

log = logging.getLogger(__name__)
TOKEN = "sync_token"  # noqa: S105 - the name of a fact


class Intake:
    """Applies batches."""

    def __init__(
        self, dispatcher: Dispatcher, taps: Taps, polls: Polls, state: RoomState, out: Outbox
    ) -> None:
        self.dispatcher, self.taps, self.polls = dispatcher, taps, polls
        self.state, self.outbox = state, out
        self.settings = dispatcher.settings

    def apply(
        self, tx: Tx, batch: Batch, done: Iterable[Done], *, now: datetime, careful: bool = False
    ) -> list[Errand]:
        """Carry the batch through in this transaction; what it has to send.

        `done`: the errands that ended since, recorded first, so that reactions on their messages find them.
        `careful`: after a failure, when one event must not stop the others again: each message gets a savepoint too.
        """
        self.outbox.take()
        record(tx, done, now=now)
        if batch.own:
            self.outbox.earlier.learn(tx, batch.own)
        for room in batch.rooms:
            self._enter(tx, room, now=now)
            if room.left_out is not None:
                self._say_left_out(tx, room.room_id, room.left_out, now=now)
            if room.unread is not None:
                gaps.add(tx, room_id=room.room_id, newer=room.unread[0], older=room.unread[1], at=now)
        for invitation in batch.invitations:
            self._guarded(tx, invitation.room_id, partial(self.state.invited, tx, invitation, now=now))
        events = batch.events or [event for room in batch.rooms for event in room.timeline]
        wordings = batch.wordings or newest_wordings(events)
        for event in events:
            self.outbox.earlier.at = event.at
            if event.event_id not in wordings.gone:
                act = partial(self._event, tx, event, wordings, batch=batch, now=now)
                if isinstance(event, Message) and not careful:
                    act()  # a command has a savepoint of its own
                else:
                    self._guarded(tx, event.event_id, act)
        if batch.token is not None:
            inbox.set_fact(tx, TOKEN, batch.token)
        if batch.token is not None or batch.filled is not None:
            self.outbox.earlier.caught_up()
        if batch.filled is not None:
            gaps.close(tx, batch.filled.room_id, batch.filled.newer)
            self.state.troubles.end(tx, batch.filled.room_id, "unread", now=now)
        return self.outbox.take()

    def _say_left_out(self, tx: Tx, room_id: str, why: str, *, now: datetime) -> None:
        """Say once in the room that something was not carried out; of what was before the join, in one of two ways."""
        sealed = why == "sealed"
        if sealed and not self.settings.encrypts:
            return  # that it reads nothing there at all is said anyway
        cause = f"left out {room_id} {'join' if sealed else why}"
        if inbox.say_once(tx, cause):
            left_out = LeftOut(self.settings.catch_up.days if why == "age" else None, sealed=sealed)
            self.outbox.remark(tx, room_id, left_out, self.settings.language, cause=cause, at=now)

    def _enter(self, tx: Tx, room: RoomBatch, *, now: datetime) -> None:
        if room.joined and not room.fresh and not room.state:
            return
        enter = partial(
            self.state.enter, tx, room.room_id, joined=room.joined, fresh=room.fresh, now=now, by=room.by
        )
        if not self._guarded(tx, room.room_id, partial(enter, room.state)):
            # One of the state events can't be taken: then each by itself.
            self._guarded(tx, room.room_id, partial(enter, ()))
            for event in room.state:
                self._guarded(tx, event.event_id, partial(self.state.changed, tx, event, now=now))

    def _guarded(self, tx: Tx, what: str, act: Callable[[], None]) -> bool:
        """Do this; False where it failed, and nothing of it is left."""
        mark = self.outbox.mark()
        try:
            with savepoint(tx):
                act()
        except Exception:  # one bad event never stops the rest
            self.outbox.rewind(mark)
            log.exception("event failed", extra={"error_id": secrets.token_hex(4), "event_id": what})
            return False
        return True

    def _event(self, tx: Tx, event: Event, wordings: Wordings, *, batch: Batch, now: datetime) -> None:
        match event:
            case Message():
                self._message(tx, event, wordings, batch=batch, now=now)
            case Edit():
                if event.message.late:
                    megolm.mark_read(tx, event.event_id)
                if self._is_obeyed(tx, event.message, cause=event.event_id, now=now):
                    self.dispatcher.edited(tx, event, now=now, exempt=batch.catching_up)
            case Reaction() if batch.late and self.taps.is_compared(tx, event):
                pass
            case Reaction():
                self.taps.put(tx, event, now=now)
            case Response():
                self._responded(tx, event, now=now)
            case Redaction():
                self._redacted(tx, event, now=now)
            case State():
                self.state.changed(tx, event, now=now)
                self.state.report(tx, event, now=now)
            case Unreadable():
                self.state.unreadable(tx, event.room_id, now=now)

    def _responded(self, tx: Tx, event: Response, *, now: datetime) -> None:
        if event.late:
            megolm.mark_read(tx, event.event_id)
        if event.sealed or not self._must_be_sealed(event.room_id):
            self.polls.respond(tx, event, now=now)

    def _message(self, tx: Tx, event: Message, wordings: Wordings, *, batch: Batch, now: datetime) -> None:
        if event.late:
            megolm.mark_read(tx, event.event_id)
        if not self._is_obeyed(tx, event, cause=event.event_id, now=now):
            return
        said = wordings.newest.get(event.event_id, event)
        asked = self.taps.asked(tx, said)
        if asked is not None:
            if _handle(tx, event, "comment", now=now):
                self.taps.answer(tx, asked, said, now=now)
            return
        if event.event_id in wordings.newest:
            self._edited_before(tx, event, wordings, batch=batch, now=now)
        else:
            self.dispatcher.message(tx, event, now=now, exempt=batch.catching_up)
        if event.thread is not None or event.answers is not None:
            self._comment(tx, said, now=now)

    def _is_obeyed(self, tx: Tx, message: Message, *, cause: str, now: datetime) -> bool:
        """Not what came unencrypted into an encrypted room: anybody on the way could have written it."""
        if message.sealed or not self._must_be_sealed(message.room_id):
            return True
        self.dispatcher.not_protected(tx, message, cause=cause, now=now)
        return False

    def compare_poll(self, tx: Tx, kind: str, number: int, compared: Compared, *, now: datetime) -> None:
        """The poll is in line with the homeserver; what came unencrypted into an encrypted room does not count."""
        read = [one for one in compared.read if one.sealed or not self._must_be_sealed(one.room_id)]
        self.polls.compare(tx, kind, number, replace(compared, read=read), now=now)

    def _must_be_sealed(self, room_id: str) -> bool:
        return self.settings.encrypts and room_id in self.state.encrypted

    def _edited_before(
        self, tx: Tx, event: Message, wordings: Wordings, *, batch: Batch, now: datetime
    ) -> None:
        """The command is carried out in its newest wording, and its edits change nothing more."""
        if inbox.is_carried_out(tx, event.event_id):
            return  # before a crash: edits since then are edits
        self.dispatcher.message(tx, wordings.newest[event.event_id], now=now, exempt=batch.catching_up)
        if inbox.is_handled(tx, event.event_id):
            for edit in wordings.edits[event.event_id]:
                _handle(tx, edit, "edited_before", now=now)

    def _comment(self, tx: Tx, event: Message, *, now: datetime) -> None:
        """Count what people say in the thread of a card; commands given there are no comments.

        It is not stored, unless the card's feature has asked this person for it. Who was asked in a thread may answer
        by a plain reply too.
        """
        card = self._spoken_to(tx, event)
        if card is None or not stands_in(card, event.room_id) or not _handle(tx, event, "comment", now=now):
            return
        if event.thread is not None:
            cards.count_comment(tx, card.kind, card.number)
            cards.mark_dirty(tx, card.kind, card.number, at=now)
        if card.kind in ANSWERED and event.text:
            self.taps.answered(tx, card, event, now=now)

    def _spoken_to(self, tx: Tx, event: Message) -> cards.Card | None:
        """The card in whose thread this is said; or one that asks for answers and is replied to, or its question."""
        if event.thread is not None or event.answers is None:
            return cards.find_by_event(tx, event.thread or "")
        asked = thread_of(tx, outbox.find_by_event(tx, event.answers))
        card = cards.find_by_event(tx, asked or event.answers)
        return card if card is not None and card.kind in ANSWERED else None

    def _redacted(self, tx: Tx, event: Redaction, *, now: datetime) -> None:
        tap = cards.find_tap(tx, event.target)
        if tap is not None:
            self.taps.taken_off(tx, tap, event.event_id, at=event.at, room_id=event.room_id, now=now)
            return
        if self.polls.take_back(tx, event, now=now):
            return
        self.polls.removed(tx, event)
        card = cards.find_by_event(tx, event.target)
        if card is not None and stands_in(card, event.room_id):
            self.state.replacing.removed(tx, card, event, now=now)
        self.dispatcher.deleted(tx, event, now=now)


def record(tx: Tx, done: Iterable[Done], *, now: datetime) -> None:
    """Record how errands ended, and where cards have become events."""
    ended = list(done)
    outbox.mark_done(tx, ended, at=now)
    cards.mark_sent(tx, [(d.id, d.event_id) for d in ended if d.event_id is not None])


def _handle(tx: Tx, event: Event, outcome: str, *, now: datetime) -> bool:
    """Record the event as handled; False if it already was, before a crash, say."""
    return inbox.add_handled(
        tx,
        event_id=event.event_id,
        room_id=event.room_id,
        sender=event.sender,
        origin_at=event.at,
        at=now,
        outcome=outcome,
    )
