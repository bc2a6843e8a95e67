"""The bot's cards, the reactions people put on them, and what else a reaction on one of its messages would do."""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, and_, bindparam, delete, func, or_, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert, in_parts
from storage.outbox import Outgoing

SAME = "same"  # the action of an offer that does what the one on the reply does
_DIRTY = text("dirty_at IS NOT NULL")
_WITHHELD = text("withheld")


class Card(Base):
    """The bot's message that shows a thing, and is edited when the thing changes."""

    __tablename__ = "cards"
    __table_args__ = (
        Index("ix_cards_dirty", "dirty_at", sqlite_where=_DIRTY, postgresql_where=_DIRTY),
        Index("ix_cards_withheld", "room_id", sqlite_where=_WITHHELD, postgresql_where=_WITHHELD),
        Index(None, "event_id"),
        Index(None, "kind", "outbox_id"),
    )
    kind: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(primary_key=True)
    room_id: Mapped[str]
    outbox_id: Mapped[int] = mapped_column(unique=True)  # negative: what that row became shows it no more
    event_id: Mapped[str | None]
    dirty_at: Mapped[datetime | None]
    version: Mapped[int]  # of the edits sent
    comments: Mapped[int]  # in its thread, by people
    withheld: Mapped[bool]  # it says less than it could, as somebody sits in the room who is no member
    tapped: Mapped[str]  # the signs that people had on it when it was last looked at, with blanks between


class Tap(Base):
    """A reaction on a card or another message about a thing, kept because a removed reaction has no content left."""

    __tablename__ = "taps"
    __table_args__ = (Index(None, "kind", "number", "user_id"), Index(None, "user_id"))
    event_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    number: Mapped[str]
    user_id: Mapped[str]
    key: Mapped[str]
    room_id: Mapped[str | None]  # of another message about the thing; None: it is on the card


class Offer(Base):
    """A command that a reaction on a message of the bot would carry out: ✅ submits all the same, ↩️ takes back."""

    __tablename__ = "offers"
    __table_args__ = (
        Index(None, "expires_at"),
        Index(None, "cause"),
        Index(None, "user_id", "key", "made_at"),
    )
    outbox_id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    cause: Mapped[str]  # the command's event
    user_id: Mapped[str | None]  # the only one who may take it; without: whoever has the role
    role: Mapped[int]
    action: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    rights: Mapped[list[Any] | None] = mapped_column(
        JSON
    )  # that its command asked for, to be asked for again
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]


