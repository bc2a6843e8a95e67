"""Idea campaigns: who judges, what was judged, what was voted before the end, and the ranking.

What counts is kept apart from what is so now: a vote changed after the end stays as it was here, and one that was given
before the end is added, whenever it comes.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Index, bindparam, case, delete, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage import counters
from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert
from storage.ideas import Idea
from storage.votes import Vote

A_TICK: Final = 100
MOST_SET: Final = 200


class Campaign(Base):
    """W1 is 1."""

    __tablename__ = "campaigns"
    __table_args__ = (
        Index(None, "state", "id"),
        Index(None, "state", "end_at"),
        Index(None, "next_at"),
        Index(None, "author"),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    author: Mapped[str]  # Matrix id; empty after erasure
    title: Mapped[str]
    text: Mapped[str]
    start_at: Mapped[datetime]
    end_at: Mapped[datetime]
    end_day: Mapped[bool]  # a whole day was said
    state: Mapped[str]  # set: planned or open, by the time; closed; withdrawn
    closed_at: Mapped[datetime | None]
    reason: Mapped[str | None]  # of an early close
    next_at: Mapped[datetime | None]  # when it does something by itself
    turn: Mapped[str]  # what that is: open, half, last, close
    told_up_to: Mapped[str]  # of those who are told of this turn, the last who was


class Juror(Base):
    """Somebody judges the ideas of a campaign."""

    __tablename__ = "campaign_jury"
    campaign: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True, index=True)
    place: Mapped[int]  # in the order in which they were named


class Judgement(Base):
    """What a member of the jury thinks of an idea; the latest counts. None is no row."""

    __tablename__ = "campaign_judgements"
    __table_args__ = (Index(None, "campaign", "idea_id"),)
    idea_id: Mapped[int] = mapped_column(primary_key=True)
    judge: Mapped[str] = mapped_column(primary_key=True, index=True)  # a pseudonym after erasure
    campaign: Mapped[int]
    points: Mapped[int]  # 1 to 5
    carrier: Mapped[str]  # the event that gave it
    at: Mapped[datetime]


class CountedVote(Base):
    """A vote on an idea of a campaign, as it was at the end of that, or is until then."""

    __tablename__ = "campaign_votes"
    idea_id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True, index=True)  # a pseudonym after erasure
    value: Mapped[str]


class Rank(Base):
    """An idea's place in the ranking of a closed campaign, with what put it there."""

    __tablename__ = "campaign_ranks"
    campaign: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    idea_id: Mapped[int]
    points: Mapped[int]  # of all who judged, together
    judged: Mapped[int]  # by so many
    votes_for: Mapped[int]
    votes_against: Mapped[int]


