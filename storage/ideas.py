"""The idea pool: ideas, the history of their texts, and how many there are in each state.

Those numbers are kept in `storage.counters` by the functions here, so that no list has to count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Index, Select, bindparam, delete, func, insert, select, union_all, update
from sqlalchemy.orm import Mapped, mapped_column

from storage import counters
from storage.counters import Counter
from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows

COUNTED = frozenset({"state", "topic_key", "campaign"})


class Idea(Base):
    """An idea. Its counts are made anew from votes and ratings at each change, for sorting lists."""

    __tablename__ = "ideas"
    __table_args__ = (
        Index(None, "state", "id"),
        Index(None, "author", "id"),
        Index(None, "topic_key", "id"),
        Index(None, "topic_key", "votes_for", "id"),
        Index(None, "topic_key", "score", "id"),
        Index(None, "votes_for", "id"),
        Index(None, "score", "id"),
        Index(None, "state", "votes_for", "id"),
        Index(None, "state", "score", "id"),
        Index(None, "campaign", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    author: Mapped[str]  # Matrix id; empty after erasure
    title: Mapped[str]
    text: Mapped[str]
    topic: Mapped[str | None]
    topic_key: Mapped[str | None]  # folded, for finding
    campaign: Mapped[int | None]
    state: Mapped[
        str
    ]  # submitted, under_review, accepted, implementing, implemented, rejected, merged, withdrawn
    reason: Mapped[str | None]  # of the decision, published
    merged_into: Mapped[int | None]
    process: Mapped[int | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    votes_for: Mapped[int] = mapped_column(default=0)
    votes_against: Mapped[int] = mapped_column(default=0)
    votes_neutral: Mapped[int] = mapped_column(default=0)
    rating_count: Mapped[int] = mapped_column(default=0)
    effort: Mapped[float | None]  # mean of the ratings, 1 to 5
    benefit: Mapped[float | None]
    score: Mapped[float] = mapped_column(default=0.0)  # benefit divided by effort; 0 without ratings


class Wording(Base):
    """The text of an idea until its author changed it."""

    __tablename__ = "idea_history"
    __table_args__ = (Index(None, "idea_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    idea_id: Mapped[int]
    title: Mapped[str]
    text: Mapped[str]
    topic: Mapped[str | None]
    until: Mapped[datetime]


IDEA = Rows(Idea, select(Idea).where(Idea.id == bindparam("id")))
_MERGED = Prepared(select(Idea.id).where(Idea.merged_into == bindparam("number")).order_by(Idea.id))
_ADD = Prepared(insert(Idea))
_ADD_WORDING = Prepared(insert(Wording).returning(Wording.id))
_WORDINGS = Rows(
    Wording,
    select(Wording)
    .where(Wording.idea_id == bindparam("idea_id"))
    .order_by(Wording.id.desc())
    .limit(bindparam("limit")),
)
_COUNTS = Prepared(
    select(func.sum(Counter.value)).where(Counter.name.in_(bindparam("names", expanding=True)))
)
_BY_IDS = Rows(Idea, select(Idea).where(Idea.id.in_(bindparam("ids", expanding=True))))
_OUTLINES = Prepared(
    select(Idea.id, Idea.state, Idea.topic_key, Idea.votes_for, Idea.score).where(
        Idea.id.in_(bindparam("ids", expanding=True))
    )
)
_FIRST = [  # the oldest of each state: an index has them in this order
    select(
        select(Idea.id).where(Idea.state == state).order_by(Idea.id).limit(bindparam("limit")).subquery().c.id
    )
    for state in ("submitted", "under_review")
]
_UNDECIDED = Rows(
    Idea,
    select(Idea).where(Idea.id.in_(union_all(*_FIRST))).order_by(Idea.id).limit(bindparam("limit")),
)
_OF_AUTHOR = Rows(
    Idea,
    select(Idea)
    .where(Idea.author == bindparam("author"))
    .order_by(Idea.id.desc())
    .offset(bindparam("offset"))
    .limit(bindparam("limit")),
)
_COUNT_OF_AUTHOR = Prepared(select(func.count()).where(Idea.author == bindparam("author")))
_ALL_OF_AUTHOR = Rows(Idea, select(Idea).where(Idea.author == bindparam("author")).order_by(Idea.id))


# --- ideas


def add(
    tx: Tx,
    *,
    number: int,
    author: str,
    title: str,
    text: str,
    topic: str | None,
    topic_key: str | None,
    campaign: int | None,
    at: datetime,
) -> None:
    values = {
        "id": number,
        "author": author,
        "title": title,
        "text": text,
        "topic": topic,
        "topic_key": topic_key,
        "campaign": campaign,
        "state": "submitted",
        "created_at": at,
        "changed_at": at,
    }
    _ADD.run(tx, values)
    _count(tx, values, 1)


def list_merged(tx: Tx, number: int) -> list[int]:
    """The ideas that were merged into this one."""
    return [row[0] for row in _MERGED.run(tx, {"number": number})]


def find(tx: Tx, number: int) -> Idea | None:
    return IDEA.first(tx, id=number)


def change(tx: Tx, number: int, **values: object) -> None:
    """Set these columns; a new topic comes with its key."""
    before = find(tx, number) if COUNTED & values.keys() else None
    tx.execute(update(Idea).where(Idea.id == number).values(**values))
    if before is not None:
        was = {name: getattr(before, name) for name in COUNTED}
        _count(tx, was, -1)
        _count(tx, was | values, 1)


def remove(tx: Tx, number: int) -> None:
    """There is no such idea any more, and no history of it."""
    before = find(tx, number)
    if before is not None:
        tx.execute(delete(Wording).where(Wording.idea_id == number))
        tx.execute(delete(Idea).where(Idea.id == number))
        _count(tx, {name: getattr(before, name) for name in COUNTED}, -1)


def forget_author(tx: Tx, user_id: str) -> None:
    """The person's ideas stay, without a name."""
    tx.execute(update(Idea).where(Idea.author == user_id).values(author=""))