CARD = Rows(Card, select(Card).where(Card.kind == bindparam("kind"), Card.number == bindparam("number")))
_BY_EVENT = Rows(Card, select(Card).where(Card.event_id == bindparam("event_id")))
_BY_OUTBOX = Rows(Card, select(Card).where(Card.outbox_id == bindparam("outbox_id")))
_DIRTY_CARDS = Rows(
    Card, select(Card).where(_DIRTY, Card.event_id.is_not(None)).order_by(Card.dirty_at).limit(200)
)
_NEWEST = Rows(
    Card,
    select(Card)
    .where(Card.kind == bindparam("kind"), Card.event_id.is_not(None))
    .order_by(Card.outbox_id.desc())
    .limit(bindparam("limit")),
)
_MISSING = Rows(
    Card,
    select(Card)
    .where(
        Card.room_id == bindparam("room_id"),
        Card.event_id.is_(None),
        or_(
            Card.outbox_id < 0,
            ~select(Outgoing.id).where(Outgoing.id == Card.outbox_id, Outgoing.state == "pending").exists(),
        ),
    )
    .order_by(func.abs(Card.outbox_id).desc())
    .limit(500),
)
_TAP = Rows(Tap, select(Tap).where(Tap.event_id == bindparam("event_id")))
_TAPS = Rows(Tap, select(Tap).where(Tap.kind == bindparam("kind"), Tap.number == bindparam("number")))
_TAPPED = Prepared(
    select(Tap.key)
    .where(Tap.kind == bindparam("k"), Tap.number == bindparam("n"), Tap.room_id.is_(None))
    .distinct()
)
_SET_TAPPED = Prepared(
    update(Card)
    .where(Card.kind == bindparam("k"), Card.number == bindparam("n"))
    .values(tapped=bindparam("keys"))
)
_OFFER = Rows(
    Offer, select(Offer).where(Offer.outbox_id == bindparam("outbox_id"), Offer.key == bindparam("key"))
)
_OFFER_OF = Rows(
    Offer,
    select(Offer)
    .where(Offer.cause == bindparam("cause"), Offer.key == bindparam("key"), Offer.action != SAME)
    .order_by(Offer.outbox_id),
)
_SET_CARD = Upsert(Card, "kind", "number")
_ADD_TAP = Upsert(Tap, "event_id", keep=True)
_REMOVE_TAP = Prepared(delete(Tap).where(Tap.event_id == bindparam("event")))
_ADD_OFFER = Upsert(Offer, "outbox_id", "key")
_SENT = Prepared(
    update(Card)
    .where(Card.outbox_id == bindparam("row"), Card.event_id.is_(None))
    .values(event_id=bindparam("event"))
)
_MARK = Prepared(
    update(Card)
    .where(Card.kind == bindparam("k"), Card.number == bindparam("n"), Card.dirty_at.is_(None))
    .values(dirty_at=bindparam("at"))
)
_COMMENT = Prepared(
    update(Card)
    .where(Card.kind == bindparam("k"), Card.number == bindparam("n"))
    .values(comments=Card.comments + 1)
)
_MARK_WITHHELD = Prepared(
    update(Card)
    .where(Card.room_id == bindparam("room"), _WITHHELD, Card.dirty_at.is_(None))
    .values(dirty_at=bindparam("at"))
)
_MARK_NOT_EDITED = Prepared(
    update(Card)
    .where(
        Card.room_id == bindparam("room"),
        Card.dirty_at.is_(None),
        Card.outbox_id.in_(
            select(Outgoing.waits_for).where(
                Outgoing.room == bindparam("room"), Outgoing.kind == "edit", Outgoing.state == "dropped"
            )
        ),
    )
    .values(dirty_at=bindparam("at"))
)
_MARK_ALL_WITHHELD = Prepared(
    update(Card).where(_WITHHELD, Card.dirty_at.is_(None)).values(dirty_at=bindparam("at"))
)
_CLEAN = Prepared(
    update(Card)
    .where(Card.kind == bindparam("k"), Card.number == bindparam("n"))
    .values(dirty_at=None, version=Card.version + 1, withheld=bindparam("less"))
    .returning(Card.version)
)
_UNCHANGED = Prepared(
    update(Card).where(Card.kind == bindparam("k"), Card.number == bindparam("n")).values(dirty_at=None)
)
_OPEN_OFFERS = Rows(Offer, select(Offer).where(Offer.action == bindparam("action"), Offer.taken_at.is_(None)))
_OPEN_TO = Rows(
    Offer,
    select(Offer)
    .where(
        Offer.user_id == bindparam("user_id"),
        Offer.key == bindparam("key"),
        Offer.taken_at.is_(None),
        Offer.expires_at >= bindparam("at"),
    )
    .order_by(Offer.made_at.desc(), Offer.outbox_id.desc()),
)
_LATEST_ACT = Prepared(
    select(Offer.cause)
    .where(Offer.user_id == bindparam("user_id"), Offer.key == bindparam("key"))
    .order_by(Offer.made_at.desc(), Offer.outbox_id.desc())
    .limit(1)
)


def find(tx: Tx, kind: str, number: str) -> Card | None:
    return CARD.first(tx, kind=kind, number=number)


def find_by_event(tx: Tx, event_id: str) -> Card | None:
    return _BY_EVENT.first(tx, event_id=event_id)


def find_by_outbox(tx: Tx, outbox_id: int) -> Card | None:
    return _BY_OUTBOX.first(tx, outbox_id=outbox_id)


def place(tx: Tx, *, kind: str, number: str, room_id: str, outbox_id: int, withheld: bool = False) -> None:
    """This message shows the thing from now on."""
    execute_upsert(
        tx,
        _SET_CARD,
        kind=kind,
        number=number,
        room_id=room_id,
        outbox_id=outbox_id,
        event_id=None,
        dirty_at=None,
        version=0,
        comments=0,
        withheld=withheld,
        tapped="",
    )


def mark_sent(tx: Tx, sent: list[tuple[int, str]]) -> None:
    """The messages with these outbox ids have become these events."""
    if sent:
        _SENT.run(tx, [{"row": row, "event": event} for row, event in sent])


