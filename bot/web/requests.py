"""What a request says: its body, what the client has already, and the language it would rather have."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from aiohttp import StreamReader, web

from bot.web.limits import LARGEST_BODY, WITHIN

_WISH: Final = re.compile(
    r"\s*(de|en|\*)(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*", re.IGNORECASE
)


async def read(content: StreamReader, most: int) -> bytes | None:
    """All that is sent; None where that is more."""
    body = bytearray()
    async for part in content.iter_any():
        body += part
        if len(body) > most:
            return None
    return bytes(body)


async def body_refused(request: web.BaseRequest) -> int:
    """What comes with a request that takes nothing is read to its end; the status, or 0 if all is well."""
    try:
        async with asyncio.timeout(WITHIN / 2):
            return 413 if await read(request.content, LARGEST_BODY) is None else 0
    except TimeoutError:
        return 408


def tags(request: web.BaseRequest) -> frozenset[str]:
    """The ETags of what the client has, without whether they are weak."""
    told = ",".join(request.headers.getall("If-None-Match", []))
    return frozenset(one.strip().removeprefix("W/") for one in told.split(",") if one.strip())


def knows(request: web.BaseRequest, tag: str, since: datetime | None) -> bool:
    """The client has this very answer already (RFC 9110: with a tag, the time is not looked at)."""
    known = tags(request)
    if "If-None-Match" in request.headers:
        return "*" in known or tag.removeprefix("W/") in known
    try:
        told = parsedate_to_datetime(request.headers.get("If-Modified-Since", ""))
        return since is not None and told.replace(tzinfo=told.tzinfo or UTC) >= since
    except (ValueError, TypeError, OverflowError):
        return False


def wish(accepted: str) -> str:
    """The language that the browser would rather have; German where it does not say."""
    wishes: dict[str, float] = {}
    for part in accepted[:500].split(","):
        found = _WISH.fullmatch(part)
        if found is not None:
            language = found[1].casefold()
            wishes[language] = max(wishes.get(language, 0.0), float(found[2] or 1))
    rest = wishes.get("*", 0.0)
    return "en" if wishes.get("en", rest) > wishes.get("de", rest) else "de"
