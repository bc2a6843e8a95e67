"""Everyday tasks take no more than is wanted, counted in a real conversation, and docs/tasks.md says what they take."""

from __future__ import annotations

import re

import pytest

from tests.tasks import A_TEXT, A_TITLE, FILE, TASKS, Cost, Task, page, played


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_task_takes_no_more_than_is_wanted(task: Task) -> None:
    cost = played(task).cost
    assert cost.within(task.limit), f"{cost}, and not {task.limit}"


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_what_is_wanted_is_what_it_is_held_to(task: Task) -> None:
    """The numbers in words and those that are compared are the same; one message comes of it, and none in a room."""
    if number := re.match(r"≤ ([0-9]+) characters(, with a title of 30 and a text of 80)?", task.wanted):
        beside = len("BPMN") if "beside the words" in task.wanted else 0
        assert (task.limit.taps, task.limit.typed) == (0, int(number[1]) + beside)
    elif task.wanted.startswith("1 tap"):
        assert task.limit.taps == 1
        assert bool(task.limit.typed) == ("," in task.wanted)
    else:
        assert task.wanted == "no command"
    sent = 1 + (task.name == "decline with a word to the leader")
    assert task.limit.direct <= sent or "that meets" in task.name
    assert task.limit.rooms <= (task.name in ("submit an idea", "object to one"))


def test_the_idea_is_one_of_the_usual_length() -> None:
    assert (len(A_TITLE), len(A_TEXT)) == (30, 80)


def test_less_in_one_thing_makes_up_for_nothing_more() -> None:
    assert Cost(taps=1).within(Cost(taps=1, typed=3))
    assert not Cost(taps=2).within(Cost(taps=1, typed=30))


@pytest.mark.long
def test_the_page_says_what_they_take() -> None:
    assert FILE.read_text(encoding="utf-8") == page(), "python -m tests.tasks"
