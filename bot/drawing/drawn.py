"""Which drawing is made by what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from bot.drawing import board, coverage, matrix, report, rollout, survey
from bot.drawing.look import Sheet

PICTURES: Final[dict[str, Callable[[dict[str, Any]], Sheet]]] = {
    "matrix": matrix.sheet,
    "board": board.sheet,
    "coverage": coverage.sheet,
    "rollout": rollout.sheet,
    "survey": survey.sheet,
}


def drawn(what: dict[str, Any]) -> bytes:
    """The picture, or the pages: `drawing` says which, `language` in which words; the rest is what it shows."""
    if what["drawing"] == "report":
        return report.pages(what)
    return PICTURES[what["drawing"]](what).png()
