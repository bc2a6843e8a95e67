"""How an average is said: events of Matrix hold no fractions, so it is a text."""

from __future__ import annotations


def mean(total: int, count: int) -> str:
    """The average of so many whole numbers, with one decimal, halves rounded up: «3.5»; empty where there are none."""
    if not count:
        return ""
    tenths = (20 * total + count) // (2 * count)
    return f"{tenths // 10}.{tenths % 10}"
