"""Work products of processes, and the consent of the group."""

from __future__ import annotations

from commands.products.model import Review, missing_names, names_of, review

__all__ = ["Review", "missing_names", "names_of", "review"]
