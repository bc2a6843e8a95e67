"""What goes into the audit log, written with the change itself; `commands.general.audit` shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from commands.framework.context import Context
from commands.framework.replies import Role
from storage import audit

MATRIX_ID: Final = re.compile(r"@[^\s:]+:\S+")


def keep(ctx: Context, command: str, text: str, values: Mapping[str, Any] | None = None) -> None:
    """What the asker has changed by a role above PI is in the log: all that `Context.audit` was told of."""
    if ctx.audited is not None and ctx.me.role > Role.PI:
        record(ctx, command, ctx.audited, text, values)
    ctx.audited = None


def record(ctx: Context, command: str, ref: str, text: str, values: Mapping[str, Any] | None = None) -> None:
    """The change is in the log, with the command's arguments as they were typed, and whom they are about."""
    given = [one for v in (values or {}).values() for one in (v if isinstance(v, tuple) else (v,))]
    given += text.split()
    audit.add(
        ctx.tx,
        at=ctx.now,
        actor=ctx.me.user_id,
        command=command,
        ref=ref,
        text=" ".join(text.split())[:500],
        event_id=ctx.event_id,
        people={one for one in (ref, *given) if isinstance(one, str) and MATRIX_ID.fullmatch(one)},
    )
