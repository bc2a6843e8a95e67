"""The face of the package: what a sync brings, what is to be asked and sent, messages opened and sealed.

All methods run in the store's thread, in a transaction of the caller's. After one that was rolled back: `forget`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from bot.encryption import tracking
from bot.encryption.account import Account, forget_device
from bot.encryption.channels import Channels, StuckError
from bot.encryption.identity import Identity
from bot.encryption.opening import KeyMissingError, Opened, Opening
from bot.encryption.reading import Json, maybe
from bot.encryption.sealing import Claim, Query, RoomRules, Sealing
from storage import devices, megolm, olm
from storage.engine.base import Tx
from storage.engine.database import savepoint
from storage.olm import ToDevice

__all__ = ["Claim", "KeyMissingError", "Machine", "Opened", "Query", "RoomRules"]

log = logging.getLogger(__name__)


class Machine:
    """One for the running bot and its device.

    `pickle_key`: 32 bytes, which encrypt all keys in the store. `only_signed`: devices that their owner has not signed
    get no keys.
    """

    def __init__(self, user_id: str, device_id: str, pickle_key: bytes, *, only_signed: bool) -> None:
        self.account = Account(user_id, device_id, pickle_key)
        channels = self._channels = Channels(self.account)
        self.identity = Identity(self.account, channels)
        self._opening = Opening(self.account, channels)
        self._sealing = Sealing(self.account, channels, only_signed=only_signed)
        self._counted: object = None  # what the homeserver has left of the bot's keys, as last taken in
        self._ready: set[str] = set()  # rooms whose key all have who shall read

    def forget(self) -> None:
        """All that is in memory is read from the rows again, because it may be ahead of them."""
        self.account.forget()
        self._opening.forget()
        self._sealing.forget()
        self._counted = None
        self._ready.clear()

    def adopt(self, tx: Tx, seeds: dict[str, bytes]) -> None:
        """The identity is the one of these seeds; what another pickle key has encrypted is worth nothing, and goes."""
        if not self.identity.opens(tx):
            forget_device(tx)
            megolm.forget(tx)
        self.identity.adopt(tx, seeds)

    # --- what a sync brings

    def receive(self, tx: Tx, sync: Json, *, counts_are_new: bool, now: datetime) -> list[tuple[str, Opened]]:
        """To-device messages, changes of devices and key counts of a sync are taken in.

        Each message by itself: none can stop the others. What waited for a key that has come now is returned, with its
        room. `counts_are_new`: the sync was asked for after the last upload of keys had ended.
        """
        opened: list[tuple[str, Opened]] = []
        events = maybe(sync, "to_device").get("events")
        for event in events if isinstance(events, list) else ():
            for room_id, session_id in self._receive_one(tx, event, now):
                opened += [(room_id, one) for one in self._opening.take_up(tx, room_id, session_id, now=now)]
        lists = maybe(sync, "device_lists")
        if lists:
            tracking.note_changes(tx, lists)
            self._ready.clear()
        if counts_are_new:
            counts = maybe(sync, "device_one_time_keys_count")
            self.account.count(tx, counts, sync.get("device_unused_fallback_key_types"))
            self._counted = _counts(sync)
        return opened

    def _receive_one(self, tx: Tx, event: Any, now: datetime) -> Iterable[tuple[str, str]]:
        kind = event.get("type") if isinstance(event, dict) else None
        try:
            with savepoint(tx):
                if kind == "m.room.encrypted":
                    said = self._channels.receive(tx, event, now=now)
                    key = self._opening.take(tx, said, now=now) if said is not None else None
                    return [key] if key is not None else []
                if kind == "m.room_key.withheld":
                    self._opening.take_withheld(tx, event, now=now)
        except StuckError as error:
            log.info("to-device message not opened", extra={"reason": f"{error.__cause__}"[:200]})
            self.forget()
            self._channels.note_stuck(tx, error.curve_key, now=now)
        except ValueError as error:
            self.forget()
            log.info("to-device message dropped", extra={"reason": type(error).__name__})
        return []

    def take_up_all(self, tx: Tx, *, now: datetime) -> list[tuple[str, Opened]]:
        """All that waits for its key and can be opened, as after a kill between the key and what was done with it."""
        opened = []
        for room_id, session_id in megolm.waiting(tx):
            opened += [(room_id, one) for one in self._opening.take_up(tx, room_id, session_id, now=now)]
        return opened

    def take_due(self, tx: Tx) -> bool:
        """Has something to be uploaded, asked or sent to devices since this was last looked at?"""
        due, self._channels.due = self._channels.due or self.account.has_upload(tx), False
        return due

    def is_wanted(self, sync: Json) -> bool:
        """Is there anything in this sync that `receive` is needed for?"""
        return bool(
            maybe(sync, "to_device").get("events")
            or maybe(sync, "device_lists")
            or _counts(sync) != self._counted  # they stand in each sync
        )

    # --- messages in rooms

    def open(self, tx: Tx, room_id: str, event: Json, *, now: datetime) -> Opened:
        """The event in the clear. Raises KeyMissingError, and ValueError for what is not to be believed."""
        return self._opening.open(tx, room_id, event, now=now)

    def keep(self, tx: Tx, room_id: str, event: Json, missing: KeyMissingError, *, now: datetime) -> bool:
        """The event waits for its key, which is asked for; False if it waited already."""
        return self._opening.keep(tx, room_id, event, missing, now=now)

    def is_ready(self, room_id: str) -> bool:
        return room_id in self._ready

    def unready(self, room_id: str) -> None:
        """Somebody has come or gone, or the room's rules are others."""
        self._ready.discard(room_id)

    def prepare(
        self, tx: Tx, room_id: str, members: Sequence[str], rules: RoomRules, *, now: datetime
    ) -> Query | Claim | None:
        """The requests to make before something can be sealed in this room; None: send `to_send`, then seal."""
        wanted = self._sealing.prepare(tx, room_id, members, rules, now=now)
        if wanted is None:
            self._ready.add(room_id)
        return wanted

    def seal(self, tx: Tx, room_id: str, kind: str, content: Json, rules: RoomRules) -> Json:
        """The content as it goes out; the room is ready no more once its key has served long enough."""
        sealed, messages = self._sealing.seal(tx, room_id, kind, content)
        if messages >= rules.messages:
            self.unready(room_id)
        return sealed

    # --- answers of the homeserver

    def take_queried(self, tx: Tx, asked: dict[str, int], answer: object) -> None:
        tracking.take_answer(tx, asked, answer)

    def take_claimed(self, tx: Tx, asked: Json, answer: object, *, now: datetime) -> None:
        self._channels.take_claimed(tx, asked, answer, now=now)

    def to_unwedge(self, tx: Tx) -> Json:
        """The keys that `/keys/claim` is to be asked for because sessions got stuck."""
        return tracking.claim_of(devices.wedged(tx))

    def unwedge(self, tx: Tx, *, now: datetime) -> None:
        """After the answer to that: over the new sessions something is said."""
        self._channels.unwedge(tx, now=now)

    def to_send(self, tx: Tx) -> list[ToDevice]:
        return olm.to_send(tx)

    def mark_sent(self, tx: Tx, number: int) -> None:
        olm.mark_sent(tx, number)


def _counts(sync: Json) -> object:
    return [sync.get(key) for key in ("device_one_time_keys_count", "device_unused_fallback_key_types")]
