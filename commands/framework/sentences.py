"""A sentence is read for what the person may want: commands that are offered, the best first.

What it names is kept as their arguments. Nothing is done here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from commands.framework.context import Context
from commands.framework.declarations import MEANT, Command, Parameter
from commands.framework.examples import Likeness
from commands.framework.keeping import Kept, keep
from commands.framework.ranking import GREETING, Rated, acts, likeness, rank, take_apart
from commands.framework.titles import Titles
from commands.framework.vocabulary import WORD
from commands.framework.who_may import may
from commands.speech import BESIDE_GREETING
from commands.words import key_of

OFFERED: Final = 3
LEAST, LITTLE = 0.6, 0.25  # of a score, to be offered; where the command says all words
NEXT, UNSURE = (
    0.5,
    0.3,
)  # of the best one's score, to be offered beside it; where that one does not say all words
CLEARLY: Final = 1.25  # times the next one's score
SURE: Final = 0.7
NAMES: Final = 0.4  # is added where somebody, or a municipality, is named that the command is about


@dataclass(frozen=True)
class Offered:
    """A command that may be meant: the line to carry out, without prefix, and the words by which it is offered."""

    command: Command
    line: str
    label: str


@dataclass(frozen=True)
class Understood:
    """`certain`: one alone is meant, which only reads, and lacks nothing. `greeting`: nothing else is said.

    `clear`: one alone is meant, whatever it does or lacks; `about`: what it is about is said by its name;
    `wants`: the person says that they want something done.
    """

    lines: tuple[Offered, ...] = ()
    certain: bool = False
    greeting: bool = False
    clear: bool = False
    about: bool = False
    wants: bool = False


def read(ctx: Context, text: str, *, like: Likeness | None = None) -> Understood:
    """What the person may want who wrote this: of what they may use, and what there is.

    `like`: to which sentences it is compared; all that are known, if it is left out.
    """
    text = text.strip()
    if is_greeting(text):
        return Understood(greeting=True)
    said = take_apart(text)
    best: list[tuple[Rated, Kept]] = []
    titles = Titles(ctx)
    like = like or likeness()
    for rated in rank(said, like):
        if rated.score < _least(best) or len(best) > OFFERED:
            break
        if rated.score < LEAST and (rated.unknown or rated.foreign) and not rated.about:
            continue
        if may(ctx, rated.command) and (said.found.refs or _is_there(ctx, rated.command)):
            kept = keep(ctx, rated.command, said.found, rated.unknown, said.behind, titles)
            best.append((replace(rated, score=rated.score + NAMES * kept.named), kept))
    if not best:
        return Understood()
    best.sort(key=lambda one: -one[0].score)
    first, kept = best[0]
    clear = _clear(best)
    whole = not kept.lacks or (first.about and all(_is_meant(ctx, p) for p in kept.lacks))
    certain = clear and first.command.reads and whole
    if not certain and like.means_nothing(said.marks, first.command.name):
        return Understood()
    few = best[:1] if certain else best[:OFFERED]
    lines = tuple(_offered(ctx, one.command, kept) for one, kept in few)
    return Understood(lines, certain=certain, clear=clear, about=first.about, wants=bool(acts(said.small)))


def _least(best: list[tuple[Rated, Kept]]) -> float:
    """The score that one has at least that is offered beside these."""
    if not best:
        return LITTLE
    first = best[0][0]
    return max(LITTLE, first.score * (UNSURE if first.unknown or first.foreign else NEXT))


def _clear(best: list[tuple[Rated, Kept]]) -> bool:
    """The first alone is meant, all words say so, and no other that takes all that is named comes near."""
    first, kept = best[0]
    rival = next((one.score for one, other in best[1:] if not other.left), 0.0)
    return not (kept.left or first.foreign) and first.score >= max(SURE, CLEARLY * rival)


def _is_meant(ctx: Context, parameter: Parameter) -> bool:
    """There is one alone that can be meant: the group that one is in, the meeting that one has."""
    return parameter.kind in MEANT and MEANT[parameter.kind](ctx) is not None


def is_greeting(text: str) -> bool:
    """A greeting or thanks, and nothing else, is said."""
    rest = GREETING.sub(" ", text)
    return rest != text and all(key_of(word) in BESIDE_GREETING for word in WORD.findall(rest))


def _is_there(ctx: Context, command: Command) -> bool:
    return command.there is None or command.there(ctx)


def _offered(ctx: Context, command: Command, kept: Kept) -> Offered:
    line = " ".join((command.called(ctx.language), *kept.given))
    label, shown = command.offered(ctx.language, for_others=kept.for_others), ", ".join(kept.shown)
    return Offered(command, line, f"{label}: {shown}" if shown else label)
