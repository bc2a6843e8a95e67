"""Votes and ratings, one each a person and idea, and the counts made of them.

A count is never changed by adding to it: after each change the votes of that one idea are counted anew, over
an index, and written to the idea's row, from which cards and lists read them.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Index, bindparam, delete, func, insert, literal, literal_column, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert
from storage.ideas import Idea


class Vote(Base):
    """Somebody's opinion on an idea. No vote is no row."""

    __tablename__ = "votes"
    __table_args__ = (Index(None, "idea_id", "value"), Index(None, "user_id"))
    idea_id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)  # Matrix id; a pseudonym after erasure
    value: Mapped[str]  # for, against, neutral
    carrier: Mapped[str]  # the event that gave it: a reaction, or a command
    from_idea: Mapped[int | None]  # where it was given, if that idea was merged into this one
    at: Mapped[datetime]  # of the carrier, by the homeserver's clock


class MergedVote(Base):
    """A vote as it was on an idea before that was merged into another; it counts there now."""

    __tablename__ = "merged_votes"
    __table_args__ = (Index(None, "user_id"),)
    idea_id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
    carrier: Mapped[str]
    from_idea: Mapped[int | None]
    at: Mapped[datetime]


class Rating(Base):
    __tablename__ = "ratings"
    __table_args__ = (Index(None, "user_id"),)
    idea_id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)  # as above
    effort: Mapped[int]
    benefit: Mapped[int]
    at: Mapped[datetime]


ENOUGH = 3  # ratings from which on they say something together
_ENOUGH = Idea.rating_count >= literal_column(str(ENOUGH))

# The best rated come straight out of this index, however many ideas share a score.
Index(None, Idea.state, Idea.score, Idea.rating_count, Idea.votes_for, Idea.id)
# And those rated often enough out of this one, however many are not.
Index(
    "ix_ideas_well_rated",
    Idea.state,
    Idea.score,
    Idea.id,
    sqlite_where=_ENOUGH,
    postgresql_where=_ENOUGH,
)

_ONE = (Vote.idea_id == bindparam("idea_id"), Vote.user_id == bindparam("user_id"))
_VOTE = Rows(Vote, select(Vote).where(*_ONE))
_VALUE = Prepared(select(Vote.value).where(*_ONE))
_VOTERS = Prepared(select(Vote.user_id).where(Vote.idea_id == bindparam("idea_id")))
_VOTES_OF = Rows(Vote, select(Vote).where(Vote.user_id == bindparam("user_id")).order_by(Vote.idea_id))
_BEFORE_MERGE = Rows(
    MergedVote,
    select(MergedVote).where(MergedVote.user_id == bindparam("user_id")).order_by(MergedVote.idea_id),
)
_SET = Upsert(Vote, "idea_id", "user_id")
_REMOVE = Prepared(delete(Vote).where(*_ONE))
_REMOVE_CARRIED = Prepared(delete(Vote).where(*_ONE, Vote.carrier == bindparam("carrier")))
_MERGED_OF = Prepared(
    select(MergedVote.idea_id, Idea.merged_into)
    .join(Idea, Idea.id == MergedVote.idea_id)
    .where(MergedVote.user_id == bindparam("user_id"))
)
_FORGET_MERGED = Prepared(
    delete(MergedVote).where(
        MergedVote.user_id == bindparam("user_id"), MergedVote.idea_id == bindparam("idea_id")
    )
)


def _counted(value: str) -> Any:
    votes = select(func.count()).where(Vote.idea_id == bindparam("number"), Vote.value == value)
    return votes.scalar_subquery()


_RECOUNT = Prepared(
    update(Idea)
    .where(Idea.id == bindparam("number"))
    .values(votes_for=_counted("for"), votes_against=_counted("against"), votes_neutral=_counted("neutral"))
    .returning(Idea)
)
_RATING = Rows(
    Rating,
    select(Rating).where(Rating.idea_id == bindparam("idea_id"), Rating.user_id == bindparam("user_id")),
)
_RATINGS_OF = Rows(
    Rating, select(Rating).where(Rating.user_id == bindparam("user_id")).order_by(Rating.idea_id)
)
_RATE = Upsert(Rating, "idea_id", "user_id")
_SUMS = Prepared(
    select(func.count(), func.sum(Rating.effort), func.sum(Rating.benefit)).where(
        Rating.idea_id == bindparam("idea_id")
    )
)
_MEANS = Prepared(
    update(Idea)
    .where(Idea.id == bindparam("number"))
    .values(
        rating_count=bindparam("count"),
        effort=bindparam("mean_effort"),
        benefit=bindparam("mean_benefit"),
        score=bindparam("ratio"),
    )
    .returning(Idea)
)
_BEST = Rows(
    Idea,
    select(Idea)
    .where(Idea.state == bindparam("state"), Idea.score > 0)
    .order_by(Idea.score.desc(), Idea.rating_count.desc(), Idea.votes_for.desc(), Idea.id.desc())
    .limit(bindparam("limit")),
)

