"""What is still to be done outside: messages, edits, reactions, invitations, rooms, files.

A row is written in the transaction that decided it and carried out after the commit, by `bot/matrix/sender.py`. Its
`txn` is its own for ever, so that the homeserver recognises a repetition.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Index,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    text,
    type_coerce,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows, in_parts, is_any

# What goes first where the homeserver allows only so much.
REPLY, CARD, BROADCAST, EDIT, SEED = range(5)
NAMING = ("invite", "kick", "create", "power")  # say whom, and are not read again
POLL, POLL_END = "poll", "poll_end"
SAID = ("message", "file", POLL, POLL_END)  # messages, as people see them
_PENDING = text("state = 'pending'")
_A_SEED = text("priority = 4")
LEFT_OUT = "left out while limited"  # the error of a seed that was not put on, or not taken off
SUPERSEDED = "a newer edit says it"  # the error of one that waited beside it
NO_LOSS = (LEFT_OUT, SUPERSEDED)
_A_PERSON = text("room LIKE '@%'")


class Outgoing(Base):
    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_pending", "id", sqlite_where=_PENDING, postgresql_where=_PENDING),
        Index("ix_outbox_seeds", "waits_for", sqlite_where=_A_SEED, postgresql_where=_A_SEED),
        Index(None, "event_id"),
        Index(None, "done_at"),
        Index(None, "room"),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    txn: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[
        str
    ]  # message, poll, poll_end, edit, reaction, redaction, file, invite, kick, join, leave, create, state, power, pin
    room: Mapped[str]  # a room id, or a Matrix id: that person's direct chat
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    priority: Mapped[int]
    waits_for: Mapped[int | None]  # the row whose event id this one needs
    created_at: Mapped[datetime]
    state: Mapped[str]  # pending, sent, dropped
    tried_at: Mapped[datetime | None]  # set before the first try of what the homeserver can't recognise
    done_at: Mapped[datetime | None]
    event_id: Mapped[str | None]
    error: Mapped[str | None]
    fleeting: Mapped[
        bool
    ]  # nobody reads it again, as it names somebody or a newer one says it: empty once it is done


@dataclass
class Errand:
    """An outbox row as the sender holds it in memory."""

    id: int
    txn: str
    kind: str
    room: str
    content: dict[str, Any]
    priority: int
    waits_for: int | None
    created_at: datetime
    tried_at: datetime | None = None


@dataclass(frozen=True)
class Done:
    """The end of an errand: with an event (or room) id, with nothing to show, or dropped with an error."""

    id: int
    event_id: str | None
    error: str | None = None


_ADD = Prepared(insert(Outgoing).returning(Outgoing.id))
_ADD_MANY = Prepared(insert(Outgoing).inline())
_NEWEST = Prepared(select(func.coalesce(func.max(Outgoing.id), 0)))
_ADDED = Prepared(select(Outgoing.id, Outgoing.txn).where(Outgoing.id > bindparam("after")))
_PENDING_ROWS = Rows(
    Outgoing, select(Outgoing).where(_PENDING, Outgoing.id > bindparam("after")).order_by(Outgoing.id)
)
_INVITATIONS = Prepared(
    select(Outgoing.content).where(_PENDING, Outgoing.kind == "invite", Outgoing.room == bindparam("to"))
)
_LATELY = Prepared(
    select(Outgoing.content, Outgoing.created_at)
    .where(Outgoing.room == bindparam("to"), is_any(Outgoing.kind, SAID))
    .order_by(Outgoing.id.desc())
    .limit(bindparam("most"))
)
_ROW = Rows(Outgoing, select(Outgoing).where(Outgoing.id == bindparam("id")))
_BY_TXN = Prepared(select(Outgoing.id).where(Outgoing.txn == bindparam("txn")))
_ROW_BY_TXN = Rows(Outgoing, select(Outgoing).where(Outgoing.txn == bindparam("txn")))
_BY_EVENT = Prepared(select(Outgoing.id).where(Outgoing.event_id == bindparam("event_id")))
_SEEDS = Rows(
    Outgoing,
    select(Outgoing).where(_A_SEED, Outgoing.waits_for == bindparam("row")).order_by(Outgoing.id),
)
_EVENT_OF = Prepared(select(Outgoing.event_id).where(Outgoing.id == bindparam("id")))
_DONE = Prepared(
    update(Outgoing)
    .where(Outgoing.id == bindparam("row"), _PENDING)
    .values(
        state=bindparam("state"),
        done_at=bindparam("done_at"),
        event_id=bindparam("event"),
        error=bindparam("error"),
        room=case((and_(Outgoing.fleeting, _A_PERSON), ""), else_=Outgoing.room),
        content=case((Outgoing.fleeting, type_coerce({}, JSON)), else_=Outgoing.content),
    )
)


_SUPERSEDE = Prepared(
    update(Outgoing)
    .where(Outgoing.id == bindparam("row"))
    .values(content=case((_PENDING, Outgoing.content), else_=type_coerce({}, JSON)), fleeting=True)
)


def list_invited(tx: Tx, room_id: str) -> list[str]:
    """The people who are to be invited into the room, and are not yet."""
    return [row.content["user_id"] for row in _INVITATIONS.run(tx, {"to": room_id})]


def add(
    tx: Tx,
    *,
    txn: str,
    kind: str,
    room: str,
    content: dict[str, Any],
    at: datetime,
    priority: int = REPLY,
    waits_for: int | None = None,
    fleeting: bool = False,
) -> Errand:
    errand = Errand(0, txn, kind, room, content, priority, waits_for, at)
    return replace(errand, id=_ADD.run(tx, _values(errand, fleeting=fleeting)).scalar_one())


def add_many(tx: Tx, errands: list[Errand]) -> list[Errand]:
    """Write all of them at a tenth of the price, and give each its id."""
    if not errands:
        return []
    newest = _NEWEST.run(tx).scalar_one()
    _ADD_MANY.run(tx, [_values(errand) for errand in errands])
    ids = {txn: number for number, txn in _ADDED.run(tx, {"after": newest})}
    for errand in errands:
        errand.id = ids[errand.txn]
    return errands


def _values(errand: Errand, *, fleeting: bool = False) -> dict[str, Any]:
    return {
        "txn": errand.txn,
        "kind": errand.kind,
        "room": errand.room,
        "content": errand.content,
        "priority": errand.priority,
        "waits_for": errand.waits_for,
        "created_at": errand.created_at,
        "state": "pending",
        "fleeting": fleeting or errand.kind in NAMING,
    }


def count_unasked(tx: Tx, room: str, *, since: datetime, most: int) -> int:
    """How many of the room's last `2 * most` messages are newer than that and reply to nobody?"""
    newest = _LATELY.run(tx, {"to": room, "most": 2 * most}).all()
    return sum(row[1] > since and "m.in_reply_to" not in row[0].get("m.relates_to", {}) for row in newest)


