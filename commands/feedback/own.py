"""Those in a group are asked what they think of its service, while the evaluation runs."""

from __future__ import annotations

from commands.framework import Answer, Context, Waits, waiting
from commands.processes import STAGE_OF
from storage import feedback as stored


@waiting("feedback", more=("prozess liste", "process list"))
def unsaid(ctx: Context) -> list[Waits]:
    """The services of the asker's groups that are evaluated, and of which they have said nothing."""
    today = ctx.now.astimezone(ctx.settings.zone).date()
    found = stored.list_evaluated_of(ctx.tx, ctx.me.user_id, today=today)
    said = {(one.process, one.stage) for one in stored.list_of(ctx.tx, ctx.me.user_id)} if found else set()
    return [
        Waits(
            f"{ref} feedback",
            "🧭",
            what=(f"{ref} {process.name}, Rückmeldung", f"{ref} {process.name}, feedback"),
            asks=("Wie gut ist der Dienst?", "How good is the service?"),
            opens=f"feedback show {ref}",
            answers=(Answer("feedback", ("Rückmeldung geben", "Give feedback")),),
            typed=(ref, ref),
            due=process.evaluation_until,
        )
        for process in found
        if process.phase in STAGE_OF and (process.id, STAGE_OF[process.phase]) not in said
        for ref in (f"P{process.id}",)
    ]
