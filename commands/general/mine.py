"""«Mein Stand»: what waits for a person, their next dates, groups and ideas, and what they have in the exchange."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from commands.framework import (
    COMMANDS,
    LETTERS,
    OWNED,
    PERSON,
    AgendaItem,
    Audience,
    Context,
    Line,
    Machine,
    Owned,
    Reply,
    Role,
    Waits,
    command,
)
from commands.framework.grammar import find_command
from commands.framework.own import Pile, next_dates, piles, refs_of
from commands.framework.questions import Asking, Option
from commands.general.menu import is_asked
from commands.general.show import show as show_thing

MOST: Final = 5  # of each kind that are shown
REFERENCE: Final = re.compile(r"#?([A-Za-z])([0-9]{1,9})")


@dataclass(frozen=True)
class Few:
    """The first of somebody's own things of a kind, and how many others there are."""

    shown: tuple[Owned, ...]
    others: int


class Mine(Reply):
    """All that concerns the person now, each thing once."""

    waiting: tuple[Pile, ...]
    dates: tuple[AgendaItem, ...]
    groups: Few
    ideas: Few
    exchange: Few
    pauses: bool
    numbers: bool = False  # what waits is taken up by its number

    @property
    def audience(self) -> Audience:
        return PERSON

    @property
    def nothing(self) -> bool:
        return not (
            self.waiting or self.dates or self.groups.shown or self.ideas.shown or self.exchange.shown
        )

    def sign(self, item: AgendaItem) -> str:
        return LETTERS[item.ref[0]].sign

    def machine(self) -> Machine:
        return {
            "type": "mine",
            "waiting": refs_of(self.waiting),
            "dates": [item.ref for item in self.dates],
            "groups": [one.ref for one in self.groups.shown],
            "ideas": [one.ref for one in self.ideas.shown],
        }


class WaitingThing(Reply):
    """One thing that waits for the person, and the ways to answer it."""

    one: Waits
    options: tuple[Option, ...]

    @property
    def audience(self) -> Audience:
        return PERSON

    def machine(self) -> Machine:
        return {"type": "choice", "options": [option.part() for option in self.options]}


@command(
    "mein stand",
    "my status",
    "was muss ich tun",
    "what must i do",
    "stand",
    role=Role.PI,
    pausing=True,
    de="was auf Sie wartet, Ihre nächsten Termine, Gruppen und Ideen",
    en="what is waiting for you, your next dates, groups and ideas",
    example=("", ""),
    direct=True,
    reads=True,
    words=("wartet", "pendent", "Pendenzen", "offen", "antworten", "to do", "todo", "waiting", "pending"),
    offer=("Sehen, was auf mich wartet", "See what is waiting for me"),
)
def show(ctx: Context, thing: Line = "") -> Reply:
    """All that concerns the asker now; what waits for an answer stands there alone.

    With a thing that waits, the ways to answer it; with another one, that.
    """
    waiting = piles(ctx)
    if thing:
        one = next((w for pile in waiting for w in pile.waits if is_called(w, thing)), None)
        if one is not None:
            return _answerable(ctx, one)
        reference = REFERENCE.fullmatch(thing)
        kind = LETTERS.get(reference[1].upper()) if reference else None
        if reference is not None and kind is not None:
            return show_thing(ctx, (kind.kind, int(reference[2])))
    said = set(refs_of(waiting))
    numbers = bool(waiting) and not is_asked(ctx)  # else they belong to what is asked
    if numbers:
        ctx.outside.asking = Asking("choice", tuple(_numbered(ctx, waiting)), command="my status")
    return Mine(
        waiting,
        dates=tuple(next_dates(ctx, said, most=MOST)),
        groups=_few(ctx, "groups", said),
        ideas=_few(ctx, "ideas", said),
        exchange=_few(ctx, "exchange", said),
        pauses=ctx.me.pauses,
        numbers=numbers,
    )


def _numbered(ctx: Context, waiting: tuple[Pile, ...]) -> Iterator[Option]:
    """Each thing that is shown, to be answered; in the language in which it is shown."""
    index, name = (0, "mein stand") if ctx.me.language == "de" else (1, "my status")
    for number, one in enumerate((one for pile in waiting for one in pile.shown), 1):
        label = f"{one.what[index]}: {one.asks[index]}"
        yield Option(str(number), f"{name} {one.typed[index]}", label, "my status")


def is_called(one: Waits, typed: str) -> bool:
    return typed.casefold() in (one.ref.casefold(), *(words.casefold() for words in one.typed))


def _answerable(ctx: Context, one: Waits) -> WaitingThing:
    index = 0 if ctx.language == "de" else 1
    ways = [
        (f"{COMMANDS[way.command].called(ctx.language)} {one.typed[index]}", way.label[index], way.command)
        for way in one.answers
    ]
    found, rest = find_command(one.opens)
    assert found is not None
    ways.append(
        (f"{found.called(ctx.language)} {rest}", ("Zuerst ansehen", "Look at it first")[index], found.name)
    )
    options = tuple(Option(str(n), *way) for n, way in enumerate(ways, 1))
    ctx.outside.asking = Asking("choice", options)
    return WaitingThing(one, options)


def _few(ctx: Context, kind: str, said: set[str]) -> Few:
    found = [one for one in OWNED[kind](ctx) if one.ref not in said] if kind in OWNED else []
    return Few(tuple(found[:MOST]), max(0, len(found) - MOST))
