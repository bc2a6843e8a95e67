"""The answers that any command may give when it can't be carried out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from commands.fields import FIELDS, SAMPLES
from commands.framework.audiences import EVERYONE, Audience
from commands.framework.declarations import THINGS, Command
from commands.framework.replies import Machine, Reply
from commands.words import fold, normal

if TYPE_CHECKING:
    from commands.framework.questions import Option

# Words that stand for something and say nothing, however they are dressed up.
_STAND_INS: dict[str, tuple[str, ...]] = {
    "title": ("titel", "title"),
    "name": ("titel", "title", "name"),
    "reason": ("grund", "reason"),  # a bare «weil» is poor, but somebody's own
}


def sample(name: str, kind: str, language: str) -> str:
    """The text that stands in a template for this parameter; `kind`: of the thing whose number it is."""
    if name not in SAMPLES and kind in THINGS:
        return f"{THINGS[kind].letter}…"
    return SAMPLES.get(name, ("…", "…"))[0 if language == "de" else 1]


def is_sample(name: str, kind: str, typed: str) -> bool:
    """This was copied from a template as it stands, or is nothing but dots."""
    plain = normal(typed.replace("...", "…"))
    known = {normal(sample(name, kind, language)) for language in ("de", "en")}
    bare = plain.strip(". …«»„“”\"'")
    return plain in known or bare == "" or bare in _STAND_INS.get(name, ())


class Failure(Reply):
    """An answer that says what is wrong, and what to type instead."""

    abstract: ClassVar[bool] = True
    code: ClassVar[str] = "conflict"

    def machine(self) -> Machine:
        return {"type": "error", "code": self.code}


class Impersonal(Failure):
    """A failure that says a reference and a state, and nothing of people: all may hear it."""

    abstract: ClassVar[bool] = True

    @property
    def audience(self) -> Audience:
        return EVERYONE


def example_of(command: Command, language: str, ref: str) -> str:
    """What follows the command's name, of this very thing where one is at hand: who copies it changes no other."""
    example = command.example[language]
    return re.sub(r"^[A-Z]\d+", ref, example) if ref else example


class BadInput(Failure):
    """An argument can't be read; `sentence` says why, in the language of the conversation."""

    sentence: str
    reason: str = "bad_input"
    field: str | None = None
    nearest: str | None = None
    command: Command | None = None
    ref: str = ""  # of the thing at hand
    tap: bool = False  # ✅ has it done as it was meant
    heard: Audience = EVERYONE  # by whom, if the sentence tells of what not all may know

    @property
    def audience(self) -> Audience:
        return self.heard

    def example(self, language: str) -> str:
        return example_of(self.command, language, self.ref) if self.command is not None else ""

    def machine(self) -> Machine:
        found = {"field": self.field, "nearest": self.nearest}
        return {"type": "error", "code": self.reason} | {k: v for k, v in found.items() if v is not None}


class Incomplete(Failure):
    """Something is missing; the reply is the command filled in, to copy.

    `given`: the texts by parameter, with what is known of the missing ones; `named`: what the command was called.
    """

    command: Command
    missing: tuple[str, ...]
    given: Mapping[str, str]
    language: str = "de"
    named: str = ""
    steps: bool = False  # ✅ has the bot ask for it

    def machine(self) -> Machine:
        labels = FIELDS.get(self.missing[0])
        field = labels[0 if self.language == "de" else 1] if labels else self.missing[0]
        return {"type": "error", "code": "bad_input", "field": field}

    def called(self, language: str) -> str:
        """The name of one word that was typed, as `ergebnis`; else the command's own."""
        own = self.command.called(language)
        short = [name for name in self.command.names if " " not in name and normal(self.named) in fold(name)]
        return short[0] if short and " " in own else own

    def template(self, language: str, prefix: str) -> str:
        """The command as it was typed, with samples where something is missing."""
        samples = {
            p.name: sample(p.name, p.kind, language)
            for p in self.command.parameters
            if p.name in self.missing
        }
        return prefix + written(
            self.command, samples | dict(self.given), language, named=self.called(language)
        )


def written(command: Command, texts: Mapping[str, str], language: str, *, named: str = "") -> str:
    """The command with these texts, by parameter, as somebody types it."""
    head = [named or command.called(language)]
    below: list[str] = []
    body: list[str] = []
    for parameter in command.parameters:
        text = texts.get(parameter.name, "")
        if not text:
            continue
        if parameter.place == "field":
            labels = FIELDS.get(parameter.name, (parameter.name, parameter.name))
            below.append(f"{labels[0 if language == 'de' else 1]}: {text}")
        else:
            (body if parameter.place == "body" else head).append(text)
    return "\n".join([" ".join(head), *below, *body])