_number: Any = bindparam("number")
_user: Any = bindparam("user")
_idea: Any = bindparam("idea")
_CAMPAIGN = Rows(Campaign, select(Campaign).where(Campaign.id == _number))
_ADD = Prepared(insert(Campaign))
_REMOVE = Prepared(delete(Campaign).where(Campaign.id == _number))
_THERE = select(Campaign).where(Campaign.state != "withdrawn").order_by(Campaign.id.desc())
_NEWEST = Rows(Campaign, _THERE.offset(bindparam("offset")).limit(bindparam("limit")))
_IN_STATE = Rows(
    Campaign,
    select(Campaign)
    .where(Campaign.state == bindparam("state"))
    .order_by(Campaign.id.desc())
    .offset(bindparam("offset"))
    .limit(bindparam("limit")),
)
_SET = Rows(
    Campaign,
    select(Campaign)
    .where(Campaign.state == "set")
    .order_by(Campaign.end_at, Campaign.id)
    .limit(bindparam("limit")),
)
_DUE = Rows(
    Campaign,
    select(Campaign)
    .where(Campaign.next_at <= bindparam("at"))
    .order_by(Campaign.next_at, Campaign.id)
    .limit(A_TICK),
)
_OF_AUTHOR = Rows(Campaign, select(Campaign).where(Campaign.author == _user).order_by(Campaign.id))
_FORGET_AUTHOR = Prepared(update(Campaign).where(Campaign.author == _user).values(author=""))
_JURY = Prepared(select(Juror.user_id).where(Juror.campaign == _number).order_by(Juror.place))
_JUDGING = Rows(
    Campaign,
    select(Campaign)
    .join(Juror, Juror.campaign == Campaign.id)
    .where(Juror.user_id == _user, Campaign.state == "set")
    .order_by(Campaign.end_at, Campaign.id),
)
_JUDGES_IN = Prepared(select(Juror.campaign).where(Juror.user_id == _user).order_by(Juror.campaign))
_DROP_JURY = Prepared(delete(Juror).where(Juror.campaign == _number))
_ADD_JURY = Prepared(insert(Juror))
_LEAVE_JURIES = Prepared(delete(Juror).where(Juror.user_id == _user))
_JUDGE = Upsert(Judgement, "idea_id", "judge")
_mine = (Judgement.idea_id == _idea, Judgement.judge == _user)
_JUDGEMENT = Rows(Judgement, select(Judgement).where(*_mine))
_UNJUDGE = Prepared(delete(Judgement).where(*_mine))
_JUDGEMENTS = Rows(
    Judgement,
    select(Judgement)
    .where(Judgement.campaign == _number)
    .order_by(Judgement.idea_id, Judgement.at, Judgement.judge),
)
_JUDGED_BY = Rows(Judgement, select(Judgement).where(Judgement.judge == _user).order_by(Judgement.idea_id))
_RENAME_JUDGE = Prepared(
    update(Judgement).where(*_mine).values(judge=bindparam("known"), carrier=bindparam("known"))
)
_left_out: Any = bindparam("left_out", expanding=True)
_IDEAS = Rows(
    Idea,
    select(Idea)
    .where(Idea.campaign == _number, Idea.state.not_in(_left_out))
    .order_by(Idea.id)
    .offset(bindparam("offset"))
    .limit(bindparam("limit")),
)
_AUTHORS = Prepared(select(Idea.author).distinct().where(Idea.campaign == _number, Idea.state != "withdrawn"))
_IDEAS_BY = Rows(
    Idea,
    select(Idea)
    .where(Idea.author == _user, Idea.campaign == _number, Idea.state != "withdrawn")
    .order_by(Idea.id),
)
_judged_already = select(Judgement.idea_id).where(Judgement.judge == _user, Judgement.campaign == _number)
_TO_JUDGE = Rows(
    Idea,
    select(Idea)
    .where(
        Idea.campaign == _number,
        Idea.state.not_in(_left_out),
        Idea.author != _user,
        Idea.id.not_in(_judged_already),
    )
    .order_by(Idea.id)
    .limit(bindparam("limit")),
)
_MERGED = Prepared(
    select(Idea.id, Idea.merged_into, Idea.author).where(
        Idea.campaign == _number, Idea.merged_into.is_not(None)
    )
)
_counted = (CountedVote.idea_id == _idea, CountedVote.user_id == _user)
_UNCOUNT = Prepared(delete(CountedVote).where(*_counted))
_UNCOUNT_ALL = Prepared(delete(CountedVote).where(CountedVote.idea_id == _idea))
_ROWS = ["idea_id", "user_id", "value"]
_now = select(Vote.idea_id, Vote.user_id, Vote.value).where(Vote.idea_id == _idea)
_COUNT = Prepared(insert(CountedVote).from_select(_ROWS, _now.where(Vote.user_id == _user)))
_COUNT_ALL = Prepared(insert(CountedVote).from_select(_ROWS, _now))
_VOTES = Prepared(
    select(
        CountedVote.idea_id,
        func.sum(case((CountedVote.value == "for", 1), else_=0)),
        func.sum(case((CountedVote.value == "against", 1), else_=0)),
    )
    .where(CountedVote.idea_id.in_(bindparam("ideas", expanding=True)))
    .group_by(CountedVote.idea_id)
)
_VOTED_BY = Prepared(select(CountedVote.idea_id, CountedVote.value).where(CountedVote.user_id == _user))
_RENAME_VOTE = Prepared(update(CountedVote).where(*_counted).values(user_id=bindparam("known")))
_DROP_RANKS = Prepared(delete(Rank).where(Rank.campaign == _number))
_ADD_RANKS = Prepared(insert(Rank))
_RANKS = Rows(
    Rank,
    select(Rank)
    .where(Rank.campaign == _number, Rank.place > bindparam("behind"))
    .order_by(Rank.place)
    .limit(bindparam("limit")),
)
_PLACES = Prepared(select(func.max(Rank.place)).where(Rank.campaign == _number))


