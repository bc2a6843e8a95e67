"""Hours that people have worked, and the reports that were made of them.

Which report came last when something was entered or withdrawn is kept with it, as a number: so the next report finds
what is different from what an earlier one has said, whatever the clocks were.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Date, Index, and_, bindparam, delete, func, insert, or_, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from storage import counters
from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows

ENTERED: Final = "entered"
WITHDRAWN: Final = "withdrawn"
_REPORTS: Final = "hours reports"  # counts them


class Worked(Base):
    """H7 is 7."""

    __tablename__ = "hours"
    __table_args__ = (
        Index(None, "user_id", "on_day", "id"),
        Index(None, "on_day", "state", "minutes"),  # a month's are added up without reading them
        Index(None, "entered_after"),
        Index(None, "withdrawn_after"),
        Index(None, "meeting"),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    user_id: Mapped[str]  # Matrix id; empty after erasure
    municipality: Mapped[str | None]  # for which they worked then
    process: Mapped[int]
    meeting: Mapped[int | None]
    minutes: Mapped[int]
    on_day: Mapped[date] = mapped_column(Date)
    what: Mapped[str]  # in their words; empty after erasure
    state: Mapped[str]  # entered, withdrawn
    carrier: Mapped[str]  # the event that entered it
    entered_at: Mapped[datetime]
    entered_after: Mapped[int]  # the last report then
    withdrawn_after: Mapped[int | None]


class Report(Base):
    """A report was made of these days, and if so, of this process or municipality alone."""

    __tablename__ = "hours_reports"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[date] = mapped_column(Date)
    until: Mapped[date] = mapped_column(Date)
    process: Mapped[int | None]
    municipality: Mapped[str | None]
    made_at: Mapped[datetime]


class Asked(Base):
    """Somebody was asked, once, whether the hours of this meeting shall be entered; in the line of this number."""

    __tablename__ = "hours_asked"
    user_id: Mapped[str] = mapped_column(primary_key=True)
    meeting: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line: Mapped[int] = mapped_column(index=True)


@dataclass(frozen=True)
class Period:
    """The days of a report, first and last, and what it is of alone."""

    since: date
    until: date
    process: int | None = None
    municipality: str | None = None


_ENTERED = text("state = 'entered'")
_WITHDRAWN = text("state = 'withdrawn'")
_user: Any = bindparam("user")
_BETWEEN = (Worked.on_day >= bindparam("since"), Worked.on_day <= bindparam("until"))
_MINE = (Worked.user_id == _user, *_BETWEEN, _ENTERED)
_ADD = Prepared(insert(Worked))
_BY_ID = Rows(Worked, select(Worked).where(Worked.id == bindparam("number")))
_LAST = Rows(
    Worked, select(Worked).where(Worked.user_id == _user, _ENTERED).order_by(Worked.id.desc()).limit(1)
)
_PAGE = Rows(
    Worked,
    select(Worked)
    .where(*_MINE)
    .order_by(Worked.on_day.desc(), Worked.id.desc())
    .offset(bindparam("offset"))
    .limit(bindparam("limit")),
)
_LIKE = Rows(
    Worked,
    select(Worked)
    .where(
        Worked.user_id == _user,
        Worked.on_day == bindparam("day"),
        _ENTERED,
        Worked.id < bindparam("before"),
        Worked.process == bindparam("of"),
        Worked.minutes == bindparam("so_long"),
        Worked.what == bindparam("said"),
    )
    .order_by(Worked.id.desc())
    .limit(1),
)
_TOTAL = Prepared(select(func.count(), func.coalesce(func.sum(Worked.minutes), 0)).where(*_MINE))
_OF_PERSON = Rows(Worked, select(Worked).where(Worked.user_id == _user).order_by(Worked.id))
_OF_MEETING = Rows(
    Worked,
    select(Worked).where(Worked.meeting == bindparam("of"), Worked.user_id == _user, _ENTERED).limit(1),
)
_CARRIED = Rows(
    Worked, select(Worked).where(Worked.user_id == _user, Worked.carrier == bindparam("by"), _ENTERED)
)
_REMOVE = Prepared(delete(Worked).where(Worked.id == bindparam("number")))
_SET = Prepared(
    update(Worked)
    .where(Worked.id == bindparam("number"))
    .values(state=bindparam("to"), withdrawn_after=bindparam("after"))
)
_FORGET = Prepared(update(Worked).where(Worked.user_id == _user).values(user_id="", what="", carrier=""))
_ASK = Prepared(insert(Asked))
_LINE_OF = Prepared(select(Asked.line).where(Asked.user_id == _user, Asked.meeting == bindparam("of")))
_LINE = Rows(Asked, select(Asked).where(Asked.line == bindparam("number")).order_by(Asked.meeting))
_UNENTERED = Rows(
    Asked,
    select(Asked)
    .where(
        Asked.user_id == _user,
        ~select(Worked.id).where(Worked.meeting == Asked.meeting, Worked.user_id == _user, _ENTERED).exists(),
    )
    .order_by(Asked.meeting.desc())
    .limit(bindparam("limit")),
)
_FORGET_ASKED = Prepared(delete(Asked).where(Asked.user_id == _user))
_ADD_REPORT = Prepared(insert(Report))
_REPORTS_MADE = Rows(Report, select(Report).order_by(Report.id))
_REMOVE_REPORT = Prepared(delete(Report).where(Report.id == bindparam("number")))
_OUTSIDE = or_(Worked.on_day < bindparam("since"), Worked.on_day > bindparam("until"))
_IN_REPORT = Rows(
    Worked,
    select(Worked)
    .where(
        or_(
            and_(*_BETWEEN, _ENTERED, Worked.entered_after >= bindparam("first")),
            and_(_OUTSIDE, Worked.entered_after >= bindparam("after")),
            and_(*_BETWEEN, _WITHDRAWN),
            Worked.withdrawn_after >= bindparam("after"),
        )
    )
    .order_by(Worked.on_day, Worked.id),
)
_ADDED_UP = (
    select(Worked.user_id, Worked.municipality, Worked.process, func.sum(Worked.minutes).label("minutes"))
    .where(*_BETWEEN, _ENTERED, Worked.entered_after < bindparam("first"))
    .group_by(Worked.user_id, Worked.municipality, Worked.process)
)


def add(tx: Tx, **values: object) -> None:
    """It is entered."""
    more = {"state": ENTERED, "entered_after": last_report(tx), "withdrawn_after": None}
    _ADD.run(tx, {"meeting": None, **values, **more})


def find(tx: Tx, number: int) -> Worked | None:
    return _BY_ID.first(tx, number=number)


def last_of(tx: Tx, user_id: str) -> Worked | None:
    """The person's last entry."""
    return _LAST.first(tx, user=user_id)


