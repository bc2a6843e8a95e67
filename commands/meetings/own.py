"""The invitations that wait for an answer."""

from __future__ import annotations

from commands.framework import Answer, Context, Waits, waiting
from commands.meetings.model import SIGN
from storage import meetings as stored


@waiting("meeting", more=("sitzung liste", "meeting list"))
def unanswered(ctx: Context) -> list[Waits]:
    """The meetings to come to which the asker is invited and has said nothing, the next one first."""
    return [
        Waits(
            ref := f"S{meeting.id}",
            SIGN,
            what=(f"{ref} {meeting.title}", f"{ref} {meeting.title}"),
            asks=("Kommen Sie?", "Will you come?"),
            opens=f"meeting show {ref}",
            answers=(
                Answer("meeting accept", ("Ich komme", "I will come")),
                Answer("meeting decline", ("Ich komme nicht", "I will not come")),
                Answer("meeting maybe", ("Vielleicht", "Maybe")),
            ),
            typed=(ref, ref),
            at=meeting.start_at,
        )
        for meeting, answer in stored.list_asked(ctx.tx, ctx.me.user_id, at=ctx.now)
        if answer == "open"
    ]
