"""The one module that speaks to the homeserver.

Requests go through matrix-nio: paths and bodies are its `Api`'s, its `AsyncClient.send` carries them. What it would do
beyond one request and one answer stays ours: its sync loop loses commands, its retries repeat for ever, its responses
take a proxy's error page for a success, and it follows redirects with the password. docs/architecture.md has the
reasons, measured.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, urlencode

import aiohttp
from aiohttp import ClientHandlerType, ClientRequest, ClientResponse
from nio import Api, AsyncClient, AsyncClientConfig, MessageDirection
from nio.api import RelationshipType
from yarl import URL

log = logging.getLogger(__name__)
DEAD: Final = ("M_UNKNOWN_TOKEN", "M_MISSING_TOKEN")  # the session is over; all else may pass
REQUEST_TIMEOUT: Final = 30.0  # seconds
DOWNLOAD_TIMEOUT: Final = 120.0
LONGEST_ERROR: Final = 1 << 16  # bytes of an answer that says why there is no file
NOT_HERE: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
CLIENT: Final = "/_matrix/client/v3"
DEFAULT_RETRY: Final = 5.0  # seconds, where the server limits without saying how long
quoted: Final = partial(quote, safe="")  # ids and aliases may hold slashes
_CHANGES_NONE: Final = re.compile(r"/rooms/[^/]+/(send|redact)/|/v3/(sendToDevice|keys)/|^/_matrix/media/")
_NO_TOKEN: Final = ""  # for the address, where nio's paths have one: it goes as a header
_Asked = tuple[str, ...]  # method, path and, where there is one, the body, as nio's `Api` gives them


class MatrixError(Exception):
    """The homeserver refused: HTTP status, Matrix error code, its words."""

    def __init__(self, status: int, errcode: str, message: str) -> None:
        super().__init__(f"{status} {errcode}: {message}")
        self.status, self.errcode = status, errcode


class LimitedError(MatrixError):
    """The homeserver wants us to wait; `retry_after` is in seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(HTTPStatus.TOO_MANY_REQUESTS, "M_LIMIT_EXCEEDED", f"retry in {retry_after} s")
        self.retry_after = retry_after


class UnreachableError(Exception):
    """No answer, or none that makes sense: try again later."""


class TooLargeError(Exception):
    """The file is larger than asked for; no more of it was taken."""


