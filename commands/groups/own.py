"""Seats in groups that wait for an answer, and the groups that one is in."""

from __future__ import annotations

from typing import Final

from commands.framework import Answer, Context, Owned, Role, Waits, owned, waiting
from commands.processes import PHASE_WORDS, PHASES_IN_ENGLISH
from storage import processes, seats

SIGN: Final = "👥"
GERMAN: Final = {code: word for word, code in PHASE_WORDS.items()}
WAITING: Final = {
    "confirmed": ("", ""),
    "waiting": (", auf der Warteliste", ", on the waiting list"),
    "requested": (", Anmeldung noch nicht bestätigt", ", registration not confirmed yet"),
}


@waiting("group", more=("gruppe liste", "group list"))
def asked(ctx: Context) -> list[Waits]:
    """The groups that the asker is asked to join."""
    return [
        Waits(
            ref := f"P{process.id}",
            SIGN,
            what=(f"Gruppe {ref} {process.name}", f"Group {ref} {process.name}"),
            asks=("Machen Sie mit?", "Will you join?"),
            opens=f"group show {ref}",
            answers=(
                Answer("group confirm", ("Ich mache mit", "I will join")),
                Answer("group leave", ("Ich mache nicht mit", "I will not join")),
            ),
            typed=(ref, ref),
        )
        for process, seat in processes.list_of_person(ctx.tx, ctx.me.user_id)
        if seat == "assigned"
    ]


@waiting("group request", more=("gruppe liste", "group list"), role=Role.COORDINATOR)
def registered(ctx: Context) -> list[Waits]:
    """Those who have registered for a group where the coordinators decide, in order of arrival."""
    return [_request(*one) for one in seats.list_requests(ctx.tx, "group")]


def _request(process: int, user_id: str, name: str) -> Waits:
    ref = f"P{process}"
    return Waits(
        f"{ref} {user_id}",
        SIGN,
        what=(f"{name} möchte in die Gruppe {ref}", f"{name} would like to join the group {ref}"),
        asks=("Bestätigen?", "Confirm?"),
        opens=f"group show {ref}",
        answers=(
            Answer("group confirm", ("Bestätigen", "Confirm")),
            Answer("group remove", ("Nicht aufnehmen", "Do not take in")),
        ),
        typed=(f"{ref} {user_id}", f"{ref} {user_id}"),
    )


@owned("groups")
def mine(ctx: Context) -> list[Owned]:
    """The groups that the asker is in or waits for, with the phase of their process."""
    found = []
    for process, seat in processes.list_of_person(ctx.tx, ctx.me.user_id):
        if seat in WAITING:
            phase = "on_hold" if process.on_hold else process.phase
            german, english = GERMAN[phase], PHASES_IN_ENGLISH[phase]
            more = WAITING[seat]
            found.append(Owned(f"P{process.id}", process.name, (german + more[0], english + more[1])))
    return found
