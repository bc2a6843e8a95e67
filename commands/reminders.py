"""Reminders: who is reminded of what, and the one job that does it.

A feature plans rows (`plan`) whenever a thing gets a date or somebody takes part, drops them (`drop`) when that is
over, and says with `@reminded` what the reminder looks like. Rows that are due become messages in one transaction,
once. After downtime those still useful are sent and say that they are late; those of a start already past are
closed as missed, and the coordinators are told.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from commands.context import Context
from storage import members, reminders


def plan(
    ctx: Context,
    kind: str,
    number: int,
    *,
    start: datetime,
    users: Iterable[str],
    leads: Iterable[timedelta] | None = None,
) -> None:
    """These people are reminded of the thing that starts then, each at their own lead times, or at these.

    What was planned for them before is replaced. A lead time that is already past is left out.
    """
    rows = []
    for user in users:
        reminders.forget(ctx.tx, kind, number, user)
        member = members.find(ctx.tx, user)
        own = member.reminders if member is not None else None
        seconds = (
            reminders.leads_of(ctx.settings.reminders, own)
            if leads is None
            else [int(lead.total_seconds()) for lead in leads]
        )
        for lead in seconds:
            due_at = start - timedelta(seconds=lead)
            if due_at > ctx.now:
                rows.append(
                    {
                        "kind": kind,
                        "number": number,
                        "user_id": user,
                        "lead": lead,
                        "start": start,
                        "due_at": due_at,
                    }
                )
    reminders.add(ctx.tx, rows)


def drop(ctx: Context, kind: str, number: int, user_id: str | None = None) -> None:
    """Nobody (or this person not) is reminded of the thing any more."""
    reminders.forget(ctx.tx, kind, number, user_id)
