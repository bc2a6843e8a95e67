"""Everyday tasks cost no more than they may, counted in a real conversation; `python -m tests.tasks` shows them."""

from __future__ import annotations

import pytest

from tests.tasks import A_TEXT, A_TITLE, TASKS, Cost, Task, played, table


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_task_costs_no_more_than_it_may(task: Task) -> None:
    cost = played(task)
    assert cost.within(task.limit), f"{cost}, and not {task.limit}"


def test_the_idea_is_one_of_the_usual_length() -> None:
    assert (len(A_TITLE), len(A_TEXT)) == (30, 80)


def test_less_in_one_thing_makes_up_for_nothing_more() -> None:
    assert Cost(taps=1).within(Cost(taps=1, typed=3))
    assert not Cost(taps=2).within(Cost(taps=1, typed=30))


def test_the_table_has_a_row_for_each() -> None:
    lines = table().splitlines()
    assert len(lines) == 2 + len(TASKS)
    assert "| vote | 1 | 0 | 0 + 1 | 0 + 0 |  |" in lines
