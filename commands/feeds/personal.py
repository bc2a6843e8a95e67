"""What feeds know of a person: who has added them."""

from __future__ import annotations

from commands.feeds.model import feed_card
from commands.framework import Context, Machine, personal
from storage import feeds as stored


def _erase(ctx: Context, user_id: str) -> None:
    """The feeds stay, without a name."""
    stored.forget(ctx.tx, user_id)


@personal("feeds", erase=_erase)
def export(ctx: Context, user_id: str) -> list[Machine]:
    """All that the person has added."""
    return [feed_card(ctx, feed.id).part() for feed in stored.list_added_by(ctx.tx, user_id)]
