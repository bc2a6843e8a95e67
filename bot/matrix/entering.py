"""How the bot gets in: the running bot and the short commands are the same device, whose session is in the store."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from bot.config.keys import Configuration
from bot.core.login import Logins, Session, kept, of_file, pickle_key
from bot.encryption.reading import maybe
from bot.matrix.session import (
    Identity,
    PatientTransport,
    SessionOverError,
    log_in,
    log_in_anew,
    log_out,
    once,
)
from bot.matrix.transport import CLIENT, Transport
from storage.engine.address import StoreError
from storage.engine.database import Database
from storage.engine.reading import reading
from storage.engine.schema import migrate, wrong_schema
from storage.engine.sealing import PickleKeyError
from storage.leader import alone

T = TypeVar("T")
Run = Callable[[Callable[[], Any]], Awaitable[Any]]  # what the store does
Ask = Callable[[Callable[[], Awaitable[Any]]], Any]  # what the homeserver is asked; it may try again
log = logging.getLogger(__name__)


async def here(call: Callable[[], T]) -> T:
    return call()


async def enter(
    transport: Transport,
    me: Identity,
    logins: Logins,
    *,
    encrypts: bool,
    recovers: bool = False,
    run: Run = here,
    ask: Ask = once,
) -> None:
    """The transport acts as the bot's device, and the store, which nobody else has, knows its session.

    A session that is over is followed by a new one of the same device, where a password is configured: its keys are
    in the store, and put up again where the homeserver has forgotten them. `recovers`: the identity in the store may
    be another pickle key's. Raises as `log_in` does, PickleKeyError and WrongStoreError.
    """
    if encrypts and not recovers and not await run(logins.opens):
        raise PickleKeyError
    device = await run(logins.device)
    try:
        found = await run(logins.kept)
    except PickleKeyError:  # then the keys of its device can't be opened either
        found, device = None, None if encrypts else device
    try:
        made = await log_in(transport, me, found, ask=ask, device=device)
    except SessionOverError as over:
        if not me.password:
            raise
        log.warning(
            "the session is over: logging in again", extra={"device_id": device, "reason": over.errcode}
        )
        found, made = None, await log_in_anew(transport, me, ask=ask, device=device)
    if me.access_token:
        await run(partial(logins.become, transport.device_id))
        return
    now = made or found
    if encrypts and me.password and now is not None:
        again = made is not None and device is not None
        if await _is_lost(transport, logins, run, ask, again=again):
            log.warning("a new device: the store has no keys of the one before", extra={"device_id": device})
            await run(partial(logins.keep, await log_in_anew(transport, me, ask=ask)))
            await log_out(transport, now)
            return
    if made is not None:
        await run(partial(logins.keep, made))


async def _is_lost(transport: Transport, logins: Logins, run: Run, ask: Ask, *, again: bool) -> bool:
    """Have others keys of the bot's device that the store has not, as after a restore?

    `again`: the bot has logged in once more as a device that it was: the homeserver may have forgotten its keys since,
    but people's clients refuse others under its name.
    """
    me, device = transport.user_id, transport.device_id
    if await run(partial(logins.has_keys, device)):
        return False
    if again:
        return True
    asked = {"device_keys": {me: [device]}}
    answer = await ask(partial(transport.request, "POST", f"{CLIENT}/keys/query", asked))
    return device in maybe(maybe(answer, "device_keys"), me)


# --- the short commands


@asynccontextmanager
async def session(configuration: Configuration, *, recovers: bool = False) -> AsyncIterator[Transport]:
    """A transport that acts as the bot's device, for a command that changes something.

    Where the store has no session, or one that is over, there is a new one, and the store has it. `recovers`: as for
    `enter`. Raises as `enter` does, and InUseError.
    """
    transport = PatientTransport(configuration.homeserver)
    try:
        if not await _goes_on(configuration, transport):
            await _begin(configuration, transport, recovers=recovers)
        yield transport
    finally:
        await transport.close()


@asynccontextmanager
async def visit(configuration: Configuration) -> AsyncIterator[Transport]:
    """The same for one that looks only: the store stays as it is, and a session that it has not ends with the visit."""
    transport = PatientTransport(configuration.homeserver)
    try:
        made = await log_in(transport, Identity.of(configuration), _looked_up(configuration))
        try:
            yield transport
        finally:
            if made is not None:
                await log_out(transport, made)
    finally:
        await transport.close()


async def _goes_on(configuration: Configuration, transport: Transport) -> bool:
    """Is there a session that the transport has now? The bot may run with it."""
    me, found = Identity.of(configuration), _looked_up(configuration)
    if found is None and not me.access_token:
        return False
    try:
        await log_in(transport, me, found)
    except SessionOverError:
        return False
    return True


async def _begin(configuration: Configuration, transport: Transport, *, recovers: bool) -> None:
    key, file = pickle_key(configuration.pickle_key), configuration.session_file
    migrate(configuration.database)
    database = Database(configuration.database)
    try:
        alone(database)
        logins = Logins(database, configuration.user_id, key, now=lambda: datetime.now(UTC), file=file)
        encrypts = configuration.encryption == "on"
        me = Identity.of(configuration)
        await enter(transport, me, logins, encrypts=encrypts, recovers=recovers)
    finally:
        database.close()


def _looked_up(configuration: Configuration) -> Session | None:
    """The session that the store has, as far as it can be opened; or a file, of an earlier version."""
    key, found = configuration.pickle_key, None
    if key.is_file():
        with suppress(StoreError, PickleKeyError), reading(configuration.database) as tx:
            found = None if wrong_schema(tx) else kept(tx, configuration.user_id, pickle_key(key))
    return found or of_file(configuration.session_file, configuration.user_id)
