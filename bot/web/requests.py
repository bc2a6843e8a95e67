"""What a request says: its body, what the client has already, and the language it would rather have."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from aiohttp import ClientError, StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError

from bot.web.limits import LARGEST_BODY

_WISH: Final = re.compile(
    r"\s*(de|en|\*)(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*", re.IGNORECASE
)


async def read(content: StreamReader, until: float) -> tuple[bytes, int]:
    """All that is sent, to its end; and the status with which it is refused, or 0 if all is well.

    `until`: by the loop's clock, when it has to be there.
    """
    body = bytearray()
    try:
        async with asyncio.timeout_at(until):
            async for part in content.iter_any():
                body += part
                if len(body) > LARGEST_BODY:
                    return b"", 413
    except TimeoutError:
        return b"", 408
    except (ConnectionError, ClientError, HttpProcessingError):  # the client has gone, or sends nonsense
        return b"", 400
    return bytes(body), 0


def tags(request: web.BaseRequest) -> frozenset[str]:
    """The ETags of what the client has, without whether they are weak."""
    told = ",".join(request.headers.getall("If-None-Match", []))
    return frozenset(one.strip().removeprefix("W/") for one in told.split(",") if one.strip())


def knows(request: web.BaseRequest, tag: str, since: datetime) -> bool:
    """The client has this very answer already (RFC 9110: with a tag, the time is not looked at)."""
    known = tags(request)
    if "If-None-Match" in request.headers:
        return "*" in known or tag.removeprefix("W/") in known
    try:
        told = parsedate_to_datetime(request.headers.get("If-Modified-Since", ""))
        return told.replace(tzinfo=told.tzinfo or UTC) >= since
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
