"""Opening others' messages in rooms, and taking in the keys for it.

Specification: «m.megolm.v1.aes-sha2», «m.room_key», «m.forwarded_room_key», «m.room_key.withheld», «Key requests».

A session is found by room and session id, never by a sender key. A key for one that is known replaces it only if it
comes from the same person and opens earlier messages. Forwarded keys are believed only if they were asked for, and from
nobody but a device of the person who made the session, and if they open what they were asked for.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import vodozemac

from bot.encryption.account import MEGOLM, Account
from bot.encryption.channels import Channels, Said
from bot.encryption.reading import ForeignError, Json, from_json, part, text
from storage import devices, megolm
from storage.engine.base import Tx

NO_OLM: Final = "m.no_olm"
KEPT_OPEN: Final = 200  # sessions in memory; taking one from its row costs a tenth of a millisecond


class KeyMissingError(Exception):
    """The key of the message has not come, or opens only later ones.

    `code`: why the owner's device gives none, where it has said so.
    """

    def __init__(self, session_id: str, code: str | None) -> None:
        super().__init__(session_id)
        self.session_id, self.code = session_id, code


@dataclass(frozen=True)
class Opened:
    """An event as if it had come in the clear.

    `signed`: has its sender signed the device it comes from? None where that is not known.
    """

    event: Json
    signed: bool | None


class Opening:
    def __init__(self, account: Account, channels: Channels) -> None:
        self.account, self.channels = account, channels
        self._open: OrderedDict[tuple[str, str], tuple[vodozemac.InboundGroupSession, str, str]] = (
            OrderedDict()
        )

    def forget(self) -> None:
        self._open.clear()

    # --- messages

    def open(self, tx: Tx, room_id: str, event: Json, *, now: datetime) -> Opened:
        """The event in the clear. Raises KeyMissingError; ValueError for what is forged, damaged, or said again."""
        sealed, sender, event_id = part(event, "content"), text(event, "sender"), text(event, "event_id")
        if sealed.get("algorithm") != MEGOLM:
            raise ForeignError("another algorithm")
        session_id = text(sealed, "session_id")
        session, owner, curve = self._session(tx, room_id, session_id, sender)
        if owner != sender:
            raise ForeignError("sent by somebody else than who made the key")
        message = vodozemac.MegolmMessage.from_base64(text(sealed, "ciphertext"))
        if message.message_index() < session.first_known_index:
            raise self._missing(tx, room_id, session_id, sender)
        opened = session.decrypt(message)
        plain = from_json(opened.plaintext)
        if text(plain, "room_id") != room_id:
            raise ForeignError("said in another room")
        index = opened.message_index
        if megolm.is_replay(tx, session_id=session_id, index=index, event_id=event_id, at=now):
            raise ForeignError("said before, in another event")
        content = part(plain, "content")
        if "m.relates_to" in sealed:  # what servers group by is in the clear, and counts
            content["m.relates_to"] = sealed["m.relates_to"]
        known = [d.signed for d in devices.by_curve_key(tx, curve) if d.user_id == sender and not d.gone]
        signed = any(known) if known else None
        return Opened({**event, "type": text(plain, "type"), "content": content}, signed)

    def _session(
        self, tx: Tx, room_id: str, session_id: str, sender: str
    ) -> tuple[vodozemac.InboundGroupSession, str, str]:
        key = room_id, session_id
        found = self._open.get(key)
        if found is None:
            row = megolm.inbound(tx, room_id, session_id)
            if row is None:
                raise self._missing(tx, room_id, session_id, sender)
            session = vodozemac.InboundGroupSession.from_pickle(row.pickle, self.account.pickle_key)
            found = self._open[key] = session, row.sender, row.curve_key
            if len(self._open) > KEPT_OPEN:
                self._open.popitem(last=False)
        self._open.move_to_end(key)
        return found

    def _missing(self, tx: Tx, room_id: str, session_id: str, sender: str) -> KeyMissingError:
        told = megolm.withheld(tx, room_id, session_id)
        return KeyMissingError(session_id, told.code if told is not None and told.sender == sender else None)

    # --- keys

    def take(self, tx: Tx, said: Said, *, now: datetime) -> tuple[str, str] | None:
        """A key that a device has sent is taken in; room and session of what can be opened since. Raises ValueError."""
        if said.kind == "m.room_key" and said.content.get("algorithm") == MEGOLM:
            key = vodozemac.SessionKey(text(said.content, "session_key"))
            return self._add(tx, said, vodozemac.InboundGroupSession(key), now)
        if said.kind == "m.forwarded_room_key" and said.content.get("algorithm") == MEGOLM:
            room_id, session_id = text(said.content, "room_id"), text(said.content, "session_id")
            asked = [w.event for w in megolm.unreadable(tx, room_id, session_id) if w.sender == said.sender]
            makers = devices.by_curve_key(tx, text(said.content, "sender_key"))
            if not asked or not any(maker.user_id == said.sender for maker in makers):
                raise ForeignError("a key nobody has asked for, or of somebody else")
            exported = vodozemac.ExportedSessionKey(text(said.content, "session_key"))
            session = vodozemac.InboundGroupSession.import_session(exported)
            if not any(_opens(session, event) for event in asked):  # its maker has not signed it
                raise ForeignError("a key that opens nothing of what it was asked for")
            return self._add(tx, said, session, now)
        return None

    def _add(
        self, tx: Tx, said: Said, session: vodozemac.InboundGroupSession, now: datetime
    ) -> tuple[str, str] | None:
        room_id, session_id = text(said.content, "room_id"), text(said.content, "session_id")
        if session.session_id != session_id:
            raise ForeignError("another session's key")
        known = megolm.inbound(tx, room_id, session_id)
        if known is not None:
            if known.sender != said.sender:
                raise ForeignError("a key for somebody else's session")
            if known.first_index <= session.first_known_index:
                return None
        megolm.put_inbound(
            tx,
            room_id=room_id,
            session_id=session_id,
            sender=said.sender,
            curve_key=said.curve_key,
            signing_key=said.signing_key,
            pickle=session.pickle(self.account.pickle_key),
            first_index=session.first_known_index,
            shared_history=said.content.get("shared_history") is True,
            forwarded=said.kind == "m.forwarded_room_key",
            received_at=now,
        )
        self._open.pop((room_id, session_id), None)
        return room_id, session_id

    def take_withheld(self, tx: Tx, event: Json, *, now: datetime) -> None:
        """Somebody's device says why it gives no key. Raises ForeignError."""
        content, sender, code = (
            part(event, "content"),
            text(event, "sender"),
            text(part(event, "content"), "code"),
        )
        if content.get("algorithm") != MEGOLM:
            return
        if code == NO_OLM:  # no session with the device at all
            curve = text(content, "sender_key")
            if not any(device.user_id == sender for device in devices.by_curve_key(tx, curve)):
                raise ForeignError("said of somebody else's device")
            self.channels.note_stuck(tx, curve, now=now)
            return
        room_id, session_id = text(content, "room_id"), text(content, "session_id")
        told = megolm.withheld(tx, room_id, session_id)
        if told is not None and told.sender != sender:
            # Whoever makes a session tells before it is used: who comes later has read its name in the room.
            raise ForeignError("said of somebody else's session")
        megolm.put_withheld(tx, room_id=room_id, session_id=session_id, sender=sender, code=code, at=now)

    # --- what can't be read yet

    def keep(self, tx: Tx, room_id: str, event: Json, missing: KeyMissingError, *, now: datetime) -> bool:
        """The event waits for its key, and the key is asked for, once a session; False if the event waited already."""
        sender = text(event, "sender")
        first = not megolm.unreadable(tx, room_id, missing.session_id)
        kept = megolm.keep_unreadable(
            tx,
            event_id=text(event, "event_id"),
            room_id=room_id,
            session_id=missing.session_id,
            sender=sender,
            event=event,
            at=now,
        )
        if kept and first:
            body = {
                "action": "request",
                "request_id": missing.session_id[:32],
                "requesting_device_id": self.account.device_id,
                "body": {"algorithm": MEGOLM, "room_id": room_id, "session_id": missing.session_id},
            }
            self.channels.queue(tx, "m.room_key_request", {sender: {"*": body}})
            for device in devices.of_users(tx, [sender]):
                self.channels.note_stuck(tx, device.curve_key, now=now)
        return kept

    def take_up(self, tx: Tx, room_id: str, session_id: str, *, now: datetime) -> list[Opened]:
        """All that waits for this key and can be opened now; it waits until `megolm.mark_read`."""
        opened = []
        for waiting in megolm.unreadable(tx, room_id, session_id):
            try:
                opened.append(self.open(tx, room_id, waiting.event, now=now))
            except KeyMissingError:
                continue
            except ValueError:
                megolm.mark_read(tx, waiting.event_id)  # forged: nobody will ever be told what it says
        return opened


def _opens(session: vodozemac.InboundGroupSession, event: Json) -> bool:
    try:
        session.decrypt(vodozemac.MegolmMessage.from_base64(text(part(event, "content"), "ciphertext")))
    except ValueError:
        return False
    return True
