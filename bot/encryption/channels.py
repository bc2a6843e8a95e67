"""Messages to and from single devices: Olm sessions, to-device messages in and out, sessions that got stuck.

Specification: «m.olm.v1.curve25519-aes-sha2», «Recovering from undecryptable messages», «m.dummy».

What a device is sent is a row, written together with the session that has moved on for it: never made anew, sent until
the homeserver has it. A message that comes twice, as after a crash, is known by its hash.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import vodozemac

from bot.encryption.account import OLM, ONE_TIME, Account
from bot.encryption.reading import ForeignError, Json, from_json, is_signed, maybe, number, part, text
from bot.encryption.tracking import read_device
from storage import devices, olm
from storage.devices import Device
from storage.engine.base import Tx

log = logging.getLogger(__name__)
OLM_MESSAGES: Final = (0, 1)  # that begin a session, and that go on with one
SESSIONS_KEPT: Final = 5  # a device
UNWEDGED_AT_MOST_EVERY: Final = timedelta(hours=1)
DEVICES_A_REQUEST: Final = 250  # half a megabyte; as many as the Rust SDK sends, which every homeserver takes


class StuckError(ForeignError):
    """A message from the device with this key can't be opened: a new session with it is needed."""

    def __init__(self, curve_key: str) -> None:
        super().__init__("not to be opened")
        self.curve_key = curve_key


class Said(NamedTuple):
    """A message from a device to the bot's, and which device it was."""

    sender: str
    curve_key: str
    signing_key: str
    kind: str
    content: Json


