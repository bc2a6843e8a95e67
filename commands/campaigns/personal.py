"""What campaigns know of a person: export and erasure."""

from __future__ import annotations

from typing import Any

from commands.campaigns.model import changed
from commands.framework import Context, personal
from storage import campaigns as stored


def _erase(ctx: Context, user_id: str) -> None:
    """Campaigns stay without the name; judgements and votes count on, without the person."""
    for number in stored.judges_in(ctx.tx, user_id):
        changed(ctx, number)
    stored.erase(ctx.tx, user_id)


@personal("campaigns", erase=_erase)
def export(ctx: Context, user_id: str) -> Any:
    return {
        "set_out": [{"ref": f"W{one.id}", "title": one.title} for one in stored.list_by(ctx.tx, user_id)],
        "jury": [f"W{number}" for number in stored.judges_in(ctx.tx, user_id)],
        "judged": [
            {
                "campaign": f"W{one.campaign}",
                "idea": f"I{one.idea_id}",
                "points": one.points,
                "at": one.at.isoformat(),
            }
            for one in stored.judged_by(ctx.tx, user_id)
        ],
        "counted": [{"idea": f"I{idea}", "vote": value} for idea, value in stored.voted_by(ctx.tx, user_id)],
    }
