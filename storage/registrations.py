"""Who asked to become a Public Innovator, and what was decided about it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, bindparam, delete, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows


class Registration(Base):
    """A registration; what the person said about themselves stands in the member's row."""

    __tablename__ = "registrations"
    __table_args__ = (Index(None, "user_id", "id"), Index(None, "decided_by"))
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    user_id: Mapped[str]
    at: Mapped[datetime]
    outcome: Mapped[str]  # open, admitted, declined, withdrawn
    decided_by: Mapped[str | None]  # Matrix id; empty after erasure
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]


REGISTRATION = Rows(Registration, select(Registration).where(Registration.id == bindparam("id")))
_OF = Rows(
    Registration,
    select(Registration).where(Registration.user_id == bindparam("user_id")).order_by(Registration.id),
)
_NAMING = Prepared(
    select(Registration.id).where(
        (Registration.user_id == bindparam("user_id")) | (Registration.decided_by == bindparam("user_id"))
    )
)
_OPEN = Rows(
    Registration,
    select(Registration).where(Registration.user_id == bindparam("user_id"), Registration.outcome == "open"),
)
_ADD = Prepared(insert(Registration))


def add(tx: Tx, *, number: int, user_id: str, at: datetime) -> None:
    _ADD.run(tx, {"id": number, "user_id": user_id, "at": at, "outcome": "open"})


def find(tx: Tx, number: int) -> Registration | None:
    return REGISTRATION.first(tx, id=number)


def find_open(tx: Tx, user_id: str) -> Registration | None:
    """The person's registration that waits for an answer."""
    return _OPEN.first(tx, user_id=user_id)


def list_of(tx: Tx, user_id: str) -> list[Registration]:
    return _OF.all(tx, user_id=user_id)


def list_naming(tx: Tx, user_id: str) -> list[int]:
    """The numbers of the person's registrations, and of those that they have decided."""
    return list(_NAMING.run(tx, {"user_id": user_id}).scalars())


def settle(
    tx: Tx, number: int, outcome: str, *, at: datetime, by: str | None = None, reason: str | None = None
) -> None:
    """The registration is decided, or withdrawn."""
    values = {"outcome": outcome, "decided_at": at, "decided_by": by, "reason": reason}
    tx.execute(update(Registration).where(Registration.id == number).values(**values))


def reopen(tx: Tx, number: int) -> None:
    """The registration waits for an answer again."""
    values = {"outcome": "open", "decided_at": None, "decided_by": None, "reason": None}
    tx.execute(update(Registration).where(Registration.id == number).values(**values))


def remove(tx: Tx, number: int) -> None:
    tx.execute(delete(Registration).where(Registration.id == number))


def forget(tx: Tx, user_id: str) -> None:
    """The person's registrations are gone; those they decided no longer say who did."""
    tx.execute(delete(Registration).where(Registration.user_id == user_id))
    tx.execute(update(Registration).where(Registration.decided_by == user_id).values(decided_by=""))
