"""People with a Matrix client, for the demo, the tests against a real Synapse and the measurements.

They speak the client-server API themselves and not through nio: what they see is what the homeserver
says, not what the library under the bot makes of it. Those who encrypt are in `sealed`.
"""

import asyncio
import contextlib
import json
import secrets
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, Self
from urllib.parse import quote

import aiohttp

from bot.demo.homeserver import Account, Homeserver

Event = dict[str, Any]  # as the homeserver gives it, always with room_id and event_id

_SYNC_FILTER = json.dumps({"presence": {"not_types": ["*"]}, "room": {"timeline": {"limit": 50}}})
_LONG_POLL = 30  # seconds


class MatrixError(Exception):
    """The homeserver refused a request."""

    def __init__(self, status: int, errcode: str, error: str) -> None:
        super().__init__(f"{status} {errcode}: {error}")
        self.status = status
        self.errcode = errcode


class Person:
    """One account with one device. Made inside a running event loop; `close` it, or use `async with`.

    Everything waits out the homeserver's rate limits and raises MatrixError for other refusals, and
    aiohttp.ClientError where nobody answers. Rooms are ids unless said otherwise.
    """

    def __init__(
        self,
        url: str,
        user_id: str,
        access_token: str,
        *,
        device_id: str = "",
        auto_join: bool = False,
    ) -> None:
        self.url = url
        self.user_id = user_id
        self.access_token = access_token
        self.device_id = device_id
        self.auto_join = auto_join
        self.received: list[Event] = []  # in order of arrival; an invitation is one's own member event, id ""
        self.rate_limited = 0  # how often the homeserver said so
        self._session = aiohttp.ClientSession(
            url, headers={"Authorization": f"Bearer {access_token}"}, timeout=aiohttp.ClientTimeout(90)
        )
        self._since: str | None = None
        self._arrived = asyncio.Condition()
        self._listener: asyncio.Task[None] | None = None

    @classmethod
    def of(cls, homeserver: Homeserver, account: Account, **more: Any) -> Self:
        """The account's own device; `more`: as in `__init__`."""
        return cls(homeserver.url, account.user_id, account.access_token, device_id=account.device_id, **more)

    @classmethod
    async def login(cls, url: str, user: str, password: str, *, auto_join: bool = False) -> Self:
        """A new device of an existing account."""
        credentials = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": user},
            "password": password,
        }
        async with (
            aiohttp.ClientSession(url) as session,
            session.post("/_matrix/client/v3/login", json=credentials) as response,
        ):
            answer = await response.json()
            if not response.ok:
                raise MatrixError(response.status, answer["errcode"], answer["error"])
        return cls(
            url,
            answer["user_id"],
            answer["access_token"],
            device_id=answer["device_id"],
            auto_join=auto_join,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Stops listening. Raises what ended the listening before, if anything did."""
        try:
            if self._listener:
                self._listener.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await self._listener
        finally:
            await self._session.close()

    # Rooms

    async def create_room(
        self,
        name: str | None = None,
        *,
        alias: str | None = None,
        public: bool = False,
        invite: Sequence[str] = (),
        **more: Any,
    ) -> str:
        """The id of the new room; `alias` is its local part, `more` goes into the request as it is."""
        request = {
            "preset": "public_chat" if public else "private_chat",
            "invite": list(invite),
            **({"name": name} if name else {}),
            **({"room_alias_name": alias} if alias else {}),
            **more,
        }
        return str((await self.request("POST", "v3/createRoom", request))["room_id"])

    async def direct_with(self, user_id: str) -> str:
        """The id of a new direct chat, in which the other one is invited."""
        room = await self.create_room(invite=[user_id], is_direct=True, preset="trusted_private_chat")
        account_data = _path("v3/user", self.user_id, "account_data", "m.direct")
        try:
            chats = await self.request("GET", account_data)
        except MatrixError as refused:
            if refused.status != 404:  # noqa: PLR2004 (no direct chat so far)
                raise
            chats = {}
        chats.setdefault(user_id, []).append(room)
        await self.request("PUT", account_data, chats)
        return room

    async def join(self, room_or_alias: str) -> str:
        answer = await self.request("POST", _path("v3/join", room_or_alias), {})
        return str(answer["room_id"])

    async def invite(self, room: str, user_id: str) -> None:
        await self._in_room(room, "invite", {"user_id": user_id})

    async def leave(self, room: str) -> None:
        await self._in_room(room, "leave", {})

    async def kick(self, room: str, user_id: str, reason: str = "") -> None:
        await self._in_room(room, "kick", {"user_id": user_id, "reason": reason})

    async def state(self, room: str) -> list[Event]:
        state: Any = await self.request("GET", _path("v3/rooms", room, "state"))
        return list(state)

    async def state_content(self, room: str, kind: str, key: str = "") -> dict[str, Any]:
        return await self.request("GET", _path("v3/rooms", room, "state", kind, key))

    async def set_state(self, room: str, kind: str, content: dict[str, Any], key: str = "") -> str:
        return str(
            (await self.request("PUT", _path("v3/rooms", room, "state", kind, key), content))["event_id"]
        )

    async def set_power_levels(self, room: str, users: dict[str, int], **others: Any) -> None:
        """These users have these levels; `others` are further keys of the event; the rest stays."""
        levels = await self.state_content(room, "m.room.power_levels")
        levels["users"] = {**levels.get("users", {}), **users}
        await self.set_state(room, "m.room.power_levels", {**levels, **others})

    async def set_display_name(self, name: str) -> None:
        path = _path("v3/profile", self.user_id, "displayname")
        await self.request("PUT", path, {"displayname": name})

    # Messages

    async def send(self, room: str, kind: str, content: dict[str, Any], txn: str | None = None) -> str:
        """The id of the event; the same `txn` again gives the same one."""
        path = _path("v3/rooms", room, "send", kind, txn or secrets.token_hex(8))
        return str((await self.request("PUT", path, content))["event_id"])

    async def say(
        self,
        room: str,
        text: str,
        *,
        thread: str | None = None,
        html: str | None = None,
        mentions: Sequence[str] = (),
        reply_to: str | None = None,
        txn: str | None = None,
    ) -> str:
        """The id of the message; `thread` is the event id of the thread's root."""
        content: dict[str, Any] = {"msgtype": "m.text", "body": text}
        if html:
            content |= {"format": "org.matrix.custom.html", "formatted_body": html}
        if mentions:
            content["m.mentions"] = {"user_ids": list(mentions)}
        relation: dict[str, Any] = {}
        if thread:
            relation = {"rel_type": "m.thread", "event_id": thread, "is_falling_back": reply_to is None}
        if reply_to or thread:
            content["m.relates_to"] = {**relation, "m.in_reply_to": {"event_id": reply_to or thread}}
        return await self.send(room, "m.room.message", content, txn)

    async def edit(self, room: str, event_id: str, text: str) -> str:
        content = {
            "msgtype": "m.text",
            "body": f"* {text}",
            "m.new_content": {"msgtype": "m.text", "body": text},
            "m.relates_to": {"rel_type": "m.replace", "event_id": event_id},
        }
        return await self.send(room, "m.room.message", content)

    async def react(self, room: str, event_id: str, key: str) -> str:
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        return await self.send(room, "m.reaction", {"m.relates_to": relation})

    async def redact(self, room: str, event_id: str, reason: str | None = None) -> str:
        path = _path("v3/rooms", room, "redact", event_id, secrets.token_hex(8))
        return str((await self.request("PUT", path, {"reason": reason} if reason else {}))["event_id"])

    async def upload(self, data: bytes, name: str, content_type: str) -> str:
        """The mxc address of the file."""
        answer = await self.request(
            "POST", "v3/upload", data, params={"filename": name}, root="media", content_type=content_type
        )
        return str(answer["content_uri"])

    async def download(self, mxc: str) -> bytes:
        path = f"/_matrix/client/v1/media/download/{mxc.removeprefix('mxc://')}"
        async with self._session.get(path) as response:
            response.raise_for_status()
            return await response.read()

    async def file(self, event: Event) -> bytes:
        """The file that the message has."""
        return await self.download(event["content"]["url"])

    # What was said

    async def messages(self, room: str) -> list[Event]:
        """The whole timeline that this person may see, state events included, oldest first."""
        found = await self._pages(_path("v3/rooms", room, "messages"), "end", dir="f")
        return [self._opened({**event, "room_id": room}) for event in found]

    async def relations(self, room: str, event_id: str, rel_type: str | None = None) -> list[Event]:
        """All that relates to the event (threads, edits, reactions; not replies), oldest first."""
        path = _path("v1/rooms", room, "relations", event_id, *([rel_type] if rel_type else []))
        return await self._pages(path, "next_batch", dir="f")

    async def listen(self) -> None:
        """All that was said lately is in `received`, and what is said from now on will be."""
        if self._listener is None:
            await self.sync()
            self._listener = asyncio.create_task(self._keep_listening(), name=f"sync {self.user_id}")

    async def sync(self, *, wait: int = 0) -> None:
        """All that came since the last time is in `received`; with nothing new, after `wait` seconds."""
        params = {"filter": _SYNC_FILTER, "timeout": str(wait * 1000)}
        if self._since:
            params["since"] = self._since
        answer = await self.request("GET", "v3/sync", params=params)
        await self._take_in(answer)
        rooms = answer.get("rooms", {})
        events: list[Event] = []
        for room, part in {**rooms.get("join", {}), **rooms.get("leave", {})}.items():
            timeline = part["timeline"]
            if timeline.get("limited") and self._since:
                events += await self._gap(room, timeline["prev_batch"])
            events += [self._opened({**event, "room_id": room}) for event in timeline["events"]]
        for room, part in rooms.get("invite", {}).items():
            events += [
                {**event, "room_id": room, "event_id": ""}
                for event in part["invite_state"]["events"]
                if event["type"] == "m.room.member" and event["state_key"] == self.user_id
            ]
            if self.auto_join:
                with contextlib.suppress(MatrixError):  # withdrawn meanwhile
                    await self.join(room)
        async with self._arrived:
            self._since = answer["next_batch"]
            self.received += events
            self._arrived.notify_all()

    async def wait_for(
        self,
        predicate: Callable[[Event], bool],
        *,
        room: str | None = None,
        timeout: float = 30,
    ) -> Event:
        """The first event, of those received already and those to come, that fulfils the predicate.

        Raises TimeoutError after `timeout` seconds, with the last events that were seen instead.
        """
        await self.listen()
        seen = 0
        try:
            async with asyncio.timeout(timeout), self._arrived:
                while True:
                    for event in islice(self.received, seen, None):
                        if room in (None, event["room_id"]) and predicate(event):
                            return event
                    seen = len(self.received)
                    if self._listener and self._listener.done():
                        self._listener.result()
                    await self._arrived.wait()
        except TimeoutError:
            last = [e for e in self.received if room in (None, e["room_id"])][-5:]
            told = "\n".join(f"{e.get('sender')} {e['type']} {e['content']}" for e in last)
            raise TimeoutError(f"{self.user_id} waited {timeout} s in vain; last seen:\n{told}") from None

    async def ask(
        self,
        room: str,
        text: str,
        timeout: float = 30,
        *,
        thread: str | None = None,
        mentions: Sequence[str] = (),
    ) -> Event:
        """Somebody else's reply to this text."""
        command = await self.say(room, text, thread=thread, mentions=mentions)
        return await self.wait_for(
            lambda event: event["sender"] != self.user_id and replied_to(event) == command,
            room=room,
            timeout=timeout,
        )

    # The wire

    async def request(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | bytes | None = None,
        *,
        params: dict[str, str] | None = None,
        root: str = "client",
        content_type: str = "application/json",
    ) -> dict[str, Any]:
        """The homeserver's answer; `path` begins with the version. Rate limits are waited out."""
        data = json.dumps(body) if isinstance(body, dict) else body
        headers = {} if data is None else {"Content-Type": content_type}
        while True:
            async with self._session.request(
                method, f"/_matrix/{root}/{path}", params=params, data=data, headers=headers
            ) as response:
                answer: dict[str, Any] = await response.json(content_type=None)
                if response.ok:
                    return answer
            if response.status != 429:  # noqa: PLR2004 (Too Many Requests)
                raise MatrixError(response.status, answer.get("errcode", ""), answer.get("error", ""))
            self.rate_limited += 1
            await asyncio.sleep(answer.get("retry_after_ms", 1000) / 1000)

    async def _in_room(self, room: str, act: str, body: dict[str, Any]) -> None:
        await self.request("POST", _path("v3/rooms", room, act), body)

    async def _pages(self, path: str, next_page: str, **params: str) -> list[Event]:
        events: list[Event] = []
        while True:
            page = await self.request("GET", path, params={**params, "limit": "500"})
            events += page["chunk"]
            if not page["chunk"] or next_page not in page:
                return events
            params["from"] = page[next_page]

    async def _keep_listening(self) -> None:
        try:
            while True:
                try:
                    await self.sync(wait=_LONG_POLL)
                except (aiohttp.ClientError, TimeoutError):
                    await asyncio.sleep(0.1)  # the homeserver restarts
        finally:
            async with self._arrived:
                self._arrived.notify_all()

    async def _gap(self, room: str, until: str) -> list[Event]:
        assert self._since
        span = {"from": until, "to": self._since}
        backwards = await self._pages(_path("v3/rooms", room, "messages"), "end", dir="b", **span)
        return [self._opened({**event, "room_id": room}) for event in reversed(backwards)]

    # Encryption: none here

    async def _take_in(self, answer: dict[str, Any]) -> None:
        """The keys that this answer to a sync brings are known."""

    def _opened(self, event: Event) -> Event:
        """The event in the clear, if it is known how."""
        return event


class People:
    """Persons with accounts on one homeserver, all closed together.

    With `unique` something random is added to their Matrix ids, and the name alone stays the name.
    """

    def __init__(self, homeserver: Homeserver, *, unique: bool = False) -> None:
        self._homeserver = homeserver
        self._suffix = f"-{secrets.token_hex(4)}" if unique else ""
        self._closing = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._closing.aclose()

    async def add(
        self,
        localpart: str,
        *,
        name: str | None = None,
        auto_join: bool = True,
        kind: type[Person] = Person,
    ) -> Person:
        """A new account's first device, listening."""
        account = await self._homeserver.create_account(localpart + self._suffix, name=name or localpart)
        person = kind.of(self._homeserver, account, auto_join=auto_join)
        await self._closing.enter_async_context(person)
        await person.listen()
        return person


def replied_to(event: Event) -> str | None:
    """The event that this one is a rich reply to; the fallback inside a thread is none."""
    relation = event["content"].get("m.relates_to", {})
    if relation.get("is_falling_back"):
        return None
    answered: str | None = relation.get("m.in_reply_to", {}).get("event_id")
    return answered


def _path(start: str, *parts: str) -> str:
    return "/".join([start, *(quote(part, safe="") for part in parts)])