# --- history


def add_wording(tx: Tx, idea: Idea, *, until: datetime) -> int:
    """Keep what the idea says now, before it is changed; the number of this entry."""
    values = {"idea_id": idea.id, "title": idea.title, "text": idea.text, "topic": idea.topic, "until": until}
    return int(_ADD_WORDING.run(tx, values).scalar_one())


def list_wordings(tx: Tx, number: int, *, limit: int) -> list[Wording]:
    """The idea's former texts, newest first."""
    return _WORDINGS.all(tx, idea_id=number, limit=limit)


def remove_wording(tx: Tx, wording_id: int) -> None:
    tx.execute(delete(Wording).where(Wording.id == wording_id))


# --- lists


def count(tx: Tx, states: Iterable[str], topic_key: str | None) -> int:
    """The number of ideas in these states, of this topic or of all."""
    names = [_counter(state, topic_key) for state in states]
    return int(_COUNTS.run(tx, {"names": names}).scalar() or 0)


def list_page(
    tx: Tx,
    *,
    hidden: Sequence[str],
    state: str | None,
    topic_key: str | None,
    sort: str,
    offset: int,
    limit: int,
) -> list[Idea]:
    """Ideas in this state, or in all but the hidden ones; `sort`: new, votes or matrix, the highest first."""
    query = _page(state is not None, bool(hidden), topic_key is not None, sort)
    values: dict[str, Any] = {"state": state, "hidden": list(hidden), "topic_key": topic_key}
    used = {k: v for k, v in values.items() if v}
    return query.all(tx, offset=offset, limit=limit, **used)


def list_these(tx: Tx, ids: Sequence[int]) -> list[Idea]:
    """The ideas of these numbers, in their order."""
    found = {idea.id: idea for idea in _BY_IDS.all(tx, ids=ids)}
    return [found[number] for number in ids]


def list_outlines(tx: Tx, ids: Iterable[int]) -> list[Any]:
    """Of these ideas what lists are filtered and sorted by: id, state, topic_key, votes_for, score."""
    return list(_OUTLINES.run(tx, {"ids": list(ids)}))


def list_undecided(tx: Tx, *, limit: int) -> list[Idea]:
    """The ideas on which nothing is decided, the oldest first."""
    return _UNDECIDED.all(tx, limit=limit)


def list_of_author(tx: Tx, author: str, *, offset: int, limit: int) -> list[Idea]:
    """The person's ideas, newest first."""
    return _OF_AUTHOR.all(tx, author=author, offset=offset, limit=limit)


def count_of_author(tx: Tx, author: str) -> int:
    return int(_COUNT_OF_AUTHOR.run(tx, {"author": author}).scalar_one())


def list_all_of_author(tx: Tx, author: str) -> list[Idea]:
    return _ALL_OF_AUTHOR.all(tx, author=author)


@cache
def _page(one_state: bool, some_hidden: bool, one_topic: bool, sort: str) -> Rows[Idea]:
    """The statement for a kind of list: it walks down an index in order, and stops after the page."""
    query: Select[Idea] = select(Idea)
    if one_state:
        query = query.where(Idea.state == bindparam("state"))
    elif some_hidden:
        query = query.where(Idea.state.not_in(bindparam("hidden", expanding=True)))
    if one_topic:
        query = query.where(Idea.topic_key == bindparam("topic_key"))
    if sort != "new":
        query = query.order_by((Idea.votes_for if sort == "votes" else Idea.score).desc())
    query = query.order_by(Idea.id.desc())
    return Rows(Idea, query.offset(bindparam("offset")).limit(bindparam("limit")))


# --- counts


def _counter(state: str, topic_key: str | None) -> str:
    return f"ideas {state} {topic_key}" if topic_key else f"ideas {state}"


def _of_campaign(state: str, campaign: int) -> str:
    return f"ideas {state} of W{campaign}"


def count_in(tx: Tx, campaign: int, states: Iterable[str]) -> int:
    """The number of the campaign's ideas in these states."""
    names = [_of_campaign(state, campaign) for state in states]
    return int(_COUNTS.run(tx, {"names": names}).scalar() or 0)


def _count(tx: Tx, idea: Mapping[str, Any], by: int) -> None:
    state, topic_key, campaign = (idea[name] for name in ("state", "topic_key", "campaign"))
    counters.add(tx, _counter(state, None), by)
    if topic_key:
        counters.add(tx, _counter(state, str(topic_key)), by)
    if campaign:
        counters.add(tx, _of_campaign(state, campaign), by)
