"""What may have to be told a little later: a topic, what it is about, and how that was before.

`commands.notices.gathered` says it, when its time has come, if there is a difference then.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from commands.framework.registry import Registry
from commands.framework.replies import Reply
from storage import notices

if TYPE_CHECKING:
    from commands.framework.context import Context

GATHERED_FOR: Final = timedelta(seconds=30)
DIGEST_AT: Final = time(8)  # on Mondays, local time


@dataclass(frozen=True)
class Since:
    """The people who may have to be told of something, and how it was when they last knew."""

    recipient: str  # a Matrix id, or the purpose of a room
    before: Mapping[str, Any]  # by aspect
    words: str | None  # said with the latest change


@dataclass(frozen=True)
class Topic:
    difference: Callable[..., Reply | None]
    strangers: bool


TOPICS: Registry[str, Topic] = Registry("the topic")


def told(
    topic: str, *, strangers: bool = False
) -> Callable[[Callable[..., Reply | None]], Callable[..., Reply | None]]:
    """Declare what people are told about a kind of change (see `Context.tell`).

    The function gets the context, the `Since`, and what it is about. It compares how it was with how it is, and returns
    what to say of the difference, which is a message of its own where a file goes with it; None where there is none.
    It may post more.
    `strangers`: those are told too who are no members, or no more.
    """

    def declare(difference: Callable[..., Reply | None]) -> Callable[..., Reply | None]:
        TOPICS.add(topic, Topic(difference, strangers), difference)
        return difference

    return declare


def keep(
    ctx: Context,
    recipient: str,
    topic: str,
    *,
    before: Mapping[str, Any],
    about: Mapping[str, Any],
    words: str | None = None,
    digest: bool = False,
    after: timedelta = timedelta(),
) -> None:
    """See `Context.tell`."""
    assert topic in TOPICS, f"{topic} is no topic"
    at = ctx.now + after
    notices.add(
        ctx.tx,
        recipient=recipient,
        topic=topic,
        about=_key(about),
        before=dict(before),
        words=words,
        at=at,
        due_at=next_digest(ctx.now, ctx.settings.zone) if digest else at + GATHERED_FOR,
        digest=digest,
    )


def keep_all(
    ctx: Context,
    before: Mapping[str, Mapping[str, Any]],
    topic: str,
    *,
    about: Mapping[str, Any],
) -> None:
    """The same for several, soon: how it was, by recipient."""
    assert topic in TOPICS, f"{topic} is no topic"
    was = {recipient: dict(known) for recipient, known in before.items()}
    due_at = ctx.now + GATHERED_FOR
    notices.add_all(ctx.tx, before=was, topic=topic, about=_key(about), at=ctx.now, due_at=due_at)


def forget(ctx: Context, recipient: str, topic: str, about: Mapping[str, Any], *, digest: bool) -> None:
    """The recipient knows how it is now: nothing about it waits to be told."""
    notices.drop(ctx.tx, recipient=recipient, topic=topic, about=_key(about), digest=digest)


def waits(ctx: Context, recipient: str, topic: str) -> bool:
    """Is there anything on this topic that the recipient may have to be told?"""
    return notices.waits(ctx.tx, recipient=recipient, topic=topic)


def hasten(ctx: Context, recipient: str, topic: str) -> None:
    """All that waits for the recipient on this topic is told soon."""
    due_at = ctx.now + GATHERED_FOR
    notices.hasten(ctx.tx, recipient=recipient, topic=topic, at=ctx.now, due_at=due_at)


def _key(about: Mapping[str, Any]) -> str:
    return json.dumps(about, sort_keys=True)


def next_digest(now: datetime, zone: ZoneInfo) -> datetime:
    """The next Monday morning, in UTC."""
    local = now.astimezone(zone)
    monday = local.date() - timedelta(days=local.weekday())
    this, following = (
        datetime.combine(day, DIGEST_AT, zone).astimezone(UTC)
        for day in (monday, monday + timedelta(weeks=1))
    )
    return this if now < this else following
