"""What has been read from the homeserver: the sync token, and the events that were handled.

Only what had an effect or an answer is kept here; talk between people leaves no row.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final

from sqlalchemy import Index, bindparam, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.address import WrongStoreError
from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert, is_none

HELD_BACK = "held back"  # the fact that says when the homeserver limited what the bot sends, last


class Fact(Base):
    """A single value of the bot's own: the sync token, the last start, what was said once."""

    __tablename__ = "facts"
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class Handled(Base):
    """An event that was carried out, refused or failed, once."""

    __tablename__ = "handled_events"
    __table_args__ = (Index(None, "sender", "origin_at"), Index(None, "handled_at"))
    event_id: Mapped[str] = mapped_column(primary_key=True)
    room_id: Mapped[str]
    sender: Mapped[str]
    origin_at: Mapped[datetime]  # the homeserver's time of the event
    handled_at: Mapped[datetime]
    outcome: Mapped[
        str
    ]  # done, refused, failed, too_fast, silent, edit, tap, comment, asked, edited_before, gone, waiting
    command: Mapped[str | None]
    counts: Mapped[bool]  # towards the commands a minute
    reply_id: Mapped[int | None]  # the outbox row of the one reply
    error: Mapped[str | None]  # the id in the log, of an internal error


class Talk(Base):
    """That somebody said something that is no command, so that it can be edited into one; nothing of what it was."""

    __tablename__ = "talk"
    __table_args__ = (Index(None, "said_at"),)
    fingerprint: Mapped[str] = mapped_column(primary_key=True)  # of event, room and person
    thread: Mapped[str | None]
    said_at: Mapped[datetime]  # by the bot's clock


TALK: Final = ("comment", "asked")  # outcomes of what is no command, and may become one
HANDLED = Rows(Handled, select(Handled).where(Handled.event_id == bindparam("event_id")))
_COUNT_SINCE = Prepared(
    select(func.count(), func.max(Handled.origin_at).filter(Handled.outcome == "too_fast")).where(
        Handled.sender == bindparam("sender"),
        Handled.origin_at > bindparam("since"),
        Handled.counts.is_(True),
    )
)
_ADD = Upsert(Handled, "event_id", keep=True)
_FACT = Prepared(select(Fact.value).where(Fact.name == bindparam("name")))
_SET_FACT = Upsert(Fact, "name")
_EXISTS = Prepared(select(Handled.event_id).where(Handled.event_id == bindparam("event_id")))
_CARRIED_OUT = Prepared(
    select(Handled.event_id).where(Handled.event_id == bindparam("event_id"), is_none(Handled.outcome, TALK))
)
_ADD_TALK = Upsert(Talk, "fingerprint", keep=True)
_TALK = Rows(Talk, select(Talk).where(Talk.fingerprint == bindparam("fingerprint")))
_SETTLE = Prepared(
    update(Handled)
    .where(Handled.event_id == bindparam("id_"))
    .values(
        outcome=bindparam("outcome"),
        command=bindparam("command"),
        reply_id=bindparam("reply_id"),
        error=bindparam("error"),
    )
)


def fact(tx: Tx, name: str) -> str | None:
    value: str | None = _FACT.run(tx, {"name": name}).scalar()
    return value


def set_fact(tx: Tx, name: str, value: str) -> None:
    execute_upsert(tx, _SET_FACT, name=name, value=value)


def say_once(tx: Tx, name: str) -> bool:
    """True the first time it is asked for `name`, and never again."""
    if fact(tx, name) is not None:
        return False
    set_fact(tx, name, "said")
    return True


def unsay(tx: Tx, name: str) -> None:
    """A message that is said once may be said again."""
    if fact(tx, name) is not None:
        tx.execute(delete(Fact).where(Fact.name == name))


def gone(user_id: str) -> str:
    """The fact that coordinators know that this member sits in no room any more."""
    return f"gone {user_id}"


def is_gone(tx: Tx, user_id: str) -> bool:
    """Has the person left all rooms, or was put out of the space? Nobody is there to be told anything."""
    return fact(tx, gone(user_id)) is not None


