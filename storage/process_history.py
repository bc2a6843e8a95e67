"""What has become of a process, step by step: who changed what, when and why. Nothing is taken out of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows


class Change(Base):
    """One step. `before` and `after` are codes where there are codes: of phases, and of work products' states."""

    __tablename__ = "process_history"
    __table_args__ = (Index(None, "process", "id"), Index(None, "process", "kind", "id"), Index(None, "by"))
    id: Mapped[int] = mapped_column(primary_key=True)
    process: Mapped[int]
    kind: Mapped[str]  # made, phase, product, edit, document, criterion, rollout, variants
    what: Mapped[str]  # the product's code, the field, the title, the municipality; empty for phases
    before: Mapped[str | None]
    after: Mapped[str | None]
    reason: Mapped[str | None]
    by: Mapped[str]  # Matrix id; empty where it was the consent of the group, and after erasure
    event_id: Mapped[str]
    at: Mapped[datetime]


_ADD = Prepared(insert(Change).returning(Change.id))
_REMOVE = Prepared(delete(Change).where(Change.id == bindparam("number")))
_CLEAR = Prepared(delete(Change).where(Change.process == bindparam("number")))
_NEWEST = Rows(
    Change,
    select(Change)
    .where(Change.process == bindparam("process"))
    .order_by(Change.id.desc())
    .offset(bindparam("offset"))
    .limit(bindparam("limit")),
)
_COUNT = Prepared(select(func.count()).where(Change.process == bindparam("process")))
_LATEST = Prepared(
    select(func.max(Change.id)).where(
        Change.process == bindparam("process"), Change.kind == bindparam("kind")
    )
)
_OF_PERSON = Rows(Change, select(Change).where(Change.by == bindparam("by")).order_by(Change.id))
_FORGET = Prepared(update(Change).where(Change.by == bindparam("user")).values(by=""))


def add(
    tx: Tx,
    *,
    process: int,
    kind: str,
    what: str,
    before: str | None,
    after: str | None,
    reason: str | None,
    by: str,
    event_id: str,
    at: datetime,
) -> int:
    """Record a step; the number of this entry."""
    values = {
        "process": process,
        "kind": kind,
        "what": what,
        "before": before,
        "after": after,
        "reason": reason,
        "by": by,
        "event_id": event_id,
        "at": at,
    }
    return int(_ADD.run(tx, values).scalar_one())


def remove(tx: Tx, number: int) -> None:
    """An edited command makes this step anew."""
    _REMOVE.run(tx, {"number": number})


def clear(tx: Tx, process: int) -> None:
    """An edited command makes the process anew."""
    _CLEAR.run(tx, {"number": process})


def list_newest(tx: Tx, process: int, *, limit: int, offset: int = 0) -> list[Change]:
    return _NEWEST.all(tx, process=process, offset=offset, limit=limit)


def count(tx: Tx, process: int) -> int:
    return int(_COUNT.run(tx, {"process": process}).scalar_one())


def latest(tx: Tx, process: int, kind: str) -> int:
    """The number of the last step of this kind; 0 where there is none."""
    return int(_LATEST.run(tx, {"process": process, "kind": kind}).scalar() or 0)


def list_of_person(tx: Tx, user_id: str) -> list[Change]:
    return _OF_PERSON.all(tx, by=user_id)


def forget_person(tx: Tx, user_id: str) -> None:
    """The steps stay, without a name."""
    _FORGET.run(tx, {"user": user_id})
