"""The bot's own keys, its Olm sessions with other devices, and what is to be sent to devices.

Pickles are encrypted by the pickle key, which is not in the store; so are the secrets. Nothing here decides: what
the rows mean is in `bot/encryption`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Index, bindparam, delete, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import DEVICE, Base, Tx
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert


class OlmAccount(Base):
    """One row: the device's identity keys and its one-time keys."""

    __tablename__ = "olm_account"
    __table_args__ = DEVICE
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    device_id: Mapped[str]
    pickle: Mapped[str]
    uploaded: Mapped[bool]  # the device's own keys are on the homeserver


class Secret(Base):
    """The seeds of the cross-signing keys, and what is signed with them."""

    __tablename__ = "secrets"
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class OlmSession(Base):
    __tablename__ = "olm_sessions"
    __table_args__ = (Index(None, "curve_key", "used_at"), DEVICE)
    curve_key: Mapped[str] = mapped_column(primary_key=True)  # of the other device
    session_id: Mapped[str] = mapped_column(primary_key=True)
    pickle: Mapped[str]
    used_at: Mapped[datetime]


class OlmSeen(Base):
    """An Olm message that was opened: the homeserver gives it again until it knows that it came."""

    __tablename__ = "olm_seen"
    __table_args__ = DEVICE
    digest: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(index=True)


class ToDevice(Base):
    """A message to be sent to devices: never made anew, for its ratchets have moved."""

    __tablename__ = "to_device"
    __table_args__ = DEVICE
    id: Mapped[int] = mapped_column(primary_key=True)
    txn: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    messages: Mapped[dict[str, Any]]  # user -> device -> content


_ACCOUNT = Rows(OlmAccount, select(OlmAccount))
_PUT_ACCOUNT = Upsert(OlmAccount, "id")
_SECRET = Rows(Secret, select(Secret).where(Secret.name == bindparam("name")))
_PUT_SECRET = Upsert(Secret, "name")
_SESSIONS = Rows(
    OlmSession,
    select(OlmSession)
    .where(OlmSession.curve_key == bindparam("curve_key"))
    .order_by(OlmSession.used_at.desc(), OlmSession.session_id),
)
_PUT_SESSION = Upsert(OlmSession, "curve_key", "session_id")
_MOVE_SESSION = Prepared(
    update(OlmSession)
    .where(OlmSession.curve_key == bindparam("whose"), OlmSession.session_id == bindparam("which"))
    .values(pickle=bindparam("moved"))
)
_DROP_SESSION = Prepared(
    delete(OlmSession).where(
        OlmSession.curve_key == bindparam("curve_key"), OlmSession.session_id == bindparam("session_id")
    )
)
_SEE = Upsert(OlmSeen, "digest", keep=True)
_SEEN = Rows(OlmSeen, select(OlmSeen).where(OlmSeen.digest == bindparam("digest")))
_ADD_TO_DEVICE = Prepared(insert(ToDevice))
_TO_SEND = Rows(ToDevice, select(ToDevice).order_by(ToDevice.id))
_SENT = Prepared(delete(ToDevice).where(ToDevice.id == bindparam("number")))


def account(tx: Tx) -> OlmAccount | None:
    return _ACCOUNT.first(tx)


def put_account(tx: Tx, *, device_id: str, pickle: str, uploaded: bool) -> None:
    execute_upsert(tx, _PUT_ACCOUNT, id=1, device_id=device_id, pickle=pickle, uploaded=uploaded)


def forget_account(tx: Tx) -> None:
    """The device is another one from now on: nothing that only the former one could open is kept."""
    for table in (OlmAccount, OlmSession, OlmSeen, ToDevice):
        tx.execute(delete(table))


def secret(tx: Tx, name: str) -> str | None:
    row = _SECRET.first(tx, name=name)
    return row.value if row is not None else None


def put_secret(tx: Tx, name: str, value: str) -> None:
    execute_upsert(tx, _PUT_SECRET, name=name, value=value)


def drop_secret(tx: Tx, name: str) -> None:
    tx.execute(delete(Secret).where(Secret.name == name))


def sessions(tx: Tx, curve_key: str) -> list[OlmSession]:
    """Those with this device, the one used last first."""
    return _SESSIONS.all(tx, curve_key=curve_key)


def put_session(
    tx: Tx, *, curve_key: str, session_id: str, pickle: str, used_at: datetime, keep: int
) -> None:
    """The session is stored; of those with this device the `keep` used last stay."""
    execute_upsert(
        tx, _PUT_SESSION, curve_key=curve_key, session_id=session_id, pickle=pickle, used_at=used_at
    )
    for old in sessions(tx, curve_key)[keep:]:
        _DROP_SESSION.run(tx, {"curve_key": curve_key, "session_id": old.session_id})


def move_session(tx: Tx, curve_key: str, session_id: str, *, pickle: str) -> None:
    """The session has sealed a message more."""
    _MOVE_SESSION.run(tx, {"whose": curve_key, "which": session_id, "moved": pickle})


def has_seen(tx: Tx, digest: str) -> bool:
    return _SEEN.first(tx, digest=digest) is not None


def see(tx: Tx, digest: str, *, at: datetime) -> None:
    execute_upsert(tx, _SEE, digest=digest, seen_at=at)


def add_to_device(tx: Tx, *, txn: str, kind: str, messages: dict[str, Any]) -> None:
    _ADD_TO_DEVICE.run(tx, {"txn": txn, "kind": kind, "messages": messages})


def to_send(tx: Tx) -> list[ToDevice]:
    """In the order in which they were written."""
    return _TO_SEND.all(tx)


def mark_sent(tx: Tx, number: int) -> None:
    _SENT.run(tx, {"number": number})


def clean(tx: Tx, *, before: datetime) -> None:
    tx.execute(delete(OlmSeen).where(OlmSeen.seen_at < before))


def erase(tx: Tx, curve_keys: Sequence[str]) -> None:
    """No session is left with the devices of these keys; one is made anew where something is said to them."""
    for curve_key in curve_keys:
        tx.execute(delete(OlmSession).where(OlmSession.curve_key == curve_key))
