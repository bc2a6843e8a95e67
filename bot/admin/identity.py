"""The bot's identity, by whoever runs it: its recovery key, its way to another machine, and whom it trusts.

The recovery key is shown once, on a terminal, or written to a file of its user's; it is stored nowhere and in no log.
"""

# ruff: noqa: T201 - the recovery key is for the terminal alone

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from bot.config.keys import Configuration
from bot.core.keys import Keys
from bot.core.login import pickle_key
from bot.encryption import recovery
from bot.encryption.identity import USAGES
from bot.encryption.machine import Machine
from bot.encryption.reading import ForeignError
from bot.matrix.encrypting import PASSWORD, Encrypting, ForeignIdentityError, OtherDeviceError
from bot.matrix.entering import session
from bot.matrix.transport import CLIENT, ApprovalError, MatrixError, Transport, quoted
from bot.matrix.worker import Worker
from storage import inbox, leader
from storage.engine.database import Database, InUseError
from storage.engine.schema import migrate
from storage.engine.sealing import PickleKeyError

OTHERWISE: Final = (
    "identity: the homeserver wants to be asked for the bot's identity in another way than by its password: "
    "sign in as the bot in a client, allow it there to reset the identity, and run `pi-bot setup` again"
)


UNKNOWN: Final = (
    "identity: the homeserver wants the account's password before it takes the bot's identity: set `password` in "
    "place of `access_token` for one `pi-bot setup`"
)


class IdentityError(Exception):
    """The identity could not be brought here, made or used; the text is one line that says what to do."""


@asynccontextmanager
async def keys_of(
    configuration: Configuration, transport: Transport, *, alone: bool = True
) -> AsyncIterator[Encrypting]:
    """The bot's keys, for a short command. `alone`: what they are is changed. Raises InUseError, then."""
    worker = Worker()
    try:
        database = await worker.run(partial(Database, configuration.database))
        try:
            if alone:
                await worker.run(partial(leader.alone, database))
            yield await worker.run(partial(_keys, configuration, transport, worker, database))
        finally:
            await worker.run(database.close)
    finally:
        worker.close()


def _keys(
    configuration: Configuration, transport: Transport, worker: Worker, database: Database
) -> Encrypting:
    with database.transaction() as tx:
        inbox.require_account(tx, configuration.user_id)
    machine = Machine(
        transport.user_id,
        transport.device_id,
        pickle_key(configuration.pickle_key),
        only_signed=configuration.encryption_devices == "signed",
    )
    password = configuration.password.get_secret_value() if configuration.password else None
    return Encrypting(
        transport, worker, Keys(database, machine), now=lambda: datetime.now(UTC), password=password
    )


async def settle(
    configuration: Configuration,
    transport: Transport,
    *,
    say: Callable[[str], None],
    key_file: Path | None,
    reset: bool,
) -> None:
    """The bot's device is signed by its identity, and somebody has the recovery key. Raises IdentityError."""
    try:
        async with keys_of(configuration, transport) as own:
            await _begin(own.reset if reset else own.start, password=configuration.password is not None)
            if not await own.is_signed():
                raise IdentityError(
                    f"identity: the homeserver does not show device {transport.device_id} as signed: "
                    "run this again"
                )
            say(f"✓ identity: device {transport.device_id} is signed")
            if not await own.worker.run(own.keys.is_recoverable):
                await _give_key(own, key_file)
    except InUseError:
        async with keys_of(configuration, transport, alone=False) as own:
            if reset or not await own.worker.run(own.keys.is_recoverable):
                raise IdentityError("identity: the bot runs; stop it, and run this again") from None


async def _begin(begin: Callable[[], Awaitable[None]], *, password: bool) -> None:
    """`password`: it is known."""
    try:
        await begin()
    except ApprovalError as error:
        raise IdentityError(OTHERWISE if password or [PASSWORD] not in error.stages else UNKNOWN) from None
    except (ForeignIdentityError, OtherDeviceError, PickleKeyError) as error:
        raise IdentityError(str(error)) from None