class ApprovalError(MatrixError):
    """The homeserver wants to be sure that it is the account's owner: `stages` say how, each a way of its own."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        super().__init__(HTTPStatus.UNAUTHORIZED, "M_FORBIDDEN", "to be approved by the account's owner")
        flows = answer.get("flows")
        self.session = str(answer.get("session", ""))
        self.stages = [
            flow.get("stages")
            for flow in (flows if isinstance(flows, list) else ())
            if isinstance(flow, dict)
        ]


class RedirectError(UnreachableError):
    """The address leads to another one. Nothing was sent there: it would have been the password, or the token."""


async def _no_further(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """The answer to one request; raises RedirectError before aiohttp would go where that leads."""
    response = await handler(request)
    location = response.headers.get("Location")
    if location is not None and HTTPStatus.MULTIPLE_CHOICES <= response.status < HTTPStatus.BAD_REQUEST:
        target = _target(request.url, location)
        response.close()
        raise RedirectError(f"{request.url.origin()} redirects to {target}: set that address")
    return response


class Transport:
    """A session at the homeserver. All methods raise MatrixError, LimitedError or UnreachableError."""

    def __init__(self, homeserver: str) -> None:
        self.homeserver = str(URL(homeserver)).rstrip("/")
        self.user_id = self.device_id = ""
        self.date = ""  # of the last answer, by the homeserver's clock
        self.gate: Callable[[], Awaitable[None]] | None = None  # waited for before each request
        self.changing: Callable[[], None] = lambda: None  # called before each request that may change a room
        self._headers: dict[str, str] = {}
        config = AsyncClientConfig(encryption_enabled=False, max_limit_exceeded=0, max_timeouts=0)
        self._client = AsyncClient(self.homeserver, config=config)

    def use(self, *, user_id: str, device_id: str, access_token: str) -> None:
        """Act as this user's device from now on."""
        self.user_id, self.device_id = user_id, device_id
        self._headers = {"Authorization": f"Bearer {access_token}"}

    async def close(self) -> None:
        await self._client.close()

    async def request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | bytes | None = None,
        *,
        query: Mapping[str, Any] | None = None,
        timeout: float = REQUEST_TIMEOUT,
        content_type: str = "application/json",
    ) -> dict[str, Any]:
        """One request, once."""
        if query:
            path = f"{path}?{urlencode(query)}"
        data = body if isinstance(body, bytes) or body is None else Api.to_json(body)
        return await self._carry(method, path, data, timeout=timeout, content_type=content_type)

    async def _ask(self, asked: _Asked, *, timeout: float = REQUEST_TIMEOUT) -> dict[str, Any]:
        """One request as nio's `Api` words it, once; the token that it would put into the address is not there."""
        method, path, *body = asked
        path = _without_token(path)
        data = body[0] if body else ("{}" if method == "POST" else None)
        return await self._carry(method, path, data, timeout=timeout)

    async def _carry(
        self,
        method: str,
        path: str,
        data: str | bytes | None,
        *,
        timeout: float,
        content_type: str = "application/json",
    ) -> dict[str, Any]:
        """All requests go through here: what shall happen with each is added here by a subclass."""
        headers = self._headers if data is None else {**self._headers, "Content-Type": content_type}
        try:
            response = await self._sent(method, path, data, headers, timeout)
            async with response:
                status, raw = response.status, await response.read()
                self.date = response.headers.get("Date", "")
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise UnreachableError(self._why(error, timeout)) from error
        return _answer(status, raw)

    async def _sent(
        self, method: str, path: str, data: str | bytes | None, headers: Mapping[str, str], timeout: float
    ) -> ClientResponse:
        if self._client.client_session is None:  # in the event loop that uses it
            self._client.client_session = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(), middlewares=(_no_further,)
            )
        if self.gate is not None:
            await self.gate()
        if method != "GET" and _CHANGES_NONE.search(path) is None:
            self.changing()
        response: ClientResponse = await self._client.send(method, path, data, dict(headers), timeout=timeout)
        return response

    def _why(self, error: Exception, timeout: float) -> str:
        """In words, what came in place of an answer."""
        match error:
            case TimeoutError():
                return f"no answer within {timeout:.0f} s"
            case aiohttp.ClientConnectorCertificateError():
                return (
                    "its certificate is not trusted: SSL_CERT_FILE names the file of a certificate authority"
                )
            case aiohttp.ClientConnectorSSLError():
                return "no TLS there: does the address begin with http://?"
            case aiohttp.ClientConnectorError():
                return f"{error.host}:{error.port}: {error.os_error.strerror or error.os_error}"
        return f"{type(error).__name__}: {error}"

    # --- accounts

    async def login(self, user: str, password: str, device_id: str) -> str:
        """Log in as this device and use it; the access token."""
        answer = await self._ask(Api.login(user, password, "PI-Bot", device_id))
        self.use(
            user_id=_field(answer, "user_id"),
            device_id=_field(answer, "device_id"),
            access_token=_field(answer, "access_token"),
        )
        return str(answer["access_token"])

    async def logout(self) -> None:
        """The session in use is over, and its device is gone from the account's list."""
        await self._ask(Api.logout(_NO_TOKEN))

    async def whoami(self) -> str:
        """The id of the user whose session this is; its device is known too, where only the token was."""
        answer = await self._ask(Api.whoami(_NO_TOKEN))
        if not self.device_id and isinstance(found := answer.get("device_id"), str):
            self.device_id = found
        return _field(answer, "user_id")

    async def display_name(self, user_id: str) -> str | None:
        """The user's display name; None where they have no name. Raises MatrixError 404 where there is no such user."""
        name = (await self._ask(Api.profile_get(user_id))).get("displayname")
        return name if isinstance(name, str) else None

    async def set_display_name(self, user_id: str, name: str) -> None:
        await self._ask(Api.profile_set_displayname(_NO_TOKEN, user_id, name))

    # --- reading

    async def sync(
        self, *, since: str | None, timeout: int, sync_filter: str, whole: bool = False
    ) -> dict[str, Any]:
        """All that is new since the token; `timeout` in milliseconds; `whole`: with the state of all rooms."""
        asked = Api.sync(_NO_TOKEN, since, timeout, sync_filter, whole or None, "offline")
        return await self._ask(asked, timeout=timeout / 1000 + REQUEST_TIMEOUT)

    async def messages(
        self,
        room_id: str,
        *,
        start: str | None,
        end: str | None = None,
        limit: int = 100,
        backwards: bool = True,
    ) -> dict[str, Any]:
        """A page of the room's timeline from the token `start`, back to `end` at most."""
        direction = MessageDirection.back if backwards else MessageDirection.front
        return await self._ask(Api.room_messages(_NO_TOKEN, room_id, start, end, direction, limit))

    async def relations(
        self, room_id: str, event_id: str, rel_type: str, start: str | None
    ) -> dict[str, Any]:
        """A page of the events that relate to this one so, the newest first, from the token `start`."""
        kind = RelationshipType(rel_type)
        return await self._ask(
            Api.room_get_event_relations(_NO_TOKEN, room_id, event_id, kind, paginate_from=start, limit=100)
        )

    async def edits(self, room_id: str, event_id: str) -> list[str]:
        """The events that have edited this one."""
        found: list[str] = []
        start = None
        while True:
            page = await self.relations(room_id, event_id, "m.replace", start)
            found += [event["event_id"] for event in page["chunk"]]
            start = page.get("next_batch")
            if not start:
                return found

    async def joined_rooms(self) -> list[str]:
        rooms = (await self._ask(Api.joined_rooms(_NO_TOKEN))).get("joined_rooms")
        if not isinstance(rooms, list):
            raise UnreachableError("an answer without joined_rooms")
        return rooms

    async def state(self, room_id: str, kind: str, key: str = "") -> dict[str, Any]:
        return await self._ask(Api.room_get_state_event(_NO_TOKEN, room_id, kind, key))

    async def state_event(self, room_id: str, kind: str, key: str = "") -> dict[str, Any]:
        """The whole state event, with its sender."""
        _, path = Api.room_get_state_event(_NO_TOKEN, room_id, kind, key)
        return await self._ask(("GET", f"{path}&format=event"))

    async def event(self, room_id: str, event_id: str) -> dict[str, Any]:
        """A single event of the room."""
        return await self._ask(Api.room_get_event(_NO_TOKEN, room_id, event_id))

    async def full_state(self, room_id: str) -> list[dict[str, Any]]:
        answer: Any = await self._ask(Api.room_get_state(_NO_TOKEN, room_id))
        return list(answer["_list"])

    async def room_of_alias(self, alias: str) -> str | None:
        """The room's id; None where nobody has the alias."""
        try:
            return _field(await self._ask(Api.room_resolve_alias(alias)), "room_id")
        except MatrixError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    # --- acting; each safe to repeat

    async def send(self, room_id: str, kind: str, txn: str, content: Mapping[str, Any]) -> str:
        """Send an event; the same `txn` is the same event. Its id."""
        return _field(await self._ask(Api.room_send(_NO_TOKEN, room_id, kind, content, txn)), "event_id")

    async def redact(self, room_id: str, event_id: str, txn: str) -> str:
        return _field(await self._ask(Api.room_redact(_NO_TOKEN, room_id, event_id, txn)), "event_id")

    async def set_state(self, room_id: str, kind: str, content: Mapping[str, Any], key: str = "") -> None:
        await self._ask(Api.room_put_state(_NO_TOKEN, room_id, kind, content, key))

    async def invite(self, room_id: str, user_id: str) -> None:
        await self._ask(Api.room_invite(_NO_TOKEN, room_id, user_id))

    async def kick(self, room_id: str, user_id: str, reason: str = "") -> None:
        await self._ask(Api.room_kick(_NO_TOKEN, room_id, user_id, reason or None))

    async def join(self, room: str, via: list[str] | None = None) -> str:
        """The bot is in the room of this id or alias; returns the room's id."""
        method, path = Api.join(_NO_TOKEN, room)
        further = "".join(f"&via={quoted(server)}" for server in via or ())  # nio's join knows no servers
        return _field(await self._ask((method, path + further)), "room_id")

    async def leave(self, room_id: str) -> None:
        await self._ask(Api.room_leave(_NO_TOKEN, room_id))

    async def create_room(self, body: Mapping[str, Any]) -> str:
        """Make a room; its id. Not safe to repeat: give it a marker in `creation_content` and look for that first."""
        return _field(await self.request("POST", f"{CLIENT}/createRoom", body), "room_id")

    async def upload(self, data: bytes, name: str, mimetype: str) -> str:
        """Upload a file; its mxc address."""
        method, path = Api.upload(_NO_TOKEN, name)
        path = _without_token(path)
        answer = await self._carry(method, path, data, timeout=REQUEST_TIMEOUT, content_type=mimetype)
        return _field(answer, "content_uri")

    async def download(self, server: str, media: str, *, most: int) -> bytes:
        """The file at mxc://server/media. Raises TooLargeError, before it comes or while it does."""
        path = f"/_matrix/client/v1/media/download/{quoted(server)}/{quoted(media)}"
        try:
            response = await self._sent("GET", path, None, self._headers, DOWNLOAD_TIMEOUT)
            async with response:
                if response.status != HTTPStatus.OK:
                    _answer(response.status, await response.content.read(LONGEST_ERROR))
                    raise UnreachableError(f"status {response.status} in place of a file")
                if (response.content_length or 0) > most:
                    raise TooLargeError
                data = bytearray()
                async for piece in response.content.iter_chunked(1 << 16):
                    data += piece
                    if len(data) > most:
                        raise TooLargeError
                return bytes(data)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise UnreachableError(self._why(error, DOWNLOAD_TIMEOUT)) from error


