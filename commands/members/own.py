"""The registrations that wait for the coordinators."""

from __future__ import annotations

from typing import Final

from commands.framework import Answer, Context, Role, Waits, waiting
from storage import members
from storage.members import Filter

MOST: Final = 100


@waiting(
    "registration",
    more=("mitglied liste stand: wartend", "member list state: pending"),
    role=Role.COORDINATOR,
)
def registered(ctx: Context) -> list[Waits]:
    """All who want to become Public Innovators."""
    return [
        Waits(
            who.user_id,
            "👤",
            what=(f"Anmeldung von {from_where}", f"Registration of {from_where}"),
            asks=("Aufnehmen?", "Admit?"),
            opens=f"member show {who.user_id}",
            answers=(
                Answer("member admit", ("Aufnehmen", "Admit")),
                Answer("member decline", ("Ablehnen, mit Grund", "Decline, with a reason")),
            ),
            typed=(who.user_id, who.user_id),
        )
        for who in members.list_page(ctx.tx, Filter("pending"), offset=0, limit=MOST)
        for from_where in [", ".join(filter(None, (who.name, who.municipality)))]
    ]