def put(tx: Tx, *, number: int, **values: object) -> None:
    """There is such a campaign, in place of one of this number."""
    before = find(tx, number)
    if before is not None:
        _REMOVE.run(tx, {"number": number})
    _ADD.run(
        tx, {"id": number, "state": "set", "closed_at": None, "reason": None, "told_up_to": "", **values}
    )
    _count(tx, before, "set")


def change(tx: Tx, number: int, **values: object) -> None:
    before = find(tx, number) if "state" in values else None
    tx.execute(update(Campaign).where(Campaign.id == number).values(**values))
    if before is not None:
        _count(tx, before, str(values["state"]))


def _count(tx: Tx, before: Campaign | None, state: str) -> None:
    """Lists never count rows."""
    counters.add(tx, _counter(state), 1)
    if before is not None:
        counters.add(tx, _counter(before.state), -1)


def _counter(state: str) -> str:
    return f"campaigns {state}"


def find(tx: Tx, number: int) -> Campaign | None:
    return _CAMPAIGN.first(tx, number=number)


def list_page(tx: Tx, *, state: str | None, offset: int, limit: int) -> tuple[list[Campaign], int]:
    """Those in this state, or all but those withdrawn, newest first, and how many there are."""
    if state is not None:
        found = _IN_STATE.all(tx, state=state, offset=offset, limit=limit)
        return found, counters.value(tx, _counter(state))
    total = sum(counters.value(tx, _counter(one)) for one in ("set", "closed"))
    return _NEWEST.all(tx, offset=offset, limit=limit), total


def list_set(tx: Tx) -> list[Campaign]:
    """Those that are planned or open, by their ends; no more than people can look through."""
    return _SET.all(tx, limit=MOST_SET)


def list_due(tx: Tx, *, at: datetime) -> list[Campaign]:
    """Some of those whose time has come to do something by themselves, the first ones."""
    return _DUE.all(tx, at=at)


def list_by(tx: Tx, user: str) -> list[Campaign]:
    return _OF_AUTHOR.all(tx, user=user)


# --- the jury


def jury(tx: Tx, number: int) -> list[str]:
    return list(_JURY.run(tx, {"number": number}).scalars())


def set_jury(tx: Tx, number: int, users: Iterable[str]) -> None:
    _DROP_JURY.run(tx, {"number": number})
    rows = [{"campaign": number, "user_id": user, "place": place} for place, user in enumerate(users)]
    if rows:
        _ADD_JURY.run(tx, rows)


def judges_in(tx: Tx, user: str) -> list[int]:
    """The campaigns in whose jury the person is."""
    return list(_JUDGES_IN.run(tx, {"user": user}).scalars())


def list_judging(tx: Tx, user: str) -> list[Campaign]:
    """Those that are planned or open and in whose jury the person is, by their ends."""
    return _JUDGING.all(tx, user=user)


def judge(tx: Tx, **values: object) -> None:
    """The person's judgement on the idea is this."""
    execute_upsert(tx, _JUDGE, **values)


def unjudge(tx: Tx, *, idea: int, user: str) -> None:
    _UNJUDGE.run(tx, {"idea": idea, "user": user})


def find_judgement(tx: Tx, *, idea: int, user: str) -> Judgement | None:
    return _JUDGEMENT.first(tx, idea=idea, user=user)


def judgements(tx: Tx, number: int) -> list[Judgement]:
    return _JUDGEMENTS.all(tx, number=number)


