"""Stretches of rooms' timelines that the homeserver has not given out yet, and that are tried again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert


class Gap(Base):
    """The messages before the token `newer`, back to `older`, or to the bot's join where that is None."""

    __tablename__ = "gaps"
    room_id: Mapped[str] = mapped_column(primary_key=True)
    newer: Mapped[str] = mapped_column(primary_key=True)
    older: Mapped[str | None]
    found_at: Mapped[datetime]
    tries: Mapped[int]
    next_at: Mapped[datetime]


_FIRST = Rows(Gap, select(Gap).order_by(Gap.next_at, Gap.room_id).limit(1))
_OF_ROOM = Rows(Gap, select(Gap).where(Gap.room_id == bindparam("room_id")).limit(1))
_ADD = Upsert(Gap, "room_id", "newer", keep=True)
_CLOSE = Prepared(delete(Gap).where(Gap.room_id == bindparam("room"), Gap.newer == bindparam("token")))
_LATER = Prepared(
    update(Gap)
    .where(Gap.room_id == bindparam("room"), Gap.newer == bindparam("token"))
    .values(tries=Gap.tries + 1, next_at=bindparam("again"))
)


def add(tx: Tx, *, room_id: str, newer: str, older: str | None, at: datetime) -> bool:
    """There is such a gap, to be read as soon as may be; False if it is known."""
    return execute_upsert(
        tx, _ADD, room_id=room_id, newer=newer, older=older, found_at=at, tries=0, next_at=at
    )


def first(tx: Tx) -> Gap | None:
    """The gap that is to be tried next."""
    return _FIRST.first(tx)


def has_one(tx: Tx, room_id: str) -> bool:
    return _OF_ROOM.first(tx, room_id=room_id) is not None


def postpone(tx: Tx, room_id: str, newer: str, *, until: datetime) -> None:
    _LATER.run(tx, {"room": room_id, "token": newer, "again": until})


def close(tx: Tx, room_id: str, newer: str) -> bool:
    """The gap is filled, or given up; False if it was already."""
    return _CLOSE.run(tx, {"room": room_id, "token": newer}).rowcount > 0
