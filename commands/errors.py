"""The answers that any command may give when it can't be carried out."""

from __future__ import annotations

from typing import ClassVar

from commands.api import Command
from commands.grammar import Parts
from commands.replies import Machine, Reply
from commands.words import FIELDS

# What stands in a template to copy where nothing was given, German and English.
SAMPLES: dict[str, tuple[str, str]] = {
    "title": ("Titel", "title"),
    "text": ("Worum es geht und was es bringt.", "What it is about, and what it is good for."),
    "when": ("18.03.2027 13:30-17:00", "18.03.2027 13:30-17:00"),
    "municipality": ("Aesch", "Aesch"),
    "function": ("Einwohnerdienste", "Residents' services"),
    "reason": ("Weil …", "Because …"),
    "effort": ("2", "2"),
    "benefit": ("5", "5"),
    "klass": ("L", "L"),
    "member": ("Pia Muster", "Pia Muster"),
    "role": ("moderator", "moderator"),
    "idea": ("I12", "I12"),
    "into": ("in I7", "into I7"),
    "news": ("N9", "N9"),
    "vote": ("+", "+"),
    "answer": ("ja", "yes"),
    "thing": ("I12", "I12"),
    "language": ("de", "de"),
    "leads": ("7d, 1d, 1h", "7d, 1d, 1h"),
    "digest": ("wöchentlich", "weekly"),
    "process": ("P3", "P3"),
    "name": ("Umzugsmeldung", "Moving house"),
    "phase": ("Frontend in Arbeit", "frontend_design"),
    "product": ("Steckbrief", "profile"),
    "state": ("entwurf", "draft"),
    "meeting": ("S7", "S7"),
    "event": ("A5", "A5"),
    "training": ("K4", "K4"),
    "agreement": ("V8", "V8"),
    "members": ("Pia Muster, Urs Beispiel", "Pia Muster, Urs Beispiel"),
    "url": ("https://example.ch/dokument", "https://example.ch/document"),
    "goal": ("-80%", "-80%"),
    "until": ("30.06.2027", "30.06.2027"),
    "size": ("9", "9"),
    "mode": ("bestätigung", "approval"),
}


class Failure(Reply):
    """An answer that says what is wrong, and what to type instead."""

    abstract: ClassVar[bool] = True
    code: ClassVar[str] = "conflict"

    def machine(self) -> Machine:
        return {"type": "error", "code": self.code}


class BadInput(Failure):
    """An argument can't be read; `sentence` says why, in the language of the conversation."""

    sentence: str
    reason: str = "bad_input"
    field: str | None = None
    nearest: str | None = None
    command: Command | None = None

    def machine(self) -> Machine:
        found = {"field": self.field, "nearest": self.nearest}
        return {"type": "error", "code": self.reason} | {k: v for k, v in found.items() if v is not None}


class Incomplete(Failure):
    """Something is missing; the reply is the command filled in, to copy."""

    command: Command
    missing: tuple[str, ...]
    parts: Parts
    language: str = "de"

    def machine(self) -> Machine:
        labels = FIELDS.get(self.missing[0])
        field = labels[0 if self.language == "de" else 1] if labels else self.missing[0]
        return {"type": "error", "code": "bad_input", "field": field}

    def template(self, language: str, prefix: str) -> str:
        """The command as it was typed, with samples where something is missing."""
        index = 0 if language == "de" else 1
        head = [prefix + self.command.called(language)]
        below: list[str] = []
        if self.parts.head:
            head.append(self.parts.head)
        for parameter in self.command.parameters:
            sample = SAMPLES.get(parameter.name, ("…", "…"))[index]
            labels = FIELDS.get(parameter.name, (parameter.name, parameter.name))
            if parameter.place == "field":
                value = self.parts.fields.get(parameter.name) or (
                    sample if parameter.name in self.missing else ""
                )
                if value:
                    below.append(f"{labels[index]}: {value}")
            elif parameter.name in self.missing and parameter.place != "body":
                head.append(sample)
        body = self.parts.body
        if not body and any(p.place == "body" and p.name in self.missing for p in self.command.parameters):
            body = SAMPLES["text"][index]
        return "\n".join([" ".join(head), *below, *([body] if body else [])])


class UnknownCommand(Failure):
    """No such command; `nearest` is one that is spelt alike."""

    code: ClassVar[str] = "unknown_command"
    typed: str
    nearest: str | None
    stranger: bool = False  # somebody who is no member yet, in the direct chat

    def machine(self) -> Machine:
        return super().machine() | ({"nearest": self.nearest} if self.nearest else {})


class NotAllowed(Failure):
    """The person's role does not reach; `role` is the one it takes."""

    code: ClassVar[str] = "not_allowed"
    role: str
    command: Command
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

    def machine(self) -> Machine:
        return {"type": "pointer", "to": "direct"}


class Encrypted(Failure):
    """This room is encrypted, and the bot can't read there yet."""


class BuiltUpon(Failure):
    """Too late to take back or change: others have built on it."""

    ref: str
    instead: str | None = None  # the command that changes it now


class StaysAsItIs(Failure):
    """The command was edited, but what it did stays; `instead` says how to change it."""

    ref: str | None = None
    instead: str | None = None


class StaysMeanwhile(Failure):
    """Said after a refusal: the command was edited into what can't be, and what it did before stays."""


class TextOnly(Failure):
    """A file, a picture or a voice message: the bot reads text."""

    code: ClassVar[str] = "bad_input"


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

    def machine(self) -> Machine:
        return {"type": "remark"}
