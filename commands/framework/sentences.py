"""A sentence is read for what the person may want: commands that are offered, the best first.

The words are compared, by their stems, with those that the commands declare. A word counts for more the fewer commands
it stands for; what a sentence names (a number, a date) is kept as an argument. Nothing is done here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from commands.framework import entities
from commands.framework.context import Context
from commands.framework.declarations import COMMANDS, LETTERS, Command
from commands.framework.entities import Entities
from commands.framework.keeping import NAMED, SOUGHT, Kept, keep
from commands.framework.types import AnyRef
from commands.framework.vocabulary import WORD, terms_of, vocabulary, words_of
from commands.framework.who_may import may
from commands.speech import BESIDE_GREETING, DIALECT, GREETINGS, NEGATIONS
from commands.stems import stem_of
from commands.words import key_of

READ: Final = 300  # characters of a text that are looked at
OFFERED: Final = 3
LEAST, LITTLE = 0.5, 0.25  # of a score, to be offered; where the command says all words
NEXT: Final = 0.55  # of the best one's score, to be offered beside it
CLEARLY: Final = 1.25  # times the next one's score
SURE: Final = 0.7
# What is added to a score.
FITS, MISFITS = 0.5, 0.6  # the thing that is named is one of this command, or is not
NAMES: Final = 0.4  # somebody, or a municipality, is named that the command is about
LACKS: Final = 0.03  # something required that was not named
DATED: Final = 0.75  # a day alone
# By how much words that the command does not say count against those that it does.
NEGATED: Final = (
    0.4  # the share of a score that is left, where the sentence says no, and the command does something
)
UNKNOWN, OTHER = 0.4, 0.35  # one that no command says; one of another's

_GREETING: Final = re.compile(rf"(?<!\w)(?:{'|'.join(GREETINGS)})(?!\w)", re.IGNORECASE)
_TEXT_BEHIND: Final = re.compile(r"(?<![0-9]):\s+")


@dataclass(frozen=True)
class Offered:
    """A command that may be meant: the line to carry out, without prefix, and the words by which it is offered."""

    command: Command
    line: str
    label: str


@dataclass(frozen=True)
class Understood:
    """`certain`: one alone is meant, which only reads, and lacks nothing. `greeting`: nothing else is said."""

    lines: tuple[Offered, ...] = ()
    certain: bool = False
    greeting: bool = False


@dataclass(frozen=True)
class _Said:
    """A sentence, taken apart."""

    words: tuple[tuple[str, str], ...]  # that say something: as written, and in small letters
    small: tuple[str, ...]  # that say nothing by themselves
    stems: frozenset[str]  # of all words
    found: Entities
    behind: str  # the text behind a colon


@dataclass(frozen=True)
class _Rated:
    score: float
    command: Command
    unknown: tuple[str, ...]  # words that no command says, as written
    others: tuple[str, ...]  # words that only others say


def read(ctx: Context, text: str) -> Understood:
    """What the person may want who wrote this: of what they may use, and what there is."""
    text = text.strip()
    if is_greeting(text):
        return Understood(greeting=True)
    said = _said(text)
    best: list[tuple[_Rated, Kept]] = []
    for rated in _rated(said):
        if rated.score < max(LITTLE, NEXT * best[0][0].score if best else 0) or len(best) > OFFERED:
            break
        if rated.score < LEAST and (rated.unknown or rated.others):
            continue
        if may(ctx, rated.command) and (said.found.refs or _is_there(ctx, rated.command)):
            kept = keep(ctx, rated.command, said.found, rated.unknown, said.behind)
            best.append((replace(rated, score=rated.score + NAMES * kept.named), kept))
    if not best:
        return Understood()
    best.sort(key=lambda one: -one[0].score)
    first, kept = best[0]
    clear = len(best) == 1 or first.score >= CLEARLY * best[1][0].score
    certain = clear and first.score >= SURE and first.command.reads and not kept.lacks and not kept.left
    lines = [_offered(ctx, one.command, with_) for one, with_ in best[:OFFERED]]
    return Understood(tuple(lines[:1] if certain else lines), certain=certain)


def is_greeting(text: str) -> bool:
    """A greeting or thanks, and nothing else, is said."""
    rest = _GREETING.sub(" ", text)
    return rest != text and all(key_of(word) in BESIDE_GREETING for word in WORD.findall(rest))


def _is_there(ctx: Context, command: Command) -> bool:
    return command.there is None or command.there(ctx)


def _said(text: str) -> _Said:
    head, behind = text[:READ], ""
    colon = _TEXT_BEHIND.search(head)
    if colon is not None and any(terms_of(word) for word in words_of(head[: colon.start()])):
        head, behind = head[: colon.start()], text[colon.end() :]
    spoken = WORD.sub(lambda word: DIALECT.get(word[0].casefold(), word[0]), _GREETING.sub(" ", head))
    found = entities.find(spoken)
    words = [(written, word) for written in WORD.findall(found.rest) for word in words_of(written)]
    stems = {stem_of(word) for _, word in words}
    telling: list[tuple[str, str]] = []
    small: list[str] = []
    for written, word in words:
        terms = terms_of(word)
        if terms is None or terms:
            telling.append((written, word))
            stems.update(stem for stem, _ in terms or ())
        else:
            small.append(word)
    return _Said(tuple(telling), tuple(small), frozenset(stems), found, behind)


def _rated(said: _Said) -> list[_Rated]:
    """All commands that some word stands for, the best first."""
    known = vocabulary()
    scores: dict[str, float] = defaultdict(float)
    says: dict[str, set[str]] = defaultdict(set)
    for _, word in said.words:
        for stem, surely in terms_of(word) or ():
            for name, weight in known.weights.get(stem, {}).items():
                if stem not in says[name]:
                    scores[name] += weight * surely * known.rare[stem]
                    says[name].add(stem)
    for stem in said.stems:
        for phrase in known.phrases.get(stem, ()):
            if phrase.stems <= said.stems:
                for name in phrase.commands:
                    scores[name] += phrase.weight
                    says[name] |= phrase.stems
    if said.found.dates and not said.words:
        scores |= dict.fromkeys(_dated(), DATED)
    rated = [_rate(COMMANDS[name], score, says[name], said) for name, score in scores.items()]
    return sorted(
        rated, key=lambda one: (-one.score, one.command.role, not one.command.reads, one.command.name)
    )


def _rate(command: Command, score: float, says: set[str], said: _Said) -> _Rated:
    unknown: list[str] = []
    others: list[str] = []
    for written, word in said.words:
        terms = terms_of(word)
        if says.isdisjoint({stem for stem, _ in terms or ()} | {stem_of(word)}):
            (unknown if terms is None else others).append(written)
    named = len(unknown) <= SOUGHT and any(p.name == "search" or p.found in NAMED for p in command.parameters)
    unsaid = UNKNOWN * len(unknown) / (3 if named else 1) + OTHER * len(others)
    negated = any(word in NEGATIONS and stem_of(word) not in says for word in said.small)
    if negated:
        others.append("")
        score *= 1 if command.reads else NEGATED
    share = len(says) / (len(says) + unsaid) if says else 1.0
    return _Rated(score * share + _fit(command, said.found), command, tuple(unknown), tuple(others))


@cache
def _dated() -> tuple[str, ...]:
    """The commands that show what there is on a day: meant where nothing but a day is said."""
    return tuple(
        command.name
        for command in COMMANDS.values()
        if command.reads
        and any(p.found == "date" and not p.required and p.place != "field" for p in command.parameters)
    )


def _fit(command: Command, found: Entities) -> float:
    """Whether the things that are named are those that the command takes."""
    kinds = [p.kind for p in command.parameters if p.kind and p.place != "field"]
    letters = [letter for letter, _ in found.refs]
    if not letters:
        return -LACKS * sum(p.required for p in command.parameters)
    if any(p.hint == AnyRef for p in command.parameters):
        return FITS / 2
    return FITS if LETTERS[letters[0]].kind in kinds else -MISFITS


def _offered(ctx: Context, command: Command, kept: Kept) -> Offered:
    arguments = " ".join(kept.given)
    label = command.offered(ctx.language)
    shown = ", ".join(kept.shown)
    return Offered(
        command,
        f"{command.called(ctx.language)} {arguments}".strip(),
        f"{label}: {shown}" if shown else label,
    )
