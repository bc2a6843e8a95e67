"""Addresses of pages, wherever one may give one: read and refused in one way."""

from __future__ import annotations

import re
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from commands.framework.declarations import Found
from commands.framework.types import Unreadable
from commands.words import means_nothing

_HOST: Final = re.compile(
    r"[^\s.]+(\.[^\s.]+)+\.?|localhost|[0-9a-f:.]*:[0-9a-f:.]*"
)  # a name, or an IPv6 address

_AS_SHOWN: Final = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?:[/?#][^\s@]*)?", re.IGNORECASE
)


def _address(raw: str) -> str:
    """An address that a browser opens, of http or https; copied without it, as browsers show it, it is https."""
    text = raw.strip().removeprefix("<").removesuffix(">")
    if _AS_SHOWN.fullmatch(text):
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        sane = parts.scheme in ("http", "https") and parts.port != 0 and parts.username is None
    except ValueError:  # a port that is none, brackets that do not close
        sane = False
    if not sane or not _HOST.fullmatch(parts.hostname or "") or re.search(r'[\s<>"\\]', text):
        raise Unreadable(
            de=f"«{raw}» ist kein Link. Er beginnt mit https:// und hat keine Leerzeichen.",
            en=f"«{raw}» is not a link. It begins with https:// and has no spaces.",
        )
    return text


WebLink = Annotated[str, Field(max_length=1000), AfterValidator(_address), Found("link")]
"""The address of a page, as people copy it from a browser."""
WebLinkOrNone = Annotated[
    str,
    Field(max_length=1000),
    AfterValidator(lambda text: "-" if means_nothing(text) else _address(text)),
]
"""The same; `-`: none any more."""