def judged_by(tx: Tx, user: str) -> list[Judgement]:
    return _JUDGED_BY.all(tx, user=user)


# --- ideas


def ideas(
    tx: Tx, number: int, *, left_out: Sequence[str], offset: int = 0, limit: int = 2**31 - 1
) -> list[Idea]:
    """The campaign's ideas in other states than these, the oldest first."""
    return _IDEAS.all(tx, number=number, left_out=list(left_out), offset=offset, limit=limit)


def authors(tx: Tx, number: int) -> list[str]:
    """Who has an idea in the campaign that is not withdrawn."""
    return list(_AUTHORS.run(tx, {"number": number}).scalars())


def ideas_by(tx: Tx, number: int, *, author: str) -> list[Idea]:
    """The person's ideas in the campaign, without those withdrawn."""
    return _IDEAS_BY.all(tx, number=number, user=author)


def to_judge(tx: Tx, number: int, *, user: str, left_out: Sequence[str], limit: int) -> list[Idea]:
    """The ideas that the person has not judged, without their own, the oldest first."""
    return _TO_JUDGE.all(tx, number=number, user=user, left_out=list(left_out), limit=limit)


def merged(tx: Tx, number: int) -> list[tuple[int, int, str]]:
    """The campaign's ideas that were merged into others: each with that one, and its author."""
    return [(one, into, author) for one, into, author in _MERGED.run(tx, {"number": number})]


# --- votes


def count_vote(tx: Tx, *, idea: int, user: str) -> None:
    """The person's vote counts as it is now."""
    values = {"idea": idea, "user": user}
    _UNCOUNT.run(tx, values)
    _COUNT.run(tx, values)


def count_votes(tx: Tx, idea: int) -> None:
    """All votes on the idea count as they are now."""
    forget_votes(tx, idea)
    _COUNT_ALL.run(tx, {"idea": idea})


def forget_votes(tx: Tx, idea: int) -> None:
    _UNCOUNT_ALL.run(tx, {"idea": idea})


def votes(tx: Tx, ideas: Sequence[int]) -> dict[int, tuple[int, int]]:
    """By idea, the votes for and against that count."""
    return {idea: (int(up), int(down)) for idea, up, down in _VOTES.run(tx, {"ideas": list(ideas)})}


# --- the ranking


def set_ranks(tx: Tx, number: int, rows: Sequence[dict[str, int]]) -> None:
    """The ranking is this, in order."""
    _DROP_RANKS.run(tx, {"number": number})
    placed = [{"campaign": number, "place": place, **row} for place, row in enumerate(rows, 1)]
    if placed:
        _ADD_RANKS.run(tx, placed)


def ranks(tx: Tx, number: int, *, behind: int = 0, limit: int = 2**31 - 1) -> list[Rank]:
    """The places behind this one, in order."""
    return _RANKS.all(tx, number=number, behind=behind, limit=limit)


def count_places(tx: Tx, number: int) -> int:
    return int(_PLACES.run(tx, {"number": number}).scalar() or 0)


# --- erasure


def forget_author(tx: Tx, user: str) -> None:
    _FORGET_AUTHOR.run(tx, {"user": user})


def erase(tx: Tx, user: str) -> None:
    """The person is in no jury and has set out nothing; judgements and votes count on, each under a pseudonym."""
    forget_author(tx, user)
    _LEAVE_JURIES.run(tx, {"user": user})
    for one in judged_by(tx, user):
        _RENAME_JUDGE.run(tx, {"idea": one.idea_id, "user": user, "known": _pseudonym()})
    for idea, _ in _VOTED_BY.run(tx, {"user": user}).all():
        _RENAME_VOTE.run(tx, {"idea": idea, "user": user, "known": _pseudonym()})


def voted_by(tx: Tx, user: str) -> list[tuple[int, str]]:
    return cast("list[tuple[int, str]]", _VOTED_BY.run(tx, {"user": user}).all())


def _pseudonym() -> str:
    return f"~{secrets.token_hex(8)}"
