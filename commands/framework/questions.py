"""How a person is asked: for what a command lacks, which of a few things is meant, whether it is right so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from pydantic import BeforeValidator

from commands.fields import BY_NUMBER, FIELDS, QUESTIONS
from commands.framework.context import Context
from commands.framework.declarations import COMMANDS, SUGGESTED, THINGS, VALUES, Command, Parameter
from commands.framework.replies import Machine, Reply
from commands.framework.types import Choice as OneOf

WAITS: Final = timedelta(days=1)  # what is asked, for an answer
MOST: Final = 9  # values that are offered, by a digit each
WORDS: Final = 20  # of a choice of so many words each has its number too
KEYS: Final = tuple(f"{n}\ufe0f\u20e3" for n in range(1, MOST + 1))  # 1️⃣ …
SEEDED: Final = 3  # choices to be tapped
_APART: Final = re.compile(
    r"[,;\n]|(?<=\d)[.)]? +(?:und |and |& )?(?=\d)|(?<=\d) (?:und|and) | (?:und|and) (?=\d)"
)
YES: Final = frozenset({"ja", "yes", "ok", "✅"})
AGREES: Final = YES | {"gern", "gerne", "ja gern", "ja gerne", "ja bitte", "klar", "yes please", "sure", "👍"}


@dataclass(frozen=True)
class Option:
    """One of the values or commands offered: `value` is what is given by it, or the line that it runs."""

    key: str
    value: str
    label: str
    command: str = ""  # canonical, of a choice

    def part(self) -> Machine:
        told = {"key": self.key, "value": self.value, "label": self.label}
        return told | ({"command": self.command} if self.command else {})


@dataclass(frozen=True)
class Asking:
    """What is open from now on for the asker; see `storage.dialogues`."""

    kind: str
    options: tuple[Option, ...]
    command: str = ""
    named: str = ""
    given: tuple[tuple[str, str, str], ...] = ()  # field, text, event
    field: str = ""


class Question(Reply):
    """One thing that the command lacks; `why`: the answer before could not be read, in the person's language.

    `before`: what the person is to know first. `needed`: it was passed over or left empty. `unclear`: it was none of
    the options. `welcome`: the person would like to say something, and has not said it yet. `none_there`: of what is
    asked for none is known that may be meant. `explains`: what the command is for, as the person has asked. `several`:
    more than one of the options may be picked, with `own_words` others too.
    """

    command: str
    field: str  # canonical
    sentence: tuple[str, str]
    options: tuple[Option, ...] = ()
    optional: bool = False
    why: str = ""
    needed: bool = False
    unclear: bool = False
    explains: str = ""
    several: bool = False
    own_words: bool = True  # where several may be picked: also others than these
    before: tuple[str, str] | None = None
    welcome: bool = False
    none_there: bool = False

    def machine(self) -> Machine:
        options = [option.part() for option in self.options]
        return {"type": "question", "command": self.command, "field": self.field, "options": options}


class Preview(Reply):
    """What the command will do stands below; it does it when that is confirmed. `unclear`: as in `Question`.

    `declined`: the person has said no, to all of it or to how it is now.
    """

    command: str
    unclear: bool = False
    declined: bool = False

    def machine(self) -> Machine:
        return {"type": "confirm", "confirm": "ja", "preview": True, "command": self.command}


class Sure(Reply):
    """Is that really meant? What is hard to take back is asked once more in a conversation."""

    command: str
    label: str

    def machine(self) -> Machine:
        return {"type": "confirm", "confirm": "ja", "command": self.command}


class Choice(Reply):
    """Which of these is meant?"""

    options: tuple[Option, ...]

    def machine(self) -> Machine:
        return {"type": "choice", "options": [option.part() for option in self.options]}


class Greeting(Reply):
    """A greeting, or thanks, answered."""

    def machine(self) -> Machine:
        return {"type": "help"}


class LetBe(Reply):
    """The person has let it be."""

    def machine(self) -> Machine:
        return {"type": "remark"}


class NothingOpen(Reply):
    """What was answered waits for no answer, or no longer: it was answered or let be elsewhere, or is too old."""

    def machine(self) -> Machine:
        return {"type": "remark"}


class StillOpen(Reply):
    """A line below: the question that waits."""

    sentence: tuple[str, str]

    def machine(self) -> Machine:
        return {"type": "remark"}


class AnswerStays(Reply):
    """An aside: the answer in its new wording can't be read, and the former one counts."""

    why: str
    former: str
    anew: str = ""  # a word with a meaning of its own, or a command: to be sent as a message

    def machine(self) -> Machine:
        return {"type": "error", "code": "bad_input"}


