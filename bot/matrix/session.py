"""How the bot gets its session at the homeserver: the running bot and the short commands are the same device."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, Self, TypeVar

from bot import logs
from bot.config.keys import Configuration
from bot.matrix.transport import (
    LimitedError,
    MatrixError,
    Transport,
    UnreachableError,
    load_session,
    save_session,
)

T = TypeVar("T")
log = logging.getLogger(__name__)
WORTH_SAYING = 2.0  # seconds of waiting


class LoginError(Exception):
    """The homeserver does not let the bot in; the text is one line that says what to do."""


class WrongAccessError(LoginError):
    """It does not with what is configured; the text begins with the key."""


@dataclass(frozen=True)
class Identity:
    """The means by which the bot logs in: a password for the first time, or a ready token with its device."""

    homeserver: str
    user_id: str
    password: str | None = field(default=None, repr=False)
    access_token: str | None = field(default=None, repr=False)
    device_id: str | None = None

    @classmethod
    def of(cls, configuration: Configuration) -> Self:
        return cls(
            homeserver=configuration.homeserver,
            user_id=configuration.user_id,
            password=configuration.password.get_secret_value() if configuration.password else None,
            access_token=configuration.access_token.get_secret_value()
            if configuration.access_token
            else None,
            device_id=configuration.device_id,
        )


class PatientTransport(Transport):
    """Waits out the homeserver's rate limits: nobody else is waiting for these requests."""

    async def _carry(self, *arguments: Any, **more: Any) -> dict[str, Any]:
        while True:
            try:
                return await super()._carry(*arguments, **more)
            except LimitedError as error:
                if error.retry_after > WORTH_SAYING:
                    log.info("waiting, as the homeserver asks", extra={"seconds": round(error.retry_after)})
                await asyncio.sleep(error.retry_after)


@asynccontextmanager
async def session(configuration: Configuration) -> AsyncIterator[Transport]:
    """A transport that is logged in as the configured user, for the short commands. Raises as `log_in` does."""
    transport = PatientTransport(configuration.homeserver)
    try:
        await log_in(transport, Identity.of(configuration), configuration.session_file)
        yield transport
    finally:
        await transport.close()


async def once(call: Callable[[], Awaitable[T]]) -> T:
    return await call()


async def log_in(
    transport: Transport,
    me: Identity,
    path: Path,
    *,
    ask: Callable[[Callable[[], Awaitable[Any]]], Any] = once,
    device: str | None = None,
) -> None:
    """The transport acts as the configured user, as the homeserver has confirmed; the session is kept at `path`.

    `ask` makes the requests, and may try again; `device`: the one to log in as, where that is needed. Raises:
    LoginError, and what the requests raise but MatrixError.
    """
    kept = await asyncio.to_thread(load_session, path)
    if me.access_token:
        transport.use(user_id=me.user_id, device_id=me.device_id or "", access_token=me.access_token)
    elif kept is not None and kept["user_id"] == me.user_id:
        logs.hide(kept["access_token"])
        transport.use(user_id=me.user_id, device_id=kept["device_id"], access_token=kept["access_token"])
    elif me.password:
        await log_in_anew(transport, me, path, ask=ask, device=device)
        if kept is not None:
            await _log_out(kept, transport)
        return
    else:
        raise WrongAccessError("password: missing; or set password_file, access_token or access_token_file")
    try:
        found = await ask(transport.whoami)
    except MatrixError as error:
        if me.access_token:
            raise WrongAccessError(
                f"access_token: the session is no longer valid ({error.errcode}): set a new access_token"
            ) from error
        raise LoginError(
            f"the session is no longer valid ({error.errcode}): remove {path}, and the next start logs in anew"
        ) from error
    if found != me.user_id:
        _not_ours(me.user_id, found)


async def log_in_anew(
    transport: Transport,
    me: Identity,
    path: Path | None,
    *,
    ask: Callable[[Callable[[], Awaitable[Any]]], Any] = once,
    device: str | None = None,
) -> None:
    """A new session by the password, on this device or a new one, kept at `path`. Raises as `log_in` does.

    The session that a device had before is over then: only who has the store to itself takes the bot's own.
    """
    device = device or f"PIBOT{secrets.token_hex(6).upper()}"
    try:
        token = await ask(partial(transport.login, me.user_id, me.password or "", device))
    except MatrixError as error:
        raise WrongAccessError(
            f"password: login as {me.user_id} is refused ({error.errcode}): look at user_id and password"
        ) from error
    logs.hide(token)
    if transport.user_id != me.user_id:
        with suppress(MatrixError, UnreachableError):
            await transport.logout()
        _not_ours(me.user_id, transport.user_id)
    if path is None:
        return
    save = partial(save_session, path, user_id=me.user_id, device_id=transport.device_id, access_token=token)
    await asyncio.to_thread(save)


async def renew(
    transport: Transport,
    me: Identity,
    path: Path,
    *,
    ask: Callable[[Callable[[], Awaitable[Any]]], Any] = once,
) -> None:
    """The bot is a new device, and the one it was until now is logged out. Raises as `log_in` does."""
    old = await asyncio.to_thread(load_session, path)
    await log_in_anew(transport, me, path, ask=ask)
    if old is not None:
        await _log_out(old, transport)


def _not_ours(user: str, found: str) -> NoReturn:
    if found.casefold() == user.casefold():
        raise WrongAccessError(f'user_id: the homeserver calls this account "{found}": write it like that')
    raise WrongAccessError(f"user_id: the session belongs to {found}, and user_id says {user}")


async def _log_out(kept: dict[str, str], transport: Transport) -> None:
    """The session of the account that the bot was until now is over, if its homeserver is the same one."""
    if kept["user_id"].partition(":")[2] != transport.user_id.partition(":")[2]:
        return
    logs.hide(kept["access_token"])
    old = Transport(transport.homeserver)
    old.use(**kept)
    try:
        await old.logout()
    except (MatrixError, UnreachableError) as error:
        log.warning("the session before could not be ended", extra={"reason": str(error)})
    finally:
        await old.close()
