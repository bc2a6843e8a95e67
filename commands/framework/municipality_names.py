"""A municipality's name as people write it: official, with what it is, with its postal code, or misspelt."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from commands.spelling import most_alike
from commands.words import key_of, normal

# What stands before or behind the name and says nothing more, as `key_of` spells it.
_ADMINISTRATION: Final = ("gemeinde", "einwohnergemeinde", "gemeindeverwaltung", "stadtverwaltung")
BEFORE: Final = frozenset(
    [
        *(*_ADMINISTRATION, "politische", "verwaltung", "gemeindekanzlei", "gde", "gmde", "gem", "stadt"),
        *("municipality", "town", "city", "village", "of", "the", "von", "der", "die"),
    ]
)
BEHIND: Final = frozenset(
    ("bl", "baselland", "basel", "landschaft", "kanton", "canton", "kt", "ch", "stadt", "dorf", "gemeinde")
)
POSTAL_CODE: Final = 4  # digits
ALIKE: Final = 0.7
A_SLIP: Final = 0.8


def read(typed: str, names: Iterable[str]) -> tuple[str | None, str | None]:
    """The municipality that is named, or else the one that may be meant."""
    known = {key_of(name): name for name in names}
    words = key_of(typed).split()
    while words and _says_nothing(words[0]):
        del words[0]
    while words and words[-1] in BEHIND:
        del words[-1]
    if (bare := " ".join(words)) in known:
        return known[bare], None
    inside = [
        (i, key) for key in known for i in range(len(words)) if words[i:][: key.count(" ") + 1] == key.split()
    ]
    if inside:
        return None, known[min(inside)[1]]  # «Wahlen b. Laufen» is Wahlen
    # «Resch» is nearer to «Aesch» than to «asch», which is its key.
    spelt = {spelling: name for name in known.values() for spelling in (normal(name), key_of(name))}
    begun = [name for key, name in known.items() if words and key.startswith(f"{words[0]} ")]  # «Burg i. L.»
    if begun:
        return None, begun[0]
    near = most_alike(bare, spelt, least=ALIKE)
    return None, spelt[near] if near else None


def _says_nothing(word: str) -> bool:
    if word in BEFORE or (word.isdecimal() and len(word) == POSTAL_CODE):
        return True
    return most_alike(word, _ADMINISTRATION, least=A_SLIP) is not None
