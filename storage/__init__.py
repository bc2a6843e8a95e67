"""SQL: one module a feature. Storage answers questions and records facts; it decides nothing."""

from __future__ import annotations

import importlib
import pkgutil


def load() -> None:
    """Import every module here once, so that every table is declared."""
    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        importlib.import_module(module.name)
