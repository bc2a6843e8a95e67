"""Sealing the bot's messages in rooms, and giving the key to those who shall read them.

Specification: «m.megolm.v1.aes-sha2», «m.room_key», «m.room_key.withheld», «m.room.encryption» for the rotation.

Each step is a row before anything of it is sent: who is to be asked for, the key for each device together with the
session that has moved on for it, the moved ratchet before its message is seen by anybody. A message sent again is
sealed anew: an index is skipped, never used twice.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import vodozemac

from bot.encryption.account import MEGOLM, Account
from bot.encryption.channels import Channels
from bot.encryption.reading import ForeignError, Json, number
from bot.encryption.tracking import claim_of
from storage import devices, megolm
from storage.devices import Device
from storage.engine.base import Tx

WITHHELD: Final = -1  # in a share's `from_index`: the device was told that it gets no key
CLAIM_AGAIN: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class RoomRules:
    """The way in which a room wants its messages sealed, and whether people who come later may read earlier ones."""

    messages: int = 100
    period: timedelta = timedelta(days=7)
    shared_history: bool = False

    @classmethod
    def of(cls, encryption: object, visibility: str | None) -> RoomRules:
        shared = visibility in ("shared", "world_readable", None)
        return cls(
            max(1, _setting(encryption, "rotation_period_msgs", 100)),
            timedelta(milliseconds=max(60_000, _setting(encryption, "rotation_period_ms", 604_800_000))),
            shared,
        )


def _setting(of: object, key: str, usual: int) -> int:
    try:
        return number(of, key)
    except ForeignError:
        return usual


@dataclass(frozen=True)
class Query:
    """To be asked of `/keys/query`: these people, each with the count of changes the answer is for."""

    asked: dict[str, int]


@dataclass(frozen=True)
class Claim:
    """To be asked of `/keys/claim`."""

    body: Json


class Sealing:
    """`only_signed`: devices that their owner has not signed get no key, and are told so."""

    def __init__(self, account: Account, channels: Channels, *, only_signed: bool) -> None:
        self.account, self.channels, self.only_signed = account, channels, only_signed
        self._ratchets: dict[str, vodozemac.GroupSession] = {}

    def forget(self) -> None:
        self._ratchets.clear()

    def prepare(
        self, tx: Tx, room_id: str, members: Sequence[str], rules: RoomRules, *, now: datetime
    ) -> Query | Claim | None:
        """The room's key is on its way to all who shall read; or what must be asked for that.

        None: what is in `to_device` is to be sent, then `seal` may be called. A device of which no key is to be had
        is left out, and tried again a minute later.
        """
        stale = devices.follow(tx, members)
        if stale:
            return Query(stale)
        own = self.account.curve_key(tx)
        there = [device for device in devices.of_users(tx, members) if device.curve_key != own]
        wanted = [device for device in there if device.signed or not self.only_signed]
        ratchet, has = self._current(tx, room_id, wanted, rules, now)
        missing = [device for device in wanted if (device.user_id, device.device_id) not in has]
        to_claim = [
            device
            for device in self.channels.without_session(tx, missing)
            if device.claimed_at is None or now - device.claimed_at > CLAIM_AGAIN
        ]
        if to_claim:
            return Claim(claim_of(to_claim))
        self._share(tx, room_id, ratchet, missing, rules)
        if self.only_signed:
            told = {key for key, index in has.items() if index == WITHHELD}
            unsigned = [d for d in there if not d.signed and (d.user_id, d.device_id) not in told]
            self._withhold(tx, room_id, ratchet, unsigned)
        return None

    def _current(
        self, tx: Tx, room_id: str, wanted: Sequence[Device], rules: RoomRules, now: datetime
    ) -> tuple[vodozemac.GroupSession, dict[tuple[str, str], int]]:
        """The ratchet to seal with, made anew where it is due, and who has its key from which message on."""
        row = megolm.outbound(tx, room_id)
        if row is not None:
            shares = megolm.shares(tx, row.session_id)
            keys = {(device.user_id, device.device_id): device.curve_key for device in wanted}
            unwanted = any(
                keys.get((share.user_id, share.device_id)) != share.curve_key
                for share in shares
                if share.from_index != WITHHELD
            )
            due = row.messages >= rules.messages or now - row.made_at > rules.period
            if not unwanted and not due and row.shared_history == rules.shared_history:
                # A device that was told that it gets none, and was signed since, is missing like a new one.
                has = {
                    (share.user_id, share.device_id): share.from_index
                    for share in shares
                    if share.from_index != WITHHELD or (share.user_id, share.device_id) not in keys
                }
                return self._ratchet(room_id, row.pickle), has
        ratchet = self._ratchets[room_id] = vodozemac.GroupSession()
        megolm.put_outbound(
            tx,
            room_id=room_id,
            session_id=ratchet.session_id,
            pickle=ratchet.pickle(self.account.pickle_key),
            messages=0,
            shared_history=rules.shared_history,
            made_at=now,
        )
        opens = vodozemac.InboundGroupSession(
            ratchet.session_key
        )  # what the bot itself said, after a restore
        megolm.put_inbound(
            tx,
            room_id=room_id,
            session_id=ratchet.session_id,
            sender=self.account.user_id,
            curve_key=self.account.curve_key(tx),
            signing_key=self.account.signing_key(tx),
            pickle=opens.pickle(self.account.pickle_key),
            first_index=0,
            shared_history=rules.shared_history,
            forwarded=False,
            received_at=now,
        )
        return ratchet, {}

    def _ratchet(self, room_id: str, pickle: str) -> vodozemac.GroupSession:
        found = self._ratchets.get(room_id)
        if found is None:
            found = self._ratchets[room_id] = vodozemac.GroupSession.from_pickle(
                pickle, self.account.pickle_key
            )
        return found

    def _share(
        self,
        tx: Tx,
        room_id: str,
        ratchet: vodozemac.GroupSession,
        missing: Sequence[Device],
        rules: RoomRules,
    ) -> None:
        messages: dict[str, Json] = {}
        given = []
        content = {
            "algorithm": MEGOLM,
            "room_id": room_id,
            "session_id": ratchet.session_id,
            "session_key": ratchet.session_key.to_base64(),
            "shared_history": rules.shared_history,
        }
        for device in missing:
            sealed = self.channels.encrypt(tx, device, "m.room_key", content)
            if sealed is not None:
                messages.setdefault(device.user_id, {})[device.device_id] = sealed
                given.append(device)
        self._note(tx, ratchet, given, ratchet.message_index)
        self.channels.queue(tx, "m.room.encrypted", messages)

    def _withhold(
        self, tx: Tx, room_id: str, ratchet: vodozemac.GroupSession, unsigned: Sequence[Device]
    ) -> None:
        messages: dict[str, Json] = {}
        content = {
            "algorithm": MEGOLM,
            "room_id": room_id,
            "session_id": ratchet.session_id,
            "sender_key": self.account.curve_key(tx),
            "code": "m.unverified",
            "reason": "The device is not signed by its owner.",
        }
        for device in unsigned:
            messages.setdefault(device.user_id, {})[device.device_id] = content
        self._note(tx, ratchet, unsigned, WITHHELD)
        self.channels.queue(tx, "m.room_key.withheld", messages)

    def _note(self, tx: Tx, ratchet: vodozemac.GroupSession, given: Sequence[Device], index: int) -> None:
        megolm.put_shares(
            tx,
            [
                {
                    "session_id": ratchet.session_id,
                    "user_id": device.user_id,
                    "device_id": device.device_id,
                    "curve_key": device.curve_key,
                    "from_index": index,
                }
                for device in given
            ],
        )

    def seal(self, tx: Tx, room_id: str, kind: str, content: Json) -> tuple[Json, int]:
        """The content as it goes out, of type `m.room.encrypted`, and how many its key has sealed by now.

        The ratchet has moved on in its row.

        Raises LookupError if the room was not prepared.
        """
        row = megolm.outbound(tx, room_id)
        if row is None:
            raise LookupError(room_id)
        ratchet = self._ratchet(room_id, row.pickle)
        plain = {"type": kind, "content": content, "room_id": room_id}
        ciphertext = ratchet.encrypt(json.dumps(plain).encode()).to_base64()
        megolm.mark_moved(tx, room_id, pickle=ratchet.pickle(self.account.pickle_key))
        sealed: Json = {
            "algorithm": MEGOLM,
            "ciphertext": ciphertext,
            "session_id": ratchet.session_id,
            "sender_key": self.account.curve_key(tx),
            "device_id": self.account.device_id,
        }
        if "m.relates_to" in content:
            sealed["m.relates_to"] = content["m.relates_to"]
        return sealed, row.messages + 1
