"""How a person is asked for what a command lacks."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from commands import load
from commands.fields import QUESTIONS
from commands.framework.declarations import COMMANDS
from commands.framework.questions import sentence

load()


@pytest.mark.parametrize(("name", "letter"), [("idea show", "I"), ("event show", "A"), ("process show", "P")])
def test_a_thing_is_asked_for_by_its_number_where_nobody_has_said_it_better(name: str, letter: str) -> None:
    command = COMMANDS[name]
    [one, *_] = command.parameters
    unsaid = replace(command, name="new show", parameters=(replace(one, name="unsaid"),))
    for asked in sentence(unsaid, "unsaid"):
        assert f"{letter}3" in asked


def test_what_is_no_thing_needs_a_question_of_its_own() -> None:
    with pytest.raises(LookupError):
        sentence(replace(COMMANDS["idea new"], name="new"), "unsaid")


LACKING = re.compile(r'lacking\(ctx, "(\w+)"')


def test_what_a_handler_finds_lacking_can_be_asked_for_too() -> None:
    found = {
        name for file in Path("commands").rglob("*.py") for name in LACKING.findall(file.read_text("utf-8"))
    }
    assert {"link", "goal", "reason"} <= found
    assert found <= QUESTIONS.keys()
