"""A town's worth of people by lot, with what must be true looked at after each step; long runs by hand:

python -m tests.simulator --seeds 1-50 --steps 400
"""

from __future__ import annotations

import pytest

from commands import load
from commands.framework.declarations import COMMANDS
from commands.framework.grammar import find_command
from tests.simulator import lines
from tests.simulator.run import play


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 5))])
def test_what_must_be_true_is_true_after_every_step(seed: int) -> None:
    play(seed, steps=120)


def test_every_command_there_is_is_played() -> None:
    load()
    played = {found.name for line in lines.ALL if (found := find_command(line)[0]) is not None}
    assert played | {"privacy erase"} == set(COMMANDS)  # which is an act of its own
