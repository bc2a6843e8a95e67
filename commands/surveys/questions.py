"""The questions of a survey: how they are written, and how an answer to one is read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from commands.framework import BODY_LENGTH, Place, Unreadable
from commands.framework.questions import Option, picked, picked_apart
from commands.words import key_of

MOST_QUESTIONS: Final = 20
MOST_CHOICES: Final = 20
LONGEST_QUESTION: Final = 300
LONGEST_CHOICE: Final = 100
LONGEST_ANSWER: Final = 1000
_MARKS: Final = {
    **dict.fromkeys(("mehrere", "mehrfach", "several", "multiple"), "several"),
    **dict.fromkeys(("freiwillig", "optional"), "optional"),
}
_BESIDE: Final = frozenset({"möglich", "antworten", "auch", "und", "and", "answers", "possible", "choices"})
_MARK: Final = re.compile(r"\s*\((?P<words>[\w ,]+)\)$")
_CHOICE: Final = re.compile(r"\s*(?:[-–—•*]\s*|[0-9]{1,2}[.)]\s+|[a-z]\)\s+)(?P<text>\S.*)", re.IGNORECASE)
_QUESTION: Final = re.compile(r"\s*(?:[-–—•*]\s+)?\?\s*(?P<text>\S.*)")


@dataclass(frozen=True)
class Question:
    """What is asked; without choices the answer is a text."""

    text: str
    choices: tuple[str, ...] = ()
    several: bool = False  # of the choices
    optional: bool = False  # may be passed over
    own: bool = False  # others than the choices may be named, and are choices from then on: see `names`

    @property
    def options(self) -> tuple[Option, ...]:
        """The choices, by number."""
        return tuple(Option(str(n), str(n), choice) for n, choice in enumerate(self.choices, 1))

    def stored(self) -> dict[str, Any]:
        return asdict(self)


def of_row(stored: Iterable[dict[str, Any]]) -> tuple[Question, ...]:
    """The questions as the survey's row has them."""
    return tuple(Question(**{**one, "choices": tuple(one["choices"])}) for one in stored)


def read(raw: Any) -> Any:
    """The questions that the lines say. Raises: Unreadable."""
    if not isinstance(raw, str):
        return raw
    found: list[Question] = []
    for line in filter(None, map(str.strip, raw.splitlines())):
        asked = _QUESTION.fullmatch(line)
        chosen = None if asked else _CHOICE.fullmatch(line)
        if asked is not None:
            found.append(_question(asked["text"]))
        elif chosen is not None:
            _add_choice(found, chosen["text"].strip())
        elif _bare(line)[0].endswith("?"):
            found.append(_question(line))
        else:
            raise Unreadable(
                de=f"«{line[:40]}» ist weder Frage noch Auswahl. Fragen beginnen mit «?», die Auswahl mit «-».",
                en=f"«{line[:40]}» is neither question nor choice. Questions begin with «?», choices with «-».",
            )
    _check(found)
    return tuple(found)


Questions = Annotated[
    tuple[Question, ...], Place("body"), BeforeValidator(read), Field(min_length=1, max_length=BODY_LENGTH)
]


def _bare(line: str) -> tuple[str, set[str]]:
    """The question without the marks at its end, and those."""
    marks: set[str] = set()
    while (mark := _MARK.search(line)) is not None:
        words = set(re.findall(r"\w+", mark["words"].casefold()))
        if words <= _MARKS.keys() | _BESIDE and (found := {_MARKS[one] for one in words & _MARKS.keys()}):
            line, marks = line[: mark.start()].strip(), marks | found
        else:
            break
    return line, marks


def _question(line: str) -> Question:
    text, marks = _bare(line)
    if len(text) > LONGEST_QUESTION:
        raise Unreadable(
            de=f"Eine Frage hat höchstens {LONGEST_QUESTION} Zeichen: «{text[:40]} …».",
            en=f"A question has at most {LONGEST_QUESTION} characters: «{text[:40]} …».",
            code="too_large",
        )
    return Question(text, several="several" in marks, optional="optional" in marks)


def _add_choice(found: list[Question], choice: str) -> None:
    if not found:
        raise Unreadable(
            de=f"«{choice[:40]}» hat keine Frage darüber. Eine Frage beginnt mit «?».",
            en=f"«{choice[:40]}» has no question above it. A question begins with «?».",
        )
    if len(choice) > LONGEST_CHOICE:
        raise Unreadable(
            de=f"Eine Auswahl hat höchstens {LONGEST_CHOICE} Zeichen: «{choice[:40]} …».",
            en=f"A choice has at most {LONGEST_CHOICE} characters: «{choice[:40]} …».",
            code="too_large",
        )
    of = found[-1]
    found[-1] = Question(of.text, (*of.choices, choice), of.several, of.optional)


def _check(found: list[Question]) -> None:
    if not found:
        raise Unreadable(
            de="Es fehlt eine Frage. Sie beginnt mit «?», darunter jede Auswahl mit «-».",
            en="There is no question. It begins with «?», each choice below it with «-».",
        )
    if len(found) > MOST_QUESTIONS:
        raise Unreadable(
            de=f"Das sind zu viele Fragen: höchstens {MOST_QUESTIONS}.",
            en=f"Those are too many questions: at most {MOST_QUESTIONS}.",
            code="too_large",
        )
    for one in found:
        if len(one.choices) > MOST_CHOICES:
            raise Unreadable(
                de=f"«{one.text[:40]}» hat zu viel zur Auswahl: höchstens {MOST_CHOICES}.",
                en=f"«{one.text[:40]}» has too many choices: at most {MOST_CHOICES}.",
                code="too_large",
            )
        if len(one.choices) == 1 or len({key_of(choice) for choice in one.choices}) < len(one.choices):
            raise Unreadable(
                de=f"«{one.text[:40]}» braucht mindestens zwei verschiedene zur Auswahl, oder keine.",
                en=f"«{one.text[:40]}» needs at least two different choices, or none.",
            )


# --- answers


def read_answer(question: Question, text: str) -> tuple[tuple[int, ...], str]:
    """The choices, from 0, and the text of an answer. Raises: Unreadable, which quotes nothing of it."""
    if not question.choices:
        said = text.strip()
        if len(said) > LONGEST_ANSWER:
            raise Unreadable(
                de=f"Das ist zu lang: höchstens {LONGEST_ANSWER} Zeichen.",
                en=f"That is too long: at most {LONGEST_ANSWER} characters.",
                code="too_large",
            )
        return (), said
    said_apart = picked_apart(text, question.options) if question.several else (text,)
    found = [picked(one, question.options) for one in said_apart]
    if not found or None in found:
        raise Unreadable(
            de="Das ist nicht in der Auswahl. Antworten Sie mit der Nummer.",
            en="That is not one of the choices. Answer with the number.",
        )
    chosen = {int(one.key) - 1 for one in found if one is not None}
    return tuple(sorted(chosen)), ""
