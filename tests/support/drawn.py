"""A few cases of many, the same ones each time: those that `make fast` has of a matrix."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Any

import pytest


def drawn(cases: Iterable[Any], few: int) -> list[Any]:
    """All of them, those drawn by lot as they are, and the others `long`."""
    every = list(cases)
    near = set(Random(1).sample(range(len(every)), few))  # noqa: S311 - it is to be the same for everybody
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)), marks=() if n in near else pytest.mark.long
        )
        for n, case in enumerate(every)
    ]
