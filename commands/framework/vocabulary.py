"""The words by which sentences are told apart: the commands that each stands for, and how much it tells."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from math import log
from typing import Final, get_args

from pydantic import BeforeValidator

from commands.fields import FIELDS
from commands.framework.declarations import COMMANDS, Command, Parameter
from commands.framework.types import Choice
from commands.speech import DIALECT, DIALECT_PARTS, PARTICIPLE, SAID, SMALL
from commands.spelling import NEAR, most_alike, slips
from commands.stems import stem_of
from commands.words import EVERYDAY, PLURALS, VERBS, key_of, normal

NAMED, TOLD, BESIDE = 1.0, 0.3, 0.3  # a command's names and words; its summary; its fields and their values
ALONE, MORE = 0.5, 0.25  # of several words together, and of each of them
SLIP, PART = 0.85, 0.8  # of a word that is misspelt, or stands in a compound
LONG: Final = 4  # letters of a word that may be misspelt, or be a part of one
LONGER: Final = 7  # letters of one that may be off by `NEAR`; a shorter one by one
ALIKE: Final = 0.8
WORD: Final = re.compile(r"[^\W_]+")
_PARTICIPLE: Final = re.compile(PARTICIPLE)
_DIALECT: Final = tuple((re.compile(found), meant) for found, meant in DIALECT_PARTS)

Terms = tuple[tuple[str, float], ...]  # stems of the vocabulary, with how surely they are meant


@dataclass(frozen=True)
class Phrase:
    """Several words that together stand for these commands."""

    stems: frozenset[str]
    commands: frozenset[str]
    weight: float


@dataclass(frozen=True)
class Vocabulary:
    """`weights`: by stem the commands it stands for, with how much so; `rare`: how much a stem tells, up to 1."""

    weights: Mapping[str, Mapping[str, float]]
    rare: Mapping[str, float]
    nouns: Mapping[str, frozenset[str]]  # by command the stems of what it is about
    forms: Mapping[str, str]  # words as they are declared, folded, with their stems
    telling: frozenset[str]  # words that commands declare by themselves
    phrases: Mapping[str, tuple[Phrase, ...]]  # by one of their stems

    @cached_property
    def stems(self) -> frozenset[str]:
        together = (stem for phrases in self.phrases.values() for phrase in phrases for stem in phrase.stems)
        return frozenset((*self.weights, *together))

    @cached_property
    def by_letter(self) -> Mapping[str, Mapping[str, str]]:
        """The stem of each word that may be misspelt, as it is written and cut: people get the first letter right."""
        small = set(map(stem_of, SMALL))
        found: dict[str, dict[str, str]] = defaultdict(dict)
        stems = {stem: stem for stem in sorted(self.stems) if stem in self.weights or stem not in small}
        for form, stem in {**stems, **self.forms}.items():
            if len(form) >= LONG:
                found[form[0]][form] = stem
        return found


@cache
def vocabulary() -> Vocabulary:
    """That of all commands, both languages together: people mix them."""
    weights: dict[str, dict[str, float]] = defaultdict(dict)
    forms: dict[str, str] = {}
    together: dict[frozenset[str], set[str]] = defaultdict(set)
    for command in COMMANDS.values():
        for weight, texts in ((NAMED, _named(command)), (TOLD, _told(command)), (BESIDE, _beside(command))):
            for text in texts:
                words = words_of(text)
                if weight == NAMED and len(words) > 1:
                    together[frozenset(map(stem_of, words))].add(command.name)
                    continue
                for word in words:
                    if word not in SMALL or text in command.words:
                        forms[key_of(word)] = stem = stem_of(word)
                        weights[stem][command.name] = max(weight, weights[stem].get(command.name, 0))
    rare = {stem: _rareness(sum(of.values())) for stem, of in weights.items()}
    phrases: dict[str, list[Phrase]] = defaultdict(list)
    for stems, names in together.items():
        weight = (ALONE + MORE * len(stems)) * _rareness(len(names))
        phrases[max(stems, key=len)].append(Phrase(stems, frozenset(names), weight))
    telling = frozenset(normal(word) for command in COMMANDS.values() for word in command.words)
    nouns = {command.name: frozenset(map(stem_of, _nouns(command))) for command in COMMANDS.values()}
    return Vocabulary(
        dict(weights), rare, nouns, forms, telling, {stem: tuple(found) for stem, found in phrases.items()}
    )


def _rareness(commands: float) -> float:
    """How much it tells what stands for so many commands: 1, if for one."""
    return log(1 + len(COMMANDS) / max(commands, 1)) / log(1 + len(COMMANDS))


def words_of(text: str) -> list[str]:
    """The words in small letters, dialect in German; signs are none."""
    found = WORD.findall(normal(text))
    return [word for one in found for word in DIALECT.get(one, one).split()]


def _named(command: Command) -> Iterator[str]:
    yield from (*command.words, *_nouns(command))
    for name in command.names:
        noun, _, verb = name.partition(" ")
        yield from (*verb.split(), *SAID.get(noun, ()), *SAID.get(verb, ()))
        for one in verb.split():
            yield from (
                word for also in (*VERBS.get(one, ()), *EVERYDAY.get(one, ())) for word in also.split()
            )


def _nouns(command: Command) -> list[str]:
    """What its names begin with, and the plurals of that."""
    nouns = [name.partition(" ")[0] for name in command.names]
    said = (word for noun in nouns for word in SAID.get(noun, ()) if " " not in word)
    return [*nouns, *said, *(many for many, single in PLURALS.items() if single in nouns)]


def _told(command: Command) -> Iterable[str]:
    return (*command.summary.values(), *command.offer.values())


def _beside(command: Command) -> Iterator[str]:
    for parameter in command.parameters:
        yield from FIELDS.get(parameter.name, ()) if parameter.place == "field" else ()
        found = choice_of(parameter) if parameter.required else None
        yield from (word for word in found.codes if len(word) > 1) if found is not None else ()


def choice_of(parameter: Parameter) -> Choice | None:
    """The few words that the parameter may be."""
    parts = (parameter.hint, *get_args(parameter.hint))
    marks = (mark for part in parts for mark in getattr(part, "__metadata__", ()))
    found = (mark.func if isinstance(mark, BeforeValidator) else mark for mark in marks)
    return next((one for one in found if isinstance(one, Choice)), None)


@lru_cache(8192)
def terms_of(word: str) -> Terms | None:
    """The stems that it says; none of a word that says nothing; None, if it says something that no command does."""
    known = vocabulary()
    if word in SMALL and word not in known.telling:
        return ()
    spellings = list(map(stem_of, _spellings(word)))
    if found := next((stem for stem in spellings if stem in known.stems), None):
        return ((found, 1.0),)
    if word.isdecimal() or len(spellings[0]) < LONG:
        return None
    typed = key_of(word)
    found_near = _parts(word) or _near(dict.fromkeys((typed, *spellings)))
    return found_near or (() if _is_small(typed) else None)


def _is_small(typed: str) -> bool:
    """A word that says nothing, misspelt."""
    near = most_alike(typed, SMALL, least=ALIKE) if len(typed) > LONG else None
    return near is not None and near[0] == typed[0] and _is_slip(typed, near)


def _spellings(word: str) -> Iterator[str]:
    """The word, as its verb were it a participle, and as it would be in German, were it dialect."""
    yield word
    if participle := _PARTICIPLE.match(word):
        yield f"{participle[1]}{participle[2]}en"
    german = word
    for found, meant in _DIALECT:
        if found.search(word):
            german = found.sub(meant, german)
            yield found.sub(meant, word)
    if german != word:
        yield german


def _near(spellings: Iterable[str]) -> Terms:
    """The one that is misspelt."""
    by_letter = vocabulary().by_letter
    for typed in spellings:
        forms = by_letter.get(typed[:1], {})
        near = most_alike(typed, forms, least=ALIKE)
        if near is not None and _is_slip(typed, near):
            return ((forms[near], SLIP),)
    return ()


def _is_slip(typed: str, near: str) -> bool:
    """One letter is wrong, two in a long word, or two are swapped."""
    count = slips(typed, near)
    return count <= (NEAR if len(near) >= LONGER else 1) or (count <= NEAR and sorted(typed) == sorted(near))


def _parts(word: str) -> Terms:
    """The two parts of a compound, both known: Mitglieder-liste, Sitzungs-protokoll."""
    weights = vocabulary().weights
    for cut in range(LONG, len(word) - LONG + 1):
        head, tail = stem_of(word[:cut].removesuffix("s")), stem_of(word[cut:])
        if head in weights and tail in weights:
            return ((head, PART), (tail, PART))
    return ()
