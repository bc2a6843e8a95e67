"""SQL: one module a feature. Storage answers questions and records facts; it decides nothing."""

from __future__ import annotations

import importlib
import pkgutil


def load() -> None:
    """Import every module here once, so that every table is declared."""
    for module in pkgutil.iter_modules(__path__):
        if module.name != "migrations":
            importlib.import_module(f"{__name__}.{module.name}")
