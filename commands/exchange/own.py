"""What somebody has in the exchange, and what of it waits for them: what is about to close."""

from __future__ import annotations

from commands.framework import Answer, Context, Owned, Waits, owned, waiting
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


@owned("exchange")
def mine(ctx: Context) -> list[Owned]:
    """The asker's open offers and needs, the newest first."""
    said = {"offer": ("Angebot", "offer"), "need": ("Bedarf", "need")}
    return [
        Owned(f"B{one.id}", one.title, said[one.kind]) for one in stored.list_open_of(ctx.tx, ctx.me.user_id)
    ]