_WELL_RATED = Rows(
    Idea,
    select(Idea)
    .where(Idea.state == bindparam("state"), Idea.score > 0, _ENOUGH)
    .order_by(Idea.score.desc(), Idea.id.desc())
    .limit(bindparam("limit")),
)
_GIVEN = Prepared(
    select(Rating.idea_id, Rating.effort, Rating.benefit, func.count())
    .where(Rating.idea_id.in_(bindparam("ids", expanding=True)))
    .group_by(Rating.idea_id, Rating.effort, Rating.benefit)
)


# --- votes


def find(tx: Tx, idea_id: int, user_id: str) -> Vote | None:
    return _VOTE.first(tx, idea_id=idea_id, user_id=user_id)


def find_vote(tx: Tx, idea_id: int, user_id: str) -> str:
    """The person's vote on the idea: for, against, neutral or none."""
    return str(_VALUE.run(tx, {"idea_id": idea_id, "user_id": user_id}).scalar() or "none")


def put(
    tx: Tx,
    *,
    idea_id: int,
    user_id: str,
    value: str,
    carrier: str,
    at: datetime,
    from_idea: int | None = None,
) -> Idea:
    """The person's vote is this one; the idea with its counts."""
    execute_upsert(
        tx, _SET, idea_id=idea_id, user_id=user_id, value=value, carrier=carrier, from_idea=from_idea, at=at
    )
    return recount(tx, idea_id)


def remove(tx: Tx, *, idea_id: int, user_id: str) -> Idea:
    """The person has no vote on the idea, nor on those merged into it; the idea with its counts."""
    _REMOVE.run(tx, {"idea_id": idea_id, "user_id": user_id})
    _forget_merged(tx, idea_id, user_id)
    return recount(tx, idea_id)


def remove_carried(tx: Tx, *, idea_id: int, user_id: str, carrier: str) -> bool:
    """Remove the person's vote if this event carries it, for good; True if it did."""
    values = {"idea_id": idea_id, "user_id": user_id, "carrier": carrier}
    if not _REMOVE_CARRIED.run(tx, values).rowcount:
        return False
    _forget_merged(tx, idea_id, user_id)
    recount(tx, idea_id)
    return True


def _forget_merged(tx: Tx, idea_id: int, user_id: str) -> None:
    """All that the person said of ideas merged into this one is taken back with it: the latest act counts."""
    kept = _MERGED_OF.run(tx, {"user_id": user_id}).all()
    into = {idea_id}
    while found := [idea for idea, target in kept if target in into and idea not in into]:
        into.update(found)
    for idea in into - {idea_id}:
        _FORGET_MERGED.run(tx, {"user_id": user_id, "idea_id": idea})


def recount(tx: Tx, idea_id: int) -> Idea:
    """Count the idea's votes and write the counts to its row, which is returned."""
    return cast("Idea", _RECOUNT.run(tx, {"number": idea_id}).one())


def list_voters(tx: Tx, idea_id: int) -> list[str]:
    return list(_VOTERS.run(tx, {"idea_id": idea_id}).scalars())


def list_votes_of(tx: Tx, user_id: str) -> list[Vote]:
    return _VOTES_OF.all(tx, user_id=user_id)


def list_merged_of(tx: Tx, user_id: str) -> list[MergedVote]:
    """As the person had voted on ideas that others were merged into."""
    return _BEFORE_MERGE.all(tx, user_id=user_id)


# --- ratings


def find_rating(tx: Tx, idea_id: int, user_id: str) -> Rating | None:
    return _RATING.first(tx, idea_id=idea_id, user_id=user_id)


def rate(tx: Tx, *, idea_id: int, user_id: str, effort: int, benefit: int, at: datetime) -> Idea:
    """The person's rating is this one; the idea with its means."""
    execute_upsert(tx, _RATE, idea_id=idea_id, user_id=user_id, effort=effort, benefit=benefit, at=at)
    return _measure(tx, idea_id)


def remove_rating(tx: Tx, *, idea_id: int, user_id: str) -> Idea:
    tx.execute(delete(Rating).where(Rating.idea_id == idea_id, Rating.user_id == user_id))
    return _measure(tx, idea_id)


def _measure(tx: Tx, idea_id: int) -> Idea:
    """Write the means to the idea's row: rounded half up to one decimal, the score from the exact sums."""
    count, effort, benefit = _SUMS.run(tx, {"idea_id": idea_id}).one()
    values = {
        "number": idea_id,
        "count": count,
        "mean_effort": _mean(effort, count) if count else None,
        "mean_benefit": _mean(benefit, count) if count else None,
        "ratio": benefit / effort if count else 0.0,
    }
    return cast("Idea", _MEANS.run(tx, values).one())


def _mean(total: int, count: int) -> float:
    return (20 * total + count) // (2 * count) / 10


def list_ratings_of(tx: Tx, user_id: str) -> list[Rating]:
    return _RATINGS_OF.all(tx, user_id=user_id)


