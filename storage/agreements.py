"""Agreements of groups: what shall be different by the next meeting, who sees to it, and whether it came true."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Date, Index, bindparam, delete, func, insert, or_, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows

_OPEN = text("state = 'open'")


class Agreement(Base):
    """V8 is 8."""

    __tablename__ = "agreements"
    __table_args__ = (
        Index(None, "process", "state", "id"),
        Index(None, "meeting"),
        Index(None, "author"),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    process: Mapped[int]
    meeting: Mapped[int | None]  # in whose minutes it stands
    title: Mapped[str]
    until: Mapped[date | None] = mapped_column(Date)
    author: Mapped[str]  # Matrix id; empty after erasure
    state: Mapped[str]  # open, kept, missed, dropped: was taken back
    reason: Mapped[str | None]  # why it was missed
    carrier: Mapped[str]  # the event that brought the state about
    made_at: Mapped[datetime]


class Responsible(Base):
    """Somebody sees to the agreement; gone after erasure."""

    __tablename__ = "agreement_people"
    __table_args__ = (Index(None, "user_id"),)
    agreement: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    user_id: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int]  # in the order in which they were named


AGREEMENT = Rows(Agreement, select(Agreement).where(Agreement.id == bindparam("id")))
_OPEN_ONES = Rows(
    Agreement,
    select(Agreement)
    .where(Agreement.process == bindparam("process"), _OPEN)
    .order_by(Agreement.until.is_(None), Agreement.until, Agreement.id),
)
_OF_MEETING = Rows(
    Agreement, select(Agreement).where(Agreement.meeting == bindparam("meeting")).order_by(Agreement.id)
)
_OF_PERSON = Rows(
    Agreement,
    select(Agreement)
    .where(
        or_(
            Agreement.author == bindparam("user"),
            Agreement.id.in_(select(Responsible.agreement).where(Responsible.user_id == bindparam("user"))),
        )
    )
    .order_by(Agreement.id),
)
_OPEN_OF = Rows(
    Agreement,
    select(Agreement)
    .join(Responsible, Responsible.agreement == Agreement.id)
    .where(Responsible.user_id == bindparam("user"), _OPEN)
    .order_by(Agreement.until.is_(None), Agreement.until, Agreement.id),
)
_PEOPLE = Prepared(
    select(Responsible.user_id)
    .where(Responsible.agreement == bindparam("number"))
    .order_by(Responsible.place)
)
_ADD = Prepared(insert(Agreement))
_ENTRUST = Prepared(insert(Responsible).inline())
_REMOVE = Prepared(delete(Agreement).where(Agreement.id == bindparam("number")))
_RELIEVE = Prepared(delete(Responsible).where(Responsible.agreement == bindparam("number")))


def add(tx: Tx, *, people: Sequence[str] = (), **values: object) -> None:
    _ADD.run(tx, {"state": "open", "reason": None, "carrier": "", **values})
    if people:
        entrust(tx, int(str(values["id"])), people)


def people(tx: Tx, number: int) -> tuple[str, ...]:
    """The people who see to it, in the order in which they were named."""
    return tuple(row[0] for row in _PEOPLE.run(tx, {"number": number}))


def entrust(tx: Tx, number: int, users: Sequence[str]) -> None:
    """These people see to it, and nobody else."""
    _RELIEVE.run(tx, {"number": number})
    rows = [{"agreement": number, "user_id": user, "place": n} for n, user in enumerate(users)]
    if rows:
        _ENTRUST.run(tx, rows)


def find(tx: Tx, number: int) -> Agreement | None:
    return AGREEMENT.first(tx, id=number)


def change(tx: Tx, number: int, **values: object) -> None:
    tx.execute(update(Agreement).where(Agreement.id == number).values(**values))


def remove(tx: Tx, number: int) -> None:
    _REMOVE.run(tx, {"number": number})
    _RELIEVE.run(tx, {"number": number})


def list_open(tx: Tx, process: int) -> list[Agreement]:
    """The group's open ones, the most urgent first."""
    return _OPEN_ONES.all(tx, process=process)


def list_of_meeting(tx: Tx, meeting: int) -> list[Agreement]:
    """Those that stand in its minutes, also those taken back."""
    return _OF_MEETING.all(tx, meeting=meeting)


def list_page(
    tx: Tx, *, limit: int, offset: int, process: int | None = None, who: str | None = None
) -> tuple[list[Agreement], int]:
    """Those of a group, or of a person: open ones first, the most urgent first; and how many there are."""
    found = select(Agreement).where(Agreement.state != "dropped")
    if process is not None:
        found = found.where(Agreement.process == process)
    if who is not None:
        mine = select(Responsible.agreement).where(Responsible.user_id == who)
        found = found.where(Agreement.id.in_(mine))
    total: int = tx.execute(found.with_only_columns(func.count())).scalar_one()
    page = found.order_by(
        (Agreement.state != "open"), Agreement.until.is_(None), Agreement.until, Agreement.id
    )
    return Rows(Agreement, page.limit(limit).offset(offset)).all(tx), total


def list_of_person(tx: Tx, user_id: str) -> list[Agreement]:
    """Those the person sees to, or has written down."""
    return _OF_PERSON.all(tx, user=user_id)


def list_open_of(tx: Tx, user_id: str) -> list[Agreement]:
    """The open ones that the person sees to, the most urgent first."""
    return _OPEN_OF.all(tx, user=user_id)


def forget(tx: Tx, user_id: str) -> None:
    """The agreements stay, without the person's name."""
    tx.execute(delete(Responsible).where(Responsible.user_id == user_id))
    tx.execute(update(Agreement).where(Agreement.author == user_id).values(author=""))
