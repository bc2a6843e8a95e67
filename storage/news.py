"""News: drafts, what is planned, what is published, and the tags to find it by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Index,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from storage.engine.base import Base, Tx, containing
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert, is_any, table_of

SEARCHED = 1000  # a search looks through so many, the newest


class News(Base):
    """A news item, as it reads now."""

    __tablename__ = "news"
    __table_args__ = (
        Index(None, "state", "published_at", "id"),
        Index(None, "state", "planned_at"),
        Index(None, "author", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    author: Mapped[str]  # Matrix id; empty after erasure, and of what no person wrote
    title: Mapped[str]
    text: Mapped[str]
    tags: Mapped[list[str]]
    public: Mapped[bool]
    state: Mapped[str]  # draft, scheduled, published, withdrawn
    reason: Mapped[str | None]  # of the withdrawal, published
    planned_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    corrected_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    version: Mapped[int]  # goes up with every change
    search_key: Mapped[str]  # folded title, text and tags


class NewsTag(Base):
    """A tag of a news item, folded."""

    __tablename__ = "news_tags"
    __table_args__ = (Index(None, "news"),)
    tag_key: Mapped[str] = mapped_column(primary_key=True)
    news: Mapped[int] = mapped_column(primary_key=True)


NEWS = Rows(News, select(News).where(News.id == bindparam("id")))
_DUE = Rows(
    News,
    select(News)
    .where(News.state == "scheduled", News.planned_at <= bindparam("at"))
    .order_by(News.planned_at, News.id)
    .limit(100),
)


def _near(time: InstrumentedAttribute[datetime | None]) -> ColumnElement[bool]:
    return and_(time > bindparam("after"), time < bindparam("before"))


_IN_THE_WORKS = is_any(News.state, ("draft", "scheduled"))
_COUNT_UNPUBLISHED = Prepared(select(func.count()).where(_IN_THE_WORKS))
_UNPUBLISHED = Rows(
    News,
    select(News)
    .where(_IN_THE_WORKS)
    .order_by(News.id.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset")),
)
_DRAFTS = Rows(News, select(News).where(News.state == "draft").order_by(News.id).limit(bindparam("limit")))
_ABOUT = Rows(
    News,
    select(News)
    .where(
        or_(
            and_(News.state == "published", _near(News.published_at)),
            and_(_IN_THE_WORKS, _near(News.planned_at)),
            and_(News.state == "draft", News.planned_at.is_(None)),
        )
    )
    .order_by(News.id.desc()),
)
_BY_AUTHOR = Rows(News, select(News).where(News.author == bindparam("author")).order_by(News.id))
_NEWEST = (
    select(News.id, News.published_at, News.search_key)
    .where(News.state == "published")
    .order_by(News.published_at.desc(), News.id.desc())
    .limit(SEARCHED)
    .subquery()
)
_PUT = Upsert(News, "id")
_ADD_TAG = Prepared(insert(NewsTag))
_DROP_TAGS = Prepared(delete(NewsTag).where(NewsTag.news == bindparam("number")))


def put(tx: Tx, *, number: int, tag_keys: Iterable[str], **values: object) -> None:
    """Write a whole news item, in place of one with this number; what is not given is empty."""
    empty = dict.fromkeys(column.name for column in table_of(News).columns)
    execute_upsert(tx, _PUT, **empty | {"id": number, "version": 1} | values)
    _tag(tx, number, tag_keys)


def find(tx: Tx, number: int) -> News | None:
    return NEWS.first(tx, id=number)


def change(
    tx: Tx, number: int, values: Mapping[str, object], *, tag_keys: Iterable[str] | None = None
) -> None:
    """Change columns of the item; with `tag_keys`, it is found by these from now on."""
    tx.execute(update(News).where(News.id == number).values(version=News.version + 1, **values))
    if tag_keys is not None:
        _tag(tx, number, tag_keys)


def _tag(tx: Tx, number: int, tag_keys: Iterable[str]) -> None:
    _DROP_TAGS.run(tx, {"number": number})
    rows = [{"tag_key": key, "news": number} for key in dict.fromkeys(tag_keys)]
    if rows:
        _ADD_TAG.run(tx, rows)


def list_due(tx: Tx, *, at: datetime) -> list[News]:
    """Up to 100 scheduled items whose time has come, the longest waiting first."""
    return _DUE.all(tx, at=at)


def list_drafts(tx: Tx, *, limit: int) -> list[News]:
    """Drafts, the oldest first."""
    return _DRAFTS.all(tx, limit=limit)


def list_unpublished(tx: Tx, *, limit: int, offset: int) -> tuple[list[News], int]:
    """Drafts and what is planned, newest first, and how many there are."""
    return _UNPUBLISHED.all(tx, limit=limit, offset=offset), _COUNT_UNPUBLISHED.run(tx).scalar_one()


def list_about(tx: Tx, *, at: datetime, within: timedelta) -> list[News]:
    """News planned for or published at about that time, and drafts without a time, newest first."""
    return _ABOUT.all(tx, after=at - within, before=at + within)


def list_by(tx: Tx, author: str) -> list[News]:
    return _BY_AUTHOR.all(tx, author=author)


def list_published(
    tx: Tx,
    *,
    limit: int,
    offset: int = 0,
    since: datetime | None = None,
    tag_keys: Iterable[str] = (),
    words: Iterable[str] = (),
) -> tuple[list[News], int]:
    """Published items, newest first, and how many there are.

    `since`: published then or later; `tag_keys`: having all of these; `words`: folded, all occurring, looked
    for in the newest thousand.
    """
    keys, wanted = list(tag_keys), list(words)
    values: dict[str, object] = {f"tag{n}": key for n, key in enumerate(keys)}
    values |= {f"word{n}": containing(word) for n, word in enumerate(wanted)}
    values |= {"since": since} if since is not None else {}
    count, page = _published(since is not None, len(keys), len(wanted))
    if wanted:  # what is found is numbered once, and the page is read by its numbers
        numbers: list[int] = page.run(tx, values | {"limit": SEARCHED, "offset": 0}).scalars()
        some = (find(tx, number) for number in numbers[offset : offset + limit])
        return [item for item in some if item is not None], len(numbers)
    total = int(count.run(tx, values).scalar_one())
    return cast("list[News]", page.run(tx, values | {"limit": limit, "offset": offset}).all()), total


@cache
def _published(since: bool, tags: int, words: int) -> tuple[Prepared, Prepared]:
    """A statement that counts, and one that lists: whole rows, or with words to be found in them the numbers alone."""
    table: Any = _NEWEST.c if words else News
    found: Select[Any] = select(table.id if words else News)
    if not words:
        found = found.where(News.state == "published")
    if since:
        found = found.where(table.published_at >= bindparam("since"))
    for n in range(tags):
        found = found.where(table.id.in_(select(NewsTag.news).where(NewsTag.tag_key == bindparam(f"tag{n}"))))
    found = found.where(*(table.search_key.like(bindparam(f"word{n}"), escape="/") for n in range(words)))
    page = found.order_by(table.published_at.desc(), table.id.desc())
    return (
        Prepared(found.with_only_columns(func.count())),
        Prepared(page.limit(bindparam("limit")).offset(bindparam("offset"))),
    )


def forget_author(tx: Tx, author: str) -> None:
    """All that the person wrote stays, without a name."""
    tx.execute(update(News).where(News.author == author).values(author=""))
