"""Sessions at the homeserver: how one is made, gone on with, and ended."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NoReturn, Self, TypeVar

from bot import logs
from bot.config.keys import Configuration
from bot.core.login import Session
from bot.matrix.transport import DEAD, LimitedError, MatrixError, Transport, UnreachableError

T = TypeVar("T")
log = logging.getLogger(__name__)
WORTH_SAYING = 2.0  # seconds of waiting


class LoginError(Exception):
    """The homeserver does not let the bot in; the text is one line that says what to do."""


class LoggedOutError(Exception):
    """The homeserver no longer knows the access token with which the bot runs."""


class WrongAccessError(LoginError):
    """It does not with what is configured; the text begins with the key."""


class SessionOverError(LoginError):
    """The session that the store has is none any more."""

    def __init__(self, errcode: str, *, password: bool) -> None:
        then = "`pi-bot run` logs in anew" if password else "set `password`, and start again"
        super().__init__(f"the session is no longer valid ({errcode}): {then}")
        self.errcode = errcode


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


def require_session(error: Exception) -> None:
    """Raises: LoggedOutError, where the homeserver says that there is no such session."""
    if isinstance(error, MatrixError) and error.errcode in DEAD:
        raise LoggedOutError(str(error)) from error


async def once(call: Callable[[], Awaitable[T]]) -> T:
    return await call()


async def log_in(
    transport: Transport,
    me: Identity,
    found: Session | None,
    *,
    ask: Callable[[Callable[[], Awaitable[Any]]], Any] = once,
    device: str | None = None,
) -> Session | None:
    """The transport acts as the configured user, as the homeserver has confirmed; a session that was made for that.

    `found`: the one that is kept. `ask` makes the requests, and may try again; `device`: the one to log in as, where
    that is needed. Raises: LoginError, and what the requests raise but MatrixError.
    """
    if me.access_token:
        transport.use(user_id=me.user_id, device_id=me.device_id or "", access_token=me.access_token)
    elif found is not None:
        transport.use(user_id=me.user_id, device_id=found.device_id, access_token=found.access_token)
    elif me.password:
        return await log_in_anew(transport, me, ask=ask, device=device)
    else:
        raise WrongAccessError("password: missing; or set password_file, access_token or access_token_file")
    try:
        user = await ask(transport.whoami)
    except MatrixError as error:
        if me.access_token:
            raise WrongAccessError(
                f"access_token: the session is no longer valid ({error.errcode}): set a new access_token"
            ) from error
        raise SessionOverError(error.errcode, password=bool(me.password)) from error
    if user != me.user_id:
        _not_ours(me.user_id, user)
    return None


async def log_in_anew(
    transport: Transport,
    me: Identity,
    *,
    ask: Callable[[Callable[[], Awaitable[Any]]], Any] = once,
    device: str | None = None,
) -> Session:
    """A new session by the password, on this device or a new one. Raises as `log_in` does.

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
    made = Session(transport.user_id, transport.device_id, token)
    if made.user_id != me.user_id:
        await log_out(transport, made)
        _not_ours(me.user_id, made.user_id)
    return made


async def log_out(transport: Transport, session: Session) -> None:
    """The session is over, and its device gone, whichever session the transport has now."""
    old = Transport(transport.homeserver)
    old.use(user_id=session.user_id, device_id=session.device_id, access_token=session.access_token)
    try:
        await old.logout()
    except (MatrixError, UnreachableError) as error:
        log.warning("a session could not be ended", extra={"reason": str(error)})
    finally:
        await old.close()


def _not_ours(user: str, found: str) -> NoReturn:
    if found.casefold() == user.casefold():
        raise WrongAccessError(f'user_id: the homeserver calls this account "{found}": write it like that')
    raise WrongAccessError(f"user_id: the session belongs to {found}, and user_id says {user}")
