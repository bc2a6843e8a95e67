"""The rooms the bot knows, what each is for, and who sits in them, as the homeserver's state events say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, and_, bindparam, delete, func, literal, or_, select, update
from sqlalchemy.orm import Mapped, aliased, mapped_column

from storage.dialogues import Dialogue
from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert, in_parts
from storage.members import Member


class Room(Base):
    __tablename__ = "rooms"
    room_id: Mapped[str] = mapped_column(primary_key=True)
    joined: Mapped[bool]
    joined_at: Mapped[datetime | None]
    encrypted: Mapped[bool]
    encryption: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # how often its keys change
    version: Mapped[str]
    creators: Mapped[list[str]] = mapped_column(JSON)
    power: Mapped[dict[str, Any]] = mapped_column(JSON)  # the content of m.room.power_levels
    marker: Mapped[str | None] = mapped_column(index=True)  # what the bot made it for: purpose and reference
    replaced_by: Mapped[str | None]
    join_rule: Mapped[str | None]  # None: not read yet
    history: Mapped[str | None]  # who may read what was said; None: not read yet
    inviter: Mapped[str | None]  # who invited the bot; empty: nobody; None: was not kept yet
    direct_with: Mapped[str | None] = mapped_column(
        index=True
    )  # whose direct chat it is, while only they sit in it
    given_up: Mapped[bool]  # the person has left it, or did not want it


class Purpose(Base):
    """The purpose of a room: space, news, ideas, agenda, moderation, coordination, later the groups."""

    __tablename__ = "purposes"
    purpose: Mapped[str] = mapped_column(primary_key=True)
    room_id: Mapped[str] = mapped_column(index=True)


class Occupant(Base):
    """A person's membership of a room, as the homeserver has it."""

    __tablename__ = "occupants"
    __table_args__ = (Index(None, "user_id"),)
    room_id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)
    membership: Mapped[str]
    display_name: Mapped[str]


def _here(occupant: Any) -> Any:
    """In the room, or invited; written out, as a list of values would be spelt anew at each execution."""
    return or_(occupant.membership == "join", occupant.membership == "invite")


ROOM = Rows(Room, select(Room).where(Room.room_id == bindparam("room_id")))
_JOINED = Rows(Room, select(Room).where(Room.joined.is_(True)))
_OCCUPANT = Rows(
    Occupant,
    select(Occupant).where(
        Occupant.room_id == bindparam("room_id"), Occupant.user_id == bindparam("user_id")
    ),
)
_OCCUPANTS = Rows(
    Occupant,
    select(Occupant).where(Occupant.room_id == bindparam("room_id"), _here(Occupant)),
)
_other, _any = aliased(Occupant), aliased(Occupant)


def _at_least(count: int, room_id: Any) -> Any:
    """So many people are in the room; one of thousands is not counted out for it."""
    return select(literal(1)).where(_any.room_id == room_id, _here(_any)).offset(count - 1).limit(1).exists()


_COUNT = Prepared(select(func.count()).where(Occupant.room_id == bindparam("room_id"), _here(Occupant)))


FORGOTTEN = "…"  # in the place of somebody who was erased: whoever sits there alone with the bot still


def _with(person: Any) -> Any:
    """It is this person's direct chat: they have come in, nobody else is there, and it is for nothing else."""
    return and_(
        or_(Room.direct_with == person, Room.direct_with == FORGOTTEN),
        _other.room_id == Room.room_id,
        _other.user_id == person,
        ~select(Purpose.room_id).where(Purpose.room_id == Room.room_id).exists(),
        ~_at_least(3, Room.room_id),
    )


