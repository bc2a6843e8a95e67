"""Things that are meant by words of their titles, as people say who don't know numbers: «die Umzugsmeldung»."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from commands.framework.context import Context
from commands.framework.declarations import TITLED, VALUES
from commands.framework.vocabulary import words_of
from commands.speech import SMALL
from commands.spelling import most_alike
from commands.stems import stem_of

LONG: Final = 4  # letters of a stem that tells one title from another
ALIKE: Final = 0.85
Title = tuple[int, str]  # number, title


@dataclass(frozen=True)
class Meant:
    """A thing, and the words of the text that stand in its title, as they were written."""

    number: int
    title: str
    words: frozenset[str]


class Titles:
    """What things are called; each kind is looked up once."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self._known: dict[tuple[str, str], list[tuple[Title, frozenset[str]]]] = {}

    def meant(self, kind: str, words: Iterable[str]) -> list[Meant]:
        """The things of the kind in whose titles most of the words stand; none if none does."""
        stems = {word: stem for word in words for stem in _telling(word)}
        if not stems or (kind not in TITLED and kind not in VALUES):
            return []
        found = []
        for (number, title), own in self._of(kind, " ".join(stems)):
            said = frozenset(word for word, stem in stems.items() if _stands_in(stem, own))
            if said:
                found.append(Meant(number, title, said))
        most = max((len(one.words) for one in found), default=0)
        return [one for one in found if len(one.words) == most]

    def _of(self, kind: str, text: str) -> list[tuple[Title, frozenset[str]]]:
        key = (kind, text if kind in TITLED else "")
        if key not in self._known:
            found = TITLED[kind](self.ctx, text) if kind in TITLED else VALUES[kind](self.ctx)
            self._known[key] = _with_stems(found)
        return self._known[key]


def _with_stems(titles: Iterable[Title]) -> list[tuple[Title, frozenset[str]]]:
    return [(one, frozenset(stem for word in words_of(one[1]) for stem in _telling(word))) for one in titles]


def _telling(word: str) -> Iterator[str]:
    """The stem, if the word is one by which things are told apart."""
    for one in words_of(word):
        stem = stem_of(one)
        if one not in SMALL and len(stem) >= LONG and not stem.isdecimal():
            yield stem


def _stands_in(stem: str, title: frozenset[str]) -> bool:
    """Also as a part of a compound, and misspelt."""
    return any(stem in own for own in title) or most_alike(stem, title, least=ALIKE) is not None
