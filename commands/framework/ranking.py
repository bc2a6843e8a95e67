"""The commands that a sentence may mean, the best first: by their words, by what is named, by how it is put.

A word counts for more the fewer commands it stands for, and for less the more of the sentence a command does not say.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from heapq import nlargest
from typing import Final

from commands.framework import entities
from commands.framework.declarations import COMMANDS, LETTERS, Command
from commands.framework.entities import Entities
from commands.framework.examples import Example, Likeness, examples, marks_of
from commands.framework.keeping import NAMED, SOUGHT
from commands.framework.vocabulary import WORD, terms_of, vocabulary, words_of
from commands.speech import ACTING, ASKING, DIALECT, GREETINGS, NEGATIONS, PARTICLES, USUAL
from commands.stems import stem_of

READ: Final = 300  # characters of a text that are looked at
# What is added to the score of the words.
FITS, MISFITS = 0.5, 0.7  # the thing that is named is one of this command, or is not
OWN: Final = 0.05  # and the command is of its kind
WHEN: Final = 0.25  # a day is named, and the command shows what there is then
LACKS: Final = 0.03  # something required that was not named
LIKELY: Final = 8  # commands that are looked at for nothing but what people have written
LIKE: Final = 0.25  # for each point of likeness to what people have written who meant the command
DATED: Final = 0.75  # a day alone
COMMON: Final = 0.1  # at most, for what people do most
# By how much words that the command does not say count against those that it does.
UNKNOWN, OTHER = 0.4, 0.35  # one that no command says; one of another's
# What is left of a score.
NEGATED: Final = 0.4  # where the sentence says no, and the command does something
OTHERWISE: Final = (
    0.85  # where something is asked for, and the command does something; or the other way round
)

GREETING: Final = re.compile(rf"(?<!\w)(?:{'|'.join(GREETINGS)})(?!\w)", re.IGNORECASE)
_CLAUSES: Final = re.compile(r"[,.;!?]| (?:und|aber|oder|and|but) ")
_TEXT_BEHIND: Final = re.compile(r"(?<![0-9]):\s+")


@dataclass(frozen=True)
class Said:
    """A sentence, taken apart."""

    words: tuple[tuple[str, str], ...]  # that say something: as written, and in small letters
    small: frozenset[str]  # that say nothing by themselves
    stems: frozenset[str]  # of all words
    found: Entities
    behind: str  # the text behind a colon
    marks: frozenset[str]  # by which it is compared with what people have written before


@dataclass(frozen=True)
class Rated:
    """How well the command fits."""

    score: float
    command: Command
    unknown: tuple[str, ...]  # words that no command says, as written
    about: bool  # what it is about is said by its name
    foreign: (
        bool  # something is said that only others say, that it is not so, or that something shall be done
    )


def take_apart(text: str) -> Said:
    head, behind = text[:READ], ""
    colon = _TEXT_BEHIND.search(head)
    if colon is not None and any(terms_of(word) for word in words_of(head[: colon.start()])):
        head, behind = head[: colon.start()], text[colon.end() :]
    found = _named(head)
    words = [(written, word) for written in WORD.findall(found.rest) for word in words_of(written)]
    words += [("", whole) for clause in _CLAUSES.split(found.rest) for whole in _put_together(clause)]
    telling = [(written, word) for written, word in words if terms_of(word) != ()]
    stems = {stem_of(word) for _, word in words} | {
        stem for _, word in telling for stem, _ in terms_of(word) or ()
    }
    small = frozenset(word for _, word in words if terms_of(word) == ())
    marks = marks_of(words_of(found.rest), found)
    return Said(tuple(telling), small, frozenset(stems), found, behind, marks)


def _named(text: str) -> Entities:
    """What is named in it, dialect in German, and the rest."""
    return entities.find(
        WORD.sub(lambda word: DIALECT.get(word[0].casefold(), word[0]), GREETING.sub(" ", text))
    )


def likeness_of(those: Iterable[Example]) -> Likeness:
    """How much a sentence is like these."""
    heard = ((_named(one.text), one.meant) for one in those)
    return Likeness((marks_of(words_of(found.rest), found), meant) for found, meant in heard)


@cache
def likeness() -> Likeness:
    """That to all sentences that are known."""
    return likeness_of(examples())


def _put_together(clause: str) -> list[str]:
    """Verbs whose first part stands at the end of the clause: «melde … an» is «anmelde»."""
    said = words_of(clause)
    if len(said) < 2 or said[-1] not in PARTICLES:  # noqa: PLR2004 - verb, particle
        return []
    known = vocabulary().stems
    return [whole for word in said[:-1] if stem_of(whole := said[-1] + word) in known]


def rank(said: Said, like: Likeness) -> list[Rated]:
    """All commands that some word stands for, that are about the thing that is named, or meant by such sentences."""
    known = vocabulary()
    scores: dict[str, float] = defaultdict(float)
    says: dict[str, set[str]] = defaultdict(set)
    together = [p for stem in said.stems for p in known.phrases.get(stem, ()) if p.stems <= said.stems]
    for phrase in sorted(together, key=lambda one: (-len(one.stems), -one.weight)):
        for name in phrase.commands:
            scores[name] += phrase.weight * len(phrase.stems - says[name]) / len(phrase.stems)
            says[name] |= phrase.stems
    for _, word in said.words:
        for stem, surely in terms_of(word) or ():
            for name, weight in known.weights.get(stem, {}).items():
                if stem not in says[name]:
                    scores[name] += weight * surely * known.rare[stem]
                    says[name].add(stem)
    if said.found.dates and not said.words:
        scores |= dict.fromkeys(_dated(), DATED)
    for letter, _ in said.found.refs[:1]:
        for name in _about(LETTERS[letter].kind):
            scores[name] += 0
    alike = like.to(said.marks)
    for name in nlargest(LIKELY, alike, key=lambda name: alike[name]):
        scores[name] += 0
    rated = [
        _rate(COMMANDS[name], score, says[name], said, LIKE * alike.get(name, 0))
        for name, score in scores.items()
    ]
    return sorted(rated, key=lambda one: (-one.score, one.command.role, one.command.name))


def _rate(command: Command, score: float, says: set[str], said: Said, alike: float) -> Rated:
    unknown: list[str] = []
    others = 0
    for written, word in said.words:
        terms = terms_of(word)
        if terms is None:
            unknown.append(written)
        elif says.isdisjoint({stem for stem, _ in terms} | {stem_of(word)}):
            others += 1
    about = not says.isdisjoint(vocabulary().nouns[command.name])
    names = any((p.name == "search" and about) or p.found in NAMED for p in command.parameters)
    unsaid = UNKNOWN * len(unknown) / (3 if names and len(unknown) <= SOUGHT else 1) + OTHER * others
    score *= len(says) / (len(says) + unsaid) if says else 1
    negated = any(stem_of(word) not in says for word in said.small & NEGATIONS)
    if negated and not command.reads:
        score *= NEGATED
    wants = acts(said.small)
    if wants is not None and wants == command.reads:
        score *= OTHERWISE
    score += alike + _fit(command, said.found) + _usual(command)
    return Rated(score, command, tuple(unknown), about, bool(others or negated or (wants and command.reads)))


def acts(small: Iterable[str]) -> bool | None:
    """The sentence says that somebody wants to do something; False, where it asks for something."""
    if not ACTING.isdisjoint(small):
        return True
    return None if ASKING.isdisjoint(small) else False


@cache
def _dated() -> tuple[str, ...]:
    """The commands that show what there is on a day: meant where nothing but a day is said."""
    return tuple(
        command.name
        for command in COMMANDS.values()
        if command.reads
        and any(p.found == "date" and not p.required and p.place != "field" for p in command.parameters)
    )


@cache
def _about(kind: str) -> tuple[str, ...]:
    """The commands that take the number of such a thing."""
    return tuple(
        command.name
        for command in COMMANDS.values()
        if any(p.kind == kind and p.place != "field" for p in command.parameters)
    )


def _fit(command: Command, found: Entities) -> float:
    """Whether the things that are named are those that the command takes."""
    letters = [letter for letter, _ in found.refs]
    if not letters:
        dated = found.dates and command.reads and any(p.found == "date" for p in command.parameters)
        return (WHEN if dated else 0) - LACKS * sum(p.required for p in command.parameters)
    if any(p.found == "thing" for p in command.parameters):
        return FITS / 2
    kind = LETTERS[letters[0]].kind
    own = OWN if command.name.startswith(f"{kind} ") else 0
    return FITS + own if command.name in _about(kind) else -MISFITS


def _usual(command: Command) -> float:
    """What people do most comes before the rest, where all else is equal."""
    verb = command.name.partition(" ")[2]
    return COMMON * (1 - USUAL.index(verb) / len(USUAL)) if verb in USUAL else 0
