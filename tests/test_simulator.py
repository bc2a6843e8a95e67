"""A town's worth of people by lot, with what must be true looked at after each step; long runs by hand:

python -m tests.simulator --seeds 1-50 --steps 400
"""

from __future__ import annotations

import pytest

from tests.simulator.run import play


@pytest.mark.parametrize("seed", range(1, 5))
def test_what_must_be_true_is_true_after_every_step(seed: int) -> None:
    play(seed, steps=120)
