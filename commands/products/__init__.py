"""Work products of processes, and the consent of the group."""

from __future__ import annotations

from commands.products.model import (
    Review,
    begun,
    missing_names,
    names_of,
    number_of,
    put_text,
    put_text_back,
    review,
)

__all__ = [
    "Review",
    "begun",
    "missing_names",
    "names_of",
    "number_of",
    "put_text",
    "put_text_back",
    "review",
]
