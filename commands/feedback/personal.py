"""What is kept of a person's feedback: exported to them; erased, the mark counts on without a name and a comment."""

from __future__ import annotations

from commands.framework import Context, Machine, personal
from storage import feedback as stored
from storage import feedback_imports as imports


def _erase(ctx: Context, user_id: str) -> None:
    stored.erase(ctx.tx, user_id)
    imports.erase(ctx.tx, user_id)


@personal("feedback", erase=_erase)
def _export(ctx: Context, user_id: str) -> Machine:
    given = [
        {"process": f"P{one.process}", "stage": one.stage, "rating": one.rating, "on": one.on_day.isoformat()}
        | ({"text": one.comment} if one.comment else {})
        for one in stored.list_of(ctx.tx, user_id)
    ]
    sent = [
        {"process": f"P{one.process}", "at": one.made_at.isoformat(), "rows": one.rows, "state": one.state}
        for one in imports.list_of(ctx.tx, user_id)
    ]
    return {"given": given, "imported": sent}
