"""News for people outside: what was published as public, and stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from commands.framework import Context
from commands.publication.model import A_PAGE, SEARCHED, NotPublicError, WithdrawnError, without_people
from commands.words import key_of
from storage import news as stored
from storage.news import News

MOST_WORDS = 20  # looked for at once


@dataclass(frozen=True)
class Item:
    """A news item as people outside read it."""

    number: int
    title: str
    text: str
    tags: tuple[str, ...]
    source: str | None  # the feed it comes from
    published: datetime
    changed: datetime
    corrected: bool

    @property
    def ref(self) -> str:
        return f"N{self.number}"


def _item(row: News) -> Item:
    assert row.published_at is not None
    return Item(
        row.id,
        without_people(row.title),
        without_people(row.text),
        tuple(map(without_people, row.tags)),
        row.source and without_people(row.source),
        row.published_at,
        max(row.published_at, row.corrected_at or row.published_at),
        row.corrected_at is not None,
    )


def news_page(
    ctx: Context, *, tag: str = "", search: str = "", page: int = 1, size: int = A_PAGE
) -> tuple[list[Item], int]:
    """A page of the public news, newest first, and how many there are in all."""
    found, total = stored.list_published(
        ctx.tx,
        limit=size,
        offset=size * (page - 1),
        tag_keys=[key_of(tag)] if tag else (),
        words=key_of(search[:SEARCHED]).split()[:MOST_WORDS],
        public=True,
    )
    return [_item(row) for row in found], total


def newest(ctx: Context, count: int) -> Sequence[Item]:
    return news_page(ctx, size=count)[0]


def news_version(ctx: Context) -> int:
    """What is another once anything of the news is: one row."""
    return stored.changes(ctx.tx)


def news_item(ctx: Context, number: int) -> Item:
    """The item. Raises: NotPublicError, WithdrawnError."""
    row = stored.find(ctx.tx, number)
    if row is None or not row.public or row.published_at is None:
        raise NotPublicError
    if row.state != "published":
        raise WithdrawnError
    return _item(row)