_KIND = Prepared(
    select(
        select(Purpose.purpose).where(Purpose.room_id == bindparam("room_id")).scalar_subquery(),
        select(literal(1))
        .where(Room.room_id == bindparam("room_id"), _with(bindparam("user_id")), _other.membership == "join")
        .exists(),
        select(Dialogue.id)
        .where(
            Dialogue.user_id == bindparam("user_id"),
            Dialogue.room_id == bindparam("room_id"),
            Dialogue.last.is_(None),
        )
        .exists(),
    )
)
_STRANGER = (
    select(literal(1))
    .where(
        Occupant.room_id == bindparam("room_id"),
        Occupant.membership == "join",
        Occupant.user_id != bindparam("bot"),
        ~select(Member.user_id)
        .where(Member.user_id == Occupant.user_id, or_(Member.state == "active", Member.state == "paused"))
        .exists(),
    )
    .exists()
)
_READ_BY_ALL = (
    select(literal(1)).where(Room.room_id == bindparam("room_id"), Room.history == "world_readable").exists()
)
_OVERHEARD = Prepared(select(or_(_STRANGER, _READ_BY_ALL)))
_PURPOSE_OF = Prepared(select(Purpose.purpose).where(Purpose.room_id == bindparam("room_id")))
_ROOM_FOR = Prepared(select(Purpose.room_id).where(Purpose.purpose == bindparam("purpose")))
_MARKED = Prepared(select(Room.room_id).where(Room.marker == bindparam("marker"), Room.joined.is_(True)))
_SET_PURPOSE = Upsert(Purpose, "purpose")
_SET_OCCUPANT = Upsert(Occupant, "room_id", "user_id")
_SET_ROOM = Upsert(Room, "room_id", keep=True)

# Where a person is written to: the newest direct chat, else the one the bot has made and they have not entered yet.
_WRITABLE = and_(
    Room.joined.is_(True),
    or_(_other.membership == "join", and_(_other.membership == "invite", Room.marker.is_not(None))),
)
_DIRECT = Prepared(
    select(Room.room_id)
    .where(_with(bindparam("user_id")), _WRITABLE)
    .order_by((_other.membership == "join").desc(), Room.joined_at.desc())
    .limit(1)
)
_GIVEN_UP = Prepared(
    select(Room.given_up)
    .where(Room.direct_with == bindparam("user_id"), Room.marker.is_not(None))
    .order_by(Room.joined_at.desc())
    .limit(1)
)
_ANYWHERE = Prepared(
    select(literal(1))
    .select_from(_other)
    .join(Room, Room.room_id == _other.room_id)
    .where(_other.user_id == bindparam("user_id"), _other.membership == "join", Room.joined.is_(True))
    .limit(1)
)
_UNREAD = Prepared(select(literal(1)).where(Room.joined.is_(True), Room.join_rule.is_(None)).limit(1))

# The same for many people at once.
_DIRECTS = (
    select(Room.direct_with, Room.room_id)
    .where(_with(Room.direct_with), Room.direct_with.in_(bindparam("users", expanding=True)), _WRITABLE)
    .order_by(_other.membership == "join", Room.joined_at)
)


def find(tx: Tx, room_id: str) -> Room | None:
    return ROOM.first(tx, room_id=room_id)


def know(tx: Tx, room_id: str) -> None:
    """The room has a row."""
    execute_upsert(
        tx,
        _SET_ROOM,
        room_id=room_id,
        joined=False,
        joined_at=None,
        encrypted=False,
        encryption=None,
        version="1",
        creators=[],
        power={},
        marker=None,
        replaced_by=None,
        join_rule=None,
        history=None,
        inviter=None,
        direct_with=None,
        given_up=False,
    )


def change(tx: Tx, room_id: str, **values: object) -> None:
    know(tx, room_id)
    tx.execute(update(Room).where(Room.room_id == room_id).values(**values))


def newest(tx: Tx, room_id: str) -> str:
    """The room in which this one goes on, after however many upgrades."""
    passed: set[str] = set()
    while room_id not in passed and (room := find(tx, room_id)) is not None and room.replaced_by:
        passed.add(room_id)
        room_id = room.replaced_by
    return room_id


def list_joined(tx: Tx) -> list[Room]:
    return _JOINED.all(tx)


