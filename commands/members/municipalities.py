"""The municipalities: which are there, which of them take part, and which go first.

The size class is made from the population of 2017 and from nothing else, so that it never changes under way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from commands.fields import FIELDS
from commands.framework import (
    About,
    Context,
    Drawing,
    Failure,
    Machine,
    MunicipalityRef,
    Page,
    Place,
    Refused,
    Reply,
    Role,
    Short,
    YesNo,
    action,
    choice,
    choices,
    command,
    explained,
    recording,
)
from commands.framework.paging import ListPage, require_page, rows_on
from commands.words import fold, key_of
from storage import municipalities
from storage.municipalities import SIZES, Municipality, size_of

DISTRICTS: Final = ("Arlesheim", "Laufen", "Liestal", "Sissach", "Waldenburg")
FIRST_MOVERS: Final = 2  # municipalities wanted of each size class
MEMBERS: Final = (30, 50)  # that the community shall have
COUNTED: Final = 500  # members are counted up to here: the aim is far below

Name = Annotated[MunicipalityRef, Place("line")]
District = Annotated[str, choices({name: name for name in DISTRICTS})]
Size = Annotated[str, choice(klein="small", mittel="medium", gross="large")]
Standing = Annotated[str, choice(dabei="covered", offen="open")]
SIZE_WORDS: Final = {"small": "klein", "medium": "mittel", "large": "gross"}
STATE_WORDS: Final = {"covered": "dabei", "open": "offen"}


@dataclass(frozen=True)
class Share:
    """So many of so many, of a district or a size class."""

    name: str
    count: int
    of: int


@dataclass(frozen=True)
class Tile:
    """A municipality as it is drawn."""

    size: str
    covered: bool
    first_mover: bool


class Municipalities(ListPage):
    """A page of the municipalities, each with its number of active members."""

    rows: tuple[tuple[Municipality, str, int], ...]  # with size class and members
    district: str | None
    size: str | None
    state: str | None
    search: str | None

    def machine(self) -> Machine:
        refs = [municipality.name for municipality, _, _ in self.rows]
        return self.listed("municipality", refs)

    def next(self, language: str) -> str:
        """The command for the next page."""
        index = 0 if language == "de" else 1
        german = (SIZE_WORDS | STATE_WORDS) if language == "de" else {}
        filters = {
            "district": self.district,
            "size": german.get(self.size or "", self.size),
            "state": german.get(self.state or "", self.state),
            "search": self.search,
            "page": str(self.page + 1),
        }
        fields = [f"{FIELDS[name][index]}: {value}" for name, value in filters.items() if value]
        return " ".join([("gemeinde liste", "municipality list")[index], *fields])


class MunicipalitiesByDistrict(Municipalities):
    """All of them, for people as a line a district; programs read the first page."""

    districts: tuple[Share, ...]


class AboutMunicipality(Reply):
    """A municipality as everybody sees it."""

    municipality: Municipality
    size: str
    members: int

    @property
    def about(self) -> About:
        return "municipality", self.municipality.name

    def machine(self) -> Machine:
        return machine_of(self.municipality)


class FirstMoverSet(Reply):
    """The municipality is a First Mover, or is none any more; and where the quota stands."""

    municipality: Municipality
    quota: tuple[Share, ...]

    @property
    def about(self) -> About:
        return "municipality", self.municipality.name

    def machine(self) -> Machine:
        return machine_of(self.municipality)


@explained("first mover", "first movers", "firstmover", "firstmovers")
class FirstMoversExplained(Reply):
    """The meaning of First Mover, and the number that is wanted of each size class."""

    @property
    def wanted(self) -> int:
        return FIRST_MOVERS

    def machine(self) -> Machine:
        return {"type": "help", "commands": ["municipality coverage"]}


class FirstMoverAlready(Failure):
    """Nothing has changed: the municipality is a First Mover already, or is none."""

    municipality: Municipality


class Coverage(Reply):
    """The number of municipalities that take part, beside the community's aims."""

    covered: Share
    districts: tuple[Share, ...]
    sizes: tuple[Share, ...]
    quota: tuple[Share, ...]
    members: int
    wanted: tuple[int, int]
    tiles: tuple[tuple[str, tuple[Tile, ...]], ...] = ()  # by district

    def machine(self) -> Machine:
        return {"type": "coverage", "done": self.covered.count, "of": self.covered.of}

    def drawing(self) -> Drawing | None:
        return (
            Drawing("coverage", self.drawn(), ("abdeckung.png", "coverage.png")) if self.covered.of else None
        )

    def drawn(self) -> Machine:
        """All that is drawn of it."""
        return {
            "done": self.covered.count,
            "of": self.covered.of,
            "members": self.members,
            "least": self.wanted[0],
            "most": self.wanted[1],
            "districts": [
                [district, [[t.size, t.covered, t.first_mover] for t in tiles]]
                for district, tiles in self.tiles
            ],
            "quota": [[share.name, share.count, share.of] for share in self.quota],
        }


def machine_of(municipality: Municipality) -> Machine:
    """The municipality as other programs read it."""
    state = "first_mover" if municipality.first_mover else "known"
    return {"type": "municipality", "title": municipality.name, "state": state}


def quota(known: list[Municipality]) -> tuple[Share, ...]:
    """The number of First Movers of each size class, and the number that is wanted."""
    sizes = [size_of(m.population) for m in known if m.first_mover]
    return tuple(Share(size, sizes.count(size), FIRST_MOVERS) for size in SIZES)


