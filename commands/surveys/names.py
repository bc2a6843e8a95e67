"""Questions whose choices grow: what somebody names that is not there yet is a choice for those who answer later."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from commands.framework import Context, Unreadable
from commands.framework.questions import picked, picked_apart
from commands.surveys.questions import LONGEST_CHOICE, Question, of_row
from commands.words import key_of, means_nothing
from storage import surveys as stored

MOST_NAMED: Final = 10  # by one person
MOST_KNOWN: Final = 60
_AND: Final = re.compile(r" (?:und|and|sowie|&|\+) ")


def read_names(question: Question, text: str) -> tuple[str, ...]:
    """Choices as they are called, and new names; none, where there is nothing to name. Raises: Unreadable."""
    said = [one for part in picked_apart(text, question.options) for one in _parted(question, part)]
    if len(said) == 1 and means_nothing(said[0], "keine", "noch keine", "weiss nicht", "no idea"):
        return ()
    found = {key_of(name): name for name in (_name(question, one) for one in said)}
    new = found.keys() - {key_of(choice) for choice in question.choices}
    if len(found) > MOST_NAMED or len(question.choices) + len(new) > MOST_KNOWN:
        raise Unreadable(
            de=f"Das sind zu viele: höchstens {MOST_NAMED}.",
            en=f"Those are too many: at most {MOST_NAMED}.",
            code="too_large",
        )
    return tuple(found.values())


def _parted(question: Question, part: str) -> list[str]:
    """«Nest und Abacus» are two, where one of them is known; «Bau und Planung» is one."""
    apart = [one.strip() for one in _AND.split(part)]
    known = len(apart) > 1 and picked(part, question.options) is None
    return apart if known and any(picked(one, question.options) for one in apart) else [part]


def _name(question: Question, said: str) -> str:
    option = picked(said, question.options)
    if option is not None:
        return option.label
    name = " ".join(said.split())
    same = next((one for one in question.choices if key_of(one) == key_of(name)), None)
    if same is not None:
        return same
    if not any(c.isalpha() for c in name):
        raise Unreadable(
            de="Das ist nicht in der Auswahl. Antworten Sie mit der Nummer, oder mit einem Namen.",
            en="That is not one of the choices. Answer with the number, or with a name.",
        )
    if len(name) > LONGEST_CHOICE:
        raise Unreadable(
            de=f"Ein Name hat höchstens {LONGEST_CHOICE} Zeichen. Mehrere trennen Sie mit Komma.",
            en=f"A name has at most {LONGEST_CHOICE} characters. Put commas between several.",
            code="too_large",
        )
    return name


def choose(ctx: Context, number: int, question: int, names: Iterable[str]) -> tuple[int, ...]:
    """The places of these names among the choices, from 0; those that are new stand there from now on."""
    row = stored.find(ctx.tx, number)
    assert row is not None
    questions = list(of_row(row.questions))
    choices = list(questions[question].choices)
    keys = [key_of(one) for one in choices]
    for name in names:
        if key_of(name) not in keys:
            choices.append(name)
            keys.append(key_of(name))
    if len(choices) > len(questions[question].choices):
        questions[question] = replace(questions[question], choices=tuple(choices))
        stored.change(ctx.tx, number, questions=[one.stored() for one in questions])
    return tuple(sorted({keys.index(key_of(name)) for name in names}))
