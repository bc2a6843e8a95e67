"""What people and rooms are told a little later: gathered, so that a busy minute is one message and not twenty.

Only the difference is told. What is kept is what it is about and how that was before; when the time has come, the topic
says what is different now, or nothing. So what was done and undone meanwhile is never told, and nothing comes that is
not so any more. What can wait goes into the weekly digest, for those who want it.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo

from commands.api import job
from commands.context import Context
from commands.replies import Machine, Refused, Reply
from storage import earlier, inbox, members, notices
from storage.notices import Notice

log = logging.getLogger(__name__)
GATHERED_FOR: Final = timedelta(seconds=30)
DIGEST_AT: Final = time(8)  # on Mondays, local time
A_TICK: Final = 100  # people told in one transaction


@dataclass(frozen=True)
class Since:
    """Whom something may have to be told, and how it was when they last knew."""

    recipient: str  # a Matrix id, or the purpose of a room
    before: Mapping[str, Any]  # by aspect
    words: str | None  # said with the latest change


@dataclass(frozen=True)
class Topic:
    difference: Callable[..., Reply | None]
    strangers: bool


TOPICS: dict[str, Topic] = {}


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
        if topic in TOPICS:
            raise ValueError(f"two topics are called {topic!r}")
        TOPICS[topic] = Topic(difference, strangers)
        return difference

    return declare


class Together(Reply):
    """Several things to tell in one message."""

    abstract: ClassVar[bool] = True
    pieces: tuple[Reply, ...]

    def machine(self) -> Machine:
        machines = [piece.machine() for piece in self.pieces]
        if len(machines) == 1:
            return machines[0]
        refs = list(dict.fromkeys(m["ref"] for m in machines if "ref" in m))
        return {
            "type": "list",
            "of": "notice",
            "refs": refs,
            "page": 1,
            "pages": 1,
            "total": len(machines),
        }


class Gathered(Together):
    """What happened in the last minute."""


class WeeklyDigest(Together):
    """What happened since last week, what is about the same thing together."""


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


def forget(ctx: Context, recipient: str, topic: str, about: Mapping[str, Any], *, digest: bool) -> None:
    """The recipient knows how it is now: nothing about it waits to be told."""
    notices.drop(ctx.tx, recipient=recipient, topic=topic, about=_key(about), digest=digest)


def waits(ctx: Context, recipient: str, topic: str) -> bool:
    """Is there anything on this topic that the recipient may have to be told?"""
    return notices.waits(ctx.tx, recipient=recipient, topic=topic)


def hasten(ctx: Context, recipient: str, topic: str) -> None:
    """What waits for the recipient on this topic is told soon."""
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


@job("gathered notices", every=timedelta(seconds=10))
def send(ctx: Context) -> bool:
    """What has waited long enough is told, one message a person."""
    due = notices.due(ctx.tx, at=ctx.now, limit=A_TICK)
    for recipient, digest in due:
        ripe = notices.take(ctx.tx, recipient, digest=digest, at=ctx.now)
        here = len(ctx.posts)
        new = [
            (key, piece)
            for notice in ripe
            for piece in _said(ctx, notice)
            if not earlier.take(ctx.tx, key := _told(recipient, piece))
        ]
        for key, piece in new:
            if piece.attached() is not None and (alone := ctx.post(recipient, piece)) is not None:
                alone.tells = (key,)
        new = [(key, piece) for key, piece in new if piece.attached() is None]
        if new:
            pieces = [piece for _, piece in new]
            said = ctx.post(recipient, _digest(pieces) if digest else Gathered(tuple(pieces)))
            if said is not None:
                said.tells = tuple(key for key, _ in new)
                ctx.posts.remove(said)
                ctx.posts.insert(here, said)  # above the messages of their own that belong to it
    return len(due) == A_TICK


def _told(recipient: str, piece: Reply) -> str:
    """By which it is known that they were told this, also where it was gathered with other things."""
    return hashlib.sha256(json.dumps([recipient, piece.machine()], sort_keys=True).encode()).hexdigest()[:32]


def _said(ctx: Context, notice: Notice) -> Iterator[Reply]:
    """What is different now, if the recipient is to know and there is a difference."""
    topic = TOPICS.get(notice.topic)
    if topic is None:
        log.warning("nothing is known of this topic", extra={"topic": notice.topic})
        return
    if not topic.strangers and not _reached(ctx, notice):
        return
    since = Since(notice.recipient, notice.before, notice.words)
    try:
        different = topic.difference(ctx, since, **json.loads(notice.about))
    except Refused:
        return  # what it is about is no more
    if different is not None:
        yield different


def _reached(ctx: Context, notice: Notice) -> bool:
    """Rooms are, and members; with their digest, those who want one."""
    if not notice.recipient.startswith("@"):
        return True
    member = members.find(ctx.tx, notice.recipient)
    if member is None or member.state not in ("active", "paused") or inbox.is_gone(ctx.tx, notice.recipient):
        return False
    return member.digest or not notice.digest


def _digest(pieces: list[Reply]) -> WeeklyDigest:
    by_thing: dict[str, list[Reply]] = {}
    for piece in pieces:
        by_thing.setdefault(piece.machine().get("ref", ""), []).append(piece)
    return WeeklyDigest(tuple(piece for about in by_thing.values() for piece in about))
