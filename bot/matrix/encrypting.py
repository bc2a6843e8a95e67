"""The encryption towards the homeserver: uploads, questions, what goes to devices; always commit, then send."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Final

from bot.core.events import text_of
from bot.core.keys import ENCRYPTED, Keys, News, NotYetError, ToSend
from bot.core.retries import BEING_MADE
from bot.encryption.machine import Claim, Query
from bot.encryption.reading import Json
from bot.matrix.transport import (
    CLIENT,
    DEAD,
    ApprovalError,
    LimitedError,
    MatrixError,
    Transport,
    UnreachableError,
    quoted,
)
from bot.matrix.worker import Worker
from storage.olm import ToDevice

log = logging.getLogger(__name__)
STEPS: Final = 50  # of asking and sending before one message; far more than any needs


PASSWORD: Final = "m.login.password"  # noqa: S105 - the name of a way to log in


class ForeignIdentityError(Exception):
    """The homeserver has another identity for the bot's account than the one in the store; a line says what to do."""

    def __init__(self) -> None:
        super().__init__(
            "identity: the homeserver has another one for the bot: `pi-bot recover` brings it here, "
            "`pi-bot setup --reset-identity` makes a new one"
        )


class OtherDeviceError(Exception):
    """The homeserver has other keys for the bot's device than those in the store; a line says what to do."""

    def __init__(self, device: str) -> None:
        super().__init__(f"device {device}: has other keys than the store: end its session, and start again")


