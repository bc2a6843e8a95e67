"""The style sheet and the sign: they may be kept for long, as their addresses say which version they are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent / "assets"


@dataclass(frozen=True)
class Asset:
    name: str
    kind: str

    @cached_property
    def body(self) -> bytes:
        return (_FOLDER / self.name).read_bytes()

    @cached_property
    def since(self) -> datetime:
        return datetime.fromtimestamp(int((_FOLDER / self.name).stat().st_mtime), UTC)

    @cached_property
    def version(self) -> str:
        return hashlib.sha256(self.body).hexdigest()[:10]


STYLE: Final = Asset("stil.css", "text/css; charset=utf-8")
SIGN: Final = Asset("zeichen.svg", "image/svg+xml")
ASSETS: Final = {f"/{asset.name}": asset for asset in (STYLE, SIGN)}
KEPT: Final = "public, max-age=31536000, immutable"