class Channels:
    def __init__(self, account: Account) -> None:
        self.account = account
        self.device_keys: Json | None = None  # the bot's, signed by itself and by its owner
        self.due = (
            False  # something is to be sent to devices, or asked for them, since this was last looked at
        )

    # --- out

    def without_session(self, tx: Tx, wanted: Iterable[Device]) -> list[Device]:
        return [device for device in wanted if not olm.sessions(tx, device.curve_key)]

    def take_claimed(self, tx: Tx, asked: Json, answer: object, *, now: datetime) -> None:
        """Sessions are made with the one-time keys in the answer of `/keys/claim`; each key by itself."""
        given = maybe(answer, "one_time_keys")
        for user_id, wanted in asked.items():
            for device_id in wanted:
                device = devices.find(tx, user_id, device_id)
                if device is None:
                    continue
                devices.mark_claimed(tx, user_id, device_id, at=now)
                try:
                    self._begin(tx, device, maybe(maybe(given, user_id), device_id), now)
                except ValueError as error:
                    log.info("no session", extra={"user_id": user_id, "reason": type(error).__name__})

    def _begin(self, tx: Tx, device: Device, given: Json, now: datetime) -> None:
        [(name, key)] = given.items()
        signed = is_signed(key, device.user_id, device.device_id, device.signing_key)
        if not name.startswith(f"{ONE_TIME}:") or not signed:
            raise ForeignError("a one-time key that its device has not signed")
        session = self.account.keys(tx).create_outbound_session(
            vodozemac.Curve25519PublicKey.from_base64(device.curve_key),
            vodozemac.Curve25519PublicKey.from_base64(text(key, "key")),
        )
        self._save(tx, device.curve_key, session, now)

    def encrypt(self, tx: Tx, device: Device, kind: str, content: Json) -> Json | None:
        """The content for this device alone; None where there is no session with it."""
        known = next(iter(olm.sessions(tx, device.curve_key)), None)
        if known is None:
            return None
        session = vodozemac.Session.from_pickle(known.pickle, self.account.pickle_key)
        if self.device_keys is None:
            self.device_keys = self.account.device_keys(tx)
        plain = {
            "type": kind,
            "content": content,
            "sender": self.account.user_id,
            "recipient": device.user_id,
            "recipient_keys": {"ed25519": device.signing_key},
            "keys": {"ed25519": self.account.signing_key(tx)},
            "sender_device_keys": self.device_keys,
        }
        what, body = session.encrypt(json.dumps(plain).encode()).to_parts()
        pickle = session.pickle(self.account.pickle_key)
        olm.move_session(tx, device.curve_key, known.session_id, pickle=pickle)
        sealed = {"type": what, "body": base64.b64encode(body).decode().rstrip("=")}
        own = self.account.curve_key(tx)
        return {"algorithm": OLM, "sender_key": own, "ciphertext": {device.curve_key: sealed}}

    def queue(self, tx: Tx, kind: str, messages: dict[str, Json]) -> None:
        """These are to be sent to devices: user -> device -> content, so many a request."""
        single = [(user_id, which, one) for user_id, of in messages.items() for which, one in of.items()]
        for start in range(0, len(single), DEVICES_A_REQUEST):
            by_user: dict[str, Json] = {}
            for user_id, which, one in single[start : start + DEVICES_A_REQUEST]:
                by_user.setdefault(user_id, {})[which] = one
            olm.add_to_device(tx, txn=os.urandom(12).hex(), kind=kind, messages=by_user)
            self.due = True

    # --- in

    def receive(self, tx: Tx, event: object, *, now: datetime) -> Said | None:
        """The content of an encrypted to-device message; None if it is not for the bot's device, or came before.

        Raises StuckError where it can't be opened, another ValueError where it is forged. Both leave nothing behind if
        it runs in a savepoint of its own, and the account is forgotten then.
        """
        content, sender = part(event, "content"), text(event, "sender")
        if content.get("algorithm") != OLM:
            return None
        sealed = maybe(content, "ciphertext").get(self.account.curve_key(tx))
        if sealed is None:
            return None
        curve, what, body = text(content, "sender_key"), number(sealed, "type"), text(sealed, "body")
        if what not in OLM_MESSAGES:
            raise ForeignError("no such kind of message")
        digest = hashlib.sha256(f"{curve}|{what}|{body}".encode()).hexdigest()
        if olm.has_seen(tx, digest):
            return None
        try:
            plain = self._open(tx, curve, what, body, now)
        except ValueError as error:
            raise StuckError(curve) from error
        olm.see(tx, digest, at=now)
        said = from_json(plain)
        signing = text(part(said, "keys"), "ed25519")
        to = (text(said, "recipient"), text(part(said, "recipient_keys"), "ed25519"))
        if text(said, "sender") != sender or to != (self.account.user_id, self.account.signing_key(tx)):
            raise ForeignError("said by, or to, somebody else")
        enclosed = said.get("sender_device_keys")
        if enclosed is not None:
            named = read_device(sender, text(enclosed, "device_id"), enclosed)
            if named != (curve, signing):
                raise ForeignError("the keys of another device enclosed")
        for device in devices.by_curve_key(tx, curve):
            if (device.user_id, device.signing_key) != (sender, signing):
                raise ForeignError("the key of somebody else's device")
        return Said(sender, curve, signing, text(said, "type"), part(said, "content"))

    def _open(self, tx: Tx, curve: str, what: int, body: str, now: datetime) -> bytes:
        raw = base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
        message = vodozemac.AnyOlmMessage.from_parts(what, raw)
        first = message.to_pre_key() if what == 0 else None
        for known in olm.sessions(tx, curve):
            session = vodozemac.Session.from_pickle(known.pickle, self.account.pickle_key)
            if first is not None and not session.session_matches(first):
                continue
            try:
                plain = session.decrypt(message)
            except ValueError:
                if first is not None:
                    raise
                continue
            self._save(tx, curve, session, now)
            return bytes(plain)
        if first is None:
            raise ForeignError("no session")
        keys = self.account.keys(tx)
        session, plain = keys.create_inbound_session(vodozemac.Curve25519PublicKey.from_base64(curve), first)
        self._save(tx, curve, session, now)
        self.account.save(tx)
        return bytes(plain)

    # --- sessions that got stuck

    def note_stuck(self, tx: Tx, curve_key: str, *, now: datetime) -> None:
        """A new session is wanted with whoever has this key, if none was made within the last hour."""
        for device in devices.by_curve_key(tx, curve_key):
            if device.unwedged_at is None or now - device.unwedged_at > UNWEDGED_AT_MOST_EVERY:
                devices.mark_wedged(tx, curve_key)
                self.due = True

    def unwedge(self, tx: Tx, *, now: datetime) -> None:
        """Over the sessions made anew something is said, so that the others take them up."""
        for device in devices.wedged(tx):
            content = self.encrypt(tx, device, "m.dummy", {})
            if content is not None:
                self.queue(tx, "m.room.encrypted", {device.user_id: {device.device_id: content}})
            devices.mark_unwedged(tx, device.user_id, device.device_id, at=now)

    def _save(self, tx: Tx, curve: str, session: vodozemac.Session, used_at: datetime) -> None:
        olm.put_session(
            tx,
            curve_key=curve,
            session_id=session.session_id,
            pickle=session.pickle(self.account.pickle_key),
            used_at=used_at,
            keep=SESSIONS_KEPT,
        )
