"""The files that come with messages: where each is, and what opens it. What a client says of it is not believed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

_ADDRESS: Final = re.compile(r"mxc://([A-Za-z0-9.:\[\]-]{1,255})/([A-Za-z0-9_-]{1,255})")
_KEY: Final = re.compile(r"[A-Za-z0-9+/=_-]{1,200}")  # base64 of either alphabet
FILES: Final = ("m.file", "m.image", "m.video", "m.audio")


@dataclass(frozen=True)
class Attached:
    """A file at the homeserver; `key`, `iv` and `digest` open one that was sealed."""

    server: str
    media: str
    size: int | None = None  # as the sender says
    key: str = ""
    iv: str = ""
    digest: str = ""

    @property
    def sealed(self) -> bool:
        return bool(self.key)

    def kept(self) -> dict[str, Any]:
        """As the store keeps it until it is fetched."""
        return asdict(self)


def attached(content: Mapping[str, Any]) -> Attached | None:
    """The file of this content of a message; None where there is none, or none that makes sense."""
    if content.get("msgtype") not in FILES:
        return None
    sealed = content.get("file")
    info = content.get("info")
    size = info.get("size") if isinstance(info, dict) else None
    known = size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None
    if not isinstance(sealed, dict):
        where = _address(content.get("url"))
        return Attached(*where, known) if where is not None else None
    where, jwk, hashes = _address(sealed.get("url")), sealed.get("key"), sealed.get("hashes")
    key = jwk.get("k") if isinstance(jwk, dict) else None
    digest = hashes.get("sha256") if isinstance(hashes, dict) else None
    opens = [one for one in (key, sealed.get("iv"), digest) if isinstance(one, str) and _KEY.fullmatch(one)]
    return Attached(*where, known, *opens) if where is not None and len(opens) == 3 else None  # noqa: PLR2004


def _address(url: Any) -> tuple[str, str] | None:
    found = _ADDRESS.fullmatch(url) if isinstance(url, str) else None
    return (found[1], found[2]) if found is not None else None