def list_best(tx: Tx, states: tuple[str, ...], *, limit: int) -> list[Idea]:
    """The rated ideas in these states, best first: by benefit to effort, then ratings, votes, newest."""
    found = [idea for state in states for idea in _BEST.all(tx, state=state, limit=limit)]
    found.sort(key=lambda i: (i.score, i.rating_count, i.votes_for, i.id), reverse=True)
    return found[:limit]


def list_well_rated(tx: Tx, states: tuple[str, ...], *, limit: int) -> list[Idea]:
    """The ideas in these states that have ratings enough, best first: by benefit to effort, then newest."""
    found = [idea for state in states for idea in _WELL_RATED.all(tx, state=state, limit=limit)]
    found.sort(key=lambda i: (i.score, i.id), reverse=True)
    return found[:limit]


def medians(tx: Tx, ideas: Sequence[int]) -> dict[int, tuple[float, float]]:
    """The medians of effort and benefit of each of these ideas that is rated."""
    given: dict[int, list[tuple[int, int, int]]] = {}
    if ideas:
        for idea_id, effort, benefit, count in _GIVEN.run(tx, {"ids": list(ideas)}):
            given.setdefault(idea_id, []).append((effort, benefit, count))
    return {
        idea_id: (
            _median([(effort, count) for effort, _, count in rows]),
            _median([(benefit, count) for _, benefit, count in rows]),
        )
        for idea_id, rows in given.items()
    }


def _median(counted: Iterable[tuple[int, int]]) -> float:
    """Of values that were each given so many times."""
    values = sorted(counted)
    total, seen, middle = sum(count for _, count in values), 0, []
    for value, count in values:
        middle += [value for place in ((total - 1) // 2, total // 2) if seen <= place < seen + count]
        seen += count
    return sum(middle) / 2


# --- merging

_COLUMNS = [column.name for column in Vote.__table__.columns]
_other = Vote.__table__.alias("other")
_KEEP = Prepared(
    insert(MergedVote).from_select(_COLUMNS, select(Vote).where(Vote.idea_id == bindparam("source")))
)
_MOVE = Prepared(
    insert(Vote).from_select(
        _COLUMNS,
        select(
            bindparam("target", type_=Vote.__table__.c.idea_id.type),
            Vote.user_id,
            Vote.value,
            Vote.carrier,
            func.coalesce(Vote.from_idea, Vote.idea_id),
            Vote.at,
        ).where(
            Vote.idea_id == bindparam("source"),
            ~select(literal(1))
            .select_from(_other)
            .where(_other.c.idea_id == bindparam("target"), _other.c.user_id == Vote.user_id)
            .exists(),
        ),
    )
)
_CLEAR = Prepared(delete(Vote).where(Vote.idea_id == bindparam("source")))
_TAKE_BACK = Prepared(
    delete(Vote).where(
        Vote.idea_id == bindparam("target"),
        select(literal(1))
        .where(
            MergedVote.idea_id == bindparam("source"),
            MergedVote.user_id == Vote.user_id,
            MergedVote.carrier == Vote.carrier,
            func.coalesce(MergedVote.from_idea, MergedVote.idea_id) == Vote.from_idea,
        )
        .exists(),
    )
)
_RESTORE = Prepared(
    insert(Vote).from_select(_COLUMNS, select(MergedVote).where(MergedVote.idea_id == bindparam("source")))
)
_FORGET = Prepared(delete(MergedVote).where(MergedVote.idea_id == bindparam("source")))


def move(tx: Tx, *, source: int, target: int) -> None:
    """The votes on `source` count on `target`; who has voted there too keeps that vote."""
    values = {"source": source, "target": target}
    for statement in (_KEEP, _MOVE, _CLEAR):
        statement.run(tx, values)
    recount(tx, source)
    recount(tx, target)


def move_back(tx: Tx, *, source: int, target: int) -> None:
    """The votes are on `source` as they were; those given on `target` itself, also since, stay there."""
    values = {"source": source, "target": target}
    for statement in (_TAKE_BACK, _RESTORE, _FORGET):
        statement.run(tx, values)
    recount(tx, source)
    recount(tx, target)


# --- erasure


def erase(tx: Tx, user_id: str) -> None:
    """The person's votes and ratings stay and count, each under a pseudonym and without its event."""
    pseudonyms: dict[str, str] = defaultdict(lambda: f"~{secrets.token_hex(8)}")
    for table in (Vote, MergedVote):
        query = select(table.idea_id, table.carrier).where(table.user_id == user_id)
        for idea_id, carrier in tx.execute(query).all():
            known = pseudonyms[carrier]  # the same for a vote and what it was before a merge
            change = update(table).where(table.idea_id == idea_id, table.user_id == user_id)
            tx.execute(change.values(user_id=known, carrier=known))
    for rating in list_ratings_of(tx, user_id):
        change = update(Rating).where(Rating.idea_id == rating.idea_id, Rating.user_id == user_id)
        tx.execute(change.values(user_id=f"~{secrets.token_hex(8)}"))
