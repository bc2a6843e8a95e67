"""Fetches the files that commands wait for, has them read, and hands what was read to the commands.

The store says what is wanted, and forgets it in the transaction that carries the command out: after a kill the file is
fetched again. Its bytes are nowhere but here, and in the process that reads them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from nio.crypto.attachments import decrypt_attachment
from nio.exceptions import EncryptionError

from bot.core.attached import Attached, attached
from bot.core.events import Clear, mapping, text_of
from bot.core.facade import Core
from bot.core.retries import pause
from bot.core.waiting import Wanted
from bot.matrix.apart import FailedApartError, apart
from bot.matrix.encrypting import Encrypting
from bot.matrix.outages import Outage
from bot.matrix.sender import Sender
from bot.matrix.transport import (
    DEAD,
    LimitedError,
    MatrixError,
    TooLargeError,
    Transport,
    UnreachableError,
)
from bot.matrix.worker import Worker
from commands.framework.declarations import COMMANDS
from commands.framework.failures import Failure
from commands.framework.files import MOST, FileGone, FileTooLarge, FileUnread
from storage.engine.database import StoreAwayError

log = logging.getLogger(__name__)
READ_WITHIN: Final = 60.0  # seconds
GIVEN_UP_AFTER: Final = timedelta(minutes=10)  # since the first failure, where the homeserver answers at all
GIVEN_UP_TRIES: Final = 6
ENCRYPTED: Final = "m.room.encrypted"


@dataclass
class Trouble:
    """A file that could not be fetched yet."""

    since: datetime
    next_at: datetime
    tries: int = 1


class Files:
    """One for the running bot; `run` until cancelled. One file at a time, so that memory has a bound."""

    def __init__(
        self,
        transport: Transport,
        worker: Worker,
        core: Core,
        sender: Sender,
        *,
        now: Callable[[], datetime],
        encrypting: Encrypting | None = None,
    ) -> None:
        self.transport, self.worker, self.core, self.sender = transport, worker, core, sender
        self.now, self.encrypting = now, encrypting
        self._failing: dict[str, Trouble] = {}  # by command

    async def run(self, ready: asyncio.Event, wanted: asyncio.Event, changed: asyncio.Event) -> None:
        """Fetch what is wanted, once all that was said before is known.

        `wanted` is set by others where a command may have begun to wait, `changed` here where cards may have changed.
        """
        await ready.wait()
        outage = Outage("files not looked at", "files looked at again")
        while True:
            wanted.clear()
            try:
                if await self.fetch_all():
                    changed.set()
                outage.ended()
                rest = self._until_next()
            except (Exception, StoreAwayError) as error:
                if isinstance(error, MatrixError) and error.errcode in DEAD:
                    raise
                outage.failed(f"{type(error).__name__}: {error}")
                rest = pause(outage.count)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await wanted.wait()

    def _until_next(self) -> float | None:
        """The seconds until something is to be tried again; None where nothing is."""
        due = min((trouble.next_at for trouble in self._failing.values()), default=None)
        return max(0.0, (due - self.now()).total_seconds()) if due is not None else None

    async def fetch_all(self) -> bool:
        """All that is wanted and due is fetched, or tried; True if a command was carried out."""
        wanted = await self.worker.run(self.core.wanted_files)
        ids = {one.event_id for one in wanted}
        self._failing = {of: trouble for of, trouble in self._failing.items() if of in ids}
        any_done = False
        for one in wanted:
            trouble = self._failing.get(one.event_id)
            if trouble is None or trouble.next_at <= self.now():
                any_done |= await self._fetch(one)
        return any_done

    async def _fetch(self, wanted: Wanted) -> bool:
        """The command has its file, or hears why not; False if it is to be tried again."""
        try:
            read = await self._had(wanted)
        except (UnreachableError, MatrixError) as error:
            if isinstance(error, MatrixError) and error.errcode in DEAD:
                raise
            if self._later(wanted, error):
                return False
            log.warning("file not fetched", extra={"event_id": wanted.event_id, "reason": str(error)})
            read = FileGone()
        self._failing.pop(wanted.event_id, None)
        errands = await self.worker.insist(
            partial(self.core.file_came, wanted.event_id, read, now=self.now())
        )
        self.sender.add(errands)
        return True

    def _later(self, wanted: Wanted, error: Exception) -> bool:
        """Is it tried again, and when? Not what the homeserver refuses, and not for ever what it fails at."""
        if isinstance(error, MatrixError) and not isinstance(error, LimitedError):
            return False
        trouble = self._failing.setdefault(wanted.event_id, Trouble(self.now(), self.now(), tries=0))
        trouble.tries += 1
        long_ago = self.now() - trouble.since > GIVEN_UP_AFTER
        if long_ago and trouble.tries > GIVEN_UP_TRIES and not self.sender.rests.unheard:
            return False
        rest = error.retry_after if isinstance(error, LimitedError) else pause(trouble.tries, longest=60.0)
        trouble.next_at = self.now() + timedelta(seconds=rest)
        return True

    async def _had(self, wanted: Wanted) -> Any:
        """What was read of the file, or the failure that says why not; None where there is no file.

        Raises MatrixError, UnreachableError.
        """
        command = COMMANDS.get(wanted.command)
        file = wanted.attached or await self._looked_up(wanted)
        if command is None or command.takes is None or file is None:
            return None
        if isinstance(file, Failure):
            return file
        if (file.size or 0) > MOST:
            return FileTooLarge()
        try:
            data = await self.transport.download(file.server, file.media, most=MOST)
            if file.sealed:
                data = await asyncio.to_thread(decrypt_attachment, data, file.key, file.digest, file.iv)
            return await apart(command.takes, data, within=READ_WITHIN)
        except TooLargeError:
            return FileTooLarge()
        except (EncryptionError, ValueError, FailedApartError) as error:
            reason = f"{type(error).__name__}: {error}"
            log.warning("file not read", extra={"event_id": wanted.event_id, "reason": reason})
            return FileUnread()

    async def _looked_up(self, wanted: Wanted) -> Attached | Failure | None:
        """The file of the event that the command names, or of the one that this answers."""
        event_id = wanted.looked_up
        for _ in range(2):
            if not event_id:
                return None
            try:
                raw = await self.transport.event(wanted.room_id, event_id)
            except MatrixError as error:
                if error.status in (HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN):
                    return FileGone()
                raise
            if self.encrypting is not None and raw.get("type") == ENCRYPTED:
                opened = await self.encrypting.open(wanted.room_id, [raw])
                raw = next((one for one in opened if isinstance(one, Clear)), raw)
            if raw.get("type") == ENCRYPTED:
                return FileUnread()
            content = mapping(raw.get("content"))
            if (file := attached(content)) is not None:
                return file
            relates = mapping(content.get("m.relates_to"))
            event_id = text_of(mapping(relates.get("m.in_reply_to")).get("event_id"))
        return None
