"""Seats of groups, events and trainings, and the people who wait for one, in the order in which they came."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, bindparam, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage import calendar_subscriptions, counters
from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert
from storage.members import Member, pauses

HOLDING = ("confirmed", "assigned")  # the states that take a seat
DATED = ("event", "training")  # what seats are in people's calendars


class Seat(Base):
    """A person's seat in a thing, or place, or answer. A person who has nothing to do with it has no row."""

    __tablename__ = "seats"
    __table_args__ = (Index(None, "kind", "number", "state", "arrived"), Index(None, "user_id", "kind"))
    kind: Mapped[str] = mapped_column(primary_key=True)  # group, event, training
    number: Mapped[int] = mapped_column(primary_key=True)  # of a group: its process's
    user_id: Mapped[str] = mapped_column(primary_key=True)
    # confirmed; assigned: holds the seat until the person answers; requested: waits for the coordinator, without a
    # seat; waiting: for a seat; maybe, declined: has said so, without a seat
    state: Mapped[str]
    arrived: Mapped[int]  # a place in the order of all arrivals; kept when moving up
    carrier: Mapped[str]  # the event that brought it about: a command, or a reaction that may be taken off
    at: Mapped[datetime]


class Left(Base):
    """The time at which somebody last gave up a seat or a place: an older reaction does not bring it back."""

    __tablename__ = "seats_left"
    __table_args__ = (Index(None, "user_id"),)
    kind: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    user_id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


_ONE = (
    Seat.kind == bindparam("kind"),
    Seat.number == bindparam("number"),
    Seat.user_id == bindparam("user_id"),
)
_OF = (Seat.kind == bindparam("kind"), Seat.number == bindparam("number"))
_SEAT = Rows(Seat, select(Seat).where(*_ONE))
_ALL = Rows(Seat, select(Seat).where(*_OF).order_by(Seat.arrived))
_IN_STATE = Rows(Seat, select(Seat).where(*_OF, Seat.state == bindparam("state")).order_by(Seat.arrived))
_FIRST = Rows(
    Seat,
    select(Seat)
    .where(*_OF, Seat.state == "waiting", ~pauses(Seat.user_id))
    .order_by(Seat.arrived)
    .limit(bindparam("limit")),
)
_COUNTS = Prepared(select(Seat.state, func.count()).where(*_OF).group_by(Seat.state))
_BEFORE = Prepared(
    select(func.count()).where(*_OF, Seat.state == "waiting", Seat.arrived <= bindparam("arrived"))
)
_PERSON = Rows(
    Seat, select(Seat).where(Seat.user_id == bindparam("user_id")).order_by(Seat.kind, Seat.number)
)
_REQUESTS = Prepared(
    select(Seat.number, Seat.user_id, Member.name)
    .join(Member, Member.user_id == Seat.user_id)
    .where(Seat.kind == bindparam("kind"), Seat.state == "requested")
    .order_by(Seat.arrived)
)
_SET = Upsert(Seat, "kind", "number", "user_id")
_REMOVE = Prepared(delete(Seat).where(*_ONE))
_LEFT = Upsert(Left, "kind", "number", "user_id")
_LEFT_AT = Prepared(
    select(Left.at).where(
        Left.kind == bindparam("kind"),
        Left.number == bindparam("number"),
        Left.user_id == bindparam("user_id"),
    )
)
_LEFT_BY = Rows(
    Left, select(Left).where(Left.user_id == bindparam("user_id")).order_by(Left.kind, Left.number)
)
_FORGET_LEFT = Prepared(delete(Left).where(Left.user_id == bindparam("user_id")))
_CLEAR_LEFT = Prepared(delete(Left).where(Left.kind == bindparam("kind"), Left.number == bindparam("number")))
_CLEAR = Prepared(delete(Seat).where(*_OF))
_MOVE_UP = Prepared(
    update(Seat)
    .where(
        Seat.kind == bindparam("k"),
        Seat.number == bindparam("n"),
        Seat.user_id == bindparam("u"),
        Seat.state == "waiting",
    )
    .values(state=bindparam("new"))
)


