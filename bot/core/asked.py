"""What the bot asks is kept with the message that asks it."""

from __future__ import annotations

from dataclasses import asdict

from commands.framework.context import Context
from commands.framework.questions import Asking
from storage import dialogues


def keep_open(ctx: Context, asking: Asking, row: int, *, room: str, thread: str) -> None:
    """This is open for the asker there from now on, and nothing else."""
    dialogues.ask(
        ctx.tx,
        user_id=ctx.me.user_id,
        room_id=room,
        thread=thread,
        kind=asking.kind,
        command=asking.command,
        named=asking.named,
        given=[list(one) for one in asking.given],
        field=asking.field,
        options=[asdict(option) for option in asking.options],
        said_at=ctx.sent_at or ctx.now,
        reply_id=row,
    )
