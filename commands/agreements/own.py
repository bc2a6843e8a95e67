"""The agreements that wait for those who see to them."""

from __future__ import annotations

from commands.framework import Answer, Context, Waits, waiting
from storage import agreements as stored


@waiting("agreement", more=("vereinbarung liste", "agreement list"))
def open_ones(ctx: Context) -> list[Waits]:
    """The open agreements that the asker sees to, the most urgent first."""
    return [
        Waits(
            ref := f"V{one.id}",
            "🤝",
            what=(f"{ref} {one.title}", f"{ref} {one.title}"),
            asks=("Ist es erledigt?", "Is it done?"),
            opens=f"agreement show {ref}",
            answers=(
                Answer("agreement kept", ("Erledigt", "Done")),
                Answer("agreement missed", ("Das hat nicht geklappt", "It did not work out")),
            ),
            typed=(ref, ref),
            due=one.until,
        )
        for one in stored.list_open_of(ctx.tx, ctx.me.user_id)
    ]
