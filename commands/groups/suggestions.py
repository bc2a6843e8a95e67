"""Whom to ask for a group: members ranked by what they know and like, by how much they do already, and by the mix.

Points, so that the order can be explained: three for each know-how that has to do with the process, two for each
such interest, one each for a municipality, a district and a size class that the group does not have yet, one less
for each group the person sits in already. Equals stand in the order of their names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from commands import processes
from commands.framework import COORDINATION, Audience, Context, Machine, Reply, Role, command
from commands.groups import model
from commands.ideas import stems_of, touches
from commands.processes import ProcessRef
from storage import members, municipalities, seats
from storage.members import Filter, Member
from storage.municipalities import Municipality, size_of
from storage.processes import Process

ROWS: Final = 10
MOST: Final = 20_000  # members looked at
KNOWHOW, INTEREST, NEW = 3, 2, 1


@dataclass(frozen=True)
class Suggestion:
    """A member, and what speaks for them."""

    member: Member
    knowhow: tuple[str, ...]
    interests: tuple[str, ...]
    groups: int  # in which they sit already
    municipality: bool  # is one that the group does not have yet; so for the others
    district: str | None
    size: str | None

    @property
    def points(self) -> int:
        mix = self.municipality + (self.district is not None) + (self.size is not None)
        fit = KNOWHOW * len(self.knowhow) + INTEREST * len(self.interests)
        return fit + NEW * mix - self.groups


class Suggestions(Reply):
    """The people to ask, the best first."""

    process: int
    title: str
    free: int
    rows: tuple[Suggestion, ...]

    @property
    def audience(self) -> Audience:
        return COORDINATION

    def machine(self) -> Machine:
        refs = [row.member.user_id for row in self.rows]
        return {"type": "list", "of": "member", "refs": refs, "page": 1, "pages": 1, "total": len(refs)}


@command(
    "gruppe vorschlag",
    "group suggest",
    role=Role.COORDINATOR,
    de="wer in eine Gruppe passt, und warum",
    en="who suits a group, and why",
    example=("P3", "P3"),
    direct=True,
    coordination=True,
    reads=True,
    words=(
        "passen in Gruppe",
        "wer passt",
        "wen",
        "Vorschläge P",
        "good fit",
        "suitable",
        "besetzen",
        "geeignet",
    ),
    offer=("Sehen, wer in eine Gruppe passt", "See who suits a group"),
)
def suggest(ctx: Context, process: ProcessRef) -> Suggestions:
    """Active members who are not in the group, do not wait for it and are not asked, with the reason for each."""
    found = processes.get(ctx, process)
    model.require_going(ctx, process)
    about = _words(found)
    places = {m.name: m for m in municipalities.list_all(ctx.tx)}
    concerned = {seat.user_id: seat.state for seat in seats.list_all(ctx.tx, "group", process)}
    inside = [members.find(ctx.tx, user) for user, state in concerned.items() if state in seats.HOLDING]
    there = _mix((m for m in inside if m is not None), places)
    held = seats.count_held(ctx.tx, "group")
    coordinators = members.list_with_role(ctx.tx, "coordinator")  # who staff the groups
    rows = [
        _suggestion(member, about, places, there, held.get(member.user_id, 0))
        for member in members.list_page(ctx.tx, Filter("active"), offset=0, limit=MOST)
        if member.user_id not in concerned and member.user_id not in coordinators
    ]
    rows.sort(key=lambda row: (-row.points, row.member.name_key, row.member.user_id))
    return Suggestions(process, found.name, model.standing(ctx, process).free, tuple(rows[:ROWS]))


def _words(process: Process) -> tuple[str, ...]:
    """The stems of what is said about the process, a line at a time: a title's are cut."""
    lines = [process.name, process.life or "", *process.description.splitlines()]
    words = [line.split() for line in lines]
    pieces = [" ".join(line[i : i + ROWS]) for line in words for i in range(0, len(line), ROWS)]
    return tuple(dict.fromkeys(stem for piece in pieces for stem in stems_of(piece)))


def _mix(people: Iterable[Member], places: dict[str, Municipality]) -> tuple[set[str], set[str], set[str]]:
    """The municipalities, districts and size classes that these people come from."""
    found = [places[m.municipality] for m in people if m.municipality in places]
    return {p.name for p in found}, {p.district for p in found}, {size_of(p.population) for p in found}


def _suggestion(
    member: Member,
    about: tuple[str, ...],
    places: dict[str, Municipality],
    there: tuple[set[str], set[str], set[str]],
    held: int,
) -> Suggestion:
    place = places.get(member.municipality or "")
    district = place.district if place is not None and place.district not in there[1] else None
    size = size_of(place.population) if place is not None else None
    return Suggestion(
        member=member,
        knowhow=tuple(text for text in member.knowhow if touches(text, about)),
        interests=tuple(text for text in member.interests if touches(text, about)),
        groups=held,
        municipality=place is not None and place.name not in there[0],
        district=district,
        size=size if size is not None and size not in there[2] else None,
    )
