"""Members' calendars that subscribe to their dates: by which address, and whether these may be others by now."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Select, bindparam, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert

_BYTES = 16


class Subscription(Base):
    """Of the secret in the address there is the hash alone: nobody has the address of who has the store."""

    __tablename__ = "calendar_subscriptions"
    user_id: Mapped[str] = mapped_column(primary_key=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(BigInteger)  # another one whenever the dates may be others


_OF = Rows(Subscription, select(Subscription).where(Subscription.user_id == bindparam("user_id")))
_BY_HASH = Rows(
    Subscription, select(Subscription).where(Subscription.secret_hash == bindparam("secret_hash"))
)
_PUT = Upsert(Subscription, "user_id")
_REMOVE = Prepared(delete(Subscription).where(Subscription.user_id == bindparam("user")))
_NEWER: dict[str, Any] = {"version": Subscription.version + 1}
_TOUCH = Prepared(update(Subscription).where(Subscription.user_id == bindparam("user")).values(_NEWER))


def find(tx: Tx, user_id: str) -> Subscription | None:
    return _OF.first(tx, user_id=user_id)


def find_by_secret(tx: Tx, secret: str) -> Subscription | None:
    """The subscription whose address has this in it."""
    return _BY_HASH.first(tx, secret_hash=_hash(secret))


def begin(tx: Tx, user_id: str, *, at: datetime) -> str:
    """The person's calendar subscribes by an address with this new secret, and by no other any more."""
    secret = secrets.token_hex(_BYTES)
    put(tx, user_id, secret_hash=_hash(secret), made_at=at, at=at)
    return secret


def put(tx: Tx, user_id: str, *, secret_hash: str, made_at: datetime, at: datetime) -> None:
    """The person's calendar subscribes by the address of which this is the hash."""
    version = int(at.timestamp() * 1000)  # beyond all that there was before it was taken back
    execute_upsert(tx, _PUT, user_id=user_id, secret_hash=secret_hash, made_at=made_at, version=version)


def end(tx: Tx, user_id: str) -> None:
    _REMOVE.run(tx, {"user": user_id})


def touch(tx: Tx, users: Iterable[str]) -> None:
    """The dates of these people may be others now."""
    rows = [{"user": user} for user in users]
    if rows:
        _TOUCH.run(tx, rows)


def touching(users: Select[Any]) -> Prepared:
    """A statement that says the same of the people whom another one finds."""
    return Prepared(update(Subscription).where(Subscription.user_id.in_(users)).values(_NEWER))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
