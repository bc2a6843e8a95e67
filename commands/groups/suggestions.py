"""Whom to ask for a group: members ranked by what they know and like, by how much they do already, and by the mix.

Points, so that the order can be explained: three for each know-how that has to do with the process, two for each
such interest, one each for a municipality, a district and a size class that the group does not have yet, one less
for each group the person sits in already. Equals stand in the order of their names.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from commands import processes
from commands.framework import COORDINATION, Audience, Context, Machine, Reply, Role, command
from commands.groups import model
from commands.ideas import stems_of, touches
from commands.processes import ProcessRef
from storage import member_texts, members, municipalities, seats, suiting
from storage.members import Member
from storage.municipalities import Municipality, size_of
from storage.processes import Process
from storage.suiting import Fit

ROWS: Final = 10
POINTS: Final = {"knowhow": 3, "interests": 2}  # for each text that fits
NEW: Final = 1


class Mix(NamedTuple):
    """What a municipality adds that a group does not have yet."""

    municipality: bool
    district: str | None
    size: str | None
    news: int  # of these


NOTHING_NEW: Final = Mix(municipality=False, district=None, size=None, news=0)


@dataclass(frozen=True)
class Suggestion:
    """A member, and what speaks for them."""

    member: Member
    knowhow: tuple[str, ...]
    interests: tuple[str, ...]
    groups: int  # in which they sit already
    mix: Mix


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
    places = {m.name: m for m in municipalities.list_all(ctx.tx)}
    concerned = {seat.user_id: seat.state for seat in seats.list_all(ctx.tx, "group", process)}
    inside = [members.find(ctx.tx, user) for user, state in concerned.items() if state in seats.HOLDING]
    there = _places_of((m for m in inside if m is not None), places)
    mixes = {place.name: _mix(place, there) for place in places.values()}
    others = concerned.keys() | set(members.list_with_role(ctx.tx, "coordinator"))  # who staff the groups
    said = _touching(ctx, _words(found))
    people, fit = _fitting(ctx, said)
    people |= _others(ctx, mixes, but=others)

    def ranked(one: Fit) -> tuple[int, str, str]:
        news = mixes.get(one.municipality or "", NOTHING_NEW).news
        return -(fit[one.user_id] + NEW * news - one.groups), one.name_key, one.user_id

    best = heapq.nsmallest(ROWS, (one for one in people.values() if one.user_id not in others), key=ranked)
    rows = [
        Suggestion(
            member=member,
            knowhow=tuple(text for text in member.knowhow if text in said["knowhow"]),
            interests=tuple(text for text in member.interests if text in said["interests"]),
            groups=one.groups,
            mix=mixes.get(one.municipality or "", NOTHING_NEW),
        )
        for one in best
        if (member := members.find(ctx.tx, one.user_id)) is not None
    ]
    return Suggestions(process, found.name, model.standing(ctx, process).free, tuple(rows))


def _touching(ctx: Context, about: tuple[str, ...]) -> dict[str, list[str]]:
    """Of all that anybody says, by its kind: what has to do with these stems."""
    texts = {kind: member_texts.list_texts(ctx.tx, kind) for kind in POINTS}
    return {kind: [text for text in some if touches(text, about)] for kind, some in texts.items()}


def _fitting(ctx: Context, said: dict[str, list[str]]) -> tuple[dict[str, Fit], Counter[str]]:
    """All who say something of this, and their points for it."""
    people: dict[str, Fit] = {}
    points: Counter[str] = Counter()
    for kind, text in ((kind, text) for kind, texts in said.items() for text in texts):
        for one in suiting.list_saying(ctx.tx, kind, text):
            people[one.user_id] = one
            points[one.user_id] += POINTS[kind]
    return people, points


def _others(ctx: Context, mixes: dict[str, Mix], *, but: Collection[str]) -> dict[str, Fit]:
    """Those who may come first whatever they say: the first of the municipalities that add most.

    Whoever says nothing that fits comes after them. Where there are too few of them: all.
    """
    most = max((mix.news for mix in mixes.values()), default=0)
    best = [name for name, mix in mixes.items() if mix.news == most]
    found = suiting.list_free(ctx.tx, best, most=ROWS + len(but)) if most else []
    if sum(one.user_id not in but for one in found) < ROWS:
        found = suiting.list_all(ctx.tx)
    return {one.user_id: one for one in found}


def _words(process: Process) -> tuple[str, ...]:
    """The stems of what is said about the process, a line at a time: a title's are cut."""
    lines = [process.name, process.life or "", *process.description.splitlines()]
    words = [line.split() for line in lines]
    pieces = [" ".join(line[i : i + ROWS]) for line in words for i in range(0, len(line), ROWS)]
    return tuple(dict.fromkeys(stem for piece in pieces for stem in stems_of(piece)))


def _places_of(
    people: Iterable[Member], places: dict[str, Municipality]
) -> tuple[set[str], set[str], set[str]]:
    """The municipalities, districts and size classes that these people come from."""
    found = [places[m.municipality] for m in people if m.municipality in places]
    return {p.name for p in found}, {p.district for p in found}, {size_of(p.population) for p in found}


def _mix(place: Municipality, there: tuple[set[str], set[str], set[str]]) -> Mix:
    municipality = place.name not in there[0]
    district = place.district if place.district not in there[1] else None
    size = size_of(place.population) if size_of(place.population) not in there[2] else None
    return Mix(municipality, district, size, municipality + (district is not None) + (size is not None))