class AnswerTaken(Reply):
    """An aside: what was answered is not kept with who answered it, and stays."""

    def machine(self) -> Machine:
        return {"type": "remark"}


SO: Final = ("Ist es so richtig? «ja» oder «abbrechen».", "Is it right so? «yes» or «cancel».")


def sentence(command: Command, name: str) -> tuple[str, str]:
    """How the person is asked for this parameter, German and English."""
    further = next((p.asked for p in command.parameters if p.name == name and p.asked is not None), None)
    if further is not None:
        return further
    own = QUESTIONS.get(f"{command.name} {name}")
    found = own or QUESTIONS.get(name) or _which(command, name)
    if found is None:
        raise LookupError(f"{command.name}: no question for {name}; see QUESTIONS in commands/fields.py")
    return found


def _which(command: Command, name: str) -> tuple[str, str] | None:
    """A thing is asked for by its number, where nobody has said it better."""
    letter = next(
        (THINGS[p.kind].letter for p in command.parameters if p.name == name and p.kind in THINGS), ""
    )
    german, english = (asked.format(number=f"{letter}3") for asked in BY_NUMBER)
    return (german, english) if letter else None


def canonical(parameter: Parameter) -> str:
    """The field's English name as other programs know it."""
    if parameter.place == "body":
        return "text"
    return "title" if parameter.name == "name" else FIELDS.get(parameter.name, ("", parameter.name))[1]


def options(ctx: Context, parameter: Parameter) -> tuple[Option, ...]:
    """The values of which the person is likely to mean one; none, where there are many or it is a text."""
    if parameter.among:
        return tuple(Option(*one) for one in parameter.among)
    found = list(_values(ctx, parameter))
    most = MOST if parameter.name in SUGGESTED or parameter.kind else WORDS
    return tuple(Option(str(n), *one) for n, one in enumerate(found, 1)) if len(found) <= most else ()


def _values(ctx: Context, parameter: Parameter) -> Iterator[tuple[str, str]]:
    for mark in getattr(parameter.hint, "__metadata__", ()):
        words = mark.func if isinstance(mark, BeforeValidator) else mark
        if isinstance(words, OneOf):
            yield from ((word, words.label(word, ctx.language)) for word in words.offered[ctx.language])
    if parameter.name in SUGGESTED and ctx.where.direct:
        yield from ((word, word) for word in SUGGESTED[parameter.name](ctx)[:MOST])
    among = parameter.valued or parameter.kind
    if among in VALUES and ctx.where.direct:  # what is somebody's own is said to nobody else
        letter = THINGS[parameter.kind].letter
        for number, title in VALUES[among](ctx)[:MOST]:
            yield f"{letter}{number}", f"{letter}{number} · {title}"


def is_none_there(ctx: Context, parameter: Parameter) -> bool:
    """Is none known of which a number is asked for?"""
    among = parameter.valued or parameter.kind
    return among in VALUES and ctx.where.direct and not VALUES[among](ctx)


def picked(text: str, offered: tuple[Option, ...]) -> Option | None:
    """The option of this number, tap or word; «ja» is the one that alone is offered."""
    plain = text.strip().replace("\ufe0f", "").replace("\u20e3", "").strip(".)! ").casefold()
    if len(offered) == 1 and plain in YES:
        return offered[0]
    whole = text.strip().casefold()
    return next(
        (
            one
            for one in offered
            if plain in (one.key, one.value.casefold(), one.label.casefold()) or whole == one.label.casefold()
        ),
        None,
    )


def picked_apart(text: str, offered: tuple[Option, ...]) -> list[str]:
    """The parts of the text, each of which may be an option; the whole, if it is one."""
    if picked(text, offered) is not None:
        return [text]
    return [said.strip() for said in _APART.split(text.strip()) if said.strip()]


def picked_of_several(text: str, offered: tuple[Option, ...]) -> str:
    """The values of all options that are picked, and words of one's own, with commas between: «1 3, GIS»."""
    found: list[str] = []
    for said in picked_apart(text, offered):
        option = picked(said, offered)
        found.append(option.value if option is not None else said)
    return ", ".join(dict.fromkeys(found))


def check_questions() -> None:
    """Every required parameter of every command can be asked for. Raises: LookupError."""
    for command in COMMANDS.values():
        for parameter in command.parameters:
            if parameter.required or parameter.name in command.asks:
                sentence(command, parameter.name)
