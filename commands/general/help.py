"""What one may do here: made from the declarations of the commands, so that it can't be wrong about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Final

from commands.fields import FIELDS
from commands.framework import (
    COMMANDS,
    EVERYONE,
    EXPLAINED,
    PERSON,
    Audience,
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
from commands.spelling import most_alike
from commands.words import fold, normal

UNSAID: Final = ("campaign",)  # of no use yet
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
        """Something to type at once: the list of what there is, but where everybody may begin with something new."""
        first = self.commands[0]
        listed = next((c for c in self.commands if c.name.endswith(" list")), None)
        if listed is not None and not (first.name.endswith(" new") and first.role <= Role.PI):
            return listed.called(language)
        return f"{first.called(language)} {first.example[language]}".strip()


class Helped(Reply):
    """Something about these commands."""

    abstract: ClassVar[bool] = True
    nouns: tuple[Noun, ...]

    @property
    def audience(self) -> Audience:
        return PERSON

    def outside(self) -> Reply | None:
        return HelpInDirectChat(self.nouns)

    def machine(self) -> Machine:
        return {"type": "help", "commands": [c.name for noun in self.nouns for c in noun.commands]}


class HelpInDirectChat(Helped):
    """In a room: programs read what there is, people in their direct chat."""

    points: ClassVar[bool] = True

    @property
    def audience(self) -> Audience:
        return EVERYONE


class Overview(Helped):
    """All that one may do, a line a noun."""

    welcome: bool  # to somebody who is no Public Innovator

    def richest(self, language: str) -> str:
        """The noun with the most commands: there is most to say about it."""
        return max(self.nouns, key=lambda noun: len(noun.commands)).called(language)


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
    shown = [field for field in command.fields if field.name not in UNSAID]
    labels = [(FIELDS[field.name][index], field.required) for field in shown]
    return Entry(
        example=f"{prefix}{command.called(language)} {command.example[language]}".strip(),
        summary=command.summary[language],
        required=tuple(label for label, required in labels if required),
        optional=tuple(label for label, required in labels if not required),
    )


# Fields whose name does not say what they are for, German and English.
FIELDS_EXPLAINED: Final = {
    "public": ("ja, wenn es auch andere lesen dürfen", "yes, if others may read it too"),
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
    de="zeigt, was Sie hier tun können",
    en="shows what you can do here",
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
    offer=("Zeigen, was Sie hier tun können", "Show what you can do here"),
)
def help_with(ctx: Context, word: Line = "") -> Reply:
    """The commands that the asker may use: in all, or with one noun.

    Refuses: UnknownCommand, for what is no noun; NotAllowed or NotAMember, where nothing of it is theirs.
    """
    whole = normal(word).removeprefix(ctx.settings.prefix).rstrip("?. ")
    typed = whole.partition(" ")[0]
    if not typed:
        return Overview(_nouns(ctx), welcome=ctx.me.role < Role.PI)
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


def _rank(noun: Noun) -> int:
    name = noun.called("en")
    return FIRST.index(name) if name in FIRST else len(FIRST)


def _nouns(ctx: Context) -> tuple[Noun, ...]:
    """The commands that the asker may use, by noun: the most wanted first, then by the alphabet."""
    found: dict[str, list[Command]] = {}
    for declared in COMMANDS.values():
        if may(ctx, declared):
            found.setdefault(declared.name.partition(" ")[0], []).append(declared)
    nouns = [Noun(tuple(in_order(commands))) for commands in found.values()]
    return tuple(sorted(nouns, key=lambda noun: (_rank(noun), fold(noun.called(ctx.language))[-1])))
