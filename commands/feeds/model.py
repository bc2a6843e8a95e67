"""A feed (concept 7.1): where it is, how it looks, and how it is found. For moderators; others see its news."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from commands.framework import (
    About,
    Context,
    Failure,
    Found,
    Machine,
    NotFound,
    Refused,
    Reply,
    card,
    choices,
    reference,
    valued,
)
from commands.framework.paging import A_PAGE, ListPage
from storage import feeds as stored
from storage.feeds import Feed

SIGN: Final = "📡"
FeedRef = Annotated[int, reference("feed")]
Mode = Annotated[
    Literal["draft", "direct"],
    choices(
        {"entwurf": "draft", "direkt": "direct"},
        also={
            "entwürfe": "draft",
            "drafts": "draft",
            "zum anschauen": "draft",
            "nicht direkt": "draft",
            "nicht mehr direkt": "draft",
            "nümm diräkt": "draft",
            "not directly": "draft",
            "sofort": "direct",
            "diräkt": "direct",
            "directly": "direct",
            "straight away": "direct",
        },
        labels={"draft": ("als Entwurf", "as a draft"), "direct": ("direkt", "directly")},
    ),
    Found("choice"),
]


class AboutFeed(Reply):
    """A reply that carries a feed."""

    abstract: ClassVar[bool] = True
    feed: Feed
    zone: ZoneInfo

    @property
    def about(self) -> About:
        return "feed", self.feed.id

    def machine(self) -> Machine:
        feed = self.feed
        checked = feed.checked_at
        at = {"checked": checked.astimezone(self.zone).isoformat(timespec="seconds")} if checked else {}
        return {
            "type": "feed",
            "title": feed.title,
            "url": feed.url,
            "mode": feed.mode,
            "state": "removed" if feed.removed_at is not None else feed.state,
            "entries": feed.entries,
        } | at


class FeedCard(AboutFeed):
    """The feed, with all there is to know; `waiting`: the entries that become news bit by bit."""

    waiting: int = 0


class FeedAdded(AboutFeed):
    """It will be looked at within a minute, and this message says what became of it."""


class FeedRead(AboutFeed):
    """It was read: this is what it is called."""


class FeedUnread(AboutFeed):
    """It can't be read: why, and that it is tried again; `elsewhere`: the feed that the page there names."""

    elsewhere: str = ""


class FeedNotice(AboutFeed):
    """Told to moderators by itself; without the time, so that it is known again after a restore."""

    abstract: ClassVar[bool] = True

    def machine(self) -> Machine:
        return {name: value for name, value in super().machine().items() if name != "checked"}


class FeedFails(FeedNotice):
    """Told to moderators: it can't be read any more."""


class FeedWorks(FeedNotice):
    """Told to moderators: it can be read again."""


class FeedFloods(FeedNotice):
    """Told to moderators: it has many new entries at once, which become news bit by bit."""

    waiting: int


class FeedChanged(AboutFeed):
    """Its entries become news in this way from now on."""


class FeedRemoved(AboutFeed):
    """It is looked at no more."""


class FeedBack(AboutFeed):
    """It is looked at again."""


class FeedList(ListPage):
    """A page of the feeds, newest first."""

    feeds: tuple[Feed, ...]

    def machine(self) -> Machine:
        return self.listed("feed", [f"F{feed.id}" for feed in self.feeds])


class FeedGone(Failure):
    """It was removed."""

    number: int


class FeedThere(Failure):
    """This very feed is there already."""

    feed: Feed

    def machine(self) -> Machine:
        return super().machine() | {"similar": [f"F{self.feed.id}"]}


def get(ctx: Context, number: int) -> Feed:
    """The feed, removed or not. Refuses: NotFound."""
    feed = stored.find(ctx.tx, number)
    if feed is None:
        raise Refused(NotFound(ref=f"F{number}", noun="feed"))
    return feed


def get_there(ctx: Context, number: int) -> Feed:
    """The feed, which is looked at. Refuses: NotFound, FeedGone."""
    feed = get(ctx, number)
    if feed.removed_at is not None:
        raise Refused(FeedGone(number))
    return feed


def host_of(url: str) -> str:
    """What it is called as long as nothing else is known."""
    return (urlsplit(url).hostname or url)[:100]


def key_of_url(url: str) -> str:
    """By which addresses of the same page are the same: however they are spelt, secure or not."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{(parts.hostname or '').rstrip('.').lower()}{port}{parts.path.rstrip('/')}{query}"


@card("feed", letter="F", sign=SIGN, purpose="")
def feed_card(ctx: Context, number: int) -> FeedCard:
    return FeedCard(get(ctx, number), ctx.settings.zone, stored.count_waiting(ctx.tx, number))


@valued("feed")
def likely(ctx: Context) -> list[tuple[int, str]]:
    """The newest ones."""
    return [(feed.id, feed.title) for feed in stored.list_newest(ctx.tx, offset=0, limit=A_PAGE)]


def are_there(ctx: Context) -> bool:
    """There is a feed."""
    return stored.count(ctx.tx) > 0
