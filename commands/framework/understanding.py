"""Which command somebody means: one that is typed, one that a sentence surely means, or some that are offered.

Nothing that changes anything is done for a sentence: it is offered, and done after a number or a tap.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from commands.framework import arguments, dialogue, entities, refusals, sentences, suggestions
from commands.framework.context import Context
from commands.framework.declarations import COMMANDS, NAMES, NUMBERED, UNNAMED, Command
from commands.framework.failures import UnknownCommand
from commands.framework.grammar import LONGEST_NAME, find_command, implied_command
from commands.framework.questions import KEYS, Asking, Choice, Greeting, NothingOpen, Option
from commands.framework.replies import Refused, Reply, Role
from commands.words import normal

OFFERED: Final = 3
_NUMBERS: Final = re.compile(r"[1-9][0-9]?(?:(?:[.)]? |[,;&+/]|und|and)+[1-9][0-9]?)*")
NONE_OF_THEM: Final = ("keine", "keiner", "keiner passt", "keine passt", "keines", "none", "none of them")
COMMAND_WORDS, SHORT = 2, 40  # what is quoted as a command; longer ones are sentences


def find(ctx: Context, text: str, *, typed: bool) -> tuple[Command, str]:
    """The command, and what follows its name. `typed`: it was marked as a command, by the prefix.

    For a text that is like nothing, and for the greeting of somebody who has not registered, the menu.
    Refuses: UnknownCommand, CanNotBeChanged; Choice, with what may be meant by a sentence; Greeting, where it is one;
    NothingOpen, for a word that answers what is not asked.
    """
    if (unchanging := suggestions.unchanging(text)) is not None:
        raise Refused(unchanging)
    command, rest = find_command(text)
    if command is not None:
        return command, rest
    implied = implied_command(text)
    if implied is not None:
        return implied
    if typed and dialogue.is_word(text):
        raise Refused(NothingOpen())
    if typed:
        raise _unknown(ctx, text)
    if (line := _unnamed(ctx, text)) is not None:
        command, rest = find_command(line)
        assert command is not None
        return command, rest
    if (answered := _by_numbers(ctx, text)) is not None:
        return answered
    understood = sentences.read(ctx, text)
    if understood.greeting and ctx.me.role >= Role.KNOWN:
        raise Refused(Greeting())
    if dialogue.is_word(text) or dialogue.is_yes(text) or refusals.says_nothing(text):
        raise Refused(NothingOpen())
    if understood.certain:
        command, rest = find_command(understood.lines[0].line)
        assert command is not None
        return command, rest
    offered = () if numbers_in(text) else _options(ctx, text, understood)  # numbers alone answer nothing
    if not offered:
        ctx.lost = not understood.greeting
        return COMMANDS["menu"], ""
    raise chosen(Choice(offered), offered)


def _unnamed(ctx: Context, text: str) -> str | None:
    """The line that a text means which names no command, as the bot has told this person."""
    for pattern, meant in UNNAMED.items() if ctx.where.direct else ():
        said = re.fullmatch(pattern, text.strip())
        if said is not None and (line := meant(ctx, said)) is not None:
            return line
    return None


def _by_numbers(ctx: Context, text: str) -> tuple[Command, str] | None:
    """The command that numbers alone mean: the answer to what the bot has asked by itself.

    Refuses: Choice, where it may be the answer to several things.
    """
    numbers = numbers_in(text) if ctx.where.direct else None
    if numbers is None:
        return None
    found = [line for lines in NUMBERED.values() for line in lines(ctx, numbers)]
    if len(found) > 1:
        offered = [
            Option(str(n), line, label, command.name)
            for n, (line, label) in enumerate(found[:OFFERED], 1)
            if (command := find_command(line)[0]) is not None
        ]
        raise chosen(Choice(tuple(offered)), offered)
    command, rest = find_command(found[0][0]) if found else (None, "")
    return (command, rest) if command is not None else None


def numbers_in(text: str) -> tuple[int, ...] | None:
    """The numbers, where a text says nothing else; none of them for «keine»; None for any other text."""
    bare = normal(text.replace("\ufe0f", "").replace("\u20e3", " ")).strip(" .!")
    if bare in NONE_OF_THEM:
        return ()
    if _NUMBERS.fullmatch(bare) is None:
        return None
    return tuple(dict.fromkeys(int(number) for number in re.findall("[0-9]+", bare)))


def names_command(text: str) -> bool:
    """Does the text begin with the whole name of a command, noun and verb?"""
    words = text.partition("\n")[0].split()
    return any(NAMES.get(normal(" ".join(words[:count]))) is not None for count in range(2, LONGEST_NAME + 1))


def only_reads(ctx: Context, text: str) -> bool:
    """Does the person surely ask to see something, whatever the bot has asked them? A date alone may be an answer."""
    command, rest = find_command(text)
    if command is not None:
        return command.reads and _can_be_read(ctx, command, rest)
    return any(sign.isalpha() for sign in entities.find(text).rest) and sentences.read(ctx, text).certain


def _unknown(ctx: Context, text: str) -> Refused:
    """No such command: the one spelt most alike, and for programs what may be meant."""
    near = suggestions.nearest(ctx, text)
    tap = near is not None and suggestions.offer(ctx, near)
    line = " ".join(text.split()).strip('!?.:,; «»"')
    unknown = UnknownCommand(
        typed=line if len(line.split()) <= COMMAND_WORDS and len(line) <= SHORT else "",
        nearest=f"{ctx.settings.prefix}{near}" if near else None,
        tap=tap,
        stranger=ctx.where.direct and ctx.me.role < Role.KNOWN,
        options=_options(ctx, text, sentences.read(ctx, text)),
    )
    return Refused(unknown, offers=ctx.outside.offers)


def _options(ctx: Context, text: str, understood: sentences.Understood) -> tuple[Option, ...]:
    """The commands that may be meant, the likeliest first: one that is spelt nearly so before others."""
    found: dict[str, tuple[str, str]] = {}
    near = suggestions.spelt(ctx, text)
    command, rest = find_command(near) if near is not None else (None, "")
    if command is not None and not _can_be_read(ctx, command, rest):
        command = None
    if near is not None and command is not None:
        typed = f"{ctx.settings.prefix}{near.splitlines()[0]}"
        found[near] = (f"{command.offered(ctx.language)}: {typed}", command.name)
    for one in understood.lines:
        if command is None or one.command.name != command.name:
            found.setdefault(one.line, (one.label, one.command.name))
    few = list(found.items())[:OFFERED]
    return tuple(Option(str(n), line, label, name) for n, (line, (label, name)) in enumerate(few, 1))


def _can_be_read(ctx: Context, command: Command, rest: str) -> bool:
    """Is what follows the command's name something that it takes?"""
    try:
        arguments.parse(ctx, command, rest)
    except Refused:
        return False
    return True


def chosen(reply: Reply, offered: Iterable[Option]) -> Refused:
    """The refusal that offers these: a number or a tap runs one."""
    options = tuple(offered)
    return Refused(reply, asking=Asking("choice", options), seeds=KEYS[: len(options)])
