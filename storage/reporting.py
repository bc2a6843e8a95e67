"""How much has happened in a stretch of time: read from indexes by time, whatever else there is."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Index, Select, and_, bindparam, func, or_, select

from storage.agreements import Agreement
from storage.audit import Entry
from storage.engine.base import Tx
from storage.engine.statements import Prepared, Rows, is_any
from storage.events import Event
from storage.hours import ENTERED, Worked
from storage.ideas import Idea
from storage.meetings import Attendance, Meeting
from storage.members import Member
from storage.news import News
from storage.process_history import Change
from storage.votes import Vote

Index(None, Idea.created_at)
Index(None, Vote.at)
Index(None, Meeting.state, Meeting.start_at)
Index(None, Agreement.made_at)
Index(None, Member.joined_at)
Index(None, Change.kind, Change.at)


def _in(column: Any) -> ColumnElement[bool]:
    return and_(column >= bindparam("since"), column < bindparam("until"))


_HELD = and_(Meeting.state == "held", _in(Meeting.start_at))
_COUNTS: Final[dict[str, Select[Any]]] = {
    "joined": select(func.count()).where(_in(Member.joined_at), Member.municipality > ""),  # PIs, as in all
    "ideas": select(func.count()).where(_in(Idea.created_at), Idea.state != "withdrawn"),
    "votes": select(func.count()).where(_in(Vote.at)),
    "news": select(func.count()).where(News.state == "published", _in(News.published_at)),
    "events": select(func.count()).where(
        or_(Event.kind == "event", Event.kind == "training"), _in(Event.over_at), Event.cancelled.is_(False)
    ),
    "meetings": select(func.count()).where(_HELD),
    "attended": select(func.count())
    .select_from(Attendance)
    .join(Meeting, Meeting.id == Attendance.meeting)
    .where(_HELD),
    "agreements": select(func.count()).where(_in(Agreement.made_at), Agreement.state != "dropped"),
    "steps": select(func.count()).where(Change.kind == "phase", _in(Change.at)),
}
_ALL: Final = Prepared(select(*(query.scalar_subquery().label(name) for name, query in _COUNTS.items())))
_MINUTES = Prepared(
    select(func.coalesce(func.sum(Worked.minutes), 0)).where(
        Worked.on_day >= bindparam("first"), Worked.on_day <= bindparam("last"), Worked.state == ENTERED
    )
)
_DECIDING: Final = ("idea accept", "idea reject", "idea implement", "idea done", "idea merge")
_DECIDED = Prepared(
    select(Entry.ref)
    .distinct()
    .where(_in(Entry.at), is_any(Entry.command, _DECIDING))
    .limit(bindparam("most"))
)
_STEPS = Rows(
    Change,
    select(Change)
    .where(Change.kind == "phase", _in(Change.at))
    .order_by(Change.at.desc(), Change.id.desc())
    .limit(bindparam("most")),
)


def counts(tx: Tx, *, since: datetime, until: datetime) -> dict[str, int]:
    """What was counted from then on and before then, by what it is."""
    row = _ALL.run(tx, {"since": since, "until": until}).one()
    return {name: int(count) for name, count in zip(_COUNTS, row, strict=True)}


def minutes(tx: Tx, *, first: date, last: date) -> int:
    """The minutes that were worked on these days, both included."""
    return int(_MINUTES.run(tx, {"first": first, "last": last}).scalar_one())


def decided(tx: Tx, *, since: datetime, until: datetime, most: int) -> list[str]:
    """The references of the ideas that something was decided about, also what was taken back since."""
    return [row[0] for row in _DECIDED.run(tx, {"since": since, "until": until, "most": most})]


def list_steps(tx: Tx, *, since: datetime, until: datetime, most: int) -> list[Change]:
    """The newest steps of processes from one phase to another."""
    return _STEPS.all(tx, since=since, until=until, most=most)
