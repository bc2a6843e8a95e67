"""A session at the homeserver for the short commands: the same device that the running bot uses."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bot import logs
from bot.config import Configuration
from bot.transport import LimitedError, MatrixError, Transport, load_session, save_session

log = logging.getLogger(__name__)
WORTH_SAYING = 2.0  # seconds of waiting


class LoginError(Exception):
    """The homeserver does not let the bot in; the text is one line that says what to do."""


class PatientTransport(Transport):
    """Waits out the homeserver's rate limits: nobody else is waiting for these requests."""

    async def request(self, *arguments: Any, **more: Any) -> dict[str, Any]:
        while True:
            try:
                return await super().request(*arguments, **more)
            except LimitedError as error:
                if error.retry_after > WORTH_SAYING:
                    log.info("waiting, as the homeserver asks", extra={"seconds": round(error.retry_after)})
                await asyncio.sleep(error.retry_after)


@asynccontextmanager
async def session(configuration: Configuration) -> AsyncIterator[Transport]:
    """A transport that is logged in as the configured user.

    The session is kept for the next time, and the homeserver has confirmed whose it is. Raises: LoginError,
    UnreachableError.
    """
    transport = PatientTransport(configuration.homeserver)
    try:
        await _log_in(transport, configuration)
        yield transport
    finally:
        await transport.close()


async def _log_in(transport: Transport, configuration: Configuration) -> None:
    user, path = configuration.user_id, configuration.session_file
    kept = load_session(path)
    if configuration.access_token is not None:
        token = configuration.access_token.get_secret_value()
        transport.use(user_id=user, device_id=configuration.device_id or "", access_token=token)
    elif kept is not None and kept["user_id"] == user:
        logs.hide(kept["access_token"])
        transport.use(user_id=user, device_id=kept["device_id"], access_token=kept["access_token"])
    elif configuration.password is not None:
        device = f"PIBOT{secrets.token_hex(6).upper()}"
        try:
            token = await transport.login(user, configuration.password.get_secret_value(), device)
        except MatrixError as error:
            raise LoginError(
                f"login as {user} is refused ({error.errcode}): look at user_id and password"
            ) from error
        logs.hide(token)
        save_session(path, user_id=user, device_id=device, access_token=token)
    try:
        answer = await transport.whoami()
    except MatrixError as error:
        raise LoginError(
            f"the session is no longer valid ({error.errcode}): {_renew(configuration)}"
        ) from error
    if answer.get("user_id") != user:
        raise LoginError(f"the access token belongs to {answer.get('user_id')}, and user_id says {user}")


def _renew(configuration: Configuration) -> str:
    if configuration.access_token is not None:
        return "set a new access_token"
    return f"remove {configuration.session_file}, and the next start logs in anew"
