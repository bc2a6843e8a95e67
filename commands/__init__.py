"""What people type. One module a feature; `load` finds them all."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

# What others build upon is loaded before them, and so what follows of something follows there first.
ORDER = ("reminders", "events", "event_attendance", "groups", "products", "agreements", "meetings")
TEMPLATES = Path(__file__).parent  # the folder below which all templates lie


def load() -> None:
    """Import every module here once, so that all that features declare is known."""
    for name in ORDER:
        importlib.import_module(f"{__name__}.{name}")
    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        importlib.import_module(module.name)
