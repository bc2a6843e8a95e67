"""The date findings that wait for an answer, and for leaders those that wait to be fixed."""

from __future__ import annotations

from collections.abc import Iterator

from commands import groups
from commands.finding.model import SIGN, has_answered, last_day, mine_open
from commands.framework import Answer, Context, Waits, waiting
from storage.date_findings import Finding


@waiting("dates", more=("termin liste", "dates list"))
def unanswered(ctx: Context) -> list[Waits]:
    """Those in which the asker has said nothing, the most urgent first; then those to be fixed by the asker."""
    return sorted(_waits(ctx), key=lambda one: (one.asks != ASKS, one.due))


ASKS = ("Welche Termine passen Ihnen?", "Which dates suit you?")
FIXES = ("Welcher Termin gilt?", "Which date is it?")


def _waits(ctx: Context) -> Iterator[Waits]:
    for row in mine_open(ctx):
        if not has_answered(ctx, row.id, ctx.me.user_id):
            answer = Answer("dates answer", ("Sagen, welche mir passen", "Say which suit me"))
            yield _one(ctx, row, ASKS, answer)
        elif row.until <= ctx.now and groups.leads(ctx, row.process):
            answer = Answer(
                "dates fix", ("Den Termin festlegen, der am besten passt", "Fix the date that suits most")
            )
            yield _one(ctx, row, FIXES, answer)


def _one(ctx: Context, row: Finding, asks: tuple[str, str], answer: Answer) -> Waits:
    ref = f"D{row.id}"
    return Waits(
        ref,
        SIGN,
        what=(f"{ref} {row.title}", f"{ref} {row.title}"),
        asks=asks,
        opens=f"dates show {ref}",
        answers=(answer,),
        typed=(ref, ref),
        due=last_day(row, ctx.settings.zone),
    )
