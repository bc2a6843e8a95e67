"""Which municipalities take part: a tile for each, by district and size class, First Movers with a star."""

from __future__ import annotations

from typing import Any, Final

from bot.drawing.look import (
    BLUE,
    EDGE,
    HEIGHT,
    INK,
    LINE,
    NORMAL,
    ORANGE,
    PALE,
    PAPER,
    SMALL,
    SOFT,
    WIDTH,
    Sheet,
)

WORDS: Final = {
    "de": {
        "heading": "{done} von {of} Gemeinden sind dabei",
        "heading one": "1 von {of} Gemeinden ist dabei",
        "below": "Ziel: mehr als die Hälfte · Public Innovators: {members}, Ziel {least} bis {most}",
        "of": "{n} von {of}",
        "sizes": {"small": "klein", "medium": "mittel", "large": "gross"},
        "all": "alle",
        "with": "dabei",
        "without": "noch nicht dabei",
        "first": "First Mover: {quota}",
    },
    "en": {
        "heading": "{done} of {of} municipalities take part",
        "heading one": "1 of {of} municipalities takes part",
        "below": "Aim: more than half · Public Innovators: {members}, aim {least} to {most}",
        "of": "{n} of {of}",
        "sizes": {"small": "small", "medium": "medium", "large": "large"},
        "all": "all",
        "with": "takes part",
        "without": "not yet",
        "first": "First Movers: {quota}",
    },
}
SIZES: Final = ("small", "medium", "large")
COLUMNS: Final = {
    "small": (240, 436),
    "medium": (698, 150),
    "large": (866, 150),
}  # where they begin, how wide
ALL: Final = WIDTH - EDGE
TOP, LEGEND = 190, HEIGHT - 74
TILE, GAP = 24, 5


def sheet(what: dict[str, Any]) -> Sheet:
    words: dict[str, Any] = WORDS[what["language"]]
    heading = words["heading one" if what["done"] == 1 else "heading"].format(**what)
    on = Sheet(heading, words["below"].format(**what))
    for size in SIZES:
        on.text(COLUMNS[size][0], TOP - 42, words["sizes"][size], NORMAL, colour=SOFT)
    on.text(ALL, TOP - 42, words["all"], NORMAL, colour=SOFT, at="right top")
    high = (LEGEND - 8 - TOP) / len(what["districts"])
    for n, (district, found) in enumerate(what["districts"]):
        _district(on, words, district, found, TOP + n * high)
    _legend(on, words, what["quota"])
    return on


def _district(on: Sheet, words: dict[str, Any], district: str, found: list[list[Any]], top: float) -> None:
    """A row: its municipalities as tiles, those that take part first, with how many they are."""
    on.line([EDGE, ALL], [top - 4, top - 4], PALE, 2)
    on.text(EDGE, top + 4, district, NORMAL, bold=True)
    for size in SIZES:
        left, room = COLUMNS[size]
        here = sorted((not first, not there) for of, there, first in found if of == size)
        covered = sum(not missing for _, missing in here)
        if here:
            said = words["of"].format(n=covered, of=len(here))
            on.text(left, top + 4, said, SMALL, bold=covered > 0, colour=INK if covered else SOFT)
        across = room // (TILE + GAP)
        for n, (other, missing) in enumerate(here):
            x, y = left + n % across * (TILE + GAP), top + 36 + n // across * (TILE + GAP)
            _tile(on, x, y, there=not missing, first=not other)
    done = sum(there for _, there, _ in found)
    said = words["of"].format(n=done, of=len(found))
    on.text(ALL, top + 4, said, NORMAL, bold=True, at="right top")


def _tile(on: Sheet, x: float, y: float, *, there: bool, first: bool) -> None:
    if there:
        on.box(x, y, TILE, TILE, BLUE, round_=4)
    else:
        on.box(x + 1, y + 1, TILE - 2, TILE - 2, PAPER, edge=LINE, round_=4)
    if first:
        on.star(x + TILE / 2, y + TILE / 2, 20, "#FFD166" if there else ORANGE)


def _legend(on: Sheet, words: dict[str, Any], quota: list[list[Any]]) -> None:
    on.line([EDGE, ALL], [LEGEND - 8, LEGEND - 8], LINE, 2)
    _tile(on, EDGE, LEGEND + 8, there=True, first=False)
    on.text(EDGE + 36, LEGEND + 20, words["with"], SMALL, at="left center")
    _tile(on, 226, LEGEND + 8, there=False, first=False)
    on.text(262, LEGEND + 20, words["without"], SMALL, at="left center")
    counts = " · ".join(
        f"{words['sizes'][size]} {words['of'].format(n=count, of=of)}" for size, count, of in quota
    )
    _tile(on, 500, LEGEND + 8, there=True, first=True)
    on.text(536, LEGEND + 20, words["first"].format(quota=counts), SMALL, at="left center")
