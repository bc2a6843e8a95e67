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
from storage import members, notices

if TYPE_CHECKING:
    from commands.framework.context import Context

GATHERED_FOR: Final = timedelta(seconds=30)
DIGEST_AT: Final = 8 * 60  # minutes since Monday 0:00, local time, for who has chosen no other


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
        due_at=next_digest(ctx, recipient) if digest else at + GATHERED_FOR,
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


def next_digest(ctx: Context, recipient: str) -> datetime:
    """When the person's next weekly digest is due: at their own day and hour, else on Monday morning."""
    member = members.find(ctx.tx, recipient)
    chosen = member.digest_at if member is not None else None
    return next_weekly(ctx.now, ctx.settings.zone, DIGEST_AT if chosen is None else chosen)


def next_weekly(now: datetime, zone: ZoneInfo, at: int) -> datetime:
    """The next time, in UTC, at which clocks of the zone are so many minutes after Monday 0:00."""
    days, minutes = divmod(at, 24 * 60)
    today = now.astimezone(zone).date()
    day = today - timedelta(days=today.weekday()) + timedelta(days=days)
    clock = time(*divmod(minutes, 60))
    coming = (datetime.combine(day + timedelta(weeks=n), clock, zone).astimezone(UTC) for n in (0, 1))
    return next(one for one in coming if one > now)
