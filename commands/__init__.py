"""What people type. One module a feature; `load` finds them all."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

TEMPLATES = Path(__file__).parent / "templates"


def load() -> None:
    """Import every module here once, so that all that features declare is known."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