class NothingToChange(Failure):
    """The command changes nothing: it names nothing, or what is there already (`same`)."""

    code: ClassVar[str] = "bad_input"
    command: Command
    same: bool = False
    ref: str = ""  # of the thing at hand

    def example(self, language: str) -> str:
        return example_of(self.command, language, self.ref)


class UnknownCommand(Failure):
    """No such command; `nearest` is what may be meant, `typed` what was typed, where it is short."""

    code: ClassVar[str] = "unknown_command"
    typed: str
    nearest: str | None
    tap: bool = False  # ✅ has the nearest done
    stranger: bool = False  # somebody who is no member yet, in the direct chat
    options: tuple[Option, ...] = ()  # what may be meant

    def machine(self) -> Machine:
        options = [option.part() for option in self.options]
        return (
            super().machine()
            | ({"nearest": self.nearest} if self.nearest else {})
            | ({"options": options} if options else {})
        )


class CanNotBeChanged(Failure):
    """What this noun names is not changed by a command; what does it instead is said, of `ref` where that was named."""

    code: ClassVar[str] = "unknown_command"
    noun: str  # in English
    ref: str = ""


class NotAllowed(Failure):
    """The person's role does not reach; `role` is the one it takes."""

    code: ClassVar[str] = "not_allowed"
    role: str
    command: Command | None = None
    ref: str | None = None


class NotAMember(Failure):
    """Only for Public Innovators; `state` says what the person is instead: None, pending, paused, left."""

    code: ClassVar[str] = "not_allowed"
    state: str | None


class NotFound(Failure):
    """No such thing; `ref` is what was asked for."""

    code: ClassVar[str] = "not_found"
    ref: str
    noun: str = ""  # of its commands, to offer their list
    verb: str = "liste"  # what that is called

    def offering(self, may: Callable[[str], bool]) -> NotFound:
        return self if not self.noun or may(f"{self.noun} {self.verb}") else replace(self, noun="")


class ThereAlready(Failure):
    """The same thing has been made before; nothing was made again."""

    ref: str
    title: str
    link: str | None  # to its card

    def machine(self) -> Machine:
        return super().machine() | {"similar": [self.ref]}


class TooFast(Failure):
    code: ClassVar[str] = "too_fast"
    limit: int


class TooLarge(Failure):
    code: ClassVar[str] = "too_large"
    limit: int


class Internal(Failure):
    """Something went wrong on our side; nothing of the command remains. `id` is in the log."""

    code: ClassVar[str] = "internal"
    id: str

    def machine(self) -> Machine:
        return super().machine() | {"id": self.id}


class InDirectChat(Reply):
    """The answer stands in the person's direct chat."""

    points: ClassVar[bool] = True

    def machine(self) -> Machine:
        return {"type": "pointer", "to": "direct"}


class Withheld(Reply):
    """In place of what is a group's: somebody sits in its room who must not read it. `ref`: what it is about."""

    ref: str

    def machine(self) -> Machine:
        return {"type": "pointer", "to": "direct"}


class Encrypted(Failure):
    """This room is encrypted, and the bot can't read there yet."""


class BuiltUpon(Failure):
    """Too late to take back or change: something was done about it since, by others or by the same person."""

    ref: str
    instead: str | None = None  # the command that changes it now


class StaysAsItIs(Failure):
    """The command was edited, but what it did stays; `instead` says how to change it."""

    ref: str | None = None
    instead: str | None = None


class StaysMeanwhile(Failure):
    """Said after a refusal: the command was edited into what can't be, and what it did before stays."""


class TextOnly(Failure):
    """A file, a picture or a voice message: the bot reads text. `takes`: the command that it may be meant for."""

    code: ClassVar[str] = "bad_input"
    takes: Command | None = None


class SecondCommand(Failure):
    """A further line of the message is a command too: none is carried out. `line` is how that one begins."""

    code: ClassVar[str] = "bad_input"
    line: str


class MeantAsCommand(Reply):
    """Asked of somebody who has said in a room what would be a command with the prefix."""

    text: str

    def machine(self) -> Machine:
        return {"type": "remark"}


class DeletedLater(Reply):
    """A remark in the command's thread: deleting the command undoes nothing; `instead` says what does."""

    ref: str | None = None
    instead: str | None = None

    def machine(self) -> Machine:
        return {"type": "remark"}


class LeftOut(Reply):
    """Said once: what was before the bot's first join, or is older than it catches up, was not carried out."""

    days: int | None  # None: what was before the join
    sealed: bool = False  # which was encrypted, so that it is not known what it was

    def machine(self) -> Machine:
        return {"type": "remark"}
