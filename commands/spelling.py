"""How alike two spellings are: the one measure by which what was typed wrongly is understood or answered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

NEAR: Final = 2  # slips, up to which they are counted
AT_MOST: Final = 80  # letters of what was typed that are looked at


def most_alike(typed: str, known: Iterable[str], *, least: float) -> str | None:
    """The known spelling that is most like what was typed, the first of those as much so; None if none is.

    `least`: the share of letters, of both together, that stand in both in the same order, from 0 to 1.
    """
    found = process.extractOne(typed[:AT_MOST], list(known), scorer=fuzz.ratio, score_cutoff=100 * least)
    return found[0] if found is not None else None


def slips(typed: str, known: str) -> int:
    """The number of letters that must be put in, taken out or changed (Levenshtein); `NEAR + 1` if more."""
    return Levenshtein.distance(typed, known, score_cutoff=NEAR)
