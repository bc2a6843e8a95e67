"""The feeds that wait for a moderator: those that could not be read for days."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from commands.feeds.model import SIGN
from commands.framework import Answer, Context, Role, Waits, waiting
from storage import feeds as stored

FAILS_FOR: Final = timedelta(days=2)
MOST: Final = 100


@waiting("feed", more=("feed liste", "feed list"), role=Role.MODERATOR)
def failing(ctx: Context) -> list[Waits]:
    """The feeds that can't be read any more, the longest first."""
    return [
        Waits(
            ref := f"F{feed.id}",
            SIGN,
            what=(f"{ref} {feed.title}", f"{ref} {feed.title}"),
            asks=("Nicht mehr lesbar. Entfernen?", "It can't be read any more. Remove it?"),
            opens=f"feed show {ref}",
            answers=(Answer("feed remove", ("Entfernen", "Remove it")),),
            typed=(ref, ref),
        )
        for feed in stored.list_failing(ctx.tx, since=ctx.now - FAILS_FOR, limit=MOST)
    ]
