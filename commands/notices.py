"""What people are told in their direct chats: gathered, so that a busy minute is one message and not twenty.

What can wait goes into the weekly digest, for those who want it.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from commands.api import job
from commands.context import Context
from commands.replies import Machine, Reply
from storage import members, notices

GATHERED_FOR: Final = timedelta(seconds=30)
DIGEST_AT: Final = time(8)  # on Mondays, local time


class Together(Reply):
    """Several things to tell in one message; `pieces` are their HTML."""

    abstract: ClassVar[bool] = True
    pieces: tuple[str, ...]
    machines: tuple[Machine, ...]

    def machine(self) -> Machine:
        if len(self.machines) == 1:
            return self.machines[0]
        refs = list(dict.fromkeys(m["ref"] for m in self.machines if "ref" in m))
        return {
            "type": "list",
            "of": "notice",
            "refs": refs,
            "page": 1,
            "pages": 1,
            "total": len(self.machines),
        }


class Gathered(Together):
    """What happened in the last minute."""


class WeeklyDigest(Together):
    """What happened since last week, what is about the same thing together."""


def keep(ctx: Context, user_id: str, reply: Reply, *, digest: bool = False) -> None:
    """Tell this person soon, together with what else there is to tell by then; only members are told.

    `digest`: it can wait for the weekly digest; who wants none is not told.
    """
    member = members.find(ctx.tx, user_id)
    if member is None or member.state not in ("active", "paused") or ctx.render is None:
        return
    if digest and not member.digest:
        return
    html, machine = ctx.render(reply, member.language or ctx.settings.language)
    due_at = next_digest(ctx.now, ctx.settings.zone) if digest else ctx.now + GATHERED_FOR
    notices.add(ctx.tx, user_id=user_id, at=ctx.now, due_at=due_at, html=html, machine=machine, digest=digest)


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
def send(ctx: Context) -> None:
    """Send what has waited long enough, one message a person."""
    for user_id, digest in notices.due(ctx.tx, at=ctx.now):
        found = notices.take(ctx.tx, user_id, digest=digest)
        if not digest:
            ctx.post(user_id, Gathered(tuple(n.html for n in found), tuple(n.machine for n in found)))
        elif (member := members.find(ctx.tx, user_id)) is not None and member.digest:
            by_thing: dict[str, list[notices.Notice]] = {}
            for n in found:
                by_thing.setdefault(n.machine.get("ref", ""), []).append(n)
            grouped = [n for about in by_thing.values() for n in about]
            ctx.post(user_id, WeeklyDigest(tuple(n.html for n in grouped), tuple(n.machine for n in grouped)))
