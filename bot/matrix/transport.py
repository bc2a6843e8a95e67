"""The one module that speaks to the homeserver.

Requests are aiohttp's own. matrix-nio's client would add its sync loop, retries and error objects, which lose
commands, repeat for ever, and pass a proxy's error page as success; and loading it costs 0.15 s and 11 MB.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from functools import lru_cache, partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

from bot.config.private import write_private

log = logging.getLogger(__name__)
DEAD: Final = ("M_UNKNOWN_TOKEN", "M_MISSING_TOKEN")  # the session is over; all else may pass
REQUEST_TIMEOUT: Final = 30.0  # seconds
NOT_HERE: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
CLIENT: Final = "/_matrix/client/v3"
DEFAULT_RETRY: Final = 5.0  # seconds, where the server limits without saying how long
quoted: Final = partial(quote, safe="")  # ids and aliases may hold slashes
_quoted_filter: Final = lru_cache(maxsize=2)(quoted)  # the same long text in every request for news


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


class Transport:
    """A session at the homeserver. All methods raise MatrixError, LimitedError or UnreachableError."""

    def __init__(self, homeserver: str) -> None:
        self.homeserver = str(URL(homeserver)).rstrip("/")
        self.user_id = self.device_id = ""
        self._session: aiohttp.ClientSession | None = None  # made in the event loop that uses it
        self._headers: dict[str, str] = {}

    def use(self, *, user_id: str, device_id: str, access_token: str) -> None:
        """Act as this user's device from now on."""
        self.user_id, self.device_id = user_id, device_id
        self._headers = {"Authorization": f"Bearer {access_token}"}

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

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
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        headers = self._headers if data is None else {**self._headers, "Content-Type": content_type}
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        url = URL(self.homeserver + path, encoded=True)  # what stands in it is quoted: not done again
        within = aiohttp.ClientTimeout(total=timeout)
        try:
            async with self._session.request(
                method, url, data=data, headers=headers, timeout=within, allow_redirects=False
            ) as response:
                status, raw, location = (
                    response.status,
                    await response.read(),
                    response.headers.get("Location"),
                )
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise UnreachableError(self._why(error, timeout)) from error
        if location is not None and HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            raise RedirectError(
                f"{self.homeserver} redirects to {_target(url, path, location)}: set that address"
            )
        return _answer(status, raw)

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
        body = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": user},
            "password": password,
            "device_id": device_id,
            "initial_device_display_name": "PI-Bot",
        }
        answer = await self.request("POST", f"{CLIENT}/login", body)
        self.use(
            user_id=_field(answer, "user_id"),
            device_id=_field(answer, "device_id"),
            access_token=_field(answer, "access_token"),
        )
        return str(answer["access_token"])

    async def logout(self) -> None:
        """The session in use is over, and its device is gone from the account's list."""
        await self.request("POST", f"{CLIENT}/logout", {})

    async def whoami(self) -> str:
        """The id of the user whose session this is; its device is known too, where only the token was."""
        answer = await self.request("GET", f"{CLIENT}/account/whoami")
        if not self.device_id and isinstance(found := answer.get("device_id"), str):
            self.device_id = found
        return _field(answer, "user_id")

    async def display_name(self, user_id: str) -> str | None:
        """What the user is called; None where they have no name. Raises MatrixError 404 where there is no such user."""
        name = (await self.request("GET", f"{CLIENT}/profile/{quoted(user_id)}")).get("displayname")
        return name if isinstance(name, str) else None

    async def set_display_name(self, user_id: str, name: str) -> None:
        path = f"{CLIENT}/profile/{quoted(user_id)}/displayname"
        await self.request("PUT", path, {"displayname": name})

    # --- reading

    async def sync(
        self, *, since: str | None, timeout: int, sync_filter: str, whole: bool = False
    ) -> dict[str, Any]:
        """What is new since the token; `timeout` in milliseconds; `whole`: with the state of all rooms."""
        path = f"{CLIENT}/sync?timeout={timeout}&set_presence=offline&filter={_quoted_filter(sync_filter)}"
        if since is not None:
            path += f"&since={quoted(since)}"
        if whole:
            path += "&full_state=true"
        return await self.request("GET", path, timeout=timeout / 1000 + REQUEST_TIMEOUT)

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
        query: dict[str, Any] = {"dir": "b" if backwards else "f", "limit": limit}
        query |= {"from": start} if start else {}
        query |= {"to": end} if end else {}
        return await self.request("GET", f"{CLIENT}/rooms/{quoted(room_id)}/messages", query=query)

    async def relations(
        self, room_id: str, event_id: str, rel_type: str, start: str | None
    ) -> dict[str, Any]:
        path = f"/_matrix/client/v1/rooms/{quoted(room_id)}/relations/{quoted(event_id)}/{rel_type}"
        return await self.request("GET", path, query={"limit": 100} | ({"from": start} if start else {}))

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
        rooms = (await self.request("GET", f"{CLIENT}/joined_rooms")).get("joined_rooms")
        if not isinstance(rooms, list):
            raise UnreachableError("an answer without joined_rooms")
        return rooms

    async def state(self, room_id: str, kind: str, key: str = "") -> dict[str, Any]:
        return await self.request("GET", f"{CLIENT}/rooms/{quoted(room_id)}/state/{kind}/{quoted(key)}")

    async def state_event(self, room_id: str, kind: str, key: str = "") -> dict[str, Any]:
        """The whole state event, with its sender."""
        path = f"{CLIENT}/rooms/{quote(room_id)}/state/{kind}/{quote(key)}"
        return await self.request("GET", path, query={"format": "event"})

    async def full_state(self, room_id: str) -> list[dict[str, Any]]:
        path = f"{CLIENT}/rooms/{quoted(room_id)}/state"
        answer: Any = await self.request("GET", path)
        return list(answer["_list"])

    async def room_of_alias(self, alias: str) -> str | None:
        """The room's id; None where nobody has the alias."""
        try:
            return _field(await self.request("GET", f"{CLIENT}/directory/room/{quoted(alias)}"), "room_id")
        except MatrixError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    # --- acting; each safe to repeat

    async def send(self, room_id: str, kind: str, txn: str, content: Mapping[str, Any]) -> str:
        """Send an event; the same `txn` is the same event. Its id."""
        answer = await self.request(
            "PUT", f"{CLIENT}/rooms/{quoted(room_id)}/send/{kind}/{quoted(txn)}", content
        )
        return _field(answer, "event_id")

    async def redact(self, room_id: str, event_id: str, txn: str) -> str:
        path = f"{CLIENT}/rooms/{quoted(room_id)}/redact/{quoted(event_id)}/{quoted(txn)}"
        return _field(await self.request("PUT", path, {}), "event_id")

    async def set_state(self, room_id: str, kind: str, content: Mapping[str, Any], key: str = "") -> None:
        await self.request("PUT", f"{CLIENT}/rooms/{quoted(room_id)}/state/{kind}/{quoted(key)}", content)

    async def invite(self, room_id: str, user_id: str) -> None:
        await self.request("POST", f"{CLIENT}/rooms/{quoted(room_id)}/invite", {"user_id": user_id})

    async def kick(self, room_id: str, user_id: str, reason: str = "") -> None:
        body = {"user_id": user_id} | ({"reason": reason} if reason else {})
        await self.request("POST", f"{CLIENT}/rooms/{quoted(room_id)}/kick", body)

    async def join(self, room: str, via: list[str] | None = None) -> str:
        """Join by id or alias; the room's id."""
        query = "&".join(f"via={quoted(server)}" for server in via or ())
        path = f"{CLIENT}/join/{quoted(room)}" + (f"?{query}" if query else "")
        return _field(await self.request("POST", path, {}), "room_id")

    async def leave(self, room_id: str) -> None:
        await self.request("POST", f"{CLIENT}/rooms/{quoted(room_id)}/leave", {})

    async def create_room(self, body: Mapping[str, Any]) -> str:
        """Make a room; its id. Not safe to repeat: give it a marker in `creation_content` and look for that first."""
        return _field(await self.request("POST", f"{CLIENT}/createRoom", body), "room_id")

    async def upload(self, data: bytes, name: str, mimetype: str) -> str:
        """Upload a file; its mxc address."""
        path = "/_matrix/media/v3/upload"
        answer = await self.request("POST", path, data, query={"filename": name}, content_type=mimetype)
        return _field(answer, "content_uri")


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


def _target(asked: URL, path: str, location: str) -> str:
    """The homeserver's address that a redirect of the request for this path means, without anybody's password."""
    try:
        found = str(asked.join(URL(location)).with_user(None).with_query(None).with_fragment(None))
    except ValueError:
        return "another address"
    return found.removesuffix(path.partition("?")[0]).rstrip("/")


def _field(answer: Mapping[str, Any], name: str) -> str:
    """What the answer is about; a success without it is somebody else's page."""
    value = answer.get(name)
    if not isinstance(value, str):
        raise UnreachableError(f"an answer without {name}")
    return value


# --- the session that is kept between runs


def load_session(path: Path) -> dict[str, str] | None:
    """User, device and access token of the last run, if there was one."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return (
        found if isinstance(found, dict) and {"user_id", "device_id", "access_token"} <= set(found) else None
    )


def save_session(path: Path, *, user_id: str, device_id: str, access_token: str) -> None:
    """Keep the session, readable by its user alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    session = {"user_id": user_id, "device_id": device_id, "access_token": access_token}
    write_private(path, json.dumps(session).encode())
