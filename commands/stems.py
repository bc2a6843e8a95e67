"""Words cut to their stems: Meldung, Meldungen and melden are one."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any, Final

from commands.words import key_of, normal

_WORD: Final = re.compile(r"[^\W_]+")
LONGEST: Final = 40  # letters of a word that are looked at
SHORT: Final = 4  # letters, from which on more than an ending is cut off


@cache
def _stemmer() -> Any:
    """Loaded where the first word asks for it: the package brings the stemmers of thirty languages along (2 MB)."""
    from snowballstemmer.german_stemmer import GermanStemmer  # noqa: PLC0415

    return GermanStemmer()


@lru_cache(8192)
def stem_of(word: str) -> str:
    """The word, in small letters, without its ending, umlauts and accents: Büro and Büros are one."""
    found = key_of(_stemmer().stemWord(word[:LONGEST])).replace(" ", "")
    if len(found) > SHORT and found.endswith(("as", "is", "os")):
        return found[:-1]
    return found[:-3] if found.endswith("ung") and len(found) > SHORT + 2 else found


def stems_in(text: str) -> list[str]:
    """The stems of its words, to search for."""
    words = _WORD.findall(normal(text)) or text.split()
    return [stem for word in words if (stem := stem_of(word))]
