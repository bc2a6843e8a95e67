"""Does one errand at the homeserver: sends, edits, reacts, uploads, invites, makes rooms and sets their state.

Each is safe to repeat: by its transaction id, because the server has nothing against it, or by looking first.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Any, Final, TypeVar

from nio.crypto import encrypt_attachment

from bot.core.facade import Core
from bot.core.keys import ENCRYPTED
from bot.core.retries import BEING_MADE
from bot.core.rooms import MARKER, unread
from bot.core.rows import remark_of
from bot.core.troubles import managing
from bot.matrix import layout
from bot.matrix.drawing import Drawer
from bot.matrix.encrypting import Encrypting
from bot.matrix.lookup import created_rooms, reactions_on, sent_before
from bot.matrix.rests import MANAGED, is_inside
from bot.matrix.transport import LimitedError, MatrixError, Transport, UnreachableError
from bot.matrix.worker import Worker
from bot.rendering.polls import END, START, message_of
from bot.rendering.replies import TXN_KEY, edit_of, text_alone
from commands.framework.declarations import plain_key
from commands.framework.links import aimed
from storage.engine.database import StoreAwayError
from storage.outbox import POLL, POLL_END, REPLY, Errand

T = TypeVar("T")
log = logging.getLogger(__name__)
PINS: Final = "m.room.pinned_events"
MEMBER: Final = "m.room.member"
OLD: Final = timedelta(hours=20)  # Synapse forgets transaction ids after 24
ANY_FILE: Final = "application/octet-stream"
UPLOADS: Final = 1_000  # addresses of files that are remembered
_EVENTS: Final = {
    "message": "m.room.message",
    "file": "m.room.message",
    "edit": "m.room.message",
    "reaction": "m.reaction",
    POLL: START,
    POLL_END: END,
}


class StoreSilentError(UnreachableError):
    """The store can't say at present: no room's fault."""


class Delivery:
    """Carries out errands, in whatever order it is asked to. `events`: what errands that are over have become."""

    def __init__(
        self,
        transport: Transport,
        worker: Worker,
        core: Core,
        events: Mapping[int, str | None],
        *,
        now: Callable[[], datetime],
        encrypting: Encrypting | None = None,
        drawer: Drawer | None = None,
    ) -> None:
        self.transport, self.worker, self.core, self.encrypting = transport, worker, core, encrypting
        self.events, self.drawer = events, drawer
        self.now, self._begun = now, now()
        self.uploads: OrderedDict[bytes, dict[str, Any]] = OrderedDict()  # where files uploaded lately are
        self.direct: dict[str, str] = {}  # person -> direct chat
        self._encrypts_all = False  # the homeserver does so with new rooms, where encryption is off
        self.made: dict[str, str] = {}  # what a room was made for -> the room, in this run
        self.lane_of: dict[str, str] = {}  # direct chat -> person, in whose lane its first messages are

    async def carry_out(self, errand: Errand) -> str | None:
        """Do what the errand says; the id of the event it became."""
        match errand.kind:
            case kind if kind in _EVENTS:
                return await self._send(errand)
            case "redaction":
                return await self._redact(errand)
            case "invite":
                await self._invite(errand.room, errand.content["user_id"])
            case "kick":
                user = errand.content["user_id"]
                await self._unless_already(self.transport.kick(errand.room, user), errand.room, user, "leave")
            case "join":
                await self.transport.join(errand.room, errand.content.get("via"))
            case "leave":
                await self.transport.leave(errand.room)
            case "create":
                return await self._room_of(errand)
            case "state" | "power" | "pin":
                await self._set(errand)
            case _:
                raise MatrixError(0, "M_UNKNOWN", f"an errand of the kind {errand.kind}")
        return None

    async def closed(self, errand: Errand) -> str | None:
        """The place that is closed to the bot, as the homeserver says: the room, or what takes more rights there."""
        room, me = self.direct.get(errand.room, errand.room), self.transport.user_id
        if not room.startswith("!") or not is_inside(errand):
            return None
        try:
            membership = (await self.transport.state(room, MEMBER, me)).get("membership")
            if membership != "join":
                return errand.room if membership is not None else None
            create = await self.transport.state_event(room, "m.room.create")
        except MatrixError as error:
            if error.errcode in ("M_FORBIDDEN", "M_NOT_FOUND"):
                return errand.room
            raise
        try:
            levels = await self.transport.state(room, "m.room.power_levels")
        except MatrixError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        mine = layout.power_in(levels, create, me)
        if mine < layout.needed(levels, ENCRYPTED if room in self.core.encrypted else "m.room.message"):
            return errand.room
        managed = errand.kind in MANAGED and mine < layout.needed(levels, _right(errand))
        return managing(errand.room) if managed else None

    async def _invite(self, room: str, user: str) -> None:
        """The person is invited; they read what is said from the request on, which the sync tells of later."""
        keys = self.core.keys if room in self.core.encrypted else None
        if keys is not None:
            await self.worker.run(partial(keys.inviting, room, user))
        taken = True  # or will be, where nothing is answered
        try:
            taken = await self._unless_already(
                self.transport.invite(room, user), room, user, "invite", "join"
            )
        except MatrixError as error:
            taken = isinstance(error, LimitedError)
            raise
        finally:
            if keys is not None and not taken:
                await self.worker.run(partial(keys.inviting, room, user, well=False))

    async def _unless_already(self, act: Awaitable[None], room: str, user: str, *wanted: str) -> bool:
        """It is done now, if it was not before.

        A person who is in already, or banned, need not be invited, one who is out not be removed: the server forbids
        both as it forbids what the bot may not do.
        """
        try:
            await act
        except MatrixError as error:
            if error.errcode != "M_FORBIDDEN":
                raise
            if not await self._is(room, user, (*wanted, "ban")):
                raise
            return False
        return True

    async def _is(self, room: str, user: str, wanted: Collection[str]) -> bool:
        """Does the homeserver say that the person's membership is one of these, or nothing of it?"""
        try:
            return (await self.transport.state(room, MEMBER, user)).get("membership", "ban") in wanted
        except MatrixError as error:
            return error.status == HTTPStatus.NOT_FOUND and "leave" in wanted

    async def _send(self, errand: Errand) -> str | None:
        room = errand.room if not errand.room.startswith("@") else await self._direct_chat(errand)
        content: dict[str, Any] = errand.content
        kind = _EVENTS[errand.kind]
        if kind != "m.reaction" and self._is_silent(room) and errand.txn != remark_of(unread(room)):
            raise MatrixError(HTTPStatus.FORBIDDEN, "M_FORBIDDEN", "encrypted, and encryption is off")
        sealed = self.encrypting is not None and kind != "m.reaction" and room in self.core.encrypted
        if "drawn" in content:
            content = await self._drawn(content, sealed=sealed)
        elif "data" in content:
            content = await self._uploaded(content, sealed=sealed)
        if errand.waits_for is not None:
            target = await self._event_of(errand.waits_for)
            if errand.kind in ("edit", "reaction") and target is None:
                return None  # there is nothing to put it on
            content = _aimed(replace(errand, content=content), target)
        if kind == END and "m.relates_to" not in content:  # there is no poll to end
            kind, content = "m.room.message", message_of(content)
        if self._is_unknown(errand):
            found = await sent_before(self.transport, room, errand.txn, since=errand.created_at)
            if found is not None:
                return found
        if sealed and self.encrypting is not None:
            content, kind = await self.encrypting.seal(room, kind, content, errand.txn), ENCRYPTED
        try:
            return await self.transport.send(room, kind, errand.txn, content)
        except MatrixError as error:
            if error.errcode != "M_DUPLICATE_ANNOTATION":
                raise
            return None  # it is there already

    def _is_unknown(self, errand: Errand) -> bool:
        """May it have been sent without the homeserver recognising it? Transaction ids are a device's, for a day."""
        since = self.core.device_since
        return self.now() - errand.created_at > OLD or (since is not None and errand.created_at < since)

    def _is_silent(self, room: str) -> bool:
        """Is nothing said in this room, since what is said there must be encrypted, and encryption is off?"""
        return self.encrypting is None and room in self.core.encrypted

    async def _redact(self, errand: Errand) -> str | None:
        """The message is empty; with `edits` also what it said before and since."""
        what = errand.content
        event_id = what["event_id"] or (await self._event_of(what["row"]) if what["row"] else None)
        if event_id is None and what["row"]:
            return None
        room = errand.room if not errand.room.startswith("@") else await self._direct_chat(errand)
        event_id = event_id or await self._own_seed(errand, room)
        if event_id is None:
            return None
        if what.get("edits"):
            for edit in await self.transport.edits(room, event_id):
                await self.transport.redact(room, edit, f"{errand.txn}{edit[1:9]}")
        return await self.transport.redact(room, event_id, errand.txn)

    async def _own_seed(self, errand: Errand, room: str) -> str | None:
        """The bot's own reaction of this sign on the message, of which no row tells any more."""
        target = await self._event_of(errand.waits_for) if errand.waits_for is not None else None
        if target is None:
            return None
        _, own = await reactions_on(self.transport, room, target)
        return own.get(plain_key(errand.content["key"]))

    async def _event_of(self, errand_id: int) -> str | None:
        if errand_id in self.events:
            return self.events[errand_id]
        return await self.ask(partial(self.core.event_of, errand_id))

    async def ask(self, question: Callable[[], T]) -> T:
        """The answer of the store; where it can't at present, the errand is tried again like with a server away."""
        try:
            return await self.worker.run(question)
        except (Exception, StoreAwayError) as error:
            raise StoreSilentError(f"the store: {type(error).__name__}") from error

    async def _drawn(self, content: dict[str, Any], *, sealed: bool) -> dict[str, Any]:
        """The content with what was drawn for it and uploaded; where that fails, its text alone."""
        what = content["drawn"]
        told = json.dumps([what, sealed], sort_keys=True)
        known = hashlib.sha256(told.encode()).digest()
        where = self.uploads.get(known)
        if where is None:
            data = await self.drawer.draw(what) if self.drawer is not None else None
            if data is None:
                return text_alone(content)
            info = content["info"] | {"size": len(data)}
            try:
                where = await self._stored(data, content["filename"], info["mimetype"], sealed=sealed)
            except LimitedError:
                raise
            except MatrixError as error:
                log.warning("picture not taken", extra={"error": str(error)})
                return text_alone(content)
            where |= {"info": info}
            self._remember_upload(known, where)
        return {name: value for name, value in content.items() if name != "drawn"} | where

    async def _uploaded(self, content: dict[str, Any], *, sealed: bool) -> dict[str, Any]:
        """The content with the file's address; the same file is uploaded once, to however many it goes.

        `sealed`: encrypted, and with what opens it.
        """
        data = base64.b64decode(content["data"]) if content.get("base64") else content["data"].encode()
        name, media = content["filename"], content["info"]["mimetype"]
        known = hashlib.sha256(f"{name} {media} {sealed} ".encode() + data).digest()
        where = self.uploads.get(known)
        if where is None:
            where = await self._stored(data, name, media, sealed=sealed)
            self._remember_upload(known, where)
        return {k: v for k, v in content.items() if k not in ("data", "base64")} | where

    async def _stored(self, data: bytes, name: str, media: str, *, sealed: bool) -> dict[str, Any]:
        """Where it is kept; encrypted, with what opens it."""
        if not sealed:
            return {"url": await self.transport.upload(data, name, media)}
        data, keys = encrypt_attachment(data)
        return {"file": keys | {"url": await self.transport.upload(data, "", ANY_FILE)}}

    def _remember_upload(self, known: bytes, where: dict[str, Any]) -> None:
        self.uploads[known] = where
        if len(self.uploads) > UPLOADS:
            self.uploads.popitem(last=False)

    async def _room_of(self, errand: Errand) -> str:
        """The room of this purpose; where there is none, it is made, once. The store learns of it by the sync."""
        purpose = errand.room
        known = await self.ask(partial(self.core.made_room, purpose, self.made.get(purpose)))
        if known is None:
            wanted = {key: errand.content[key] for key in ("name", "topic", "space")}
            known = await self._made(
                errand, purpose, layout.thing_creation(self.core.settings, purpose, **wanted)
            )
        self.made[purpose] = known
        return known

    async def _set(self, errand: Errand) -> None:
        """The room's state is this; what people have set beside it stays."""
        room, content = errand.room, errand.content
        match errand.kind:
            case "state":
                await self.transport.set_state(room, content["type"], content["content"], content["key"])
            case "power":
                now = await self._levels(room)
                create = await self.transport.state_event(room, "m.room.create")
                wanted = layout.given(now, create, content["users"])
                if wanted != now:
                    await self.transport.set_state(room, "m.room.power_levels", wanted)
            case "pin":
                event_id = await self._event_of(errand.waits_for) if errand.waits_for is not None else None
                pins = await self._pins(room)
                if event_id is not None and event_id not in pins:
                    await self.transport.set_state(room, PINS, {"pinned": [*pins, event_id]})

    async def _levels(self, room: str) -> dict[str, Any]:
        """The room's power levels; one that is just being made has none for a moment, and is in the sync already."""
        for pause in BEING_MADE:
            try:
                return await self.transport.state(room, "m.room.power_levels")
            except MatrixError as error:
                if error.status != HTTPStatus.NOT_FOUND:
                    raise
                await asyncio.sleep(pause)
        return await self.transport.state(room, "m.room.power_levels")

    async def _pins(self, room: str) -> list[str]:
        try:
            pins = (await self.transport.state(room, PINS)).get("pinned")
        except MatrixError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return []
        return [pin for pin in pins if isinstance(pin, str)] if isinstance(pins, list) else []

    async def _made(
        self, errand: Errand, marker: str, wanted: dict[str, Any], *, person: str | None = None
    ) -> str:
        """The room of this mark, made before a crash or now; `person`: whose direct chat it must be.

        Making a room has no transaction id: the try is recorded first, and looked up after a crash; so is one for
        an errand before this, whose room no sync has told us of.
        """
        if errand.tried_at is not None or errand.created_at < self._begun:
            async for found in created_rooms(self.transport, marker):
                if person is None or await self.ask(partial(self.core.direct_room, person, found)) == found:
                    return found
        if self._encrypts_all:
            raise _encrypted_anyway()
        await self.ask(partial(self.core.mark_tried, errand.id, now=self.now()))
        errand.tried_at = self.now()
        if self.encrypting is not None:
            wanted = layout.encrypted(wanted)
        try:
            made = await self.transport.create_room(wanted)
        except LimitedError:
            errand.tried_at = None  # nothing was made: the next try need not look for it
            raise
        if self.encrypting is not None:
            self.core.encrypted.add(made)  # known from the request, before the sync tells
        elif await self._is_encrypted(made):
            self._encrypts_all = True  # so would be the next one
            await self.transport.leave(made)
            raise _encrypted_anyway()
        return made

    async def _is_encrypted(self, room: str) -> bool:
        try:
            return "algorithm" in await self.transport.state(room, "m.room.encryption")
        except MatrixError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return False
            raise

    async def _direct_chat(self, errand: Errand) -> str:
        """The person's direct chat; where there is none, the bot makes one, once.

        Who has left it, or declined it, gets another one only with an answer.
        """
        user, marker = errand.room, f"direct {errand.room}"
        known = await self.ask(partial(self.core.direct_room, user, self.direct.get(user)))
        if known is None:
            self.direct.pop(user, None)
            if errand.priority != REPLY and await self.ask(partial(self.core.is_out_of_reach, user)):
                raise MatrixError(HTTPStatus.FORBIDDEN, "M_FORBIDDEN", "they have left their direct chat")
            wanted = {
                "preset": "trusted_private_chat",
                "is_direct": True,
                "invite": [user],
                "creation_content": {MARKER: marker},
            }
            known = await self._made(errand, marker, wanted, person=user)
        self.direct[user] = known
        self.lane_of[known] = user
        return known


def _encrypted_anyway() -> MatrixError:
    return MatrixError(
        HTTPStatus.FORBIDDEN, "M_FORBIDDEN", "the homeserver encrypts new rooms, and encryption is off"
    )


def _aimed(errand: Errand, event_id: str | None) -> dict[str, Any]:
    """The content with the event id it was waiting for."""
    match errand.kind:
        case "edit":
            return edit_of(errand.content, event_id or "") | {TXN_KEY: errand.txn}
        case "reaction":
            relation = {"rel_type": "m.annotation", "event_id": event_id, "key": errand.content["key"]}
            return {"m.relates_to": relation, TXN_KEY: errand.txn}
        case _:
            return aimed(errand.content, event_id)


def _right(errand: Errand) -> str:
    """What the power levels of a room call the right that this takes."""
    match errand.kind:
        case "power":
            return "m.room.power_levels"
        case "pin":
            return PINS
        case "state":
            return str(errand.content["type"])
        case kind:
            return kind
