"""The idea pool: ideas and the history of their texts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, bindparam, delete, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Rows, Tx


class Idea(Base):
    """An idea. The counts are recounted from the votes and ratings at each change, so that lists can be sorted."""

    __tablename__ = "ideas"
    __table_args__ = (
        Index(None, "state", "id"),
        Index(None, "author", "id"),
        Index(None, "state", "votes_for", "id"),
        Index(None, "state", "score", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    author: Mapped[str]  # Matrix id; empty after erasure
    title: Mapped[str]
    text: Mapped[str]
    topic: Mapped[str | None]
    campaign: Mapped[int | None]
    state: Mapped[str]  # submitted, under_review, accepted, implementing, implemented, rejected, merged, withdrawn
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


IDEA = Rows(Idea, select(Idea).where(Idea.id == bindparam("id")))
_ADD = insert(Idea)


def add(
    tx: Tx,
    *,
    number: int,
    author: str,
    title: str,
    text: str,
    topic: str | None,
    campaign: int | None,
    at: datetime,
) -> None:
    values = {
        "id": number,
        "author": author,
        "title": title,
        "text": text,
        "topic": topic,
        "campaign": campaign,
        "state": "submitted",
        "created_at": at,
        "changed_at": at,
    }
    tx.execute(_ADD, values)


def find(tx: Tx, number: int) -> Idea | None:
    return IDEA.first(tx, id=number)


def change(tx: Tx, number: int, **values: object) -> None:
    tx.execute(update(Idea).where(Idea.id == number).values(**values))


def remove(tx: Tx, number: int) -> None:
    tx.execute(delete(Idea).where(Idea.id == number))
