"""Asks the homeserver what is new: with which filter, and when without what the bot itself has said."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Any, Final

from bot.core.events import RESPONSES, mapping, objects, text_of
from bot.matrix.transport import REQUEST_TIMEOUT, MatrixError, Transport

QUIET_FOR: Final = 30.0  # seconds for which only others are heard, until it is looked what was missed
LINGERS: Final = REQUEST_TIMEOUT  # for so long a change that was not answered may still come
STATE: Final = [
    "m.room.member",
    "m.room.create",
    "m.room.power_levels",
    "m.room.encryption",
    "m.room.tombstone",
    "m.room.join_rules",
    "m.room.history_visibility",
    "m.room.name",
    "m.room.topic",
]
_TYPES: Final = [
    "m.room.message",
    "m.reaction",
    "m.room.redaction",
    "m.room.encrypted",
    *RESPONSES,
    *STATE,
]


def _filter(timeline: dict[str, Any] | None = None, state: dict[str, Any] | None = None) -> str:
    return json.dumps(
        {
            "presence": {"types": []},
            "account_data": {"types": []},
            "room": {
                "timeline": {"limit": 100, "types": _TYPES} | (timeline or {}),
                "state": {"types": STATE, "lazy_load_members": False} | (state or {}),
                "ephemeral": {"types": []},
                "account_data": {"types": []},
            },
        },
        separators=(",", ":"),
    )


FILTER: Final = _filter()


@cache
def _without(user: str) -> str:
    return _filter({"not_senders": [user]})


@cache
def _own(user: str) -> str:
    return _filter({"senders": [user], "types": STATE}, {"senders": [user]})


class Asking:
    """Asks what is new since a token.

    All that the bot says comes back as news: one more answer for each message, a third of what a command costs the
    bot. So, for a while after it has said something, it asks for the news of others only. By such a request it would
    never hear of what it has done to a room, who was invited or what it is called now: where it may be about to do
    so, the request is given up, and what it would have told is asked for in full, from the same token. What was done
    in its name elsewhere, by `pi-bot setup` or in a client, is looked for at the end of that while.
    """

    def __init__(self, transport: Transport, *, clock: Callable[[], float]) -> None:
        self.transport, self.clock = transport, clock
        self._changed_at = clock()  # or by the run before, of which nothing is known
        self._changes = 0
        self._quiet: tuple[str | None, float] | None = None  # since when only others are heard: token, time
        self._of_others: asyncio.Timeout | None = None  # the request for their news, while it is under way
        transport.changing = self._changing

    async def first(self, token: str | None, *, whole: bool) -> dict[str, Any]:
        """All that is new, at once, after a start; `whole`: with the state of all rooms.

        No request had this filter before: Synapse keeps the answer to a request for two minutes by its exact
        parameters, deleted content and all, and a restarted bot would be told it again.
        """
        unused = FILTER + "".join(secrets.choice(" \n") for _ in range(32))
        return await self.transport.sync(since=token, timeout=0, sync_filter=unused, whole=whole)

    def may_be_quiet(self) -> bool:
        """Is it enough to hear of others now?"""
        now = self.clock()
        tired = self._quiet is not None and now - self._quiet[1] > QUIET_FOR
        return not tired and now - self._changed_at > LINGERS

    async def news(self, token: str | None, *, timeout: int, quietly: bool) -> dict[str, Any]:
        """What is new, after `timeout` milliseconds at most; `quietly`: without what the bot says."""
        if quietly:
            self._quiet = self._quiet or (token, self.clock())
            answer = await self._news_of_others(token, timeout)
            if answer is not None:
                return answer
        if self._quiet is not None:
            missed = await self._missed(self._quiet[0])
            self._quiet = None
            if missed is not None:
                return missed | {"next_batch": token}
        return await self.transport.sync(since=token, timeout=timeout, sync_filter=FILTER)

    async def _news_of_others(self, token: str | None, timeout: int) -> dict[str, Any] | None:
        """None where a room may have been changed meanwhile."""
        before, others = self._changes, _without(self.transport.user_id)
        try:
            async with asyncio.timeout(None) as self._of_others:
                answer = await self.transport.sync(since=token, timeout=timeout, sync_filter=others)
        except TimeoutError:
            return None
        finally:
            self._of_others = None
        return answer if self._changes == before else None

    async def _missed(self, token: str | None) -> dict[str, Any] | None:
        """What was changed in rooms in the bot's name since then, as it is now; None where nothing was."""
        answer = await self.transport.sync(since=token, timeout=0, sync_filter=_own(self.transport.user_id))
        rooms, joined = mapping(answer.get("rooms")), {}
        for room, news in mapping(rooms.get("join")).items():
            parts = [
                objects(mapping(mapping(news).get(part)).get("events")) for part in ("state", "timeline")
            ]
            changed = {(text_of(e.get("type")), text_of(e.get("state_key"))) for part in parts for e in part}
            if ("m.room.member", self.transport.user_id) in changed:
                continue  # it has come in meanwhile, which is told in full without being asked for
            now = [await self._as_it_is(room, kind, key) for kind, key in sorted(changed) if kind in STATE]
            joined[room] = {"state": {"events": [event for event in now if event is not None]}}
        left = mapping(rooms.get("leave"))
        if not joined and not left:
            return None
        # What has come to the device is told again: it is not confirmed by this token.
        return answer | {"rooms": {"join": joined, "leave": left}, "to_device": {}, "device_lists": {}}

    async def _as_it_is(self, room: str, kind: str, key: str) -> dict[str, Any] | None:
        """The state event; None where there is none, or the bot is out of the room."""
        try:
            return await self.transport.state_event(room, kind, key)
        except MatrixError as error:
            if error.status not in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
                raise
            return None

    def _changing(self) -> None:
        """The bot is about to ask for something that may change a room."""
        self._changes += 1
        self._changed_at = self.clock()
        under_way, self._of_others = self._of_others, None
        if under_way is not None:
            under_way.reschedule(asyncio.get_running_loop().time())
