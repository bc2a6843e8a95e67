"""The commands that somebody may use, by their nouns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from commands.framework import COMMANDS, Command, Context, Role
from commands.framework.who_may import may
from commands.words import fold

# In which order the commands of a noun are shown to those who may use them; the others after these, by their names.
VERBS: Final = (
    "new",
    "list",
    "show",
    "mine",
    "join",
    "leave",
    "accept",
    "decline",
    "maybe",
    "vote",
    "rate",
    "edit",
    "move",
    "withdraw",
    "cancel",
)
FIRST: Final = ("idea", "news", "event", "group", "meeting", "agenda", "process", "training", "profile")


def in_order(commands: Iterable[Command]) -> list[Command]:
    """The commands of a noun: what all may do before what only some may, what is done most before the rest."""
    return sorted(commands, key=lambda one: (one.role, _place(one), one.name))


def _place(command: Command) -> int:
    verb = command.name.partition(" ")[2]
    return VERBS.index(verb) if verb in VERBS else len(VERBS)


@dataclass(frozen=True)
class Noun:
    """The commands of one noun that somebody may use, in order."""

    commands: tuple[Command, ...]

    def called(self, language: str) -> str:
        return self.commands[0].called(language).partition(" ")[0]

    def verbs(self, language: str) -> tuple[str, ...]:
        """The verbs that follow the noun; none for a noun that is a command by itself."""
        verbs = (c.called(language).partition(" ")[2] for c in self.commands)
        return tuple(verb for verb in verbs if verb)

    def example(self, language: str) -> str:
        """Something to type at once: the list, else what shows something; but first where everybody may begin one."""
        first = self.commands[0]
        if not (first.name.endswith(" new") and first.role <= Role.PI):
            listed = next((c for c in self.commands if c.name.endswith(" list")), None)
            if listed is not None:
                return listed.called(language)
            first = next((c for c in self.commands if c.reads), first)
        return f"{first.called(language)} {first.example[language]}".strip()


def _rank(noun: Noun) -> int:
    name = noun.called("en")
    return FIRST.index(name) if name in FIRST else len(FIRST)


def nouns(ctx: Context) -> tuple[Noun, ...]:
    """The commands that the asker may use, by noun: the most wanted first, then by the alphabet."""
    found: dict[str, list[Command]] = {}
    for declared in COMMANDS.values():
        if may(ctx, declared):
            found.setdefault(declared.name.partition(" ")[0], []).append(declared)
    made = [Noun(tuple(in_order(commands))) for commands in found.values()]
    return tuple(sorted(made, key=lambda noun: (_rank(noun), fold(noun.called(ctx.language))[-1])))
