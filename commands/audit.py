"""The audit log: every change by a role above PI, with who, when, what, and the event."""

from __future__ import annotations

from commands.context import Context
from storage import audit


def record(ctx: Context, command: str, ref: str, text: str) -> None:
    """The change is in the log, with the command's arguments as they were typed."""
    audit.add(
        ctx.tx,
        at=ctx.now,
        actor=ctx.me.user_id,
        command=command,
        ref=ref,
        text=" ".join(text.split())[:500],
        event_id=ctx.event_id,
    )