class Encrypting:
    """One for the running bot."""

    def __init__(
        self,
        transport: Transport,
        worker: Worker,
        keys: Keys,
        *,
        now: Callable[[], datetime],
        password: str | None = None,
    ) -> None:
        self.transport, self.worker, self.keys, self.now = transport, worker, keys, now
        self._password = password
        self._asking = (
            asyncio.Lock()
        )  # one room at a time is made ready: what is sent to devices keeps its order
        self._due = True  # the last news may have made necessary that something is uploaded, asked or sent
        self.uploads = 0  # ended so far: counts of keys asked for before that are old

    # --- who the bot is

    async def start(self) -> None:
        """The device's keys are on the homeserver, signed by the bot's identity; safe to repeat.

        Raises ForeignIdentityError; OtherDeviceError; ApprovalError, where the identity is not let in by a password.
        """
        me = self.transport.user_id
        answer = await self.query({me: 0})
        if await self.worker.run(partial(self.keys.is_other_device, answer)):
            raise OtherDeviceError(self.transport.device_id)
        await self.worker.run(partial(self.keys.missed, answer))
        await self.upload()
        state, body, signature = await self.worker.run(partial(self.keys.identify, answer))
        if state == "foreign":
            raise ForeignIdentityError
        if state == "none":
            await self._put_identity(body)
        await self._sign(answer, signature)

    async def reset(self) -> None:
        """The bot's identity is a new one, made now. Raises ApprovalError."""
        await self.upload()
        body, signature = await self.worker.run(self.keys.reset)
        await self._put_identity(body)
        await self._sign({}, signature)

    async def _put_identity(self, body: Json) -> None:
        path = f"{CLIENT}/keys/device_signing/upload"
        try:
            await self.transport.request("POST", path, body)
        except ApprovalError as error:
            if [PASSWORD] not in error.stages or self._password is None:
                raise
            who = {"type": "m.id.user", "user": self.transport.user_id}
            proof = {
                "type": PASSWORD,
                "identifier": who,
                "password": self._password,
                "session": error.session,
            }
            await self.transport.request("POST", path, {**body, "auth": proof})

    async def _sign(self, answer: Json, signature: Json) -> None:
        me = self.transport.user_id
        if not await self.worker.run(partial(self.keys.is_device_signed, answer)):
            await self.transport.request("POST", f"{CLIENT}/keys/signatures/upload", signature)
            if not await self.is_signed():
                log.warning("device not signed", extra={"user_id": me})

    async def is_signed(self) -> bool:
        """Does the homeserver show the bot's device as signed by its identity?"""
        answer = await self.query({self.transport.user_id: 0})
        return await self.worker.run(partial(self.keys.is_device_signed, answer))

    # --- news

    async def take(
        self, answer: Json, timelines: Mapping[str, list[Json]], *, uploads: int, own: bool
    ) -> Mapping[str, list[Json]]:
        """See `Keys.take`; `uploads`: how many had ended when the news was asked for."""
        senders = self._senders(event for timeline in timelines.values() for event in timeline)
        if not own and not senders and not self.keys.machine.is_wanted(answer):
            return timelines
        fresh = uploads == self.uploads
        take = partial(self.keys.take, answer, timelines, counts_are_new=fresh, own=own)
        return (await self._knowing(senders, take)).timelines

    async def open(self, room_id: str, events: list[Json], *, own: bool = False) -> list[Json]:
        """The events with what could be opened."""
        senders = self._senders(events)
        if not any(event.get("type") == ENCRYPTED for event in events):
            return events
        news = await self._knowing(senders, partial(self.keys.open, room_id, events, own=own))
        return news.timelines[room_id]

    def _senders(self, events: Iterable[Json]) -> set[str]:
        """Whose encrypted messages are among these; the bot's own need no devices known."""
        senders = {text_of(event.get("sender")) for event in events if event.get("type") == ENCRYPTED}
        return senders - {"", self.transport.user_id}

    async def _knowing(self, senders: set[str], take: Callable[..., Query | News]) -> News:
        """What is taken in, once the devices of those who sent it are known, as far as their servers say."""
        news = await self.worker.run(partial(take, senders=senders, now=self.now()))
        if isinstance(news, Query):
            await self._know(news.asked)
            news = await self.worker.run(partial(take, senders=set(), now=self.now()))
            assert isinstance(news, News)
        self._due |= news.due
        return news

    async def _know(self, asked: dict[str, int]) -> None:
        try:
            found = await self.query(asked)
        except (MatrixError, UnreachableError) as error:
            if isinstance(error, MatrixError) and error.errcode in DEAD:
                raise
            log.info("devices not known", extra={"reason": str(error)})
        else:
            await self.worker.run(partial(self.keys.queried, asked, found))

    async def catch_up(self) -> None:
        """All that the last news requires is uploaded, asked and sent; again, if it was not finished."""
        if not self._due:
            return
        self._due = False  # not at the end: more may come meanwhile
        try:
            await self.upload()
            async with self._asking:
                stuck = await self.worker.run(self.keys.stuck)
                if stuck:
                    answer = await self._claim(stuck)
                    await self.worker.run(partial(self.keys.unstuck, stuck, answer, now=self.now()))
                for row in await self.worker.run(self.keys.to_send):
                    await self._to_device(row)
        except BaseException:
            self._due = True
            raise

    async def upload(self) -> None:
        """Keys that the homeserver has not got are there."""
        body = await self.worker.run(self.keys.upload)
        if body is not None:
            await self.transport.request("POST", f"{CLIENT}/keys/upload", body)
            await self.worker.run(self.keys.uploaded)
            self.uploads += 1

    # --- messages out

    async def seal(self, room_id: str, kind: str, content: Json, txn: str) -> Json:
        """The content as it goes out, of type `m.room.encrypted`; all who shall read it have, or will get, the key."""
        sealed = await self._try(room_id, kind, content, txn)
        if isinstance(sealed, dict):
            return sealed
        busy = self._asking.locked()
        async with self._asking:
            try:
                if busy:  # what was wanted may have been asked and sent meanwhile
                    self.keys.room_changed(room_id)
                    sealed = await self._try(room_id, kind, content, txn)
                for _ in range(STEPS):
                    if isinstance(sealed, dict):
                        return sealed
                    await self._do(sealed)
                    sealed = await self._try(room_id, kind, content, txn)
            except BaseException:
                self.keys.room_changed(room_id)  # what was to be sent to devices may not be there
                self._due = True
                raise
        raise UnreachableError("the key does not get to those who shall read it")

    async def _do(self, wanted: Query | Claim | ToSend) -> None:
        """What is wanted before something can be sealed is asked, or sent."""
        match wanted:
            case Query(asked):
                answer = await self.query(asked)
                await self.worker.run(partial(self.keys.queried, asked, answer))
            case Claim(body):
                answer = await self._claim(body)
                await self.worker.run(partial(self.keys.claimed, body, answer, now=self.now()))
            case ToSend(rows):
                for row in rows:
                    await self._to_device(row)

    async def _try(self, room_id: str, kind: str, content: Json, txn: str) -> Json | Query | Claim | ToSend:
        for pause in (*BEING_MADE, None):
            try:
                return await self.worker.run(
                    partial(self.keys.seal, room_id, kind, content, txn, now=self.now())
                )
            except NotYetError:
                if pause is None:
                    raise UnreachableError("the room is not known yet") from None
                await asyncio.sleep(pause)
        raise AssertionError

    # --- requests

    async def query(self, asked: Mapping[str, int]) -> Json:
        """The homeserver's answer on these people's devices and identities."""
        return await self.transport.request(
            "POST", f"{CLIENT}/keys/query", {"device_keys": {user: [] for user in asked}}
        )

    async def _claim(self, body: Json) -> Json:
        return await self.transport.request("POST", f"{CLIENT}/keys/claim", {"one_time_keys": body})

    async def _to_device(self, row: ToDevice) -> None:
        path = f"{CLIENT}/sendToDevice/{quoted(row.kind)}/{quoted(row.txn)}"
        try:
            await self.transport.request("PUT", path, {"messages": row.messages})
        except MatrixError as error:
            if isinstance(error, LimitedError) or error.errcode in DEAD:
                raise
            log.warning("not sent to devices", extra={"reason": str(error)})  # would be refused again
        await self.worker.run(partial(self.keys.sent, row.id))
