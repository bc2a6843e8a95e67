"""The drafts that wait for a moderator."""

from __future__ import annotations

from typing import Final

from commands.framework import Answer, Context, Role, Waits, waiting
from commands.news.model import SIGN
from storage import news as stored

MOST: Final = 100


@waiting("draft", more=("news entwürfe", "news drafts"), role=Role.MODERATOR)
def drafts(ctx: Context) -> list[Waits]:
    """The drafts of news, the oldest first."""
    return [
        Waits(
            ref := f"N{item.id}",
            SIGN,
            what=(f"{ref} {item.title}", f"{ref} {item.title}"),
            asks=("Veröffentlichen?", "Publish it?"),
            opens=f"news show {ref}",
            answers=(Answer("news publish", ("Veröffentlichen", "Publish")),),
            typed=(ref, ref),
        )
        for item in stored.list_drafts(ctx.tx, limit=MOST)
    ]
