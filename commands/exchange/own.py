"""What of the exchange waits for a person: what is about to close."""

from __future__ import annotations

from commands.framework import Answer, Context, Waits, waiting
from storage import exchange as stored


@waiting("exchange", more=("börse liste meine", "exchange list mine"))
def ending(ctx: Context) -> list[Waits]:
    """The asker's open offers and needs that close within a week, the first to close first."""
    mine = [one for one in stored.list_open_of(ctx.tx, ctx.me.user_id) if one.asked]
    return [
        Waits(
            ref := f"B{one.id}",
            "🔁",
            what=(f"{ref} {one.title}", f"{ref} {one.title}"),
            asks=("Soll es offen bleiben?", "Shall it stay open?"),
            opens=f"exchange show {ref}",
            answers=(
                Answer("exchange keep", ("Offen lassen", "Keep it open")),
                Answer("exchange done", ("Es hat sich erledigt", "It is done")),
            ),
            typed=(ref, ref),
            due=one.closes_at.astimezone(ctx.settings.zone).date(),
        )
        for one in sorted(mine, key=lambda one: (one.closes_at, one.id))
    ]
