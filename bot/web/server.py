"""The listener: HTTP in, answers of the site out, within limits. Loaded only where `web.listen` is set."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from typing import Final
from urllib.parse import parse_qsl

from aiohttp import web

from bot.config.keys import ListenError, Web
from bot.web.answers import LANGUAGES, Asked
from bot.web.connections import Connection, Server
from bot.web.forms import Desk, Hours, Read
from bot.web.kept import ASSETS, KEPT
from bot.web.limits import LARGEST_BODY, LONGEST_ADDRESS, WITHIN, Rates, client_of
from bot.web.refusals import HEADERS, METHODS, told
from bot.web.requests import knows, read, tags, wish
from bot.web.site import Kept, Site
from bot.web.texts import clean
from bot.web.visit import place_of
from commands.framework.context import Settings
from storage.engine.address import StoreError
from storage.engine.database import LostError, StoreAwayError

log = logging.getLogger(__name__)
DONE: Final = 303
ENDING: Final = 2.0  # seconds for what is being answered when the bot ends
FORMS: Final = {"/mitmachen": "de", "/en/mitmachen": "en"}  # paths that take a form, and the language


class Front:
    """Reads requests, asks the site in its thread, and makes HTTP of what it answers."""

    def __init__(self, site: Site, settings: Web) -> None:
        self.site, self.settings = site, settings
        self.rates, self.hours = Rates(), Hours()
        self.answered: Counter[int] = Counter()  # by status
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pages")

    def close(self) -> None:
        self.thread.submit(self.site.close)
        self.thread.shutdown()

    async def respond(self, request: web.BaseRequest) -> web.StreamResponse:
        """The answer, whatever is asked."""
        connection = request.protocol
        assert isinstance(connection, Connection)
        with connection.answering() as fits:
            return await self._respond(request, until=connection.heard + WITHIN, fits=fits)

    async def _respond(self, request: web.BaseRequest, *, until: float, fits: bool) -> web.StreamResponse:
        language = "en" if self.site.place.inner(request.rel_url.path).startswith("/en/") else "de"
        try:
            body, refused = b"", self._refused(request) if fits else 503
            if not refused:
                body, refused = await read(request.content, until)
            if refused:
                response: web.StreamResponse = told(
                    refused, language, self.site.place.base, self._methods(request)
                )
            else:
                async with asyncio.timeout(WITHIN):
                    response = await self._answer(request, body)
        except (TimeoutError, StoreError, StoreAwayError, LostError) as error:
            log.warning("page not made", extra={"why": str(error) or "too slow"})
            response = told(503, language, self.site.place.base)
        self.answered[response.status] += 1
        if response.status >= 400 and request.can_read_body:  # noqa: PLR2004
            response.force_close()  # what it still sends is not read
        return response

    def _refused(self, request: web.BaseRequest) -> int:
        """The status with which it is refused before anything is looked at; 0 where it is not."""
        if len(request.raw_path) > LONGEST_ADDRESS:
            return 414
        if (request.content_length or 0) > LARGEST_BODY:
            return 413
        if not self.rates.takes(self._client(request), asyncio.get_running_loop().time()):
            return 429
        if self._is_form(request):
            return 0
        return 0 if request.method in METHODS else 405

    def _client(self, request: web.BaseRequest) -> str:
        forwarded = ",".join(request.headers.getall("X-Forwarded-For", []))
        return client_of(request.remote or "", forwarded, self.settings.proxies)

    def _is_form(self, request: web.BaseRequest) -> bool:
        """Does somebody send the form, where there is one?"""
        return request.method == "POST" and "POST" in self._methods(request)

    def _methods(self, request: web.BaseRequest) -> tuple[str, ...]:
        """What may be done at this address."""
        takes = self.settings.registration and self.site.place.inner(request.rel_url.path) in FORMS
        return (*METHODS, "POST") if takes else METHODS

    async def _form(self, request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        """It is taken by the bot, once however often it is sent; or shown again with what is to be put right."""
        path = self.site.place.inner(request.rel_url.path)
        asked = Asked("/mitmachen", language=FORMS[path])
        if request.content_type != "application/x-www-form-urlencoded":
            return told(400, asked.language, self.site.place.base)
        try:
            fields = dict(
                parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=50)
            )
        except ValueError:
            return told(400, asked.language, self.site.place.base)
        fields = {clean(name): clean(value) for name, value in fields.items()}
        loop = asyncio.get_running_loop()
        found, again = await loop.run_in_executor(self.thread, partial(self.site.form, asked, fields))
        status = await self._handed_in(found, self._client(request))
        if status == DONE:
            there = f"{self.site.place.base}{path}/danke"
            return web.Response(
                status=303, headers=HEADERS | {"Location": there, "Cache-Control": "no-store"}
            )
        shown = await loop.run_in_executor(self.thread, partial(again, status))
        headers = (
            HEADERS | dict(shown.headers) | {"Content-Type": shown.kind, "Content-Language": asked.language}
        )
        return web.Response(body=shown.body, status=shown.status, headers=headers)

    async def _handed_in(self, found: Read, client: str) -> int:
        """DONE where it is taken in; else why it is shown again. A person's mistakes do not count against the limit."""
        if found.robot:
            return DONE
        take = self.site.desk.take
        if take is None:
            return 503
        mistaken = found.form is None and bool(found.stamp)
        if not mistaken and not self.hours.takes(client, asyncio.get_running_loop().time()):
            return 429
        if found.form is None:
            return 422
        try:
            await take(found.form)
        except (StoreError, StoreAwayError, LostError) as error:
            log.warning("form not taken in", extra={"why": str(error)})
            return 503
        return DONE

    async def _answer(self, request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        if self._is_form(request):
            return await self._form(request, body)
        path = self.site.place.inner(request.rel_url.path)
        asset = ASSETS.get(path)
        if asset is not None:
            headers = HEADERS | {
                "Content-Type": asset.kind,
                "Cache-Control": KEPT,
                "ETag": f'"{asset.version}"',
                "Last-Modified": format_datetime(asset.since, usegmt=True),
            }
            if knows(request, f'"{asset.version}"', asset.since):
                return web.Response(status=304, headers=headers)
            return web.Response(body=asset.body, headers=headers)
        asked = self._asked(path, request)
        if isinstance(asked, str):
            return web.Response(
                status=301, headers=HEADERS | {"Location": asked, "Cache-Control": "no-cache"}
            )
        loop = asyncio.get_running_loop()
        kept = await loop.run_in_executor(self.thread, partial(self.site.answer, asked, tags(request)))
        return self._response(request, asked, kept, wished=path == "/")

    def _asked(self, path: str, request: web.BaseRequest) -> Asked | str:
        """What is asked for; or the address where it is."""
        query = dict(request.rel_url.query)
        language, inner = "de", path
        if path == "/en" or path.startswith("/en/"):
            language, inner = "en", path[3:] or "/"
        wanted = query.pop("sprache", None) or query.pop("language", None)
        home = path == "/"
        if wanted in LANGUAGES and (wanted != language or not home):
            return self._address(inner, wanted, request)
        if home and wanted is None and request.headers.get("Sec-Fetch-Site") != "same-origin":
            language = wish(request.headers.get("Accept-Language", ""))
        if (
            path == "/en"
            or (len(inner) > 1 and inner.endswith("/") and inner != "/daten/")
            or inner == "/daten"
        ):
            return self._address(
                "/daten/" if inner == "/daten" else inner.rstrip("/") or "/", language, request
            )
        return Asked(inner, query, language)

    def _address(self, inner: str, language: str, request: web.BaseRequest) -> str:
        """The address with all parameters but that of the language; never one of another host."""
        query = request.rel_url.query.copy()
        for name in ("sprache", "language"):
            query.popall(name, None)
        if inner == "/" and language == "de":
            query["sprache"] = "de"  # else the browser's wish would be followed
        prefix = f"{self.site.place.base}{'/en' if language == 'en' else ''}"
        made = request.rel_url.with_path(f"{prefix}/{inner.lstrip('/')}").with_query(query)
        return str(made.relative() if made.is_absolute() else made)

    def _response(
        self, request: web.BaseRequest, asked: Asked, kept: Kept, *, wished: bool
    ) -> web.StreamResponse:
        answer = kept.answer
        headers = HEADERS | {"Cache-Control": "no-cache", "Content-Language": asked.language}
        if wished:
            headers["Vary"] = "Accept-Language, Sec-Fetch-Site"
        headers |= answer.headers
        if answer.status == 200:  # noqa: PLR2004
            headers |= {
                "ETag": kept.tag,
                "Last-Modified": format_datetime(kept.since.astimezone(UTC), usegmt=True),
            }
            if knows(request, kept.tag, kept.since):
                return web.Response(status=304, headers=headers)
        return web.Response(
            body=answer.body, status=answer.status, headers=headers | {"Content-Type": answer.kind}
        )


@asynccontextmanager
async def serving(
    settings: Web, bot: Settings, database: str, *, now: Callable[[], datetime], desk: Desk | None = None
) -> AsyncIterator[Front]:
    """Pages are answered inside; forms are handed in at the desk. Raises: ListenError."""
    site = Site(database, bot, place_of(settings, bot.bot), now=now, desk=desk)
    front = Front(site, settings)
    runner = web.ServerRunner(Server(front.respond), shutdown_timeout=ENDING)
    await runner.setup()
    try:
        host, _, port = settings.listen.rpartition(":")
        try:
            await web.TCPSite(runner, host.strip("[]"), int(port), backlog=256).start()
        except OSError as error:
            raise ListenError(
                f"web.listen: {settings.listen}: {os.strerror(error.errno or 0).lower()}"
            ) from error
        log.info("pages", extra={"address": settings.address})
        yield front
    finally:
        await runner.cleanup()
        front.close()
