"""What the bot did last for each person in a group's room: let in, or out again.

The room follows the group by it: who has left the room by himself is not invited again and again, and nobody is
removed twice.
"""

from __future__ import annotations

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert


class Guest(Base):
    __tablename__ = "group_guests"
    process: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    user_id: Mapped[str] = mapped_column(primary_key=True, index=True)
    let_in: Mapped[bool]  # invited; else removed


_OF = Rows(Guest, select(Guest).where(Guest.process == bindparam("process")).order_by(Guest.user_id))
_OF_PERSON = Rows(Guest, select(Guest).where(Guest.user_id == bindparam("user_id")).order_by(Guest.process))
_SET = Upsert(Guest, "process", "user_id")
_FORGET = Prepared(
    delete(Guest).where(Guest.process == bindparam("number"), Guest.user_id == bindparam("user"))
)
_FORGET_ALL = Prepared(delete(Guest).where(Guest.process == bindparam("number")))
_ERASE = Prepared(delete(Guest).where(Guest.user_id == bindparam("user")))


def known(tx: Tx, process: int) -> dict[str, bool]:
    """By Matrix id: was the person let in (True), or removed?"""
    return {guest.user_id: guest.let_in for guest in _OF.all(tx, process=process)}


def put(tx: Tx, process: int, user_id: str, *, let_in: bool) -> None:
    execute_upsert(tx, _SET, process=process, user_id=user_id, let_in=let_in)


def forget(tx: Tx, process: int, user_id: str) -> None:
    """All that was done for the person no longer counts: it is done anew where it is due."""
    _FORGET.run(tx, {"number": process, "user": user_id})


def forget_all(tx: Tx, process: int) -> None:
    """The group has another room."""
    _FORGET_ALL.run(tx, {"number": process})


def list_of_person(tx: Tx, user_id: str) -> list[Guest]:
    return _OF_PERSON.all(tx, user_id=user_id)


def erase(tx: Tx, user_id: str) -> None:
    _ERASE.run(tx, {"user": user_id})
