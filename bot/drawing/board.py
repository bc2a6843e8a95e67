"""All processes in rows, one for each phase, with how far each of them is."""

from __future__ import annotations

from typing import Any, Final

from bot.drawing.look import (
    BLUE,
    EDGE,
    HEIGHT,
    INK,
    LINE,
    NORMAL,
    PALE,
    PAPER,
    SKY,
    SMALL,
    SOFT,
    WIDTH,
    Sheet,
    fitted,
    width,
)

WORDS: Final = {
    "de": {"heading": "Stand der Prozesse", "one": "1 Prozess", "many": "{n} Prozesse", "percent": "{n} %"},
    "en": {
        "heading": "Where the processes stand",
        "one": "1 process",
        "many": "{n} processes",
        "percent": "{n}%",
    },
}
TOP, GAP = 142, 8
PHASE: Final = 24
LEFT: Final = 500  # of the processes; before them the phase and how many are in it
ROOM: Final = WIDTH - EDGE - LEFT


def sheet(what: dict[str, Any]) -> Sheet:
    words = WORDS[what["language"]]
    rows = what["rows"]
    total = sum(row["total"] for row in rows)
    many = words["one"] if total == 1 else words["many"].format(n=total)
    on = Sheet(words["heading"], many)
    high = (HEIGHT - EDGE - TOP) / len(rows)
    for n, row in enumerate(rows):
        _row(on, words, row, TOP + n * high, high - GAP)
    return on


def _row(on: Sheet, words: dict[str, str], row: dict[str, Any], top: float, high: float) -> None:
    there, middle = row["total"] > 0, top + high / 2
    on.box(
        EDGE, top, WIDTH - 2 * EDGE, high, PALE if there else PAPER, edge=None if there else PALE, round_=8
    )
    count = str(row["total"]) if there else "–"
    room = LEFT - 34 - width(count, NORMAL, bold=True) - EDGE - 14
    on.text(
        EDGE + 14,
        middle,
        fitted(row["phase"], room, PHASE, bold=there),
        PHASE,
        bold=there,
        colour=INK if there else SOFT,
        at="left center",
    )
    on.text(LEFT - 22, middle, count, NORMAL, bold=there, colour=INK if there else SOFT, at="right center")
    _processes(on, words, row, top + 6, high - 12)


def _processes(on: Sheet, words: dict[str, str], row: dict[str, Any], top: float, high: float) -> None:
    """Those of the row: with their names where there is room for all, else without; those left over are counted."""
    short = [(ref, words["percent"].format(n=percent), percent) for ref, _, percent in row["processes"]]
    least = [width(f"{ref} {said}", SMALL, bold=True) + 30 for ref, said, _ in short]
    named = bool(short) and ROOM / len(short) >= max(least) + 130
    left, shown = float(LEFT), 0
    for n, ((ref, said, percent), across) in enumerate(zip(short, least, strict=True)):
        wide = ROOM / len(short) - GAP if named else across
        last = n + 1 == row["total"]
        if left + wide > WIDTH - EDGE - (6 if last else 84):
            break
        _process(on, ref, said, percent, row["processes"][n][1] if named else "", left, top, wide, high)
        left += wide + GAP
        shown += 1
    if shown < row["total"]:
        on.text(left + 4, top + high / 2, f"+{row['total'] - shown}", SMALL, colour=SOFT, at="left center")


def _process(
    on: Sheet, ref: str, said: str, percent: int, name: str, left: float, top: float, wide: float, high: float
) -> None:
    """A box that is filled as far as the process is."""
    on.box(left, top, wide, high, SKY, edge=LINE)
    if percent:
        on.box(left, top + high - 8, wide * min(percent, 100) / 100, 8, BLUE)
    middle = top + (high - 8) / 2
    on.text(left + 10, middle, ref, SMALL, bold=True, at="left center")
    begun = left + 10 + width(f"{ref} ", SMALL, bold=True)
    room = wide - (begun - left) - width(f"{said} ", SMALL) - 16
    if name:
        on.text(begun, middle, fitted(name, room, SMALL), SMALL, at="left center")
    on.text(left + wide - 10, middle, said, SMALL, at="right center")
