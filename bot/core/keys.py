"""The encryption inside transactions: each method is one, and runs in the store's thread.

What the encryption holds in memory is ahead of the rows as soon as a transaction fails: then it is thrown away.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.core.events import RESPONSES, Clear
from bot.encryption import recovery
from bot.encryption.machine import Claim, KeyMissingError, Machine, Opened, Query, RoomRules
from bot.encryption.reading import Json, maybe, texts
from bot.rendering.replies import TXN_KEY
from storage import devices, megolm, outbox, rooms
from storage.engine.base import Tx
from storage.engine.database import Database, savepoint
from storage.olm import ToDevice
from storage.rooms import Room

log = logging.getLogger(__name__)
READ_ON: Final = ("m.room.message", *RESPONSES)  # count as read once they are carried through
ENCRYPTED: Final = "m.room.encrypted"


@dataclass(frozen=True)
class ToSend:
    """These are to be sent to devices before anything can be sealed."""

    rows: Sequence[ToDevice]


@dataclass(frozen=True)
class News:
    """The rooms' timelines with what could be opened; `due`: something is to be uploaded, asked or sent now."""

    timelines: dict[str, list[Json]]
    due: bool


class NotYetError(Exception):
    """The room was just made: the sync has not told who is in it."""


class Keys:
    def __init__(self, database: Database, machine: Machine) -> None:
        self.database, self.machine = database, machine
        self.unreadable = 0  # messages, when they came, since the start
        self._rules: dict[str, RoomRules] = {}  # of rooms that are ready
        self._inviting: dict[tuple[str, str], bool] = {}  # rooms and people; False: not taken
        with self._transaction() as tx:
            devices.mark_all_changed(
                tx
            )  # what changed while the bot was away is told by the first sync, or not

    @contextmanager
    def _transaction(self) -> Iterator[Tx]:
        try:
            with self.database.transaction() as tx:
                yield tx
        except BaseException:
            self.machine.forget()
            raise

    def room_changed(self, room_id: str, person: str | None = None) -> None:
        """The room has other people in it now, such as this one, or is to be encrypted otherwise."""
        self._inviting.pop((room_id, person or ""), None)
        self.machine.unready(room_id)

    def inviting(self, room_id: str, user_id: str, *, well: bool = True) -> None:
        """The person is being invited, and reads what is said from now on: the sync tells of them a little later.

        `well`: else the homeserver has refused it, and the row that says so is not written yet.
        """
        self._inviting[room_id, user_id] = well
        self.machine.unready(room_id)

    # --- news

    def take(
        self,
        answer: Json,
        timelines: Mapping[str, list[Json]],
        *,
        senders: set[str],
        counts_are_new: bool,
        own: bool,
        now: datetime,
    ) -> Query | News:
        """All that the sync brings for the encryption is taken in.

        What waited for a key that came now stands before the rest, and waits until its batch is carried through.
        `own`: after a start, when what waited then is looked at again, and the bot's own messages are opened too.
        Nothing is taken in while the devices of one of these senders are unknown: they are to be asked for.
        """
        with self._transaction() as tx:
            unknown = self._unknown(tx, answer, senders)
            if unknown:
                return Query(unknown)
            late = self.machine.receive(tx, answer, counts_are_new=counts_are_new, now=now)
            late += self.machine.take_up_all(tx, now=now) if own else []
            found: dict[str, list[Json]] = {}
            for room_id, opened in late:
                event = _clear(opened)
                event.late = True
                if event.get("type") not in READ_ON:  # nobody reads on: it waits no more
                    megolm.mark_read(tx, str(event["event_id"]))
                found.setdefault(room_id, []).append(event)
            for room_id, timeline in timelines.items():
                found.setdefault(room_id, []).extend(
                    self._read(tx, room_id, event, own, now) for event in timeline
                )
            return News(found, self.machine.take_due(tx))

    def _unknown(self, tx: Tx, answer: Json, senders: set[str]) -> dict[str, int]:
        """The people whose devices must be known before one can tell which of them their owner has signed."""
        for user_id in senders & set(texts(maybe(answer, "device_lists"), "changed")):
            devices.mark_changed(tx, user_id)
        return devices.follow(tx, sorted(senders))

    def open(
        self, room_id: str, events: list[Json], *, senders: set[str], own: bool, now: datetime
    ) -> Query | News:
        """The events with what could be opened; or whose devices are to be asked for before."""
        with self._transaction() as tx:
            unknown = self._unknown(tx, {}, senders)
            if unknown:
                return Query(unknown)
            found = {room_id: [self._read(tx, room_id, event, own, now) for event in events]}
            return News(found, self.machine.take_due(tx))

    def _read(self, tx: Tx, room_id: str, event: Json, own: bool, now: datetime) -> Json:
        opened = self._open(tx, room_id, event, own, now)
        bundled = maybe(maybe(maybe(event, "unsigned"), "m.relations"), "m.replace")
        if opened is None:
            return event
        if bundled.get("type") == ENCRYPTED:
            edit = self._open(tx, room_id, bundled, own, now)
            relations = {**event["unsigned"]["m.relations"], "m.replace": edit or {}}
            opened["unsigned"] = {**event["unsigned"], "m.relations": relations}
        return opened

    def _open(self, tx: Tx, room_id: str, event: Json, own: bool, now: datetime) -> Json | None:
        """The event in the clear; None where it is no sealed one, or can't be opened."""
        if (
            event.get("type") != ENCRYPTED
            or "state_key" in event
            or not maybe(event, "content").get("ciphertext")
        ):
            return None
        if event.get("sender") == self.machine.account.user_id and not own:
            return None
        try:
            with savepoint(tx):
                return _clear(self.machine.open(tx, room_id, event, now=now))
        except KeyMissingError as missing:
            if event.get("sender") != self.machine.account.user_id:
                kept = self.machine.keep(tx, room_id, event, missing, now=now)
                self.unreadable += kept
        except ValueError as error:
            self.machine.forget()
            log.warning("message not believed", extra={"room_id": room_id, "reason": str(error)})
        return None

    # --- who the bot is

    def identify(self, answer: Json) -> tuple[str, Json, Json]:
        """Is the homeserver's identity `none`, `ours`, `foreign`? And requests to upload ours, sign the device."""
        with self._transaction() as tx:
            identity = self.machine.identity
            identity.seeds(tx)
            return identity.state(tx, answer), identity.upload(tx), identity.sign_device(tx)

    def reset(self) -> tuple[Json, Json]:
        """The requests that upload an identity made now, and sign the device with it."""
        with self._transaction() as tx:
            identity = self.machine.identity
            identity.reset(tx)
            return identity.upload(tx), identity.sign_device(tx)

    def adopt(self, seeds: dict[str, bytes]) -> None:
        """The identity is the one of these seeds, as it was on another machine."""
        with self._transaction() as tx:
            self.machine.adopt(tx, seeds)

    def is_recoverable(self) -> bool:
        """Has somebody been given the recovery key?"""
        with self._transaction() as tx:
            return self.machine.identity.is_recoverable(tx)

    def begin_recoverable(self) -> bool:
        """See `Identity.begin_recoverable`."""
        with self._transaction() as tx:
            return self.machine.identity.begin_recoverable(tx)

    def mark_recoverable(self) -> None:
        with self._transaction() as tx:
            self.machine.identity.mark_recoverable(tx)

    def to_recover(self, key: bytes) -> dict[str, Json]:
        """Account data, by its type, from which this recovery key gives the identity back."""
        with self._transaction() as tx:
            return recovery.stored(key, self.machine.identity.seeds(tx))

    def trust(self, user_id: str, answer: Json) -> Json | None:
        """The request that signs this person's identity; None where they have none."""
        with self._transaction() as tx:
            return self.machine.identity.trust(tx, user_id, answer)

    def is_other_device(self, answer: Json) -> bool:
        """Does the homeserver have other keys for the bot's device, as if the store had been lost?"""
        with self._transaction() as tx:
            return self.machine.account.is_another(tx, answer)

    def missed(self, answer: Json) -> None:
        """Where the homeserver has forgotten the device, as with its session, its keys are put up again."""
        with self._transaction() as tx:
            self.machine.account.missed(tx, answer)

    def is_device_signed(self, answer: Json) -> bool:
        with self._transaction() as tx:
            return self.machine.identity.is_device_signed(tx, answer)

    # --- what is to be asked and sent

    def upload(self) -> Json | None:
        with self._transaction() as tx:
            return self.machine.account.upload(tx)

    def uploaded(self) -> None:
        with self._transaction() as tx:
            self.machine.account.uploaded(tx)

    def queried(self, asked: dict[str, int], answer: Json) -> None:
        with self._transaction() as tx:
            self.machine.take_queried(tx, asked, answer)

    def claimed(self, asked: Json, answer: Json, *, now: datetime) -> None:
        with self._transaction() as tx:
            self.machine.take_claimed(tx, asked, answer, now=now)

    def stuck(self) -> Json:
        """The keys to be claimed because sessions got stuck."""
        with self._transaction() as tx:
            return self.machine.to_unwedge(tx)

    def unstuck(self, asked: Json, answer: Json, *, now: datetime) -> None:
        with self._transaction() as tx:
            self.machine.take_claimed(tx, asked, answer, now=now)
            self.machine.unwedge(tx, now=now)

    def to_send(self) -> Sequence[ToDevice]:
        with self._transaction() as tx:
            return self.machine.to_send(tx)

    def sent(self, number: int) -> None:
        with self._transaction() as tx:
            self.machine.mark_sent(tx, number)

    # --- messages out

    def seal(
        self, room_id: str, kind: str, content: Json, txn: str, *, now: datetime
    ) -> Json | Query | Claim | ToSend:
        """The content as it goes out; or what must be asked or sent before. Raises NotYetError."""
        with self._transaction() as tx:
            if self.machine.is_ready(room_id) and room_id in self._rules:
                with suppress(LookupError):  # its key was dropped meanwhile: somebody who had it was erased
                    return self.machine.seal(tx, room_id, kind, content, self._rules[room_id]) | {
                        TXN_KEY: txn
                    }
            wanted = self._prepare(tx, room_id, now)
            if wanted is not None:
                return wanted
            return self.machine.seal(tx, room_id, kind, content, self._rules[room_id]) | {TXN_KEY: txn}

    def _prepare(self, tx: Tx, room_id: str, now: datetime) -> Query | Claim | ToSend | None:
        room = rooms.find(tx, room_id)
        if room is None or not room.joined:
            raise NotYetError(room_id)
        rules = RoomRules.of(room.encryption, room.history)
        members = self._readers(tx, room)
        wanted = self.machine.prepare(tx, room_id, members, rules, now=now)
        if wanted is not None:
            return wanted
        self._rules[room_id] = rules
        rows = self.machine.to_send(tx)
        return ToSend(rows) if rows else None

    def _readers(self, tx: Tx, room: Room) -> list[str]:
        """Who shall read what is said in the room: also people invited, and those who are about to be."""
        there = rooms.list_occupants(tx, room.room_id)
        if room.history == "joined":
            return [one.user_id for one in there if one.membership == "join"]
        tried = {user: well for (where, user), well in self._inviting.items() if where == room.room_id}
        invited = [user for user in outbox.list_invited(tx, room.room_id) if tried.get(user, True)]
        invited += [user for user, well in tried.items() if well]
        return list(dict.fromkeys([*(one.user_id for one in there), *invited]))


def _clear(opened: Opened) -> Clear:
    event = Clear(opened.event)
    event.signed = opened.signed
    return event
