"""What people and rooms are told a little later: gathered, so that a busy minute is one message and not twenty.

Only the difference is told. What is kept is what it is about and how that was before; when the time has come, the topic
says what is different now, or nothing. So what was done and undone meanwhile is never told, and nothing comes that is
not so any more. All that can wait goes into the weekly digest, for those who want it.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import ClassVar, Final

from commands.framework import About, Context, Machine, Refused, Reply, job, ref_of
from commands.framework.own import Pile, as_asked_by, piles, refs_of
from commands.framework.telling import TOPICS, Since, next_digest
from commands.framework.who_may import there
from storage import earlier, inbox, members, notices
from storage.notices import Notice

log = logging.getLogger(__name__)
A_TICK: Final = 100  # people told in one transaction


class Together(Reply):
    """Several things to tell in one message."""

    abstract: ClassVar[bool] = True
    pieces: tuple[Reply, ...]

    @property
    def about(self) -> About | None:
        return self.pieces[0].about if len(self.pieces) == 1 else None

    def machine(self) -> Machine:
        if len(self.pieces) == 1:
            return self.pieces[0].machine()
        refs = list(dict.fromkeys(ref for piece in self.pieces if (ref := ref_of(piece.about))))
        return {
            "type": "list",
            "of": "notice",
            "refs": refs,
            "page": 1,
            "pages": 1,
            "total": len(self.pieces),
        }


class Gathered(Together):
    """All that happened in the last minute."""


class WeeklyDigest(Together):
    """What waits for the person, and all that happened since last week, sorted by thing."""

    waiting: tuple[Pile, ...] = ()

    def machine(self) -> Machine:
        return super().machine() | ({"waiting": refs_of(self.waiting)} if self.waiting else {})


@job("gathered notices", every=timedelta(seconds=10))
def send(ctx: Context) -> bool:
    """All that has waited long enough is told, one message a person; of who pauses, the digest waits too."""
    due = notices.due(ctx.tx, at=ctx.now, limit=A_TICK)
    for recipient, digest in due:
        if digest and not there(ctx, [recipient]):
            notices.put_off(ctx.tx, recipient, digest=True, due_at=next_digest(ctx, recipient))
            continue
        ripe = notices.take(ctx.tx, recipient, digest=digest, at=ctx.now)
        here = len(ctx.outside.posts)
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
            said = ctx.post(recipient, _digest(ctx, recipient, pieces) if digest else Gathered(tuple(pieces)))
            if said is not None:
                said.tells = tuple(key for key, _ in new)
                ctx.outside.posts.remove(said)
                ctx.outside.posts.insert(here, said)  # above the messages of their own that belong to it
    return len(due) == A_TICK


def _told(recipient: str, piece: Reply) -> str:
    """The key by which it is known that they were told this, also where it was gathered with other things."""
    return hashlib.sha256(json.dumps([recipient, piece.part()], sort_keys=True).encode()).hexdigest()[:32]


def _said(ctx: Context, notice: Notice) -> Iterator[Reply]:
    """All that is different now, if the recipient is to know and there is a difference."""
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


def _digest(ctx: Context, recipient: str, pieces: list[Reply]) -> WeeklyDigest:
    by_thing: dict[str | None, list[Reply]] = {}
    for piece in pieces:
        by_thing.setdefault(ref_of(piece.about), []).append(piece)
    sorted_ = tuple(piece for about in by_thing.values() for piece in about)
    return WeeklyDigest(sorted_, piles(as_asked_by(ctx, recipient)) if recipient.startswith("@") else ())
