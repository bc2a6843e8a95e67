"""Fetches what stands at an address: ten seconds and two mebibytes at most, three redirects, no private networks."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.feeds.addresses import Guard, Network
from commands.feeds import Due

WITHIN: Final = 10.0  # seconds in all
LARGEST: Final = 2 * 1024 * 1024  # bytes, packed and unpacked
REDIRECTS: Final = 3
_FOR_GOOD: Final = (HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT)
_ELSEWHERE: Final = (*_FOR_GOOD, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, HTTPStatus.TEMPORARY_REDIRECT)
_PROBLEMS: Final[dict[int, str]] = {
    HTTPStatus.UNAUTHORIZED: "closed",
    HTTPStatus.FORBIDDEN: "closed",
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED: "closed",
    HTTPStatus.NOT_FOUND: "not_there",
    HTTPStatus.GONE: "not_there",
}
_ACCEPTED: Final = (
    "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)


class FetchError(Exception):
    """It could not be read: one of `commands.feeds.values.PROBLEMS`; `elsewhere`: the feed that is named there."""

    def __init__(self, problem: str, elsewhere: str = "") -> None:
        super().__init__(problem)
        self.problem, self.elsewhere = problem, elsewhere


@dataclass(frozen=True)
class Fetched:
    """What stands there. `body`: None where it is what it was; `moved`: where it is for good, if that is elsewhere."""

    body: bytes | None
    url: str
    moved: str
    etag: str
    modified: str
    digest: str
    media_type: str = ""  # with its encoding, as the server says it


class Fetcher:
    """Fetches feeds. `allowed`: networks it may connect to beside those that everybody can reach."""

    def __init__(
        self,
        *,
        version: str = "0",
        allowed: Sequence[Network] = (),
        resolver: AbstractResolver | None = None,
        within: float = WITHIN,
    ) -> None:
        self.allowed, self.resolver, self.within = allowed, resolver, within
        self.headers = {
            "User-Agent": f"pi-bot/{version} (feeds)",
            "Accept": _ACCEPTED,
            "Accept-Encoding": "gzip, deflate",
        }

    async def fetch(self, due: Due) -> Fetched:
        """What stands at the feed's address. Raises: FetchError."""
        guard = Guard(self.allowed)
        try:
            async with asyncio.timeout(self.within), self._session(guard) as session:
                return await self._follow(session, due)
        except FetchError:
            raise
        except TimeoutError:
            raise FetchError("slow") from None
        except (aiohttp.ClientSSLError, ssl.SSLError):
            raise FetchError("certificate") from None
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL):
            raise FetchError("not_public" if guard.refused else "unreachable") from None
        except (aiohttp.ClientError, OSError, ValueError, zlib.error):
            raise FetchError("error") from None

    @asynccontextmanager
    async def _session(self, guard: Guard) -> AsyncIterator[aiohttp.ClientSession]:
        """A session of its own for each fetch: no connection, cookie or address is kept for the next one."""
        connector = aiohttp.TCPConnector(
            resolver=self.resolver,
            socket_factory=guard.socket,
            use_dns_cache=False,
            force_close=True,
        )
        async with aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=self.headers,
            auto_decompress=False,  # here, to a limit
            timeout=aiohttp.ClientTimeout(total=None),
            trust_env=False,
        ) as session:
            yield session

    async def _follow(self, session: aiohttp.ClientSession, due: Due) -> Fetched:
        asked = {"If-None-Match": due.etag, "If-Modified-Since": due.modified}
        headers = {name: value for name, value in asked.items() if value}
        url, for_good = URL(due.url), True
        moved = ""
        for _ in range(REDIRECTS + 1):
            async with session.get(url, headers=headers, allow_redirects=False) as answer:
                if answer.status not in _ELSEWHERE:
                    return await self._take(answer, due, moved)
                before, url = url, _target(url, answer.headers.get("Location", ""))
                for_good &= answer.status in _FOR_GOOD and not (before.scheme == "https" != url.scheme)
                moved = str(url.with_fragment(None)) if for_good else moved
        raise FetchError("redirects")

    async def _take(self, answer: aiohttp.ClientResponse, due: Due, moved: str) -> Fetched:
        """The answer, all of it. A server that sends the same once more has changed nothing either."""
        etag, modified = (answer.headers.get(name, "")[:1000] for name in ("ETag", "Last-Modified"))
        url = str(answer.url)
        if answer.status == HTTPStatus.NOT_MODIFIED and due.digest:
            return Fetched(None, url, moved, etag or due.etag, modified or due.modified, due.digest)
        if answer.status != HTTPStatus.OK:
            raise FetchError(_PROBLEMS.get(answer.status, "error"))
        body = await _body(answer)
        digest = hashlib.sha256(body).hexdigest()
        media_type = answer.headers.get("Content-Type", "")[:200]
        return Fetched(None if digest == due.digest else body, url, moved, etag, modified, digest, media_type)


def _target(url: URL, location: str) -> URL:
    """Where the redirect leads. Raises: FetchError."""
    target = url.join(URL(location)) if location else None
    if target is None or target.scheme not in ("http", "https") or not target.host or target.user:
        raise FetchError("redirects")
    return target


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    """All of the answer, unpacked. Raises: FetchError where it is too large."""
    unpack = _Unpacker(answer.headers.get("Content-Encoding", ""))
    packed, body = 0, bytearray()
    async for chunk in answer.content.iter_any():
        packed += len(chunk)
        body += unpack(chunk, LARGEST + 1 - len(body))
        if packed > LARGEST or len(body) > LARGEST:
            raise FetchError("too_large")
    unpack.end()
    return bytes(body)


class _Unpacker:
    """Unpacks piece by piece, never more than wanted."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding.strip().lower()
        self._zlib: zlib._Decompress | None = None
        if self.encoding in ("gzip", "x-gzip"):
            self._zlib = zlib.decompressobj(wbits=31)
        elif self.encoding == "deflate":
            self._zlib = zlib.decompressobj(wbits=15)
        elif self.encoding not in ("", "identity"):
            raise FetchError("error")
        self._begun = False

    def __call__(self, chunk: bytes, most: int) -> bytes:
        if self._zlib is None:
            return chunk[:most]
        if not self._begun and self.encoding == "deflate" and not _has_header(chunk):
            self._zlib = zlib.decompressobj(wbits=-15)  # as some servers send it
        self._begun = True
        return self._zlib.decompress(chunk, most)

    def end(self) -> None:
        """Raises: FetchError, where something is missing."""
        if self._zlib is not None and not self._zlib.eof:
            raise FetchError("error")


def _has_header(chunk: bytes) -> bool:
    return chunk[0] & 0x0F == 8 and (len(chunk) < 2 or (chunk[0] * 256 + chunk[1]) % 31 == 0)  # noqa: PLR2004 - RFC 1950
