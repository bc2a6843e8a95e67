"""Keys of rooms: those that others' messages are opened with, those that ours are sealed with, and who has them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Index, bindparam, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import DEVICE, Base, Tx
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert


class InboundSession(Base):
    """A session that opens the messages of somebody's device in a room."""

    __tablename__ = "inbound_sessions"
    room_id: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(primary_key=True)
    sender: Mapped[str]
    curve_key: Mapped[str]  # of the device that has sent it
    signing_key: Mapped[str]
    pickle: Mapped[str]
    first_index: Mapped[int]
    shared_history: Mapped[bool]
    forwarded: Mapped[bool]
    received_at: Mapped[datetime] = mapped_column(index=True)


class OutboundSession(Base):
    """The session that seals the bot's messages in a room now."""

    __tablename__ = "outbound_sessions"
    __table_args__ = DEVICE
    room_id: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[str]
    pickle: Mapped[str]
    messages: Mapped[int]
    shared_history: Mapped[bool]
    made_at: Mapped[datetime]


class KeyShare(Base):
    """A device has the key of this session, from this message on; -1: it was told that it gets none."""

    __tablename__ = "key_shares"
    __table_args__ = DEVICE
    session_id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)
    device_id: Mapped[str] = mapped_column(primary_key=True)
    curve_key: Mapped[str]
    from_index: Mapped[int]


