"""How the bot is doing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from commands.framework import Context, Machine, Reply, Role, command
from commands.general.rooms import Trouble, list_troubles
from storage import inbox, megolm, outbox, reminders, status

DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Inside:
    """The figures that only coordinators are told."""

    late: timedelta  # how long the oldest message waits, in whole seconds
    reminders: timedelta  # for how long one has been due, in whole seconds
    errors: int  # in the last 24 hours
    size: int  # of the store, in bytes
    unread: int  # messages that could not be read, in the last 24 hours
    pending: int  # registrations that wait for an answer
    troubles: tuple[Trouble, ...] = ()  # of rooms

    @property
    def megabytes(self) -> str:
        return f"{self.size / 1_000_000:.1f}"


class Status(Reply):
    """Up since when, in which version, and how much there is to be sent."""

    version: str
    since: datetime
    queue: int
    inside: Inside | None

    def machine(self) -> Machine:
        since = self.since.isoformat(timespec="seconds")
        return {"type": "status", "version": self.version, "since": since, "queue": self.queue}


@command(
    "status",
    "status",
    role=Role.ANYONE,
    de="wie es dem Bot geht",
    en="how the bot is doing",
    example=("", ""),
    reads=True,
    words=(
        "läuft Bot",
        "funktioniert Bot",
        "working",
        "are you there",
        "online",
        "läuft der Bot",
        "alive",
        "bist du da",
    ),
    offer=("Sehen, ob alles läuft", "See whether all is well"),
)
def tell(ctx: Context) -> Status:
    since = (ctx.settings.started_at or ctx.now).astimezone(ctx.settings.zone)
    inside = look_inside(ctx) if ctx.me.role >= Role.COORDINATOR else None
    return Status(ctx.settings.version, since, outbox.count_pending(ctx.tx), inside)


def look_inside(ctx: Context) -> Inside:
    return Inside(
        late=_since(ctx, status.oldest_pending(ctx.tx)),
        reminders=_since(ctx, reminders.next_due(ctx.tx)),
        errors=inbox.count_failed(ctx.tx, since=ctx.now - DAY),
        unread=megolm.count_unreadable(ctx.tx, since=ctx.now - DAY),
        size=status.size(ctx.tx),
        pending=status.count_members(ctx.tx, "pending"),
        troubles=list_troubles(ctx.tx),
    )


def _since(ctx: Context, at: datetime | None) -> timedelta:
    """How long ago that was; nothing where it is still to come."""
    passed = ctx.now - at if at is not None else timedelta()
    return timedelta(seconds=max(0, int(passed.total_seconds())))
