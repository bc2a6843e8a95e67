"""Figures into Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median, quantiles


def spread(values: Sequence[float], digits: int = 1) -> str:
    """`61.2 (58.0–70.1)`: the median, the least, the most."""
    if not values:
        return "–"
    if len(values) == 1 or min(values) == max(values):
        return f"{median(values):,.{digits}f}"
    return f"{median(values):,.{digits}f} ({min(values):,.{digits}f}–{max(values):,.{digits}f})"


def pairwise(values: Sequence[float], base: Sequence[float]) -> float:
    """The median of the ratios, round by round."""
    return median(value / other for value, other in zip(values, base, strict=True))


def p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
