"""News: drafts, what is planned, what is published, and the tags to find it by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import (
    ColumnElement,
    Index,
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

from storage import counters
from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert, is_any, table_of
from storage.engine.words import WORD, WordIndex, values_of


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
    source: Mapped[str | None]  # what the feed is called that it comes from
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


class NewsTag(Base):
    """A tag of a news item, folded."""

    __tablename__ = "news_tags"
    __table_args__ = (Index(None, "news"),)
    tag_key: Mapped[str] = mapped_column(primary_key=True)
    news: Mapped[int] = mapped_column(primary_key=True)


class NewsWord(Base):
    """A word of a news item, folded, by which it is found."""

    __tablename__ = "news_words"
    __table_args__ = (Index(None, "news", "word"), {"sqlite_with_rowid": False})
    word: Mapped[str] = mapped_column(WORD, primary_key=True)
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
_PUT = Upsert(News, "id")
_ADD_TAG = Prepared(insert(NewsTag))
_DROP_TAGS = Prepared(delete(NewsTag).where(NewsTag.news == bindparam("number")))
_WORDS = WordIndex(NewsWord, NewsWord.news)
_CHANGES = "changes of news"


def put(tx: Tx, *, number: int, tag_keys: Iterable[str], words: Iterable[str] = (), **values: object) -> None:
    """Write a whole news item, in place of one with this number; what is not given is empty."""
    empty = dict.fromkeys(column.name for column in table_of(News).columns)
    execute_upsert(tx, _PUT, **empty | {"id": number, "version": 1} | values)
    _tag(tx, number, tag_keys)
    _WORDS.set(tx, number, words)
    counters.add(tx, _CHANGES, 1)


def changes(tx: Tx) -> int:
    """How often anything of the news was changed: one row says whether what was made of them is still true."""
    return counters.value(tx, _CHANGES)


def find(tx: Tx, number: int) -> News | None:
    return NEWS.first(tx, id=number)


def change(
    tx: Tx,
    number: int,
    values: Mapping[str, object],
    *,
    tag_keys: Iterable[str] | None = None,
    words: Iterable[str] | None = None,
) -> None:
    """Change columns of the item; with `tag_keys` and `words`, it is found by these from now on."""
    tx.execute(update(News).where(News.id == number).values(version=News.version + 1, **values))
    if tag_keys is not None:
        _tag(tx, number, tag_keys)
    if words is not None:
        _WORDS.set(tx, number, words)
    counters.add(tx, _CHANGES, 1)


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
    public: bool = False,
) -> tuple[list[News], int]:
    """Published items, newest first, and how many there are.

    `since`: published then or later; `tag_keys`: having all of these; `words`: folded, each the beginning of a
    word in it; `public`: only those that people outside read too.
    """
    keys = list(tag_keys)
    wanted, few = _WORDS.ranked(tx, words)
    values: dict[str, object] = {f"tag{n}": key for n, key in enumerate(keys)} | values_of(wanted)
    values |= {"since": since} if since is not None else {}
    count, page = _published(since is not None, len(keys), len(wanted), few, public)
    total = int(count.run(tx, values).scalar_one())
    return page.all(tx, **values, limit=limit, offset=offset), total


@cache
def _published(since: bool, tags: int, words: int, few: bool, public: bool) -> tuple[Prepared, Rows[News]]:
    """A statement that counts, and one that lists."""
    found = select(News).where(News.state == "published")
    if public:
        found = found.where(News.public.is_(True))
    if since:
        found = found.where(News.published_at >= bindparam("since"))
    for n in range(tags):
        found = found.where(News.id.in_(select(NewsTag.news).where(NewsTag.tag_key == bindparam(f"tag{n}"))))
    count = found.with_only_columns(func.count()).where(*_WORDS.holding(News.id, words))
    page = found.where(*_WORDS.holding(News.id, words, few=few))
    page = page.order_by(News.published_at.desc(), News.id.desc())
    return (
        Prepared(count),
        Rows(News, page.limit(bindparam("limit")).offset(bindparam("offset"))),
    )


def forget_author(tx: Tx, author: str) -> None:
    """All that the person wrote stays, without a name."""
    tx.execute(update(News).where(News.author == author).values(author=""))