def list_pending(tx: Tx, *, after: int = 0) -> list[Errand]:
    """All that is still to be done, in the order it was decided."""
    return [
        Errand(r.id, r.txn, r.kind, r.room, r.content, r.priority, r.waits_for, r.created_at, r.tried_at)
        for r in _PENDING_ROWS.all(tx, after=after)
    ]


def mark_done(tx: Tx, done: Iterable[Done], *, at: datetime) -> None:
    """Record the ends of errands; one already recorded stays as it is."""
    rows = [
        {
            "row": d.id,
            "state": "dropped" if d.error else "sent",
            "done_at": at,
            "event": d.event_id,
            "error": d.error,
        }
        for d in done
    ]
    if rows:
        _DONE.run(tx, rows)


def mark_tried(tx: Tx, errand_id: int, *, at: datetime) -> None:
    tx.execute(update(Outgoing).where(Outgoing.id == errand_id).values(tried_at=at))


def find_by_txn(tx: Tx, txn: str) -> int | None:
    row: int | None = _BY_TXN.run(tx, {"txn": txn}).scalar()
    return row


def find_by_event(tx: Tx, event_id: str) -> int | None:
    """The row that became this event."""
    row: int | None = _BY_EVENT.run(tx, {"event_id": event_id}).scalar()
    return row


def event_of(tx: Tx, errand_id: int) -> str | None:
    event: str | None = _EVENT_OF.run(tx, {"id": errand_id}).scalar()
    return event


def get(tx: Tx, errand_id: int) -> Outgoing | None:
    return _ROW.first(tx, id=errand_id)


def get_by_txn(tx: Tx, txn: str) -> Outgoing | None:
    return _ROW_BY_TXN.first(tx, txn=txn)


def list_seeds(tx: Tx, row: int) -> list[Outgoing]:
    """The reactions of the bot put on this row's message, and taken off it, in order."""
    return _SEEDS.all(tx, row=row)


def why(error: str) -> str:
    """The kind of reason for which an errand was given up, as its `error` says: Matrix's own name, or our words."""
    found = re.match(r"[0-9]+ (M_[A-Z_]+)", error)
    return found[1] if found else error.partition(":")[0]


def count_pending(tx: Tx) -> int:
    return tx.execute(select(func.count()).select_from(Outgoing).where(_PENDING)).scalar_one()


def empty(tx: Tx, rows: Collection[int]) -> None:
    """The texts of these rows are forgotten: now, or once it is done."""
    for part in in_parts(list(rows)):
        these = update(Outgoing).where(Outgoing.id.in_(part))
        done = these.where(Outgoing.state != "pending")
        tx.execute(done.values(content={}, room=case((_A_PERSON, ""), else_=Outgoing.room)))
        tx.execute(these.where(_PENDING).values(fleeting=True))


def supersede(tx: Tx, row: int) -> None:
    """A newer edit says it: what this one says is kept until it is done at most."""
    _SUPERSEDE.run(tx, {"row": row})


def clean(tx: Tx, *, before: datetime) -> int:
    """Forget what was done before then."""
    return tx.execute(delete(Outgoing).where(Outgoing.done_at < before)).rowcount