def mark_dirty(tx: Tx, kind: str, number: str, *, at: datetime) -> None:
    """The card is to be edited."""
    _MARK.run(tx, {"k": kind, "n": number, "at": at})


def mark_all_dirty(tx: Tx, things: Sequence[tuple[str, str]], *, at: datetime) -> None:
    """The cards of these, by kind and number, are to be edited."""
    if things:
        _MARK.run(tx, [{"k": kind, "n": number, "at": at} for kind, number in things])


def mark_withheld(tx: Tx, *, at: datetime, room_id: str | None = None) -> None:
    """Cards (in this room) that said less than they could are looked at again."""
    if room_id is not None:
        _MARK_WITHHELD.run(tx, {"room": room_id, "at": at})
    else:
        _MARK_ALL_WITHHELD.run(tx, {"at": at})


def mark_not_edited(tx: Tx, *, at: datetime, room_id: str) -> None:
    """Cards in this room of which an edit was given up are looked at again."""
    _MARK_NOT_EDITED.run(tx, {"room": room_id, "at": at})


def lose(tx: Tx, kind: str, number: str) -> None:
    """The message does not show the thing any more; reactions on it say nothing."""
    one = (Card.kind == kind, Card.number == number, Card.outbox_id > 0)
    tx.execute(update(Card).where(*one).values(event_id=None, dirty_at=None, outbox_id=-Card.outbox_id))
    _forget_taps(tx, kind, number)


def move(tx: Tx, old: str, new: str, *, but: Container[str]) -> None:
    """The cards of one room belong into another, where they are not yet; but for these kinds."""
    for kind, number in tx.execute(select(Card.kind, Card.number).where(Card.room_id == old)).all():
        if kind not in but:
            lose(tx, kind, number)
            tx.execute(update(Card).where(Card.kind == kind, Card.number == number).values(room_id=new))


def list_missing(tx: Tx, room_id: str) -> list[Card]:
    """The cards that belong in the room and are not there: moved, removed, or refused; the oldest first."""
    found = _MISSING.all(tx, room_id=room_id)
    return sorted(found, key=lambda card: abs(card.outbox_id))


def known(tx: Tx, kind: str, numbers: Sequence[str]) -> set[str]:
    """Those of these numbers that have, or had, a card."""
    query = select(Card.number).where(Card.kind == kind, Card.number.in_(numbers))
    return set(tx.execute(query).scalars())


def count_comment(tx: Tx, kind: str, number: str) -> None:
    _COMMENT.run(tx, {"k": kind, "n": number})


def mark_clean(tx: Tx, kind: str, number: str, *, withheld: bool = False) -> int:
    """The card is being edited; the number of this edit."""
    return int(_CLEAN.run(tx, {"k": kind, "n": number, "less": withheld}).scalar_one())


def mark_unchanged(tx: Tx, kind: str, number: str) -> None:
    """The card shows what is true already, and is not edited."""
    _UNCHANGED.run(tx, {"k": kind, "n": number})


def list_dirty(tx: Tx) -> list[Card]:
    return _DIRTY_CARDS.all(tx)


def list_newest(tx: Tx, kind: str, *, limit: int) -> list[Card]:
    """The newest cards of a kind that were sent."""
    return _NEWEST.all(tx, kind=kind, limit=limit)


def remove(tx: Tx, kind: str, number: str) -> None:
    """The thing has no card, until it is given another one; reactions on this one say nothing any more."""
    tx.execute(delete(Card).where(Card.kind == kind, Card.number == number))
    _forget_taps(tx, kind, number)


def _forget_taps(tx: Tx, kind: str, number: str) -> None:
    tx.execute(delete(Tap).where(Tap.kind == kind, Tap.number == number, Tap.room_id.is_(None)))


def add_tap(
    tx: Tx, *, event_id: str, kind: str, number: str, user_id: str, key: str, room_id: str | None = None
) -> bool:
    """The reaction is known; False where it was."""
    return execute_upsert(
        tx,
        _ADD_TAP,
        event_id=event_id,
        kind=kind,
        number=number,
        user_id=user_id,
        key=key,
        room_id=room_id,
    )


def find_tap(tx: Tx, event_id: str) -> Tap | None:
    return _TAP.first(tx, event_id=event_id)


