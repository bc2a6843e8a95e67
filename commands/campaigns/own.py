"""The ideas that wait for somebody's judgement."""

from __future__ import annotations

from typing import Final

from commands.campaigns.judging import judges, left_to
from commands.campaigns.model import SIGN, standing
from commands.framework import Answer, Context, Waits, waiting

MOST: Final = 100


@waiting("campaign", more=("wettbewerb liste", "campaign list"))
def unjudged(ctx: Context) -> list[Waits]:
    """The open campaigns in which the asker has not judged all ideas, the next to end first."""
    found = []
    for one in judges(ctx):
        count = len(left_to(ctx, one.id, limit=MOST))
        if not count:
            continue
        known = standing(ctx, one.id)
        german, english = ("Idee" if count == 1 else "Ideen"), ("idea" if count == 1 else "ideas")
        what = f"{known.ref} {one.title}"
        found.append(
            Waits(
                known.ref,
                SIGN,
                what=(what, what),
                asks=(f"{count} {german} bewerten", f"Judge {count} {english}"),
                opens=f"campaign show {known.ref}",
                answers=(Answer("campaign judge", ("Eine Idee bewerten", "Judge an idea")),),
                typed=(known.ref, known.ref),
                due=known.last_day or known.end.date(),
            )
        )
    return found