async def _give_key(own: Encrypting, file: Path | None) -> None:
    """A recovery key is made, and told before that is recorded: after a crash in between, there is another one."""
    if file is None and not sys.stdout.isatty():
        raise IdentityError(
            "recovery key: run this on a terminal, or name a new file with --recovery-key-file"
        )
    key = os.urandom(recovery.LENGTH)
    if file is not None:
        _claim(file)
    if await own.worker.run(own.keys.begin_recoverable):
        print("✗ recovery key: one that was shown before is worth nothing: the last run was ended too early")
    for kind, content in (await own.worker.run(partial(own.keys.to_recover, key))).items():
        await own.transport.request("PUT", _account_data(own.transport, kind), content)
    _hand_over(recovery.written(key), file)
    await own.worker.run(own.keys.mark_recoverable)


def _claim(file: Path) -> None:
    """The file is there, for its user alone, and was not before."""
    try:
        file.touch(mode=0o600, exist_ok=False)
    except OSError as error:
        raise IdentityError(
            f"recovery key: {file}: {error.strerror}; expected the name of a new file"
        ) from None


def _hand_over(written: str, file: Path | None) -> None:
    if file is not None:
        file.write_text(f"{written}\n", encoding="ascii")
        print(
            f"✓ recovery key: in {file}, for its user alone; keep it in two places, none of them this machine"
        )
        return
    print(
        "\nRecovery key of the bot. It is shown this once; keep it in two places, none of them this machine:\n"
    )
    print(f"    {written}\n", flush=True)


def _account_data(transport: Transport, kind: str) -> str:
    return f"{CLIENT}/user/{quoted(transport.user_id)}/account_data/{quoted(kind)}"


# --- on another machine


def read_key(file: Path | None) -> bytes:
    """The recovery key that the file has, or that is asked for. Raises IdentityError."""
    if file is not None:
        typed = file.read_text(encoding="utf-8", errors="replace")
    elif sys.stdin.isatty():
        typed = getpass.getpass("Recovery key: ")
    else:
        typed = sys.stdin.readline()
    try:
        return recovery.read(typed)
    except recovery.WrongKeyError as error:
        raise IdentityError(f"recovery key: {error}; expected what `pi-bot setup` has shown") from None


async def recover(configuration: Configuration, key: bytes) -> str:
    """The identity is here, and has signed this machine's device, whose id is returned.

    Raises as `session` does, and IdentityError, InUseError.
    """
    if configuration.encryption == "off":
        raise IdentityError("encryption: is off, and without it there is no identity")
    async with session(configuration, recovers=True) as transport:
        try:
            seeds = recovery.recovered(key, await _kept(transport))
        except recovery.WrongKeyError as error:
            raise IdentityError(f"recovery key: {error}; expected what `pi-bot setup` has shown") from None
        except ForeignError:
            raise IdentityError(
                "the homeserver keeps no identity under a recovery key: `pi-bot setup`"
            ) from None
        migrate(configuration.database)
        async with keys_of(configuration, transport) as encrypting:
            await encrypting.worker.run(partial(encrypting.keys.adopt, seeds))
            await _begin(encrypting.start, password=configuration.password is not None)
        return transport.device_id


async def _kept(transport: Transport) -> dict[str, object]:
    """The account data that secret storage is made of, as far as it is there."""
    found: dict[str, Any] = {}

    async def get(kind: str) -> None:
        try:
            found[kind] = await transport.request("GET", _account_data(transport, kind))
        except MatrixError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    await get("m.secret_storage.default_key")
    name = found.get("m.secret_storage.default_key", {}).get("key")
    if isinstance(name, str):
        await get(f"m.secret_storage.key.{name}")
    for usage in USAGES:
        await get(f"m.cross_signing.{usage}")
    return found


# --- people


async def trust(configuration: Configuration, user: str) -> None:
    """The bot has signed the person's identity. Raises as `session` does, and IdentityError."""
    if configuration.encryption == "off":
        raise IdentityError("encryption: is off, and without it there is nothing to sign with")
    async with session(configuration) as transport, keys_of(configuration, transport, alone=False) as own:
        answer = await own.query({transport.user_id: 0, user: 0})
        state, _, _ = await own.worker.run(partial(own.keys.identify, answer))
        if state != "ours":
            raise IdentityError("the bot has no identity of its own here yet: `pi-bot setup`")
        signed = await own.worker.run(partial(own.keys.trust, user, answer))
        if signed is None:
            raise IdentityError(f"{user} has no identity: they have not set up encryption in any client yet")
        await transport.request("POST", f"{CLIENT}/keys/signatures/upload", signed)
