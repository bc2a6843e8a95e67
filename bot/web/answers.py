"""What is asked of the site, and what it answers; nothing here knows HTTP's bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

HTML: Final = "text/html; charset=utf-8"
LANGUAGES: Final = ("de", "en")


@dataclass(frozen=True)
class Asked:
    """An address of the site: its path without the language, its parameters, and the language."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    language: str = "de"
    whole: bool = False  # for a static host: lists have one page, and there are no forms


@dataclass(frozen=True)
class Answer:
    """What is answered. `basis`: by what it is known again, where its bytes also say when they were made."""

    body: bytes
    kind: str = HTML
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    basis: str | None = None

    @property
    def tag(self) -> str:
        """Its ETag: weak where the same content may be said in other bytes."""
        if self.basis is not None:
            return f'W/"{digest(self.basis.encode())}"'
        return f'"{digest(self.body)}"'


def digest(what: bytes) -> str:
    return hashlib.sha256(what).hexdigest()[:20]


class MissingError(Exception):
    """There is no such page."""


class GoneError(Exception):
    """There was one."""


class ElsewhereError(Exception):
    """It has another address: a path with its language, and parameters."""

    def __init__(self, to: str, status: int = 301) -> None:
        super().__init__(to)
        self.to, self.status = to, status
