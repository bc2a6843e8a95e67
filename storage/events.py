"""Events and trainings: dates open to all Public Innovators; who has a seat is in `seats`, under the same kind."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Index, bindparam, delete, func, or_, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from storage import calendar_subscriptions, counters
from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert, table_of
from storage.seats import Seat

_TURNS = text("turns_at IS NOT NULL")


class Event(Base):
    """An event, or a training, which may have no date; as it reads now."""

    __tablename__ = "events"
    __table_args__ = (
        Index(None, "kind", "over_at", "id"),
        Index("ix_events_turns_at", "turns_at", sqlite_where=_TURNS, postgresql_where=_TURNS),
    )
    kind: Mapped[str] = mapped_column(primary_key=True)  # event, training
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # A5 is 5 of its kind
    title: Mapped[str]
    text: Mapped[str]
    topic: Mapped[str | None]  # of a training
    knowhow: Mapped[list[str]]  # that a training gives
    place: Mapped[str | None]
    link: Mapped[str | None]
    start_at: Mapped[datetime | None]
    end_at: Mapped[datetime | None]  # None: not known
    over_at: Mapped[datetime | None]  # from then on it is past; None without a date
    capacity: Mapped[int | None]  # seats; None: room for all
    deadline_at: Mapped[datetime | None]  # the first moment that is too late to sign up
    deadline_day: Mapped[bool]  # people mean the whole day before that moment
    public: Mapped[bool]
    cancelled: Mapped[bool]
    reason: Mapped[str | None]  # of the cancellation, published
    uid: Mapped[str]  # of its entry in calendars, before the server's name; for ever
    sequence: Mapped[int]  # of its entry in calendars; never goes back
    stamped_at: Mapped[datetime | None]  # the stamp of the last file about it, to the second
    version: Mapped[int]  # goes up with every change
    turns_at: Mapped[
        datetime | None
    ]  # when its card next looks different by itself: sign-up closes, it is over
    created_at: Mapped[datetime]


class Completion(Base):
    """Somebody has completed a training."""

    __tablename__ = "completions"
    __table_args__ = (Index(None, "user_id"),)
    training: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


EVENT = Rows(Event, select(Event).where(Event.kind == bindparam("kind"), Event.id == bindparam("number")))
_OF = (Event.kind == bindparam("k"), Event.id == bindparam("n"))
_TURNED = Rows(
    Event, select(Event).where(_TURNS, Event.turns_at <= bindparam("at")).order_by(Event.turns_at).limit(200)
)
_PUT = Upsert(Event, "kind", "id")
_REMOVE = Prepared(delete(Event).where(*_OF))
_TURN = Prepared(update(Event).where(*_OF).values(turns_at=bindparam("then")))
_STAMP = Prepared(
    update(Event).where(*_OF).values(sequence=Event.sequence + bindparam("by"), stamped_at=bindparam("stamp"))
)
_COMPLETE = Upsert(Completion, "training", "user_id", keep=True)
_COMPLETED = Rows(
    Event,
    select(Event)
    .join(Completion, Completion.training == Event.id)
    .where(Event.kind == "training", Completion.user_id == bindparam("user_id"))
    .order_by(Completion.at, Event.id),
)
_COMPLETIONS = Rows(
    Completion, select(Completion).where(Completion.user_id == bindparam("user_id")).order_by(Completion.at)
)
_UNDO_COMPLETION = Prepared(
    delete(Completion).where(
        Completion.training == bindparam("number"), Completion.user_id == bindparam("user")
    )
)
_CHANGES = "changes of events"
_PUBLIC = Rows(
    Event,
    select(Event)
    .where(Event.public.is_(True), or_(Event.over_at.is_(None), Event.over_at > bindparam("since")))
    .order_by(Event.start_at.asc().nulls_last(), Event.kind, Event.id),
)
_PUBLIC_PAST = Rows(
    Event,
    select(Event)
    .where(Event.public.is_(True), Event.over_at <= bindparam("until"))
    .order_by(Event.start_at.desc(), Event.kind, Event.id),
)

_SHOW = calendar_subscriptions.touching(
    select(Seat.user_id).where(Seat.kind == bindparam("k"), Seat.number == bindparam("n"))
)


def put(tx: Tx, *, kind: str, number: int, **values: object) -> None:
    """Write a whole event, in place of one with this number; what is not given is empty."""
    empty = dict.fromkeys(column.name for column in table_of(Event).columns)
    first = {"cancelled": False, "sequence": 0, "version": 1}
    execute_upsert(tx, _PUT, **empty | first | {"kind": kind, "id": number} | values)
    counters.add(tx, _CHANGES, 1)
    _show(tx, kind, number)


def _show(tx: Tx, kind: str, number: int) -> None:
    """The calendars of those who come have it as it is now."""
    _SHOW.run(tx, {"k": kind, "n": number})


def changes(tx: Tx) -> int:
    """How often anything of events and trainings was changed, as `news.changes`; seats are none of it."""
    return counters.value(tx, _CHANGES)


def find(tx: Tx, kind: str, number: int) -> Event | None:
    return EVENT.first(tx, kind=kind, number=number)


def change(tx: Tx, kind: str, number: int, **values: object) -> None:
    query = update(Event).where(Event.kind == kind, Event.id == number)
    tx.execute(query.values(version=Event.version + 1, **values))
    counters.add(tx, _CHANGES, 1)
    _show(tx, kind, number)


def stamp(tx: Tx, kind: str, number: int, at: datetime, *, count: bool) -> None:
    """The next file about it has this stamp, and with `count` the next number."""
    _STAMP.run(tx, {"k": kind, "n": number, "stamp": at, "by": int(count)})
    counters.add(tx, _CHANGES, 1)


def remove(tx: Tx, kind: str, number: int) -> None:
    _REMOVE.run(tx, {"k": kind, "n": number})
    counters.add(tx, _CHANGES, 1)


# --- looked at by date


def list_page(
    tx: Tx, kind: str, *, which: str, now: datetime, offset: int, limit: int
) -> tuple[list[Event], int]:
    """A page of those that are `coming`, `past`, `cancelled` or `all`, and how many there are.

    Coming ones begin with the next, those without a date last; all others begin with the latest.
    """
    found = select(Event).where(Event.kind == kind, *_which(which, now))
    total: int = tx.execute(found.with_only_columns(func.count())).scalar_one()
    if which == "coming":
        found = found.order_by(Event.start_at.asc().nulls_last(), Event.id)
    else:
        found = found.order_by(Event.start_at.desc().nulls_last(), Event.id.desc())
    return Rows(Event, found.offset(offset).limit(limit)).all(tx), total


def _which(which: str, now: datetime) -> list[ColumnElement[bool]]:
    to_come = (Event.over_at.is_(None)) | (Event.over_at > now)
    match which:
        case "coming":
            return [~Event.cancelled, to_come]
        case "past":
            return [~Event.cancelled, Event.over_at <= now]
        case "cancelled":
            return [Event.cancelled.is_(True)]
    return []


def list_coming(tx: Tx, kind: str, *, now: datetime) -> list[Event]:
    """All that are planned and not over, also those without a date."""
    return list_page(tx, kind, which="coming", now=now, offset=0, limit=10_000)[0]


def list_between(tx: Tx, kind: str, *, start: datetime, end: datetime | None) -> list[Event]:
    """The events planned for then, in order, with those that have begun before and are not over."""
    found = select(Event).where(Event.kind == kind, ~Event.cancelled, Event.over_at > start)
    if end is not None:
        found = found.where(Event.start_at < end)
    return Rows(Event, found.order_by(Event.start_at, Event.id)).all(tx)


def list_public(tx: Tx, *, since: datetime) -> list[Event]:
    """Events and trainings for people outside that were not over then, in order, those without a date last."""
    return _PUBLIC.all(tx, since=since)


def list_public_past(tx: Tx, *, until: datetime) -> list[Event]:
    """Those that were over by then, the latest first."""
    return _PUBLIC_PAST.all(tx, until=until)


def list_turned(tx: Tx, *, at: datetime) -> list[Event]:
    """Those whose cards look different by now."""
    return _TURNED.all(tx, at=at)


def turn(tx: Tx, kind: str, number: int, then: datetime | None) -> None:
    """The card next looks different then."""
    _TURN.run(tx, {"k": kind, "n": number, "then": then})


# --- trainings completed


def complete(tx: Tx, *, training: int, user_id: str, at: datetime) -> bool:
    """The person has completed the training; False if that is known already."""
    return execute_upsert(tx, _COMPLETE, training=training, user_id=user_id, at=at)


def take_back_completion(tx: Tx, *, training: int, user_id: str) -> bool:
    return _UNDO_COMPLETION.run(tx, {"number": training, "user": user_id}).rowcount > 0


def list_completed(tx: Tx, user_id: str) -> list[Event]:
    """The trainings that the person has completed, in that order."""
    return _COMPLETED.all(tx, user_id=user_id)


def list_completions(tx: Tx, user_id: str) -> list[Completion]:
    return _COMPLETIONS.all(tx, user_id=user_id)


def forget_completions(tx: Tx, user_id: str) -> None:
    tx.execute(delete(Completion).where(Completion.user_id == user_id))
