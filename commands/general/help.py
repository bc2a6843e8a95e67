"""What one may do here: made from the declarations of the commands, so that it can't be wrong about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from commands.fields import FIELDS
from commands.framework import (
    COMMANDS,
    EXPLAINED,
    Command,
    Context,
    Line,
    Machine,
    Refused,
    Reply,
    Role,
    UnknownCommand,
    command,
)
from commands.framework.who_may import may, refusal
from commands.general.menu import Helped, menu
from commands.general.nouns import Noun, in_order
from commands.spelling import most_alike
from commands.words import fold, normal


class Details(Helped):
    """All that one may do with one noun, a line a command."""

    def entries(self, language: str, prefix: str) -> tuple[Entry, ...]:
        return tuple(entry_of(c, language, prefix) for noun in self.nouns for c in noun.commands)

    def explained(self, language: str) -> tuple[tuple[str, str], ...]:
        """The meaning of the less obvious of their fields."""
        index = 0 if language == "de" else 1
        known = {field.name for noun in self.nouns for c in noun.commands for field in c.fields}
        return tuple(
            (FIELDS[name][index], says[index]) for name, says in FIELDS_EXPLAINED.items() if name in known
        )


@dataclass(frozen=True)
class Entry:
    """A command as its line in the details shows it."""

    example: str
    summary: str
    required: tuple[str, ...]
    optional: tuple[str, ...]


def entry_of(command: Command, language: str, prefix: str) -> Entry:
    index = 0 if language == "de" else 1
    labels = [(FIELDS[field.name][index], field.required) for field in command.fields]
    return Entry(
        example=f"{prefix}{command.called(language)} {command.example[language]}".strip(),
        summary=command.summary[language],
        required=tuple(label for label, required in labels if required),
        optional=tuple(label for label, required in labels if not required),
    )


# Fields whose name does not say what they are for, German and English.
FIELDS_EXPLAINED: Final = {
    "public": (
        "ja, wenn es auch andere lesen dürfen (beim Profil: Ihren Namen bei Ihren Ideen)",
        "yes, if others may read it too (in the profile: your name with your ideas)",
    ),
    "tags": ("Stichworte, durch Komma getrennt", "keywords, separated by commas"),
    "anyway": (
        "ja, wenn es etwas Ähnliches schon gibt und Sie es doch möchten",
        "yes, if there is something like it and you want it all the same",
    ),
}


class WordExplained(Reply):
    """The meaning of a word that people meet on cards and nowhere else."""

    word: str

    def machine(self) -> Machine:
        return {"type": "help", "commands": list(WORDS[self.word][1])}


# Words that are explained: how they are typed, and the commands they belong to.
WORDS: Final = {
    "frontend": (("frontend",), ("process board",)),
    "backend": (("backend",), ("process board",)),
    "rollout": (("rollout", "roll-out", "flächendeckend", "einführung"), ("process board",)),
    "bpmn": (("bpmn",), ("process product",)),
    "digest": (("digest", "wochenüberblick", "weekly digest"), ("profile digest",)),
}
_EXPLAINED: Final = {
    spelt: word for word, (typed, _) in WORDS.items() for one in typed for spelt in fold(one)
}


def _explained(*typed: str) -> Reply | None:
    """The meaning of the first of these that is explained."""
    for word in typed:
        if word in EXPLAINED:
            return EXPLAINED[word]()
        if word in _EXPLAINED:
            return WordExplained(_EXPLAINED[word])
    return None


@command(
    "hilfe",
    "help",
    role=Role.ANYONE,
    de="was Sie hier tun können",
    en="what you can do here",
    example=("status", "status"),
    reads=True,
    words=(
        "kann ich hier machen",
        "was kann ich machen",
        "was kann man machen",
        "was machst du",
        "wer bist du",
        "wofür bist du",
        "who are you",
        "what do you do",
        "wie bediene",
        "need help",
        "Bedienung",
        "Einführung",
        "was kannst du",
        "was können Sie",
        "wie funktioniert",
        "how does this work",
        "what can you do",
        "wie geht das",
        "verstehe nicht",
        "Befehle",
        "helfen",
        "was kann ich tun",
    ),
    offer=("Sehen, was ich hier tun kann", "See what I can do here"),
)
def help_with(ctx: Context, word: Line = "") -> Reply:
    """The menu, or the commands that the asker may use with one noun.

    Refuses: UnknownCommand, for what is no noun; NotAllowed or NotAMember, where nothing of it is theirs.
    """
    whole = normal(word).removeprefix(ctx.settings.prefix).rstrip("?. ")
    typed = whole.partition(" ")[0]
    if not typed:
        return menu(ctx)
    explained = _explained(whole, typed)
    named = in_order(c for c in COMMANDS.values() if typed in _spellings(c))
    if explained is None and not named:
        explained = _explained(*whole.split())
    if explained is not None:
        return explained
    if not named:
        near = most_alike(typed, (n for c in COMMANDS.values() for n in _spellings(c)), least=0.6)
        found = next((c for c in COMMANDS.values() if near in _spellings(c)), None)
        help_, noun = (
            ("hilfe", "help")[ctx.language != "de"],
            found.called(ctx.language).partition(" ")[0] if found else "",
        )
        meant = f"{ctx.settings.prefix}{help_} {noun}" if found else None
        raise Refused(UnknownCommand(typed=word[:60], nearest=meant))
    mine = tuple(c for c in named if may(ctx, c))
    if mine:
        return Details((Noun(mine),))
    raise Refused(refusal(ctx, min(named, key=lambda c: c.role)))


def _spellings(command: Command) -> tuple[str, ...]:
    """Every way to type the command's noun."""
    return tuple(spelt for name in command.names for spelt in fold(name.partition(" ")[0]))