def belong_to(tx: Tx, user_id: str) -> None:
    """The store is this account's from now on. Raises: WrongStoreError, where it is another's."""
    if not require_account(tx, user_id):
        set_fact(tx, "account", user_id)


def device(tx: Tx) -> str | None:
    """The device as which the bot logs in: the homeserver knows what it has sent by it, and by the transaction ids."""
    return fact(tx, "device")


def set_device(tx: Tx, device_id: str, *, at: datetime) -> None:
    """The bot is this device from now on."""
    set_fact(tx, "device", device_id)
    set_fact(tx, "device since", at.isoformat())


def device_since(tx: Tx) -> datetime | None:
    """The time since when the bot is the device that it is: what was to be sent before, another one may have sent."""
    found = fact(tx, "device since")
    return datetime.fromisoformat(found) if found is not None else None


def require_account(tx: Tx, user_id: str) -> bool:
    """True if the store is this account's, False if it is nobody's yet. Raises: WrongStoreError."""
    found = fact(tx, "account")
    if found not in (None, user_id):
        raise WrongStoreError(
            f"user_id: the store is that of {found}, and user_id says {user_id}: set it back, or name another database"
        )
    return found is not None


def is_handled(tx: Tx, event_id: str) -> bool:
    return _EXISTS.run(tx, {"event_id": event_id}).first() is not None


def is_carried_out(tx: Tx, event_id: str) -> bool:
    """It was handled as a command, and not only counted as a comment, say."""
    return _CARRIED_OUT.run(tx, {"event_id": event_id}).first() is not None


def add_talk(tx: Tx, *, event_id: str, room_id: str, sender: str, thread: str | None, at: datetime) -> None:
    execute_upsert(
        tx, _ADD_TALK, fingerprint=_fingerprint(event_id, room_id, sender), thread=thread, said_at=at
    )


def find_talk(tx: Tx, *, event_id: str, room_id: str, sender: str) -> Talk | None:
    """That this person has said something there which was no command."""
    return _TALK.first(tx, fingerprint=_fingerprint(event_id, room_id, sender))


def clean_talk(tx: Tx, *, before: datetime) -> None:
    tx.execute(delete(Talk).where(Talk.said_at < before))


def _fingerprint(*parts: str) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]


def find_handled(tx: Tx, event_id: str) -> Handled | None:
    return HANDLED.first(tx, event_id=event_id)


def add_handled(
    tx: Tx,
    *,
    event_id: str,
    room_id: str,
    sender: str,
    origin_at: datetime,
    at: datetime,
    outcome: str,
    command: str | None = None,
    counts: bool = False,
    reply_id: int | None = None,
    error: str | None = None,
) -> bool:
    """Record the event as handled; False if it already was."""
    return execute_upsert(
        tx,
        _ADD,
        event_id=event_id,
        room_id=room_id,
        sender=sender,
        origin_at=origin_at,
        handled_at=at,
        outcome=outcome,
        command=command,
        counts=counts,
        reply_id=reply_id,
        error=error,
    )


def settle(
    tx: Tx,
    event_id: str,
    *,
    outcome: str,
    command: str | None = None,
    reply_id: int | None = None,
    error: str | None = None,
) -> None:
    """Say how the handling of an event recorded before has ended."""
    values = {"id_": event_id, "outcome": outcome, "command": command, "reply_id": reply_id, "error": error}
    _SETTLE.run(tx, values)


def count_since(tx: Tx, *, sender: str, since: datetime) -> tuple[int, datetime | None]:
    """The number of commands of the sender counted since then, and when `too_fast` was last said since then."""
    row = _COUNT_SINCE.run(tx, {"sender": sender, "since": since}).one()
    return row[0], row[1]


def count_failed(tx: Tx, *, since: datetime) -> int:
    query = select(func.count()).where(Handled.outcome == "failed", Handled.handled_at > since)
    return tx.execute(query).scalar_one()


def clean(tx: Tx, *, before: datetime) -> int:
    """Forget the events handled before then. Safe once the sync token has passed them."""
    return tx.execute(delete(Handled).where(Handled.handled_at < before)).rowcount