def list_taps(tx: Tx, kind: str, number: str) -> list[Tap]:
    return _TAPS.all(tx, kind=kind, number=number)


def list_tapped(tx: Tx, kind: str, number: str) -> set[str]:
    """The signs that somebody has on the thing's card."""
    return {row.key for row in _TAPPED.run(tx, {"k": kind, "n": number})}


def set_tapped(tx: Tx, kind: str, number: str, keys: Sequence[str]) -> None:
    """The card was looked at when people had these signs on it."""
    _SET_TAPPED.run(tx, {"k": kind, "n": number, "keys": " ".join(keys)})


def list_taps_on(tx: Tx, kind: str, numbers: Sequence[str]) -> list[tuple[str, str]]:
    """The reactions on these things' messages: the room and the event of each."""
    on_card = (Card.kind == Tap.kind, Card.number == Tap.number)
    query = select(func.coalesce(Tap.room_id, Card.room_id), Tap.event_id).join(Card, and_(*on_card))
    return [
        (row[0], row[1])
        for part in in_parts(numbers)
        for row in tx.execute(query.where(Tap.kind == kind, Tap.number.in_(part)).order_by(Tap.event_id))
    ]


def remove_taps(tx: Tx, events: Sequence[str]) -> None:
    """These reactions are gone."""
    if events:
        _REMOVE_TAP.run(tx, [{"event": event} for event in events])


def remove_tap(tx: Tx, event_id: str) -> None:
    _REMOVE_TAP.run(tx, {"event": event_id})


def add_offer(
    tx: Tx,
    *,
    outbox_id: int,
    key: str,
    cause: str,
    user_id: str | None,
    role: int,
    action: str,
    data: dict[str, Any],
    rights: list[Any],
    at: datetime,
    expires_at: datetime,
) -> None:
    execute_upsert(
        tx,
        _ADD_OFFER,
        outbox_id=outbox_id,
        key=key,
        cause=cause,
        user_id=user_id,
        role=role,
        action=action,
        data=data,
        rights=rights,
        made_at=at,
        expires_at=expires_at,
        taken_at=None,
    )


def find_offer(tx: Tx, *, outbox_id: int, key: str) -> Offer | None:
    return _OFFER.first(tx, outbox_id=outbox_id, key=key)


def find_offer_of(tx: Tx, *, cause: str, key: str) -> Offer | None:
    """The offer that the reaction `key` would take on the reply to the command `cause`."""
    return _OFFER_OF.first(tx, cause=cause, key=key)


def latest_offer(tx: Tx, *, user_id: str, key: str) -> str | None:
    """The event of the command that has made the person the newest offer of this key."""
    cause: str | None = _LATEST_ACT.run(tx, {"user_id": user_id, "key": key}).scalar()
    return cause


def find_questions(tx: Tx, action: str, data: dict[str, Any], *, user_id: str | None) -> list[int]:
    """The messages on which a reaction would still do this; `user_id`: of this person."""
    found = _OPEN_OFFERS.all(tx, action=action)
    return sorted(o.outbox_id for o in found if o.data == data and o.user_id == user_id)


def list_offers(tx: Tx, *, user_id: str, key: str, at: datetime) -> list[Offer]:
    """The offers that the person may still take by this key, the newest first."""
    return _OPEN_TO.all(tx, user_id=user_id, key=key, at=at)


def take_offer(tx: Tx, *, outbox_id: int, at: datetime) -> None:
    """No offer of this message can be taken any more."""
    tx.execute(update(Offer).where(Offer.outbox_id == outbox_id).values(taken_at=at))


def take_by_key(tx: Tx, *, outbox_id: int, key: str, at: datetime) -> None:
    """This offer of the message can't be taken any more; others of it can."""
    tx.execute(update(Offer).where(Offer.outbox_id == outbox_id, Offer.key == key).values(taken_at=at))


def set_offer_data(tx: Tx, *, outbox_id: int, key: str, data: dict[str, Any]) -> None:
    """The offer has this data."""
    tx.execute(update(Offer).where(Offer.outbox_id == outbox_id, Offer.key == key).values(data=data))


def clean_offers(tx: Tx, *, before: datetime) -> int:
    return tx.execute(delete(Offer).where(Offer.expires_at < before)).rowcount