def _without_token(path: str) -> str:
    """The path as `Api` words it, without the token, which is not there: an empty one counts as a wrong one."""
    return path.replace("access_token=&", "").removesuffix("?access_token=")


def _answer(status: int, raw: bytes) -> dict[str, Any]:
    """The answer's JSON, or the error it stands for."""
    try:
        answer = json.loads(raw) if raw else {}
    except (ValueError, RecursionError) as error:  # an error page, or what is nested a thousand deep
        raise UnreachableError(f"status {status}, and no JSON") from error
    if isinstance(answer, list):
        answer = {"_list": answer}
    if not isinstance(answer, dict):
        raise UnreachableError(f"status {status}, and no JSON object")
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return answer
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = answer.get("retry_after_ms")
        raise LimitedError(wait / 1000 if isinstance(wait, int | float) and wait >= 0 else DEFAULT_RETRY)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise UnreachableError(f"status {status} {answer.get('errcode', '')}")
    if status == HTTPStatus.UNAUTHORIZED and "flows" in answer:
        raise ApprovalError(answer)
    errcode = answer.get("errcode")
    if not isinstance(errcode, str) or (errcode == "M_UNRECOGNIZED" and status in NOT_HERE):
        # A proxy's words, or those of a worker that the request should not have come to, as during an upgrade.
        raise UnreachableError(f"status {status} {errcode or 'without errcode'}")
    raise MatrixError(status, errcode, str(answer.get("error", ""))[:300])


def _target(asked: URL, location: str) -> str:
    """The homeserver's address that a redirect of this request means, without anybody's password."""
    try:
        found = str(asked.join(URL(location)).with_user(None).with_query(None).with_fragment(None))
    except ValueError:
        return "another address"
    return found.removesuffix(asked.raw_path).rstrip("/")


def _field(answer: Mapping[str, Any], name: str) -> str:
    """The object of the answer; a success without it is somebody else's page."""
    value = answer.get(name)
    if not isinstance(value, str):
        raise UnreachableError(f"an answer without {name}")
    return value
