"""The bot's polls in rooms, and what people have answered in them.

Each answer is kept as long as its poll: where one is taken back, the one before it counts again.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Index, bindparam, delete, func, insert, or_, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert
from storage.outbox import Outgoing

_UNHEARD = text("event_id IS NULL")


class Poll(Base):
    """The bot's message in which people choose; of each thing there is one at most."""

    __tablename__ = "polls"
    __table_args__ = (
        Index("ix_polls_unheard", "outbox_id", sqlite_where=_UNHEARD, postgresql_where=_UNHEARD),
        Index(None, "event_id"),
        Index(None, "ended_at"),
    )
    kind: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    room_id: Mapped[str]
    outbox_id: Mapped[int]
    event_id: Mapped[str | None]  # looked up in the outbox when it is needed: see `learn`
    choices: Mapped[int]  # how many there are; each is called by its place, from «1» on
    most: Mapped[int]  # that one person may choose
    ended_at: Mapped[datetime | None]


class PollResponse(Base):
    """What somebody has chosen, by one event; nothing, where it made no sense."""

    __tablename__ = "poll_responses"
    __table_args__ = (
        Index(None, "kind", "number", "user_id", "said_at"),
        Index(None, "user_id"),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    number: Mapped[int]
    user_id: Mapped[str]
    chosen: Mapped[list[int]] = mapped_column(JSON)  # places, from 1 on
    said_at: Mapped[datetime]
    elsewhere: Mapped[bool]  # it was said to the bot otherwise, and is no event in the poll's room
    taken_back: Mapped[bool]  # it says nothing; the row stays, should the event be told of again


_THING = (Poll.kind == bindparam("kind"), Poll.number == bindparam("number"))
_ONE = (Poll.kind == bindparam("k"), Poll.number == bindparam("n"))
_SAID = (PollResponse.kind == bindparam("kind"), PollResponse.number == bindparam("number"))
_SAID_TO = (PollResponse.kind == bindparam("k"), PollResponse.number == bindparam("n"))
_FIND = Rows(Poll, select(Poll).where(*_THING))
_BY_EVENT = Rows(Poll, select(Poll).where(Poll.event_id == bindparam("event")))
_COMPARED = Rows(
    Poll,
    select(Poll)
    .where(Poll.event_id.is_not(None), or_(Poll.ended_at.is_(None), Poll.ended_at > bindparam("since")))
    .order_by(Poll.outbox_id.desc())
    .limit(bindparam("most")),
)
_PUT = Upsert(Poll, "kind", "number")
_became = select(Outgoing.event_id).where(Outgoing.id == Poll.outbox_id).scalar_subquery()
_LEARN = Prepared(update(Poll).where(_UNHEARD).values(event_id=_became))
_END = Prepared(update(Poll).where(*_ONE).values(ended_at=bindparam("at")))
_REMOVE = Prepared(delete(Poll).where(*_ONE))
_REMOVE_RESPONSES = Prepared(delete(PollResponse).where(*_SAID_TO))
_FORGET = Prepared(delete(PollResponse).where(PollResponse.event_id == bindparam("event")))
_ADD = Prepared(insert(PollResponse))
_RESPONSE = Rows(PollResponse, select(PollResponse).where(PollResponse.event_id == bindparam("event")))
_TAKE_BACK = Prepared(
    update(PollResponse)
    .where(PollResponse.event_id == bindparam("event"))
    .values(taken_back=True, chosen=bindparam("nothing", type_=JSON))
)
_STANDING = Rows(
    PollResponse,
    select(PollResponse)
    .where(*_SAID, PollResponse.user_id == bindparam("user"), ~PollResponse.taken_back)
    .order_by(PollResponse.said_at.desc(), PollResponse.id.desc())
    .limit(1),
)
_RESPONSES = Rows(
    PollResponse,
    select(PollResponse)
    .where(*_SAID, ~PollResponse.taken_back, ~PollResponse.elsewhere)
    .order_by(PollResponse.id),
)
_OF = Rows(
    PollResponse,
    select(PollResponse)
    .where(PollResponse.user_id == bindparam("user"), ~PollResponse.taken_back)
    .order_by(PollResponse.id),
)


def put(tx: Tx, *, kind: str, number: int, room_id: str, outbox_id: int, choices: int, most: int) -> None:
    """The thing's poll is what this row of the outbox becomes; what was said to another one is forgotten."""
    _REMOVE_RESPONSES.run(tx, {"k": kind, "n": number})
    more = {"choices": choices, "most": most, "event_id": None, "ended_at": None}
    execute_upsert(tx, _PUT, kind=kind, number=number, room_id=room_id, outbox_id=outbox_id, **more)


def learn(tx: Tx) -> None:
    """Of polls that were sent, the event is known."""
    _LEARN.run(tx)


def find(tx: Tx, kind: str, number: int) -> Poll | None:
    return _FIND.first(tx, kind=kind, number=number)


def find_by_event(tx: Tx, event_id: str) -> Poll | None:
    found = _BY_EVENT.first(tx, event=event_id)
    if found is None:
        learn(tx)
        found = _BY_EVENT.first(tx, event=event_id)
    return found


def list_compared(tx: Tx, *, since: datetime, limit: int) -> list[Poll]:
    """The newest polls that are open, or have ended since then."""
    learn(tx)
    return _COMPARED.all(tx, since=since, most=limit)


def end(tx: Tx, kind: str, number: int, *, at: datetime) -> None:
    """What people choose after this does not count."""
    _END.run(tx, {"k": kind, "n": number, "at": at})


def remove(tx: Tx, kind: str, number: int) -> None:
    """The thing has no poll."""
    _REMOVE_RESPONSES.run(tx, {"k": kind, "n": number})
    _REMOVE.run(tx, {"k": kind, "n": number})


def put_response(
    tx: Tx,
    poll: Poll,
    *,
    event_id: str,
    user_id: str,
    chosen: list[int],
    at: datetime,
    elsewhere: bool = False,
) -> None:
    """This was said in the poll, or `elsewhere` about it; in place of what the same event said before."""
    _FORGET.run(tx, {"event": event_id})
    _ADD.run(
        tx,
        {
            "event_id": event_id,
            "kind": poll.kind,
            "number": poll.number,
            "user_id": user_id,
            "chosen": chosen,
            "said_at": at,
            "elsewhere": elsewhere,
            "taken_back": False,
        },
    )


def find_response(tx: Tx, event_id: str) -> PollResponse | None:
    return _RESPONSE.first(tx, event=event_id)


def take_back(tx: Tx, event_id: str) -> None:
    """The response says nothing any more."""
    _TAKE_BACK.run(tx, {"event": event_id, "nothing": []})


def standing(tx: Tx, kind: str, number: int, user_id: str) -> PollResponse | None:
    """The person's latest response that is not taken back, by the homeserver's time."""
    return _STANDING.first(tx, kind=kind, number=number, user=user_id)


def list_responses(tx: Tx, kind: str, number: int) -> list[PollResponse]:
    """All that was said in the poll's room and not taken back."""
    return _RESPONSES.all(tx, kind=kind, number=number)


def list_of(tx: Tx, user_id: str) -> list[PollResponse]:
    """What the person has chosen in polls."""
    return _OF.all(tx, user=user_id)


def erase(tx: Tx, user_id: str) -> None:
    """What the person has said in polls is forgotten; what of it counts is the feature's."""
    tx.execute(delete(PollResponse).where(PollResponse.user_id == user_id))


def clean(tx: Tx, *, before: datetime) -> None:
    """Polls that ended before then are forgotten; of the others the event is known, before the outbox forgets it."""
    learn(tx)
    over = select(func.count()).select_from(Poll).where(Poll.ended_at < before)
    if tx.execute(over).scalar_one():
        ended = select(Poll.number).where(Poll.kind == PollResponse.kind, Poll.number == PollResponse.number)
        tx.execute(delete(PollResponse).where(ended.where(Poll.ended_at < before).exists()))
        tx.execute(delete(Poll).where(Poll.ended_at < before))