def find(tx: Tx, kind: str, number: int, user_id: str) -> Seat | None:
    return _SEAT.first(tx, kind=kind, number=number, user_id=user_id)


def put(
    tx: Tx,
    *,
    kind: str,
    number: int,
    user_id: str,
    state: str,
    carrier: str,
    at: datetime,
    arrived: int | None = None,
) -> Seat:
    """The person's row is this; without `arrived` they come last of all."""
    values = {
        "kind": kind,
        "number": number,
        "user_id": user_id,
        "state": state,
        "arrived": arrived or counters.next_number(tx, "arrivals"),
        "carrier": carrier,
        "at": at,
    }
    execute_upsert(tx, _SET, **values)
    _show(tx, kind, user_id)
    [seat] = _SEAT.all(tx, kind=kind, number=number, user_id=user_id)
    return seat


def remove(tx: Tx, kind: str, number: int, user_id: str, *, at: datetime) -> None:
    """The person has given it up, at this time."""
    _REMOVE.run(tx, {"kind": kind, "number": number, "user_id": user_id})
    execute_upsert(tx, _LEFT, kind=kind, number=number, user_id=user_id, at=at)
    _show(tx, kind, user_id)


def _show(tx: Tx, kind: str, user_id: str) -> None:
    """The person's calendar has it as it is now."""
    if kind in DATED:
        calendar_subscriptions.touch(tx, [user_id])


def left_at(tx: Tx, kind: str, number: int, user_id: str) -> datetime | None:
    """The time at which the person last gave it up; None if never."""
    at: datetime | None = _LEFT_AT.run(tx, {"kind": kind, "number": number, "user_id": user_id}).scalar()
    return at


def list_left_by(tx: Tx, user_id: str) -> list[Left]:
    return _LEFT_BY.all(tx, user_id=user_id)


def forget_left(tx: Tx, user_id: str) -> None:
    _FORGET_LEFT.run(tx, {"user_id": user_id})


def clear(tx: Tx, kind: str, number: int) -> None:
    """The thing has no seats any more: it is made anew."""
    _CLEAR.run(tx, {"kind": kind, "number": number})
    _CLEAR_LEFT.run(tx, {"kind": kind, "number": number})


def move_up(tx: Tx, kind: str, number: int, user_id: str, *, state: str = "confirmed") -> None:
    """The person who waits has a seat, and keeps the place in the order."""
    _MOVE_UP.run(tx, {"k": kind, "n": number, "u": user_id, "new": state})
    _show(tx, kind, user_id)


def counts(tx: Tx, kind: str, number: int) -> dict[str, int]:
    """The number of rows in each state; a state without any is left out."""
    return {row[0]: row[1] for row in _COUNTS.run(tx, {"kind": kind, "number": number})}


def list_all(tx: Tx, kind: str, number: int) -> list[Seat]:
    """In order of arrival, whatever their state."""
    return _ALL.all(tx, kind=kind, number=number)


def list_in(tx: Tx, kind: str, number: int, state: str) -> list[Seat]:
    """Those in this state, in order of arrival."""
    return _IN_STATE.all(tx, kind=kind, number=number, state=state)


def first_waiting(tx: Tx, kind: str, number: int, *, limit: int) -> list[Seat]:
    """The people who move up next, in order: a person who pauses keeps the place, and is passed over."""
    return _FIRST.all(tx, kind=kind, number=number, limit=limit)


def position(tx: Tx, seat: Seat) -> int:
    """The place on the waiting list; 1 is next."""
    values = {"kind": seat.kind, "number": seat.number, "arrived": seat.arrived}
    return int(_BEFORE.run(tx, values).scalar_one())


def list_of_person(tx: Tx, user_id: str) -> list[Seat]:
    return _PERSON.all(tx, user_id=user_id)


def list_requests(tx: Tx, kind: str) -> list[tuple[int, str, str]]:
    """All who wait for a coordinator, in order of arrival: for which, who, and their name."""
    return [tuple(row) for row in _REQUESTS.run(tx, {"kind": kind})]