@command(
    "gemeinde liste",
    "municipality list",
    role=Role.PI,
    de="alle Gemeinden",
    en="all municipalities",
    example=("bezirk: Laufen", "district: Laufen"),
    reads=True,
    words=("Gemeindeliste",),
    offer=("Die Gemeinden sehen", "See the municipalities"),
)
def show_all(
    ctx: Context,
    *,
    district: District | None = None,
    size: Size | None = None,
    state: Standing | None = None,
    search: Short | None = None,
    page: Page | None = None,
) -> Municipalities:
    """Those that were asked for; of all, how many take part in each district, unless a page is asked for."""
    known = sorted(municipalities.list_all(ctx.tx), key=lambda m: fold(m.name)[-1])  # as in a telephone book
    asked = (district, size, state, search)
    covered = municipalities.list_covered(ctx.tx) if state or not any(asked) else set()
    part = key_of(search) if search else ""
    found = [
        m
        for m in known
        if district in (None, m.district)
        and size in (None, size_of(m.population))
        and (state is None or (m.name in covered) == (state == "covered"))
        and part in m.name_key
    ]
    whole, page, total = page is None and not any(asked), page or 1, len(found)
    require_page(ctx, page, total)
    shown = rows_on(page, found)
    members = municipalities.count_members(ctx.tx, [m.name for m in shown])
    rows = tuple((m, size_of(m.population), members.get(m.name, 0)) for m in shown)
    if whole:
        districts = _by_district(known, covered)
        return MunicipalitiesByDistrict(rows, *asked, districts, page=page, total=total)
    return Municipalities(rows, *asked, page=page, total=total)


@command(
    "gemeinde zeige",
    "municipality show",
    role=Role.PI,
    de="eine Gemeinde",
    en="one municipality",
    example=("Aesch", "Aesch"),
    reads=True,
    words=("auch dabei", "über Gemeinde", "ist dabei", "wer von"),
    offer=("Eine Gemeinde zeigen", "Show a municipality"),
)
def show(ctx: Context, municipality: Name) -> AboutMunicipality:
    found = _get(ctx, municipality)
    members = municipalities.count_members(ctx.tx, [found.name])
    return AboutMunicipality(found, size_of(found.population), members.get(found.name, 0))


@command(
    "gemeinde firstmover",
    "municipality firstmover",
    role=Role.COORDINATOR,
    de="eine Gemeinde zum First Mover machen, oder nicht mehr",
    en="make a municipality a First Mover, or no longer",
    example=("Aesch ja", "Aesch yes"),
    words=("First Mover", "Pionier", "pilot"),
    offer=("Eine Gemeinde zum First Mover machen", "Make a municipality a First Mover"),
)
def set_first_mover(ctx: Context, municipality: Name, answer: YesNo) -> FirstMoverSet:
    """The municipality is a First Mover or none; more than the quota is said, not refused."""
    wanted = answer == "yes"
    found = _get(ctx, municipality)
    if found.first_mover == wanted:
        raise Refused(FirstMoverAlready(found))
    municipalities.set_first_mover(ctx.tx, found.name, first_mover=wanted)
    ctx.audit(found.name)
    ctx.undo(put_back, name=found.name, first_mover=found.first_mover)
    return _now(ctx, found.name)


@action
def put_back(ctx: Context, name: str, first_mover: bool) -> FirstMoverSet:
    """The municipality is what it was before the command."""
    municipalities.set_first_mover(ctx.tx, name, first_mover=first_mover)
    if not ctx.revising:  # else the command's new wording is what is recorded
        recording.record(ctx, "municipality firstmover", name, f"{name} {'ja' if first_mover else 'nein'}")
    return _now(ctx, name)


@command(
    "gemeinde abdeckung",
    "municipality coverage",
    role=Role.PI,
    de="wie viele Gemeinden mitmachen",
    en="how many municipalities take part",
    example=("", ""),
    reads=True,
    words=(
        "Gemeinden fehlen",
        "fehlen noch",
        "noch nicht dabei",
        "missing municipalities",
        "Gemeinden machen mit",
        "vertreten",
        "wie viele Gemeinden",
        "how many municipalities",
        "how many towns",
        "mitmachen",
        "Abdeckung",
        "Karte",
        "take part",
        "Anteil",
    ),
    offer=("Sehen, wie viele Gemeinden mitmachen", "See how many municipalities take part"),
)
def coverage(ctx: Context) -> Coverage:
    known = municipalities.list_all(ctx.tx)
    covered = municipalities.list_covered(ctx.tx)
    return Coverage(
        covered=_share("", known, covered),
        districts=_by_district(known, covered),
        sizes=tuple(_share(s, [m for m in known if size_of(m.population) == s], covered) for s in SIZES),
        quota=quota(known),
        members=municipalities.count_delegated(ctx.tx, most=COUNTED),
        wanted=MEMBERS,
        tiles=_tiles(known, covered),
    )


def _tiles(known: list[Municipality], covered: set[str]) -> tuple[tuple[str, tuple[Tile, ...]], ...]:
    """All municipalities, by the districts that they are in."""
    districts: dict[str, list[Tile]] = {}
    for m in sorted(known, key=lambda m: m.district):
        tile = Tile(size_of(m.population), m.name in covered, m.first_mover)
        districts.setdefault(m.district, []).append(tile)
    return tuple((district, tuple(tiles)) for district, tiles in districts.items())


def _share(name: str, part: list[Municipality], covered: set[str]) -> Share:
    return Share(name, sum(m.name in covered for m in part), len(part))


def _by_district(known: list[Municipality], covered: set[str]) -> tuple[Share, ...]:
    return tuple(_share(d, [m for m in known if m.district == d], covered) for d in DISTRICTS)


def _get(ctx: Context, name: str) -> Municipality:
    return next(m for m in municipalities.list_all(ctx.tx) if m.name == name)


def _now(ctx: Context, name: str) -> FirstMoverSet:
    known = municipalities.list_all(ctx.tx)
    return FirstMoverSet(next(m for m in known if m.name == name), quota(known))