def forget_occupants(tx: Tx, room_id: str) -> None:
    tx.execute(delete(Occupant).where(Occupant.room_id == room_id))


def set_occupant(tx: Tx, *, room_id: str, user_id: str, membership: str, display_name: str) -> None:
    """The person is in the room, or is known to have been asked in; who has gone is not kept."""
    if membership in ("leave", "ban"):
        tx.execute(delete(Occupant).where(Occupant.room_id == room_id, Occupant.user_id == user_id))
        return
    execute_upsert(
        tx, _SET_OCCUPANT, room_id=room_id, user_id=user_id, membership=membership, display_name=display_name
    )


def find_occupant(tx: Tx, *, room_id: str, user_id: str) -> Occupant | None:
    return _OCCUPANT.first(tx, room_id=room_id, user_id=user_id)


def list_occupants(tx: Tx, room_id: str) -> list[Occupant]:
    """The people in the room or invited to it."""
    return _OCCUPANTS.all(tx, room_id=room_id)


def count_occupants(tx: Tx, room_id: str) -> int:
    return int(_COUNT.run(tx, {"room_id": room_id}).scalar_one())


def kind_of(tx: Tx, room_id: str, user_id: str) -> tuple[str | None, bool, bool]:
    """The room's purpose, if it has one; is it the person's direct chat; does something wait there for their answer?"""
    row = _KIND.run(tx, {"room_id": room_id, "user_id": user_id}).one()
    return row[0], bool(row[1]), bool(row[2])


def is_overheard(tx: Tx, room_id: str, *, bot: str) -> bool:
    """Does somebody sit in the room who is no member, or can it be read without sitting there?"""
    return bool(_OVERHEARD.run(tx, {"room_id": room_id, "bot": bot}).scalar())


def purpose_of(tx: Tx, room_id: str) -> str | None:
    purpose: str | None = _PURPOSE_OF.run(tx, {"room_id": room_id}).scalar()
    return purpose


def room_for(tx: Tx, purpose: str) -> str | None:
    room: str | None = _ROOM_FOR.run(tx, {"purpose": purpose}).scalar()
    return room


def set_purpose(tx: Tx, purpose: str, room_id: str) -> None:
    execute_upsert(tx, _SET_PURPOSE, purpose=purpose, room_id=room_id)


def direct_room(tx: Tx, user_id: str) -> str | None:
    """The room in which the bot writes to the person: their direct chat, if there is one the bot can read."""
    room: str | None = _DIRECT.run(tx, {"user_id": user_id}).scalar()
    return room


def direct_rooms(tx: Tx, users: Sequence[str]) -> dict[str, str]:
    """The direct chats of those of these people who have one."""
    found: dict[str, str] = {}
    for part in in_parts(users):
        found |= {str(row[0]): row[1] for row in tx.execute(_DIRECTS, {"users": part})}  # the best comes last
    return found


def is_anywhere(tx: Tx, user_id: str) -> bool:
    """Does the person sit in a room with the bot?"""
    return _ANYWHERE.run(tx, {"user_id": user_id}).first() is not None


def has_given_up(tx: Tx, user_id: str) -> bool:
    """Has the person left the direct chat that the bot made for them last, or declined it?"""
    return bool(_GIVEN_UP.run(tx, {"user_id": user_id}).scalar())


def any_unread(tx: Tx) -> bool:
    """Is there a room of which is not known who may come in?"""
    return _UNREAD.run(tx).first() is not None


def marked_room(tx: Tx, marker: str) -> str | None:
    """The joined room that the bot made for this."""
    room: str | None = _MARKED.run(tx, {"marker": marker}).scalar()
    return room


def display_name(tx: Tx, user_id: str) -> str | None:
    """A display name under which the bot sees this person in some room."""
    query = select(Occupant.display_name).where(Occupant.user_id == user_id, Occupant.membership == "join")
    name: str | None = tx.execute(query.limit(1)).scalar()
    return name
