"""Who has what: processes by municipalities, or by districts where there are too many to name."""

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
        "heading": "Wer welchen Prozess hat",
        "below": "{of} Gemeinden · ★ First Mover · Zahl: so viele haben den Prozess",
        "of": "{n} von {of}",
        "more": "und {n} weitere Prozesse",
        "more one": "und 1 weiterer Prozess",
    },
    "en": {
        "heading": "Who has which process",
        "below": "{of} municipalities · ★ First Mover · number: how many have the process",
        "of": "{n} of {of}",
        "more": "and {n} more processes",
        "more one": "and 1 more process",
    },
}
ROWS: Final = 10  # processes
NAMED: Final = 22  # municipalities that have names at the head of their columns
LEFT, RIGHT = 424, WIDTH - EDGE
BOTTOM: Final = HEIGHT - 70


def sheet(what: dict[str, Any]) -> Sheet:
    words = WORDS[what["language"]]
    on = Sheet(words["heading"], words["below"].format(of=what["of"]))
    processes = what["processes"][:ROWS]
    having = {name for process in processes for name in process["have"]}
    shown = [m for m in what["municipalities"] if m[0] in having or m[2]]
    if len(shown) <= NAMED:
        _by_name(on, processes, shown)
    else:
        _by_district(on, words, processes, what["municipalities"])
    more = what["more"] + len(what["processes"]) - len(processes)
    if more:
        said = words["more one"] if more == 1 else words["more"].format(n=more)
        on.text(EDGE, HEIGHT - 52, said, SMALL, colour=SOFT)
    return on


def _process(on: Sheet, process: dict[str, Any], middle: float) -> None:
    ref = process["ref"]
    on.text(EDGE, middle, ref, NORMAL, bold=True, colour=BLUE, at="left center")
    begun = EDGE + width(f"{ref}  ", NORMAL, bold=True)
    on.text(begun, middle, fitted(process["name"], LEFT - 90 - begun, NORMAL), NORMAL, at="left center")
    on.text(LEFT - 20, middle, len(process["have"]), NORMAL, bold=True, at="right center")


def _by_name(on: Sheet, processes: list[dict[str, Any]], shown: list[list[Any]]) -> None:
    """A column for each municipality that has any, and for each First Mover, with its name upright above."""
    shown = sorted(shown, key=lambda m: (not m[2], m[0]))
    across = min((RIGHT - LEFT) / max(len(shown), 1), 72)
    top = 356
    high = min((BOTTOM - top) / max(len(processes), 1), 72)
    for n, (name, _, first) in enumerate(shown):
        x = LEFT + (n + 0.5) * across
        called = f"★ {name}" if first else name
        on.text(
            x,
            top - 12,
            fitted(called, 196, SMALL, bold=first),
            SMALL,
            colour=ORANGE if first else INK,
            bold=first,
            at="center bottom",
            upright=True,
        )
    for n, process in enumerate(processes):
        y = top + n * high
        on.line([EDGE, RIGHT], [y, y], PALE, 2)
        _process(on, process, y + high / 2)
        side = min(across, high) - 8
        for m, (name, _, _) in enumerate(shown):
            x = LEFT + (m + 0.5) * across - side / 2
            there = name in process["have"]
            on.box(
                x,
                y + (high - side) / 2,
                side,
                side,
                BLUE if there else PAPER,
                edge=BLUE if there else LINE,
                round_=4,
            )


def _by_district(
    on: Sheet, words: dict[str, str], processes: list[dict[str, Any]], municipalities: list[list[Any]]
) -> None:
    """A column for each district: how many there have the process, as a number and as a bar."""
    districts = list(dict.fromkeys(m[1] for m in municipalities))
    across = (RIGHT - LEFT) / len(districts)
    top = 196
    high = min((BOTTOM - top) / max(len(processes), 1), 72)
    for n, district in enumerate(districts):
        x = LEFT + n * across
        on.text(x, top - 40, fitted(district, across - 4, SMALL), SMALL, colour=SOFT)
    for n, process in enumerate(processes):
        y = top + n * high
        on.line([EDGE, RIGHT], [y, y], PALE, 2)
        _process(on, process, y + high / 2)
        have = set(process["have"])
        for m, district in enumerate(districts):
            names = [name for name, where, _ in municipalities if where == district]
            count = sum(name in have for name in names)
            x = LEFT + m * across
            said = words["of"].format(n=count, of=len(names))
            on.text(
                x,
                y + high / 2 - 8,
                said,
                SMALL,
                bold=count > 0,
                colour=INK if count else SOFT,
                at="left center",
            )
            on.box(x, y + high / 2 + 10, across - 16, 8, SKY)
            if count:
                on.box(x, y + high / 2 + 10, (across - 16) * count / len(names), 8, BLUE)
