"""Where what features declare is found by its key: each key has one owner, and a second one stops the start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Registry(dict[K, V]):
    """By key what was declared, in the order in which rooms are loaded; `what` says of what kind it is."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what
        self._owners: dict[K, str] = {}

    def add(self, key: K, value: V, owner: type | Callable[..., Any]) -> None:
        """The key is the owner's. Refuses, with both names, one that somebody has already."""
        if key in self:
            raise ValueError(f"{self.what} {key!r}: declared by {self._owners[key]} and by {name_of(owner)}")
        self[key], self._owners[key] = value, name_of(owner)


def feature_of(declared: type | Callable[..., Any]) -> str:
    """The module in which it is declared, below this package: the module, with the folders it is in."""
    return declared.__module__.removeprefix("commands.")


def name_of(declared: type | Callable[..., Any]) -> str:
    """The name by which it is found again, in the store too: `ideas.votes.take_back`."""
    return f"{feature_of(declared)}.{declared.__qualname__}"
