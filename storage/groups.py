"""Innovation groups: one a process, under its number. Their members are in `seats`, under the kind `group`."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert


class Group(Base):
    __tablename__ = "groups"
    process: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int]  # seats
    leader: Mapped[str | None]  # Matrix id; who it is has the role `leader` for this process too
    approval: Mapped[bool] = mapped_column(default=False)  # those who register wait for the coordinator
    room_wanted: Mapped[bool] = mapped_column(default=False)  # it is asked for; where it is says `purposes`
    # What the bot has given the room last, so that it follows, and what people changed there since stays.
    room_name: Mapped[str | None] = mapped_column(default=None)
    room_leader: Mapped[str | None] = mapped_column(default=None)


GROUP = Rows(Group, select(Group).where(Group.process == bindparam("process")))
_ALL = Rows(Group, select(Group).order_by(Group.process))
_PUT = Upsert(Group, "process")
_LED = Rows(Group, select(Group).where(Group.leader == bindparam("leader")).order_by(Group.process))
_REMOVE = Prepared(delete(Group).where(Group.process == bindparam("number")))


def find(tx: Tx, process: int) -> Group | None:
    return GROUP.first(tx, process=process)


def put(tx: Tx, *, process: int, size: int) -> None:
    """The process has a group of this size, without anybody in it."""
    execute_upsert(
        tx,
        _PUT,
        process=process,
        size=size,
        leader=None,
        approval=False,
        room_wanted=False,
        room_name=None,
        room_leader=None,
    )


def change(tx: Tx, process: int, **values: object) -> None:
    tx.execute(update(Group).where(Group.process == process).values(**values))


def remove(tx: Tx, process: int) -> None:
    _REMOVE.run(tx, {"number": process})


def list_all(tx: Tx) -> list[Group]:
    return _ALL.all(tx)


def list_led(tx: Tx, leader: str) -> list[Group]:
    """The groups that this person leads."""
    return _LED.all(tx, leader=leader)
