"""Who has asked on the pages outside to become a Public Innovator: kept for some weeks, and without a Matrix id."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, bindparam, delete, insert, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows


class Application(Base):
    __tablename__ = "applications"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stamp: Mapped[str] = mapped_column(
        unique=True
    )  # of the form that was sent: sent twice, it is the same one
    name: Mapped[str]
    municipality: Mapped[str]
    function: Mapped[str]
    knowhow: Mapped[list[str]] = mapped_column(JSON)
    interests: Mapped[list[str]] = mapped_column(JSON)
    contact: Mapped[str] = mapped_column(index=True)  # a Matrix id or an e-mail address
    language: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
    outcome: Mapped[str]  # open, admitted, declined
    decided_by: Mapped[str | None] = mapped_column(index=True)  # Matrix id; empty after erasure
    decided_at: Mapped[datetime | None]


APPLICATION = Rows(Application, select(Application).where(Application.id == bindparam("id")))
_BY_STAMP = Rows(Application, select(Application).where(Application.stamp == bindparam("stamp")))
_OLD = Rows(
    Application, select(Application).where(Application.at <= bindparam("until")).order_by(Application.at)
)
_NAMING = Rows(
    Application,
    select(Application).where(
        or_(Application.contact == bindparam("user"), Application.decided_by == bindparam("user"))
    ),
)
_ADD = Prepared(insert(Application))
_REMOVE = Prepared(delete(Application).where(Application.id == bindparam("number")))
_SETTLE = Prepared(
    update(Application)
    .where(Application.id == bindparam("number"))
    .values(outcome=bindparam("to"), decided_by=bindparam("by"), decided_at=bindparam("when"))
)
_FORGET = Prepared(
    update(Application).where(Application.decided_by == bindparam("user")).values(decided_by="")
)


def add(tx: Tx, *, number: int, **values: object) -> None:
    _ADD.run(tx, {"id": number, "outcome": "open", "decided_by": None, "decided_at": None, **values})


def find(tx: Tx, number: int) -> Application | None:
    return APPLICATION.first(tx, id=number)


def is_known(tx: Tx, stamp: str) -> bool:
    """Was this very form taken already?"""
    return _BY_STAMP.first(tx, stamp=stamp) is not None


def list_old(tx: Tx, *, until: datetime) -> list[Application]:
    """Those that came until then, decided or not."""
    return _OLD.all(tx, until=until)


def list_naming(tx: Tx, user_id: str) -> list[Application]:
    """Those that this person has sent, or decided."""
    return sorted(_NAMING.all(tx, user=user_id), key=lambda one: one.id)


def settle(tx: Tx, number: int, outcome: str, *, by: str | None, at: datetime | None) -> None:
    _SETTLE.run(tx, {"number": number, "to": outcome, "by": by, "when": at})


def remove(tx: Tx, number: int) -> None:
    _REMOVE.run(tx, {"number": number})


def forget_decider(tx: Tx, user_id: str) -> None:
    """Those that the person has decided no longer say who did."""
    _FORGET.run(tx, {"user": user_id})
