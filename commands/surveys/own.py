"""The surveys that wait for a person's answer."""

from __future__ import annotations

from commands.framework import Answer, Context, Waits, waiting
from commands.surveys.model import SIGN, view
from storage import surveys as stored


@waiting("survey", more=("umfrage liste", "survey list"))
def unanswered(ctx: Context) -> list[Waits]:
    """The open ones that ask the person, who has not answered, the first to end first."""
    return [
        Waits(
            ref := f"U{one.id}",
            SIGN,
            what=(f"{ref} {one.title}", f"{ref} {one.title}"),
            asks=("Was antworten Sie?", "What do you answer?"),
            opens=f"survey show {ref}",
            answers=(Answer("survey answer", ("Antworten", "Answer")),),
            typed=(ref, ref),
            due=view(ctx, one).until.date(),
        )
        for one in stored.list_waiting(ctx.tx, ctx.me.user_id)
    ]
