"""People's devices and identities as the homeserver last told them, and what of it is still to be asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Index, bindparam, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert, in_parts

FEW: Final = 5  # people for whom one prepared statement each is quicker than one that is worded anew


class KeyOwner(Base):
    """Somebody whose devices are followed."""

    __tablename__ = "key_owners"
    user_id: Mapped[str] = mapped_column(primary_key=True)
    stale: Mapped[bool]  # to be asked for before anything is encrypted for them
    changed: Mapped[int]  # counts what made them stale: an answer to an older question leaves them so
    master: Mapped[str | None]
    self_signing: Mapped[str | None]  # None also where the master key has not signed it
    first_master: Mapped[str | None]  # another one today: their identity has changed
    alone_since: Mapped[
        datetime | None
    ]  # they share no encrypted room with the bot since then, as far as was looked


class Device(Base):
    __tablename__ = "devices"
    __table_args__ = (Index(None, "curve_key"),)
    user_id: Mapped[str] = mapped_column(primary_key=True)
    device_id: Mapped[str] = mapped_column(primary_key=True)
    curve_key: Mapped[str]
    signing_key: Mapped[str]
    signed: Mapped[bool]  # by its owner's self-signing key
    gone: Mapped[bool]
    claimed_at: Mapped[datetime | None]  # when a one-time key was last asked for
    wedged: Mapped[bool]  # a new session is wanted
    unwedged_at: Mapped[datetime | None]  # when one was last made


_OWNER = Rows(KeyOwner, select(KeyOwner).where(KeyOwner.user_id == bindparam("user_id")))
_TRACK = Upsert(KeyOwner, "user_id", keep=True)
_CHANGED = Prepared(
    update(KeyOwner)
    .where(KeyOwner.user_id == bindparam("whose"))
    .values(stale=True, changed=KeyOwner.changed + 1)
)
_FRESH = Prepared(
    update(KeyOwner)
    .where(KeyOwner.user_id == bindparam("whose"), KeyOwner.changed == bindparam("known"))
    .values(stale=False)
)
_IDENTITY = Prepared(
    update(KeyOwner)
    .where(KeyOwner.user_id == bindparam("whose"))
    .values(
        master=bindparam("new_master"),
        self_signing=bindparam("new_self_signing"),
        first_master=func.coalesce(KeyOwner.first_master, bindparam("new_master")),
    )
)
_DEVICE = Rows(
    Device,
    select(Device).where(Device.user_id == bindparam("user_id"), Device.device_id == bindparam("device_id")),
)
_OF_USER = Rows(
    Device,
    select(Device).where(~Device.gone, Device.user_id == bindparam("user_id")).order_by(Device.device_id),
)
_PUT = Upsert(Device, "user_id", "device_id")
_BY_CURVE = Rows(Device, select(Device).where(Device.curve_key == bindparam("curve_key")))
_WEDGED = Rows(
    Device, select(Device).where(Device.wedged, ~Device.gone).order_by(Device.user_id, Device.device_id)
)
_CLAIMED = Prepared(
    update(Device)
    .where(Device.user_id == bindparam("whose"), Device.device_id == bindparam("which"))
    .values(claimed_at=bindparam("at"))
)
_WEDGE = Prepared(update(Device).where(Device.curve_key == bindparam("curve")).values(wedged=True))
_UNWEDGED = Prepared(
    update(Device)
    .where(Device.user_id == bindparam("whose"), Device.device_id == bindparam("which"))
    .values(wedged=False, unwedged_at=bindparam("at"))
)
_GONE = Prepared(
    update(Device)
    .where(Device.user_id == bindparam("whose"), Device.device_id == bindparam("which"))
    .values(gone=True)
)


def owner(tx: Tx, user_id: str) -> KeyOwner | None:
    return _OWNER.first(tx, user_id=user_id)


def track(tx: Tx, users: Iterable[str]) -> None:
    """These people's devices are followed; those of new ones are still to be asked for."""
    for user_id in users:
        execute_upsert(
            tx,
            _TRACK,
            user_id=user_id,
            stale=True,
            changed=0,
            master=None,
            self_signing=None,
            first_master=None,
            alone_since=None,
        )


