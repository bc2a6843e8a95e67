"""The work products that wait for what their group says to them."""

from __future__ import annotations

from typing import Final

from commands.framework import Answer, Context, Waits, waiting
from commands.processes import PRODUCT_WORDS
from storage import products as stored

GERMAN: Final = {code: word for word, code in PRODUCT_WORDS.items()}


@waiting("product", more=("prozess liste", "process list"))
def unanswered(ctx: Context) -> list[Waits]:
    """The work products in review to which the asker has said nothing, the longest waiting first."""
    return [_waits(*row) for row in stored.list_unanswered(ctx.tx, ctx.me.user_id)]


def _waits(process: int, code: str, name: str) -> Waits:
    ref = f"P{process} {code}"
    return Waits(
        ref,
        "🧭",
        what=(f"P{process} {name}, {GERMAN[code]}", f"P{process} {name}, {code}"),
        asks=("Sind Sie einverstanden?", "Do you consent?"),
        opens=f"product show {ref}",
        answers=(
            Answer("product consent", ("Ich stimme zu", "I consent")),
            Answer("product objection", ("Ich habe einen Einwand", "I object")),
        ),
        typed=(f"P{process} {GERMAN[code].split()[-1]}", ref),
    )
