"""News (concept 7.1): moderators write it, now, at a time or as a draft; all read and discuss it.

An item has up to two cards: `draft` in the moderation room as long as it is not out, and `news` in the news
room from then on. Both always say what is true of it, so that a draft's card ends as a pointer to the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Final
from zoneinfo import ZoneInfo

from commands.framework import (
    About,
    Context,
    Machine,
    NotFound,
    Refused,
    Reply,
    Role,
    Touch,
    card,
    job,
    person_follower,
    personal,
    recording,
    reference,
    tap,
)
from commands.words import key_of
from storage import cards, members
from storage import news as stored
from storage.news import News

LATE: Final = timedelta(seconds=60)
SIGN: Final = "📰"
RECENT: Final = timedelta(days=7)  # news that a room without them is still told

NewsRef = Annotated[int, reference("news")]


@dataclass(frozen=True)
class Story:
    """A news item with what stands beside it."""

    item: News
    author: str  # as people read it: «Moni Muster, Aesch», or the feed that it comes from
    comments: int
    link: str | None  # to its card
    zone: ZoneInfo

    @property
    def ref(self) -> str:
        return f"N{self.item.id}"

    @property
    def late(self) -> bool:
        planned, published = self.item.planned_at, self.item.published_at
        return planned is not None and published is not None and published - planned > LATE

    def machine(self) -> Machine:
        item = self.item
        at = item.published_at or item.planned_at
        return (
            {"type": "news", "title": item.title, "state": item.state}
            | ({"at": at.astimezone(self.zone).isoformat(timespec="seconds")} if at else {})
            | {"public": item.public}
            | ({"tags": list(item.tags)} if item.tags else {})
            | {"comments": self.comments}
        )


class AboutNews(Reply):
    abstract: ClassVar[bool] = True
    news: Story

    @property
    def about(self) -> About:
        return "news", self.news.item.id

    def machine(self) -> Machine:
        return self.news.machine()


class NewsCard(AboutNews):
    """The item as everybody sees it: without its words, where it is not out any more, and they are to be others."""

    @property
    def words(self) -> bool:
        return self.news.item.published_at is not None

    def machine(self) -> Machine:
        shown = self.news.machine()
        return shown if self.words else {part: shown[part] for part in ("type", "state", "comments")}


class DraftCard(AboutNews):
    """The item as moderators see it until it is out."""


class Shown(AboutNews):
    """The item, and where to discuss it."""


def get(ctx: Context, number: int) -> News:
    """The item. Refuses: NotFound."""
    item = stored.find(ctx.tx, number)
    if item is None:
        raise Refused(NotFound(ref=f"N{number}", noun="news"))
    return item


def story(ctx: Context, item: News, *, unsent: bool = True) -> Story:
    """The item with what stands beside it; `unsent`: the link may be to a card still to be sent."""
    author = members.find(ctx.tx, item.author) if item.author else None
    name = ", ".join(filter(None, (author.name, author.municipality))) if author else ""
    out = cards.find(ctx.tx, "news", str(item.id))
    card = "news" if item.state == "published" else "draft"
    link = ctx.card_link(card, item.id, unsent=unsent and not ctx.revising)
    return Story(item, name or item.source or "", out.comments if out else 0, link, ctx.settings.zone)


def _is_recent(ctx: Context, number: int) -> bool:
    published = get(ctx, number).published_at
    return published is not None and published > ctx.now - RECENT


def _is_open(ctx: Context, number: int) -> bool:
    return get(ctx, number).state == "draft"


def _draft(ctx: Context, number: int) -> list[tuple[str, int]]:  # noqa: ARG001
    return [("draft", number)]


@card("news", letter="N", sign=SIGN, purpose="news", is_open=_is_recent, linked=_draft)
def news_card(ctx: Context, number: int) -> NewsCard:
    """Refuses: NotFound, also for what was never published."""
    item = get(ctx, number)
    if item.published_at is None and cards.find(ctx.tx, "news", str(number)) is None:
        raise Refused(NotFound(ref=f"N{number}", noun="news"))
    return NewsCard(story(ctx, item))


@card("draft", sign=SIGN, purpose="moderation", seeds=("✅",), is_open=_is_open, counter="news")
def draft_card(ctx: Context, number: int) -> DraftCard:
    """The draft's card; only comments in its own thread count, not those on the news once it is out."""
    own = cards.find(ctx.tx, "draft", str(number))
    return DraftCard(replace(story(ctx, get(ctx, number)), comments=own.comments if own else 0))


