"""What people type. One room a feature; `load` finds all that they declare."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path

# From the ground up: a room knows only what is below it, and what follows of something follows there first.
ORDER = (
    "words",
    "dates",
    "framework",
    "general",
    "calendars",
    "notices",
    "seats",
    "members",
    "events",
    "news",
    "ideas",
    "processes",
    "groups",
    "products",
    "agreements",
    "progress",
    "meetings",
)
TEMPLATES = Path(__file__).parent  # the folder below which all templates lie


@cache
def load() -> None:
    """Import every module here once, so that all that features declare is known, and fits together."""
    for name in (*ORDER, *(module.name for module in pkgutil.iter_modules(__path__))):
        room = importlib.import_module(f"{__name__}.{name}")
        for module in pkgutil.walk_packages(getattr(room, "__path__", ()), f"{room.__name__}."):
            importlib.import_module(module.name)
    importlib.import_module(f"{__name__}.framework.declarations").check_named()
    importlib.import_module(f"{__name__}.framework.questions").check_questions()
