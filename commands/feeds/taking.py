"""What feeds show becomes news: each entry once, the oldest first, and never many at a time.

The network is not here: `bot.feeds` asks what is `due`, looks at it, and hands what it has found to `record`, which is
one transaction. Killed before its end, nothing has happened, and the same feed is due again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from commands import news
from commands.feeds.model import (
    FeedFails,
    FeedFloods,
    FeedRead,
    FeedUnread,
    FeedWorks,
    get,
    host_of,
    key_of_url,
)
from commands.feeds.values import Due, Entry, Look
from commands.framework import Context, Post, Reply, job
from storage import feeds as stored
from storage.feeds import Feed

AT_A_TIME: Final = 20  # entries that become news at one look; more would drown a room
MOST_WAITING: Final = 10_000  # entries of one feed; what is new beyond that is new at a later look
MOST_GONE: Final = 5_000  # entries of one feed that are known and shown no more
REMEMBERED: Final = timedelta(days=180)  # for so long; one that comes back meanwhile is not news again
FIRST_PAUSE: Final = timedelta(
    hours=1
)  # before a feed that can't be read is tried again, then twice as long …
LONGEST_PAUSE: Final = timedelta(hours=24)


def due(ctx: Context) -> list[Due]:
    """Some of the feeds that are to be looked at now."""
    found = stored.list_due(ctx.tx, at=ctx.now)
    return [Due(feed.id, feed.url, feed.etag, feed.modified, feed.digest) for feed in found]


def record(ctx: Context, look: Look) -> Iterator[str]:
    """What the look has found is news, and it is known when the feed is looked at next.

    Yields after each thing to be said what that is said because of: the same, however often the look is repeated; ""
    where that is what it says.
    """
    feed = stored.find(ctx.tx, look.feed)
    if feed is None or feed.due_at is None or feed.url != look.asked:
        return  # it was removed meanwhile, or is elsewhere
    if look.problem:
        yield from _failed(ctx, feed, look)
    else:
        yield from _worked(ctx, feed, look)
    yield from _take(ctx, feed.id)
    if not look.problem and feed.read_at is None:
        now = get(ctx, feed.id)
        _in_reply(ctx, now, FeedRead(now, ctx.settings.zone))
        stored.change(ctx.tx, feed.id, asked_in="")
        yield ""


# --- whether it can be read


def _failed(ctx: Context, feed: Feed, look: Look) -> Iterator[str]:
    """It is tried again, later each time; that it fails is told once, in the reply where it was never read."""
    failures = feed.failures + 1
    pause = min(FIRST_PAUSE * 2 ** min(feed.failures, 10), LONGEST_PAUSE)
    stored.change(
        ctx.tx,
        feed.id,
        state="failing",
        problem=look.problem,
        failures=failures,
        failing_since=feed.failing_since or ctx.now,
        checked_at=ctx.now,
        due_at=ctx.now + pause,
    )
    if feed.failures:
        return
    now = get(ctx, feed.id)
    if feed.read_at is not None:
        ctx.post("moderation", FeedFails(now, ctx.settings.zone))
    else:
        _in_reply(ctx, now, FeedUnread(now, ctx.settings.zone, look.elsewhere))
    yield ""


def _in_reply(ctx: Context, feed: Feed, reply: Reply) -> None:
    """The reply to the command that has added the feed says this instead."""
    if feed.asked_in:
        again = (feed.asked_in, "reply")
        ctx.outside.posts.append(
            Post("moderation", reply, language=feed.language, again=again, only_again=True)
        )


def _worked(ctx: Context, feed: Feed, look: Look) -> Iterator[str]:
    """It was read: all that is new in it waits to become news."""
    first = feed.read_at is None
    changed = {"title": look.title or host_of(feed.url)} if look.entries is not None else {}
    stored.change(
        ctx.tx,
        feed.id,
        **changed,
        **_moved(ctx, feed, look.moved),
        state="ok",
        problem=None,
        failures=0,
        failing_since=None,
        checked_at=ctx.now,
        read_at=feed.read_at or ctx.now,
        due_at=ctx.now + ctx.settings.feeds_every,
        etag=look.etag,
        modified=look.modified,
        digest=look.digest,
    )
    had_waiting = stored.count_waiting(ctx.tx, feed.id)
    if look.entries is not None:
        all_of_it = _learn(ctx, feed, in_order(look.entries), room=MOST_WAITING - had_waiting, first=first)
        if not all_of_it:  # the same file is read once more
            stored.change(ctx.tx, feed.id, etag="", modified="", digest="")
    now, waiting = get(ctx, feed.id), stored.count_waiting(ctx.tx, feed.id)
    if feed.failures:
        ctx.post("moderation", FeedWorks(now, ctx.settings.zone))
    if waiting > AT_A_TIME and not had_waiting:
        ctx.post("moderation", FeedFloods(now, ctx.settings.zone, waiting))
    if ctx.outside.posts:
        yield ""


def _moved(ctx: Context, feed: Feed, url: str) -> dict[str, str]:
    """Where it is from now on, unless another feed is there already."""
    key = key_of_url(url)
    others = (one for one in stored.list_at(ctx.tx, key) if one.removed_at is None and one.id != feed.id)
    return {"url": url, "url_key": key} if url and next(others, None) is None else {}


# --- its entries


def in_order(entries: Sequence[Entry]) -> list[Entry]:
    """The entries, the oldest first: by their dates, and where they have none, by the file, the newest first there.

    One without a date is as old as the one above it.
    """
    above: datetime | None = next((entry.at for entry in entries if entry.at is not None), None)
    dated = []
    for entry in entries:
        above = entry.at or above
        dated.append((above, entry))
    dated.reverse()
    if above is not None:
        dated.sort(key=lambda one: one[0])  # type: ignore[arg-type, return-value]  # then all have one
    return [entry for _, entry in dated]


def _learn(ctx: Context, feed: Feed, entries: list[Entry], *, room: int, first: bool) -> bool:
    """All that the feed shows is known; what was not waits to become news: of a new feed, the newest alone.

    False if there is more of it than can wait.
    """
    known = stored.known(ctx.tx, feed.id)
    shown = {entry.key for entry in entries}
    unknown = [entry for entry in entries if entry.key not in known]
    fresh = unknown[:room]
    if first:
        fresh = [
            entry for entry in unknown[-1:] if entry is entries[-1] and not _was_known(ctx, feed, entry.key)
        ]
    stored.learn(ctx.tx, feed.id, (entry.key for entry in (unknown if first else fresh)))
    stored.wait(
        ctx.tx,
        feed.id,
        [{"key": e.key, "title": e.title, "text": e.text, "link": e.link} for e in fresh],
    )
    stored.mark(ctx.tx, feed.id, (k for k, at in known.items() if at and k in shown), gone_at=None)
    gone = {k: at or ctx.now for k, at in known.items() if k not in shown}
    stored.mark(ctx.tx, feed.id, (k for k in gone if known[k] is None), gone_at=ctx.now)
    kept = sorted(gone, key=lambda key: gone[key], reverse=True)[:MOST_GONE]
    over = ctx.now - REMEMBERED
    stored.unlearn(ctx.tx, feed.id, gone.keys() - {key for key in kept if gone[key] > over})
    return first or len(fresh) == len(unknown)


def _was_known(ctx: Context, feed: Feed, key: str) -> bool:
    """Was this taken from the same address by a feed that was removed since?"""
    return any(stored.knows(ctx.tx, one.id, key) for one in stored.list_at(ctx.tx, feed.url_key))


def _take(ctx: Context, number: int) -> Iterator[str]:
    """The entries that have waited longest are news now."""
    feed = get(ctx, number)
    waiting = stored.list_waiting(ctx.tx, number, limit=AT_A_TIME)
    stored.take(ctx.tx, number, (entry.place for entry in waiting))
    stored.change(ctx.tx, number, entries=feed.entries + len(waiting))
    for entry in waiting:
        news.add(
            ctx,
            title=entry.title,
            text="\n\n".join(filter(None, (entry.text, f"<{entry.link}>" if entry.link else ""))),
            state="published" if feed.mode == "direct" else "draft",
            source=feed.title,
            tags=tuple(feed.tags),
        )
        yield f"feed {number} {entry.key}"


@job("removed feeds", every=timedelta(hours=1))
def forget_removed(ctx: Context) -> None:
    """Of feeds that were removed long ago it is not known any more what they have shown."""
    stored.unlearn_removed(ctx.tx, before=ctx.now - REMEMBERED)