def like(tx: Tx, row: Worked) -> Worked | None:
    """The person's last entry before this one that says the same: so long, that day, for that, in those words."""
    day = {"user": row.user_id, "day": row.on_day, "before": row.id}
    return _LIKE.first(tx, **day, of=row.process, so_long=row.minutes, said=row.what)


def of_meeting(tx: Tx, user_id: str, meeting: int) -> Worked | None:
    """The person's entry for the meeting."""
    return _OF_MEETING.first(tx, user=user_id, of=meeting)


def carried_by(tx: Tx, user_id: str, carrier: str) -> list[Worked]:
    """The person's entries that this event has made."""
    return _CARRIED.all(tx, user=user_id, by=carrier)


def withdraw(tx: Tx, number: int) -> None:
    _SET.run(tx, {"number": number, "to": WITHDRAWN, "after": last_report(tx)})


def restore(tx: Tx, number: int) -> None:
    """It is entered as if it had never been withdrawn."""
    _SET.run(tx, {"number": number, "to": ENTERED, "after": None})


def remove(tx: Tx, number: int) -> None:
    """There is no such entry."""
    _REMOVE.run(tx, {"number": number})


def total(tx: Tx, user_id: str, since: date, until: date) -> tuple[int, int]:
    """The number of the person's entries of these days, and their minutes."""
    rows, minutes = _TOTAL.run(tx, {"user": user_id, "since": since, "until": until}).one()
    return int(rows), int(minutes)


