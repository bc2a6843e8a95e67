"""What the bot's own tables hold about a person: events handled, messages sent, reactions, notices.

Rows that keep the bot from doing something twice stay, without the person in them.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update

from storage.audit import Entry
from storage.base import Tx
from storage.cards import Offer, Tap
from storage.inbox import Handled
from storage.notices import Notice
from storage.outbox import Outgoing
from storage.statements import Rows

ERASED = "erased"  # stands for a person in the audit log
_HANDLED = Rows(
    Handled, select(Handled).where(Handled.sender == bindparam("user_id")).order_by(Handled.origin_at)
)
_ASKED = Rows(
    Handled,
    select(Handled).where(
        Handled.sender == bindparam("user_id"),
        Handled.handled_at >= bindparam("since"),
        Handled.command == bindparam("command"),
        Handled.outcome == "done",
    ),
)
_TAPS = Rows(Tap, select(Tap).where(Tap.user_id == bindparam("user_id")))
_OFFERS = Rows(Offer, select(Offer).where(Offer.user_id == bindparam("user_id")))
_DECISIONS = Rows(Entry, select(Entry).where(Entry.ref == bindparam("user_id")).order_by(Entry.at, Entry.id))
_NOTICES = Rows(Notice, select(Notice).where(Notice.recipient == bindparam("user_id")).order_by(Notice.id))


def list_asked(tx: Tx, *, user_id: str, command: str, since: datetime) -> list[str]:
    """The events by which the person gave this command since then, and it was carried out."""
    return [row.event_id for row in _ASKED.all(tx, user_id=user_id, command=command, since=since)]


def list_handled(tx: Tx, user_id: str) -> list[Handled]:
    return _HANDLED.all(tx, user_id=user_id)


def list_taps(tx: Tx, user_id: str) -> list[Tap]:
    return _TAPS.all(tx, user_id=user_id)


def list_offers(tx: Tx, user_id: str) -> list[Offer]:
    return _OFFERS.all(tx, user_id=user_id)


def list_notices(tx: Tx, user_id: str) -> list[Notice]:
    return _NOTICES.all(tx, user_id=user_id)


def list_sent(tx: Tx, rooms: Collection[str]) -> list[Outgoing]:
    """What was written to these rooms and is still kept."""
    query = select(Outgoing).where(Outgoing.room.in_(rooms), Outgoing.kind.in_(("message", "file", "edit")))
    return Rows(Outgoing, query.order_by(Outgoing.id)).all(tx)


def list_decisions(tx: Tx, user_id: str) -> list[Entry]:
    return _DECISIONS.all(tx, user_id=user_id)


def forget_handled(tx: Tx, user_id: str) -> None:
    tx.execute(update(Handled).where(Handled.sender == user_id).values(sender=""))


def forget_taps(tx: Tx, user_id: str) -> None:
    tx.execute(delete(Tap).where(Tap.user_id == user_id))


def forget_offers(tx: Tx, user_id: str) -> None:
    tx.execute(delete(Offer).where(Offer.user_id == user_id))


def forget_notices(tx: Tx, user_id: str) -> None:
    tx.execute(delete(Notice).where(Notice.recipient == user_id))


def forget_sent(tx: Tx, rooms: Collection[str]) -> None:
    """What was sent to these rooms has no content any more; what is still to be sent stays."""
    empty: dict[str, Any] = {}
    query = update(Outgoing).where(Outgoing.room.in_(rooms), Outgoing.state != "pending")
    tx.execute(query.values(content=empty))


def forget_mentions(tx: Tx, user_id: str) -> None:
    """The audit log no longer says whom a change was about, nor what was typed with it."""
    tx.execute(update(Entry).where(Entry.ref == user_id).values(ref=ERASED, text=""))
    named = update(Entry).where(Entry.text.contains(user_id, autoescape=True))
    tx.execute(named.values(text=func.replace(Entry.text, user_id, "…")))
