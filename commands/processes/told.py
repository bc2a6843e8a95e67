"""What author and voters are told of an idea: what has become of it since they last knew."""

from __future__ import annotations

from commands import ideas
from commands.framework import Context, Reply
from commands.framework.telling import Since, told
from commands.ideas import DECISIONS, Announced, MovedBack, MovedTo, Reopened
from commands.processes import model
from commands.processes.promotion import DemotionTold, PromotionTold
from storage import seats


@told("idea")
def news(ctx: Context, since: Since, idea: int) -> Reply | None:
    """Decided, merged, made a process of, or all of that taken back."""
    now, before = ideas.get(ctx, idea), since.before
    if before.get("process") != now.process:
        return _process(ctx, since, now.process, idea=idea, title=now.title)
    if before.get("merged_into") != now.merged_into:
        other = ideas.get(ctx, now.merged_into or before["merged_into"])
        return (MovedTo if now.merged_into else MovedBack)(now, other)
    if now.state in DECISIONS and (now.state, now.reason) != (before.get("state"), before.get("reason")):
        return Announced(now, now.reason if now.reason != before.get("reason") else None)
    if now.state != before.get("state") and before.get("state") in DECISIONS and now.state != "withdrawn":
        return Reopened(now)
    return None


def _process(ctx: Context, since: Since, process: int | None, *, idea: int, title: str) -> Reply:
    if process is None:
        view = model.view(ctx, since.before["process"])
        return DemotionTold(view, None, idea=idea, title=title)
    link = ctx.card_link("process", process)
    seat = seats.find(ctx.tx, "group", process, since.recipient)
    known = seat is not None and seat.state != "declined"
    return PromotionTold(model.view(ctx, process), link, idea=idea, title=title, asked=not known)
