"""What people have written before, with the command that they meant: a sentence that is like it means it too.

`commands/sentences.txt` holds them, a line each. What a word, two words that follow one another, or the kind of thing
that is named tells of each command is the logarithm of how much more often it stands in that command's sentences than
in all others (naive Bayes).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from importlib.resources import files
from itertools import pairwise
from math import log, sqrt
from typing import Final, NamedTuple

from commands.framework.entities import Entities
from commands.stems import stem_of

NOTHING, GREETING = "-", "hello"  # what means nothing that the bot does; a greeting or thanks alone
PAIR: Final = 0.6  # of what a word tells, two that follow one another do
SMOOTHING: Final = 0.3  # sentences' worth of the common use of a word that each command is given
MUCH: Final = 1.0  # by which a sentence is more like those that mean nothing, to mean nothing
COMMON: Final = 50.0  # words of a command's sentences


class Example(NamedTuple):
    """`meant`: commands by their canonical names, any of which answers; `role`: of who wrote it."""

    role: str
    meant: tuple[str, ...]
    text: str


def examples() -> Iterator[Example]:
    """All of the file, in order."""
    for line in files("commands").joinpath("sentences.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            role, meant, text = line.split(" | ", 2)
            yield Example(role, tuple(meant.split("/")), text)


def marks_of(words: Iterable[str], found: Entities) -> frozenset[str]:
    """What the sentence is told by: its words' stems, pairs of them, and the kinds of things it names."""
    stems = [stem_of(word) for word in words]
    kinds = [f"<{letter}>" for letter, _ in found.refs] + ["<date>"] * bool(found.dates)
    kinds += ["<link>"] * bool(found.links)
    return frozenset((*stems, *(f"{one} {two}" for one, two in pairwise(stems)), *kinds))


class Likeness:
    """How much a sentence is like those of each command."""

    def __init__(self, said: Iterable[tuple[Collection[str], tuple[str, ...]]]) -> None:
        """`said`: the marks of each example, with what was meant."""
        by_command: dict[str, Counter[str]] = defaultdict(Counter)
        for marks, meant in said:
            for name in meant:
                by_command[name].update(marks)
        every: Counter[str] = Counter()
        for counted in by_command.values():
            every.update(counted)
        total = every.total()
        self._told: dict[str, dict[str, float]] = defaultdict(dict)
        for name, counted in by_command.items():
            own = counted.total()
            for mark, times in counted.items():
                share = (times + SMOOTHING * COMMON * every[mark] / total) / (own + SMOOTHING * COMMON)
                others = (every[mark] - times + 0.5) / (total - own + 1)
                told = log(share / others)
                if told > 0:
                    self._told[mark][name] = told * (PAIR if " " in mark else 1)

    def to(self, marks: Collection[str]) -> Mapping[str, float]:
        """By command, about 0 to 5: how much its sentences are like this one, less how much those are of no command."""
        found: dict[str, float] = defaultdict(float)
        for mark in marks:
            for name, told in self._told.get(mark, {}).items():
                found[name] += told
        nothing, length = found.pop(NOTHING, 0.0), sqrt(len(marks) + 1)
        return {name: (told - nothing) / length for name, told in found.items() if name != GREETING}

    def means_nothing(self, marks: Collection[str], name: str) -> bool:
        """Is it much more like what means nothing than like the sentences of this command?"""
        told = [self._told.get(mark, {}) for mark in marks]
        more = sum(of.get(NOTHING, 0.0) - of.get(name, 0.0) for of in told)
        return more > MUCH * sqrt(len(marks) + 1)
