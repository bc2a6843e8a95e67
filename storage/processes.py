"""Administrative processes on their way to the platform (concept 4.4, 7.3)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, Index, bindparam, delete, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows
from storage.seats import Seat


class Process(Base):
    """A process; its group is in `groups`, under the same number."""

    __tablename__ = "processes"
    __table_args__ = (Index(None, "phase", "id"), Index(None, "name_key"), Index(None, "evaluation_until"))
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    name_key: Mapped[str]  # folded, for finding
    klass: Mapped[str]  # L, K, M, D
    life: Mapped[str | None]  # life situation
    description: Mapped[str]
    phase: Mapped[str]  # the code of product.md; stays what it was while on hold or dropped
    on_hold: Mapped[bool] = mapped_column(default=False)
    dropped: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str | None]  # of the last change of phase
    evaluation_until: Mapped[date | None] = mapped_column(Date)
    idea: Mapped[int | None]  # what it was made of
    rollout_done: Mapped[int] = mapped_column(
        default=0
    )  # municipalities that have it; see `process_progress`
    departments: Mapped[list[Any] | None] = mapped_column(JSON)  # in charge, by how many municipalities each
    applications: Mapped[list[Any] | None] = mapped_column(JSON)  # in use, likewise; None: nobody was asked
    variants: Mapped[int | None]  # to be built
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


PROCESS = Rows(Process, select(Process).where(Process.id == bindparam("id")))
_ALL = Rows(Process, select(Process).order_by(Process.id))
_OF_PERSON = Prepared(
    select(Process, Seat.state.label("seat"))
    .join(Seat, Seat.number == Process.id)
    .where(Seat.kind == "group", Seat.user_id == bindparam("user_id"), Process.dropped.is_(False))
    .order_by(Process.id)
)
_ADD = Prepared(insert(Process))
_REMOVE = Prepared(delete(Process).where(Process.id == bindparam("number")))


_EVALUATED = Rows(
    Process,
    select(Process).where(Process.evaluation_until >= bindparam("since"), Process.dropped.is_(False)),
)


def add(
    tx: Tx,
    *,
    number: int,
    name: str,
    name_key: str,
    klass: str,
    life: str | None,
    description: str,
    idea: int | None,
    at: datetime,
) -> None:
    values = {
        "id": number,
        "name": name,
        "name_key": name_key,
        "klass": klass,
        "life": life,
        "description": description,
        "phase": "identified",
        "idea": idea,
        "created_at": at,
        "changed_at": at,
    }
    _ADD.run(tx, values)


def find(tx: Tx, number: int) -> Process | None:
    return PROCESS.first(tx, id=number)


def change(tx: Tx, number: int, **values: object) -> None:
    tx.execute(update(Process).where(Process.id == number).values(**values))


def remove(tx: Tx, number: int) -> None:
    _REMOVE.run(tx, {"number": number})


def list_all(tx: Tx) -> list[Process]:
    """All processes, in order of their numbers: there are dozens of them, not thousands."""
    return _ALL.all(tx)


def list_of_person(tx: Tx, user_id: str) -> list[tuple[Process, str]]:
    """The processes in whose group the person has a seat, or waits for one, and what it is; without those dropped."""
    return [(row, row.seat) for row in _OF_PERSON.run(tx, {"user_id": user_id})]


def list_evaluated(tx: Tx, *, since: date) -> list[Process]:
    """Those whose evaluation ends on that day or later."""
    return _EVALUATED.all(tx, since=since)