class MessageIndex(Base):
    """The event that a session's nth message was: another one with the same is a replay."""

    __tablename__ = "message_indices"
    session_id: Mapped[str] = mapped_column(primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[str]
    opened_at: Mapped[datetime] = mapped_column(index=True)


class KeyWithheld(Base):
    """Somebody's device has said that it gives the key of this session to nobody like the bot's."""

    __tablename__ = "keys_withheld"
    room_id: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(primary_key=True)
    sender: Mapped[str]
    code: Mapped[str]
    told_at: Mapped[datetime] = mapped_column(index=True)


class Unreadable(Base):
    """An event whose key has not come yet."""

    __tablename__ = "unreadable"
    __table_args__ = (Index(None, "room_id", "session_id"), Index(None, "came_at"))
    event_id: Mapped[str] = mapped_column(primary_key=True)
    room_id: Mapped[str]
    session_id: Mapped[str]
    sender: Mapped[str]
    event: Mapped[dict[str, Any]]
    came_at: Mapped[datetime]
    told: Mapped[bool]  # its sender was told that it can't be read, or was told so lately


_IN = Rows(
    InboundSession,
    select(InboundSession).where(
        InboundSession.room_id == bindparam("room_id"), InboundSession.session_id == bindparam("session_id")
    ),
)
_PUT_IN = Upsert(InboundSession, "room_id", "session_id")
_OUT = Rows(OutboundSession, select(OutboundSession).where(OutboundSession.room_id == bindparam("room_id")))
_PUT_OUT = Upsert(OutboundSession, "room_id")
_MOVED = Prepared(
    update(OutboundSession)
    .where(OutboundSession.room_id == bindparam("where"))
    .values(pickle=bindparam("moved"), messages=OutboundSession.messages + 1)
)
_SHARES = Rows(KeyShare, select(KeyShare).where(KeyShare.session_id == bindparam("session_id")))
_PUT_SHARE = Upsert(KeyShare, "session_id", "user_id", "device_id")
_FORGET_SHARES = Prepared(delete(KeyShare).where(KeyShare.session_id == bindparam("session")))
_PUT_INDEX = Upsert(MessageIndex, "session_id", "index", keep=True)
_INDEX = Rows(
    MessageIndex,
    select(MessageIndex).where(
        MessageIndex.session_id == bindparam("session_id"), MessageIndex.index == bindparam("index")
    ),
)
_PUT_WITHHELD = Upsert(KeyWithheld, "room_id", "session_id")
_WITHHELD = Rows(
    KeyWithheld,
    select(KeyWithheld).where(
        KeyWithheld.room_id == bindparam("room_id"), KeyWithheld.session_id == bindparam("session_id")
    ),
)
_PUT_UNREADABLE = Upsert(Unreadable, "event_id", keep=True)
_OF_SESSION = Rows(
    Unreadable,
    select(Unreadable)
    .where(Unreadable.room_id == bindparam("room_id"), Unreadable.session_id == bindparam("session_id"))
    .order_by(Unreadable.came_at, Unreadable.event_id),
)
_WAITING = Prepared(select(Unreadable.room_id, Unreadable.session_id).distinct())
_READ = Prepared(delete(Unreadable).where(Unreadable.event_id == bindparam("event")))
_UNTOLD = Rows(
    Unreadable,
    select(Unreadable)
    .where(~Unreadable.told, Unreadable.came_at <= bindparam("before"))
    .order_by(Unreadable.came_at, Unreadable.event_id),
)
_TOLD = Prepared(
    update(Unreadable).where(~Unreadable.told, Unreadable.came_at <= bindparam("until")).values(told=True)
)
_COUNT = Prepared(
    select(func.count()).select_from(Unreadable).where(Unreadable.came_at >= bindparam("since"))
)


def inbound(tx: Tx, room_id: str, session_id: str) -> InboundSession | None:
    return _IN.first(tx, room_id=room_id, session_id=session_id)


def put_inbound(tx: Tx, **values: Any) -> None:
    execute_upsert(tx, _PUT_IN, **values)


def outbound(tx: Tx, room_id: str) -> OutboundSession | None:
    return _OUT.first(tx, room_id=room_id)


def put_outbound(tx: Tx, **values: Any) -> None:
    """The room's messages are sealed with this session from now on; who had the former one is forgotten."""
    former = outbound(tx, values["room_id"])
    if former is not None:
        _FORGET_SHARES.run(tx, {"session": former.session_id})
    execute_upsert(tx, _PUT_OUT, **values)


def mark_moved(tx: Tx, room_id: str, *, pickle: str) -> None:
    """One message more was sealed."""
    _MOVED.run(tx, {"where": room_id, "moved": pickle})


def shares(tx: Tx, session_id: str) -> list[KeyShare]:
    return _SHARES.all(tx, session_id=session_id)


def put_shares(tx: Tx, shared: Sequence[dict[str, object]]) -> None:
    """These devices have the key of a session now: the values of rows."""
    if shared:
        _PUT_SHARE.statement(tx.dialect.name).run(tx, shared)


def is_replay(tx: Tx, *, session_id: str, index: int, event_id: str, at: datetime) -> bool:
    """Was this message of the session another event? It is noted as this one if it is the first."""
    if execute_upsert(tx, _PUT_INDEX, session_id=session_id, index=index, event_id=event_id, opened_at=at):
        return False
    known = _INDEX.first(tx, session_id=session_id, index=index)
    return known is not None and known.event_id != event_id


def put_withheld(tx: Tx, *, room_id: str, session_id: str, sender: str, code: str, at: datetime) -> None:
    execute_upsert(
        tx, _PUT_WITHHELD, room_id=room_id, session_id=session_id, sender=sender, code=code, told_at=at
    )


def withheld(tx: Tx, room_id: str, session_id: str) -> KeyWithheld | None:
    return _WITHHELD.first(tx, room_id=room_id, session_id=session_id)


def is_open(tx: Tx, sender: str, room_id: str) -> bool:
    """Do the person's devices give the keys of their messages in this room?"""
    given = select(InboundSession.session_id).where(
        InboundSession.room_id == room_id, InboundSession.sender == sender
    )
    kept_back = select(KeyWithheld.session_id).where(
        KeyWithheld.room_id == room_id, KeyWithheld.sender == sender
    )
    return tx.execute(given.limit(1)).first() is not None and tx.execute(kept_back.limit(1)).first() is None


def keep_unreadable(
    tx: Tx, *, event_id: str, room_id: str, session_id: str, sender: str, event: dict[str, Any], at: datetime
) -> bool:
    """The event waits for its key; False if it did already."""
    return execute_upsert(
        tx,
        _PUT_UNREADABLE,
        event_id=event_id,
        room_id=room_id,
        session_id=session_id,
        sender=sender,
        event=event,
        came_at=at,
        told=False,
    )


def unreadable(tx: Tx, room_id: str, session_id: str) -> list[Unreadable]:
    """The messages that wait for the key of this session, in the order in which it came."""
    return _OF_SESSION.all(tx, room_id=room_id, session_id=session_id)


def waiting(tx: Tx) -> list[tuple[str, str]]:
    """Rooms and sessions of which something waits for its key."""
    return [(row.room_id, row.session_id) for row in _WAITING.run(tx)]


def take_untold(tx: Tx, *, before: datetime) -> list[Unreadable]:
    """The messages that have waited in vain since then or longer and were not looked at; now they are."""
    found = _UNTOLD.all(tx, before=before)
    if found:
        _TOLD.run(tx, {"until": before})
    return found


def mark_read(tx: Tx, event_id: str) -> None:
    _READ.run(tx, {"event": event_id})


def count_unreadable(tx: Tx, *, since: datetime) -> int:
    count: int = _COUNT.run(tx, {"since": since}).scalar_one()
    return count


def forget_outbound(tx: Tx) -> None:
    """All rooms get another key with the next message."""
    for table in (OutboundSession, KeyShare):
        tx.execute(delete(table))


def forget(tx: Tx) -> None:
    """No message is opened or sealed with what was known until now."""
    forget_outbound(tx)
    for table in (InboundSession, MessageIndex, KeyWithheld):
        tx.execute(delete(table))


def clean(tx: Tx, *, before: datetime) -> None:
    """Rows older than anything that may still be given again are forgotten.

    A session still in use stays, however old, with all it has said: else that could be said once more.
    """
    used = select(MessageIndex.session_id).where(MessageIndex.opened_at >= before)
    tx.execute(
        delete(InboundSession).where(
            InboundSession.received_at < before, InboundSession.session_id.not_in(used)
        )
    )
    kept = select(InboundSession.session_id)
    tx.execute(
        delete(MessageIndex).where(MessageIndex.opened_at < before, MessageIndex.session_id.not_in(kept))
    )
    tx.execute(delete(KeyWithheld).where(KeyWithheld.told_at < before))
    tx.execute(delete(Unreadable).where(Unreadable.came_at < before))


def erase(tx: Tx, user_id: str) -> None:
    """Nothing is left of a person's messages, nor of what opens them.

    Nor are the bot's sealed any more with a key that the person has: who had it is forgotten, so it must be another.
    """
    theirs = select(InboundSession.session_id).where(InboundSession.sender == user_id)
    tx.execute(delete(MessageIndex).where(MessageIndex.session_id.in_(theirs)))
    for table in (InboundSession, KeyWithheld, Unreadable):
        tx.execute(delete(table).where(table.sender == user_id))
    shared = (
        tx.execute(select(KeyShare.session_id).where(KeyShare.user_id == user_id).distinct()).scalars().all()
    )
    for session_id in shared:
        tx.execute(delete(OutboundSession).where(OutboundSession.session_id == session_id))
        tx.execute(delete(KeyShare).where(KeyShare.session_id == session_id))
