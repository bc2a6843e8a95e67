"""Ideas by effort and benefit: each at the medians of its ratings, in one of four quadrants that have a name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from bot.drawing.look import (
    BLUE,
    EDGE,
    INK,
    LINE,
    NORMAL,
    ON_DARK,
    PALE,
    SKY,
    SMALL,
    SOFT,
    WIDTH,
    Sheet,
    fitted,
    width,
)

WORDS: Final = {
    "de": {
        "heading": "Ideen nach Aufwand und Nutzen",
        "below": "Mittlerer Wert, ab 3 Bewertungen · {count}",
        "one": "1 Idee",
        "many": "{n} Ideen",
        "most": "die besten {n}",
        "effort": "Aufwand",
        "benefit": "Nutzen",
        "more": "und {n} weitere",
        "names": ("zuerst", "planen", "nebenbei", "lassen"),
    },
    "en": {
        "heading": "Ideas by effort and benefit",
        "below": "Middle value, from 3 ratings on · {count}",
        "one": "1 idea",
        "many": "{n} ideas",
        "most": "the best {n}",
        "effort": "effort",
        "benefit": "benefit",
        "more": "and {n} more",
        "names": ("first", "plan", "on the side", "leave"),
    },
}
LEFT, RIGHT, TOP, BOTTOM = 118, 806, 146, 700
MIDDLE: Final = (
    2.75  # from 3 on effort and benefit are high; medians are halves, so that none lies on the line
)
INSET: Final = 56  # from the frame to the values 1 and 5
# The letters of a point, the room beside them, its height, the gap to others; as large as there is room.
ROOMY, LOOSE, TIGHT = (32.0, 12.0, 52.0, 4.0), (SMALL, 12.0, 38.0, 3.0), (SMALL, 6.0, 30.0, 1.0)
FEW: Final = 10  # ideas that are drawn large
STEP: Final = 8  # of the search for a free place
LISTED, ROW = 15, 34  # ideas with their titles beside it


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def moved(self, across: float, down: float) -> Box:
        return Box(self.left + across, self.top + down, self.right + across, self.bottom + down)

    def meets(self, other: Box, gap: float) -> bool:
        across = self.left - gap < other.right and other.left < self.right + gap
        return across and self.top - gap < other.bottom and other.top < self.bottom + gap

    def within(self, other: Box, gap: float) -> bool:
        across = other.left + gap < self.left and self.right < other.right - gap
        return across and other.top + gap < self.top and self.bottom < other.bottom - gap


def _x(effort: float) -> float:
    return LEFT + INSET + (effort - 1) / 4 * (RIGHT - LEFT - 2 * INSET)


def _y(benefit: float) -> float:
    return BOTTOM - INSET - (benefit - 1) / 4 * (BOTTOM - TOP - 2 * INSET)


def sheet(what: dict[str, Any]) -> Sheet:
    words: dict[str, Any] = WORDS[what["language"]]
    ideas = what["ideas"]
    many = words["one"] if len(ideas) == 1 else words["many"].format(n=len(ideas))
    count = words["most"].format(n=len(ideas)) if what["more"] else many
    on = Sheet(words["heading"], words["below"].format(count=count))
    quadrants = _frame(on, words)
    names = list(_names(on, words, quadrants))
    letters = ROOMY[0]
    points = _placed(ideas, quadrants, names, ROOMY) if len(ideas) <= FEW else []
    if not points:
        letters = SMALL
        points = _placed(ideas, quadrants, names, LOOSE) or _placed(ideas, quadrants, names, TIGHT, all_=True)
    for x, y, box in points:
        if box.middle != (x, y):
            on.line([x, box.middle[0]], [y, box.middle[1]], INK, 1.5)
            on.dot(x, y, 4, INK)
    for (ref, *_), (_, _, box) in zip(ideas, points, strict=True):
        on.box(box.left, box.top, box.right - box.left, box.bottom - box.top, BLUE, edge=ON_DARK, round_=10)
        on.text(*box.middle, ref, letters, colour=ON_DARK, bold=True, at="center center")
    _list(on, words, ideas)
    return on


def _frame(on: Sheet, words: dict[str, Any]) -> dict[tuple[bool, bool], Box]:
    """The four quadrants, by whether effort and benefit are high."""
    across, down = _x(MIDDLE), _y(MIDDLE)
    quadrants = {
        (False, True): Box(LEFT, TOP, across, down),
        (True, True): Box(across, TOP, RIGHT, down),
        (False, False): Box(LEFT, down, across, BOTTOM),
        (True, False): Box(across, down, RIGHT, BOTTOM),
    }
    for at, box in quadrants.items():
        fill = SKY if at == (False, True) else PALE
        on.box(box.left, box.top, box.right - box.left, box.bottom - box.top, fill, edge=LINE)
    for value in range(1, 6):
        on.text(_x(value), BOTTOM + 10, value, SMALL, colour=SOFT, at="center top")
        on.text(LEFT - 14, _y(value), value, SMALL, colour=SOFT, at="right center")
    on.text((LEFT + RIGHT) / 2, BOTTOM + 40, f"{words['effort']} →", NORMAL, at="center top")
    on.text(EDGE + 16, (TOP + BOTTOM) / 2, f"{words['benefit']} →", NORMAL, at="center center", upright=True)
    return quadrants


def _names(on: Sheet, words: dict[str, Any], quadrants: dict[tuple[bool, bool], Box]) -> Iterator[Box]:
    """Each quadrant has its name in its outer corner; the place that takes."""
    for name, (at, box) in zip(words["names"], quadrants.items(), strict=True):
        long = width(name, NORMAL, bold=True) + 24
        left = box.right - long if at[0] else box.left
        top = box.top if at[1] else box.bottom - 44
        side = "right" if at[0] else "left"
        on.text(
            box.right - 12 if at[0] else box.left + 12, top + 7, name, NORMAL, bold=True, at=f"{side} top"
        )
        yield Box(left, top, left + long, top + 44)


@cache
def _around() -> list[tuple[int, int]]:
    """Ways to go from a point, the shortest first; to the side rather than up or down."""
    ways = [(dx, dy) for dx in range(-360, 361, STEP) for dy in range(-300, 301, STEP)]
    return sorted(ways, key=lambda way: (way[0] ** 2 + 1.5 * way[1] ** 2, way))


def _placed(
    ideas: list[list[str]],
    quadrants: dict[tuple[bool, bool], Box],
    names: list[Box],
    size: tuple[float, float, float, float],
    *,
    all_: bool = False,
) -> list[tuple[float, float, Box]]:
    """Each idea's medians, and its place: there, or as near as its quadrant has room. None where one has no room.

    `all_`: then it lies over others.
    """
    letters, beside, high, gap = size
    taken, points = [*names], []
    for ref, _, effort, benefit in ideas:
        x, y, half = _x(float(effort)), _y(float(benefit)), width(ref, letters, bold=True) / 2 + beside
        inside = quadrants[float(effort) > MIDDLE, float(benefit) > MIDDLE]
        here = Box(x - half, y - high / 2, x + half, y + high / 2)
        ways = (here.moved(dx, dy) for dx, dy in _around())
        free = (
            box for box in ways if box.within(inside, 3) and not any(box.meets(one, gap) for one in taken)
        )
        found = next(free, here if all_ else None)
        if found is None:
            return []
        taken.append(found)
        points.append((x, y, found))
    return points


def _list(on: Sheet, words: dict[str, Any], ideas: list[list[str]]) -> None:
    """The best ideas with their titles, so that nobody has to look them up."""
    left = RIGHT + 30
    room = WIDTH - EDGE - left
    for n, (ref, title, _, _) in enumerate(ideas[:LISTED]):
        on.text(left, TOP + n * ROW, ref, SMALL, bold=True, colour=BLUE)
        begun = width(f"{ref}  ", SMALL, bold=True)
        on.text(left + begun, TOP + n * ROW, fitted(title, room - begun, SMALL), SMALL)
    if len(ideas) > LISTED:
        more = words["more"].format(n=len(ideas) - LISTED)
        on.text(left, TOP + LISTED * ROW, more, SMALL, colour=SOFT)
