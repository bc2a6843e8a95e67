"""Processes on their way: catalogue, evidence, rollout; from an idea to a process."""

from __future__ import annotations

from commands.processes.model import (
    EVALUATED,
    PHASES,
    PRODUCTS,
    AboutProcess,
    Klass,
    ProcessCard,
    ProcessRef,
    View,
    changed,
    get,
    missing_at,
    record,
    standing,
    view,
    views,
)
from commands.processes.words import (
    PHASE_WORDS,
    PHASES_IN_ENGLISH,
    PRODUCT_WORDS,
    PhaseWord,
    ProcessNamed,
    ProductLine,
    ProductWord,
    StandingWord,
    StateWord,
)

__all__ = [
    "EVALUATED",
    "PHASES",
    "PHASES_IN_ENGLISH",
    "PHASE_WORDS",
    "PRODUCTS",
    "PRODUCT_WORDS",
    "AboutProcess",
    "Klass",
    "PhaseWord",
    "ProcessCard",
    "ProcessNamed",
    "ProcessRef",
    "ProductLine",
    "ProductWord",
    "StandingWord",
    "StateWord",
    "View",
    "changed",
    "get",
    "missing_at",
    "record",
    "standing",
    "view",
    "views",
]
