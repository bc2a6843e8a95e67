"""What the bot has asked somebody and waits to hear: questions, choices, and a preview to be confirmed.

At most one is open for each person and place; it is closed when a newer one takes its place. What a conversation has
ended with is kept as long as its last answer may be edited.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, bindparam, delete, insert, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows

_OPEN = text("last IS NULL")


class Dialogue(Base):
    __tablename__ = "dialogues"
    __table_args__ = (
        Index(
            "ix_dialogues_open",
            "user_id",
            "room_id",
            "thread",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index(None, "last"),
        Index(None, "said_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str]
    room_id: Mapped[str]
    thread: Mapped[str]  # empty: none
    kind: Mapped[str]  # question, choice, preview
    command: Mapped[str]  # its canonical name; empty for a choice, `menu` for a menu, which stays open
    named: Mapped[str]  # what it was called by who typed it
    given: Mapped[list[Any]] = mapped_column(JSON)  # field, text and event of each answer, in the order given
    field: Mapped[str]  # that is asked for
    options: Mapped[list[Any]] = mapped_column(JSON)  # key, value, label, and the line that one runs
    said_at: Mapped[datetime]  # the homeserver's time of what it is said to
    reply_id: Mapped[int]  # the outbox row of the bot's message
    last: Mapped[str | None]  # the event of the answer that it has ended with


_OPEN_ONE = Rows(
    Dialogue,
    select(Dialogue).where(
        Dialogue.user_id == bindparam("user_id"),
        Dialogue.room_id == bindparam("room_id"),
        Dialogue.thread == bindparam("thread"),
        _OPEN,
    ),
)
_IS_ASKED = Prepared(
    select(Dialogue.id)
    .where(Dialogue.user_id == bindparam("user_id"), Dialogue.kind != "choice", _OPEN)
    .limit(1)
)
_ENDED_WITH = Rows(Dialogue, select(Dialogue).where(Dialogue.last == bindparam("event")))
_BY_REPLY = Rows(Dialogue, select(Dialogue).where(Dialogue.reply_id == bindparam("reply"), _OPEN))
_ADD = Prepared(insert(Dialogue))
_ADD_ENDED = Prepared(insert(Dialogue).values(last=bindparam("last")))
_CLOSE = Prepared(
    delete(Dialogue).where(
        Dialogue.user_id == bindparam("user"),
        Dialogue.room_id == bindparam("room"),
        Dialogue.thread == bindparam("in_thread"),
        _OPEN,
    )
)
_END = Prepared(
    update(Dialogue)
    .where(Dialogue.id == bindparam("number"))
    .values(given=bindparam("answers"), last=bindparam("event"))
)


def find_open(tx: Tx, *, user_id: str, room_id: str, thread: str) -> Dialogue | None:
    """What the person was asked there and has not answered."""
    return _OPEN_ONE.first(tx, user_id=user_id, room_id=room_id, thread=thread)


def is_asked(tx: Tx, user_id: str) -> bool:
    """Does the person owe an answer to a question, wherever that was asked?"""
    return _IS_ASKED.run(tx, {"user_id": user_id}).first() is not None


def find_ended_with(tx: Tx, event: str) -> Dialogue | None:
    """The conversation of which this was the last answer."""
    return _ENDED_WITH.first(tx, event=event)


def find_asked_by(tx: Tx, reply: int) -> Dialogue | None:
    """What this row's message asks, if it is still open."""
    return _BY_REPLY.first(tx, reply=reply)


def ask(
    tx: Tx,
    *,
    user_id: str,
    room_id: str,
    thread: str,
    kind: str,
    command: str,
    named: str,
    given: list[Any],
    field: str,
    options: list[Any],
    said_at: datetime,
    reply_id: int,
) -> None:
    """This is open for the person there, and nothing else."""
    close(tx, user_id=user_id, room_id=room_id, thread=thread)
    row = {
        "user_id": user_id,
        "room_id": room_id,
        "thread": thread,
        "kind": kind,
        "command": command,
        "named": named,
        "given": given,
        "field": field,
        "options": options,
        "said_at": said_at,
        "reply_id": reply_id,
    }
    _ADD.run(tx, row)


def add_ended(
    tx: Tx,
    *,
    user_id: str,
    room_id: str,
    command: str,
    given: list[Any],
    field: str,
    said_at: datetime,
    reply_id: int,
    event: str,
) -> None:
    """The command was carried out with these answers, of which nobody was asked; this event was the last of them."""
    row = {
        "user_id": user_id,
        "room_id": room_id,
        "thread": "",
        "kind": "question",
        "command": command,
        "named": "",
        "given": given,
        "field": field,
        "options": [],
        "said_at": said_at,
        "reply_id": reply_id,
        "last": event,
    }
    _ADD_ENDED.run(tx, row)


def close(tx: Tx, *, user_id: str, room_id: str, thread: str) -> None:
    """Nothing is open for the person there."""
    _CLOSE.run(tx, {"user": user_id, "room": room_id, "in_thread": thread})


def end(tx: Tx, number: int, *, given: list[Any], event: str) -> None:
    """The command is carried out, with these answers, of which the last one is this event."""
    _END.run(tx, {"number": number, "answers": given, "event": event})


def reword(tx: Tx, number: int, given: list[Any]) -> None:
    """These are the answers from now on."""
    tx.execute(update(Dialogue).where(Dialogue.id == number).values(given=given))


def list_of(tx: Tx, user_id: str) -> list[Dialogue]:
    return Rows(Dialogue, select(Dialogue).where(Dialogue.user_id == user_id).order_by(Dialogue.id)).all(tx)


def erase(tx: Tx, user_id: str) -> None:
    tx.execute(delete(Dialogue).where(Dialogue.user_id == user_id))


def clean(tx: Tx, *, before: datetime) -> None:
    tx.execute(delete(Dialogue).where(Dialogue.said_at < before))