def mark_changed(tx: Tx, user_id: str) -> None:
    _CHANGED.run(tx, {"whose": user_id})


def mark_all_changed(tx: Tx) -> None:
    """Nobody's devices are known for sure: what changed meanwhile was not told."""
    tx.execute(update(KeyOwner).values(stale=True, changed=KeyOwner.changed + 1))


def follow(tx: Tx, users: Sequence[str]) -> dict[str, int]:
    """These people's devices are followed; those who are to be asked for, with the count that the answer is for."""
    known = {owner.user_id: owner for owner in _owners(tx, users)}
    new = [user_id for user_id in users if user_id not in known]
    track(tx, new)
    return {**{o.user_id: o.changed for o in known.values() if o.stale}, **dict.fromkeys(new, 0)}


def _owners(tx: Tx, users: Sequence[str]) -> list[KeyOwner]:
    if len(users) <= FEW:
        return [one for user_id in users if (one := owner(tx, user_id)) is not None]
    found: list[KeyOwner] = []
    for part in in_parts(users):
        found += tx.execute(select(KeyOwner).where(KeyOwner.user_id.in_(part))).all()  # type: ignore[arg-type]
    return found


def erase(tx: Tx, user_id: str) -> list[str]:
    """Nothing is known of the person's devices, whose Curve25519 keys are returned.

    They are asked for again where something is said to them.
    """
    whose = Device.user_id == user_id
    keys = [str(key) for key in tx.execute(select(Device.curve_key).where(whose)).scalars()]
    tx.execute(delete(Device).where(whose))
    tx.execute(delete(KeyOwner).where(KeyOwner.user_id == user_id))
    return keys


def mark_fresh(tx: Tx, user_id: str, *, known: int) -> None:
    """The devices asked for are known, if nothing has changed since the question."""
    _FRESH.run(tx, {"whose": user_id, "known": known})


def put_identity(tx: Tx, user_id: str, *, master: str | None, self_signing: str | None) -> None:
    _IDENTITY.run(tx, {"whose": user_id, "new_master": master, "new_self_signing": self_signing})


def find(tx: Tx, user_id: str, device_id: str) -> Device | None:
    return _DEVICE.first(tx, user_id=user_id, device_id=device_id)


def put(tx: Tx, **values: Any) -> None:
    execute_upsert(tx, _PUT, **values)


def of_users(tx: Tx, users: Sequence[str]) -> list[Device]:
    """Their devices that are there now."""
    found: list[Device] = []
    if len(users) <= FEW:
        for user_id in users:
            found += _OF_USER.all(tx, user_id=user_id)
        return found
    for part in in_parts(users):
        asked = select(Device).where(~Device.gone, Device.user_id.in_(part))
        found += tx.execute(asked.order_by(Device.user_id, Device.device_id)).all()  # type: ignore[arg-type]
    return found


def by_curve_key(tx: Tx, curve_key: str) -> list[Device]:
    return _BY_CURVE.all(tx, curve_key=curve_key)


def mark_gone(tx: Tx, user_id: str, device_id: str) -> None:
    _GONE.run(tx, {"whose": user_id, "which": device_id})


def mark_claimed(tx: Tx, user_id: str, device_id: str, *, at: datetime) -> None:
    _CLAIMED.run(tx, {"whose": user_id, "which": device_id, "at": at})


def mark_wedged(tx: Tx, curve_key: str) -> None:
    _WEDGE.run(tx, {"curve": curve_key})


def mark_unwedged(tx: Tx, user_id: str, device_id: str, *, at: datetime) -> None:
    _UNWEDGED.run(tx, {"whose": user_id, "which": device_id, "at": at})


def wedged(tx: Tx) -> list[Device]:
    return _WEDGED.all(tx)