def page(tx: Tx, user_id: str, since: date, until: date, *, offset: int, limit: int) -> list[Worked]:
    """The person's entries of these days, the newest first."""
    return _PAGE.all(tx, user=user_id, since=since, until=until, offset=offset, limit=limit)


def list_of(tx: Tx, user_id: str) -> list[Worked]:
    """All that the person has entered, also what is withdrawn."""
    return _OF_PERSON.all(tx, user=user_id)


def erase(tx: Tx, user_id: str) -> None:
    """What was worked counts on, without a name and in nobody's words."""
    _FORGET.run(tx, {"user": user_id})
    _FORGET_ASKED.run(tx, {"user": user_id})


# --- asked about after a meeting


def ask(tx: Tx, user_id: str, meeting: int, *, line: int) -> None:
    """The person is asked about the meeting in this line; was not before."""
    _ASK.run(tx, {"user_id": user_id, "meeting": meeting, "line": line})


def line_of(tx: Tx, user_id: str, meeting: int) -> int | None:
    """The line in which the person was asked about the meeting."""
    found: int | None = _LINE_OF.run(tx, {"user": user_id, "of": meeting}).scalar()
    return found


def list_asked(tx: Tx, line: int) -> list[Asked]:
    """All that the line asks about, of one person."""
    return _LINE.all(tx, number=line)


def list_unentered(tx: Tx, user_id: str, *, limit: int) -> list[Asked]:
    """The newest meetings about which the person was asked, and for which no hours are entered."""
    return _UNENTERED.all(tx, user=user_id, limit=limit)


# --- reports


def last_report(tx: Tx) -> int:
    """The number of the last report; 0 where there was none."""
    return counters.value(tx, _REPORTS)


def add_report(tx: Tx, period: Period, *, at: datetime) -> int:
    """The report was made; its number."""
    number = counters.next_number(tx, _REPORTS)
    values = {"since": period.since, "until": period.until, "process": period.process}
    _ADD_REPORT.run(tx, {"id": number, **values, "municipality": period.municipality, "made_at": at})
    return number


def remove_report(tx: Tx, number: int) -> None:
    """There was no such report."""
    _REMOVE_REPORT.run(tx, {"number": number})


def list_reports(tx: Tx) -> list[Report]:
    """All that were made, the first one first."""
    return _REPORTS_MADE.all(tx)


@dataclass(frozen=True)
class Sum:
    """The minutes of one person, for one municipality and process."""

    user_id: str
    municipality: str | None
    process: int
    minutes: int


def add_up(tx: Tx, period: Period, *, before: int) -> list[Sum]:
    """What was worked on these days and entered before that report was made, of what the period is of alone."""
    values = {"since": period.since, "until": period.until, "first": before}
    return [
        Sum(user, town, process, int(minutes))
        for user, town, process, minutes in tx.execute(_ADDED_UP, values)
        if period.process in (None, process) and period.municipality in (None, town)
    ]


def list_for(tx: Tx, period: Period, *, first: int, after: int) -> list[Worked]:
    """One by one, what `add_up` does not add up, of what the period is of alone.

    What was entered of these days after the report `first`, and withdrawn; and all that came or went elsewhere after
    the report `after`.
    """
    found = _IN_REPORT.all(tx, since=period.since, until=period.until, first=first, after=after)
    return [
        one
        for one in found
        if period.process in (None, one.process) and period.municipality in (None, one.municipality)
    ]
