"""The municipalities for people outside: which take part, and which go first; nobody's name, nor how many they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from commands.framework import Context
from storage import municipalities as stored
from storage.municipalities import SIZES


@dataclass(frozen=True)
class PublicMunicipality:
    name: str
    district: str
    size: str  # small, medium, large
    takes_part: bool
    first_mover: bool


@dataclass(frozen=True)
class Share:
    """So many of so many municipalities take part."""

    name: str
    count: int
    of: int
    first_movers: int


def municipalities(ctx: Context) -> list[PublicMunicipality]:
    """All there are, by name."""
    covered = stored.list_covered(ctx.tx)
    return [
        PublicMunicipality(
            one.name, one.district, stored.size_of(one.population), one.name in covered, one.first_mover
        )
        for one in stored.list_all(ctx.tx)
    ]


def municipality_names(ctx: Context) -> list[str]:
    return stored.list_names(ctx.tx)


def by_district(known: Iterable[PublicMunicipality]) -> list[tuple[Share, list[PublicMunicipality]]]:
    """The districts by name, each with its municipalities."""
    districts: dict[str, list[PublicMunicipality]] = {}
    for one in sorted(known, key=lambda one: one.district):
        districts.setdefault(one.district, []).append(one)
    return [(_share(name, part), part) for name, part in districts.items()]


def by_size(known: Iterable[PublicMunicipality]) -> list[Share]:
    """The size classes, the small municipalities first."""
    known = list(known)
    return [_share(size, [one for one in known if one.size == size]) for size in SIZES]


def _share(name: str, part: list[PublicMunicipality]) -> Share:
    taking = sum(one.takes_part for one in part)
    return Share(name, taking, len(part), sum(one.first_mover for one in part))
