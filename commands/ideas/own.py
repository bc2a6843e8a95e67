"""The ideas that wait for a decision, and what became of one's own."""

from __future__ import annotations

from typing import Final

from commands.framework import Answer, Context, Owned, Role, Waits, owned, waiting
from commands.ideas.lists import GERMAN
from storage import ideas as stored

MOST: Final = 100
ENGLISH: Final = {"implementing": "being implemented"}  # as cards say it, where it is not the code


@waiting("idea", more=("idee liste stand: offen", "idea list state: open"), role=Role.MODERATOR)
def undecided(ctx: Context) -> list[Waits]:
    """The ideas that are not decided, the oldest first."""
    return [
        Waits(
            ref := f"I{idea.id}",
            "💡",
            what=(f"{ref} {idea.title}", f"{ref} {idea.title}"),
            asks=("Annehmen oder ablehnen?", "Accept or reject?"),
            opens=f"idea show {ref}",
            answers=(
                Answer("idea accept", ("Annehmen, mit Grund", "Accept, with a reason")),
                Answer("idea reject", ("Ablehnen, mit Grund", "Reject, with a reason")),
                Answer("idea review", ("In Prüfung nehmen", "Take under review")),
            ),
            typed=(ref, ref),
        )
        for idea in stored.list_undecided(ctx.tx, limit=MOST)
    ]


@owned("ideas")
def mine(ctx: Context) -> list[Owned]:
    """The asker's ideas, the newest first, without those withdrawn."""
    found = stored.list_of_author(ctx.tx, ctx.me.user_id, offset=0, limit=MOST)
    return [_stands(idea) for idea in found if idea.state != "withdrawn"]


def _stands(idea: stored.Idea) -> Owned:
    german, english = GERMAN[idea.state], ENGLISH.get(idea.state, idea.state.replace("_", " "))
    if idea.process is not None:
        german, english = f"{german}, Prozess P{idea.process}", f"{english}, process P{idea.process}"
    elif idea.merged_into is not None:
        german, english = f"{german} mit I{idea.merged_into}", f"{english} into I{idea.merged_into}"
    return Owned(f"I{idea.id}", idea.title, (german, english))
