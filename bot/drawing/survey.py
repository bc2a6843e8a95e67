"""What came out of a survey: a bar for each choice, with how many chose it."""

from __future__ import annotations

from typing import Any, Final

from bot.drawing.look import BLUE, EDGE, HEIGHT, NORMAL, PALE, SMALL, SOFT, WIDTH, Sheet, fitted, lines

WORDS: Final = {
    "de": {
        "below": "{answered} von {asked} haben geantwortet",
        "below one": "1 von {asked} hat geantwortet",
        "more": "Alle Fragen stehen im Text.",
    },
    "en": {
        "below": "{answered} of {asked} have answered",
        "below one": "1 of {asked} has answered",
        "more": "All questions are in the text.",
    },
}
TOP, BOTTOM = 146, HEIGHT - EDGE
LEFT: Final = 480
COUNT: Final = 90  # for how many, to the right of a bar
ASKED, BAR = 40, 44  # pixels of a question, and of a choice
GAP: Final = 18
LARGER: Final = (1.8, 1.5, 1.25)  # sizes tried first: on a phone a picture is a quarter as wide
LABEL: Final = LEFT - EDGE - 20


def sheet(what: dict[str, Any]) -> Sheet:
    """Of each question its bars, as many questions as there is room for; those answered in words have none.

    As large as all of it may be.
    """
    words = WORDS[what["language"]]
    below = words["below one" if what["answered"] == 1 else "below"]
    on = Sheet(what["title"], below.format(**what))
    size = next((size for size in LARGER if _fits(what["questions"], size)), 1.0)
    y = float(TOP)
    for n, question in enumerate(what["questions"]):
        asked = _asked(question, size)
        needed = len(asked) * ASKED + len(question["choices"]) * BAR
        last = BOTTOM if n + 1 == len(what["questions"]) else BOTTOM - 36
        if size == 1 and y + needed > last and n:
            on.text(EDGE, BOTTOM - 26, words["more"], SMALL, colour=SOFT)
            break
        for line in asked:
            on.text(EDGE, y, line, NORMAL * size, bold=True)
            y += ASKED * size
        y = (_bars(on, question["choices"], y, last) if size == 1 else _large(on, question, y, size)) + GAP
    return on


def _fits(questions: list[dict[str, Any]], size: float) -> bool:
    """Is there room for all of it? What one line each is too much for is not measured."""
    room = BOTTOM - TOP + GAP
    if sum(GAP + ASKED * size + len(one["choices"]) * BAR * size for one in questions) > room:
        return False
    needed = 0.0
    for one in questions:
        needed += GAP + len(_asked(one, size)) * ASKED * size
        needed += sum(_high(_label(choice, size), size) for choice, _ in one["choices"])
    return needed <= room


def _asked(question: dict[str, Any], size: float) -> list[str]:
    return lines(question["question"], WIDTH - 2 * EDGE, NORMAL * size, most=2, bold=True)


def _label(choice: str, size: float) -> list[str]:
    return lines(choice, LABEL, SMALL * size, most=3)


def _high(label: list[str], size: float) -> float:
    return (BAR + (len(label) - 1) * ASKED * 0.7) * size


def _large(on: Sheet, question: dict[str, Any], top: float, size: float) -> float:
    most = max(count for _, count in question["choices"]) or 1
    for choice, count in question["choices"]:
        label = _label(choice, size)
        high = _high(label, size)
        for n, line in enumerate(label):
            across = top + high * (n + 0.5) / len(label)
            on.text(EDGE, across, line, SMALL * size, at="left center")
        _bar(on, top, high, count, most, size)
        top += high
    return top


def _bars(on: Sheet, choices: list[list[Any]], top: float, bottom: float) -> float:
    most = max((count for _, count in choices), default=0) or 1
    high = min(BAR, (bottom - top) / max(len(choices), 1))
    shown = choices if high >= SMALL + 6 else choices[: int((bottom - top) // (SMALL + 6))]
    high = max(high, SMALL + 6)
    for choice, count in shown:
        on.text(EDGE, top + high / 2, fitted(choice, LABEL, SMALL), SMALL, at="left center")
        _bar(on, top, high, count, most, 1)
        top += high
    return top


def _bar(on: Sheet, top: float, high: float, count: int, most: int, size: float) -> None:
    right = WIDTH - EDGE - COUNT * size
    middle, thick = top + high / 2, min(high, BAR * size) - 8
    on.box(LEFT, middle - thick / 2, right - LEFT, thick, PALE)
    if count:
        on.box(LEFT, middle - thick / 2, (right - LEFT) * count / most, thick, BLUE)
    on.text(right + 14, middle, count, NORMAL * size, bold=True, at="left center")