def show(ctx: Context, number: int) -> Story:
    """The item's cards say what is true, and there is one where it belongs now."""
    item = get(ctx, number)
    ctx.changed("news", number)
    ctx.changed("draft", number)
    if item.state == "published":
        ctx.place_card("news", number)
    elif item.state == "draft":
        ctx.place_card("draft", number)
    elif item.state == "scheduled" and cards.find(ctx.tx, "draft", str(number)) is None:
        posted = ctx.post("moderation", draft_card(ctx, number))  # without ✅: it needs nobody's consent
        if posted is not None:
            posted.card = ("draft", number)
    return story(ctx, item)


def add(
    ctx: Context,
    *,
    title: str,
    text: str,
    state: str,
    author: str = "",
    source: str | None = None,
    tags: tuple[str, ...] = (),
    public: bool = False,
    planned_at: datetime | None = None,
) -> Story:
    """There is a new item in this state (draft, scheduled, published), and its card where it belongs."""
    number = ctx.number("news")
    stored.put(
        ctx.tx,
        number=number,
        author=author,
        source=source,
        title=title,
        text=text,
        tags=list(tags),
        public=public,
        state=state,
        planned_at=planned_at,
        published_at=ctx.now if state == "published" else None,
        created_at=ctx.now,
        words=_words(title, text, tags),
        tag_keys=[key_of(tag) for tag in tags],
    )
    return show(ctx, number)


@tap(
    "draft",
    "✅",
    de="✅ für Veröffentlichen",
    en="✅ to publish",
)
def approve(ctx: Context, number: int, touch: Touch) -> None:
    """A moderator publishes the draft; of others, and on what is no draft any more, it means nothing."""
    if touch.on and ctx.me.role >= Role.MODERATOR and get(ctx, number).state == "draft":
        ctx.note("news", number)
        recording.record(ctx, "news publish", release(ctx, number).ref, touch.key)


def release(ctx: Context, number: int) -> Story:
    """The unpublished item is out now; a draft whose time is still to come is planned for it instead."""
    item = get(ctx, number)
    if item.state == "draft" and item.planned_at is not None and item.planned_at > ctx.now:
        stored.change(ctx.tx, number, {"state": "scheduled"})
    else:
        stored.change(ctx.tx, number, {"state": "published", "planned_at": None, "published_at": ctx.now})
    return show(ctx, number)


@job("scheduled news", every=timedelta(seconds=10))
def publish_due(ctx: Context) -> None:
    """News that are due are out, once; the card of a late one says for when it was planned."""
    for item in stored.list_due(ctx.tx, at=ctx.now):
        stored.change(ctx.tx, item.id, {"state": "published", "published_at": ctx.now})
        show(ctx, item.id)


def rewrite(ctx: Context, item: News, values: dict[str, Any]) -> Story:
    """The item has these values from now on, and its cards show them."""
    title, text, tags = (values.get(name, getattr(item, name)) for name in ("title", "text", "tags"))
    keys, words = [key_of(tag) for tag in tags], _words(title, text, tags)
    stored.change(ctx.tx, item.id, values, tag_keys=keys, words=words)
    return show(ctx, item.id)


def _words(title: str, text: str, tags: Iterable[str]) -> list[str]:
    """By what the item is found."""
    return key_of(" ".join((title, text, *tags))).split()


@person_follower
def _of_author(ctx: Context, user_id: str) -> None:
    for item in stored.list_by(ctx.tx, user_id):
        ctx.changed("news", item.id)
        ctx.changed("draft", item.id)


def _forget(ctx: Context, user_id: str) -> None:
    _of_author(ctx, user_id)
    stored.forget_author(ctx.tx, user_id)


@personal("news", erase=_forget)
def export(ctx: Context, user_id: str) -> list[Machine]:
    """All that the person wrote."""
    written = stored.list_by(ctx.tx, user_id)
    return [Shown(story(ctx, item, unsent=False)).part() | {"text": item.text} for item in written]
