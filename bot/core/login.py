"""The bot's login, in transactions: a session at the homeserver is kept like the keys of its device, and with them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from bot import logs
from bot.config.private import write_private
from bot.encryption.account import forget_device
from bot.encryption.identity import opens
from storage import inbox, logins, olm
from storage.engine.address import give_to_owner
from storage.engine.base import Tx
from storage.engine.database import Database
from storage.engine.sealing import PickleKeyError, seal, unseal

PICKLE_KEY: Final = 32  # bytes


@dataclass(frozen=True)
class Session:
    """A session of the bot's account at its homeserver."""

    user_id: str
    device_id: str
    access_token: str = field(repr=False)


def pickle_key(path: Path) -> bytes:
    """The 32 bytes that encrypt all secrets in the store; made where there is no file yet, for its user alone.

    Raises PickleKeyError.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(path, os.urandom(PICKLE_KEY))
        give_to_owner(path, like=path.parent)
    key = path.read_bytes()
    if len(key) != PICKLE_KEY:
        raise PickleKeyError(f"pickle_key_file: {path} is no pickle key, which has {PICKLE_KEY} bytes")
    return key


def kept(tx: Tx, user_id: str, key: bytes) -> Session | None:
    """The session in the store, if it is this user's. Raises PickleKeyError."""
    row = logins.find(tx)
    if row is None or not inbox.require_account(tx, user_id):
        return None
    token = unseal(key, _about(row.device_id), row.token).decode()
    logs.hide(token)
    return Session(user_id, row.device_id, token)


def of_file(path: Path, user_id: str) -> Session | None:
    """The session that an earlier version has left in a file, if it is this user's."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        session = Session(found["user_id"], found["device_id"], found["access_token"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
    logs.hide(session.access_token)
    return session if session.user_id == user_id else None


def _about(device_id: str) -> str:
    return f"access token of {device_id}"


class Logins:
    """For whoever has the store to himself. Each method is one transaction."""

    def __init__(
        self, database: Database, user_id: str, key: bytes, *, now: Callable[[], datetime], file: Path
    ) -> None:
        self.database, self.user_id, self.key, self.now, self.file = database, user_id, key, now, file

    def kept(self) -> Session | None:
        """The session to go on with. One that is in a file is in the store instead.

        Raises PickleKeyError; WrongStoreError, where the store is another account's.
        """
        with self.database.transaction() as tx:
            inbox.require_account(tx, self.user_id)
            found = kept(tx, self.user_id, self.key)
            if found is None and (found := of_file(self.file, self.user_id)) is not None:
                self._keep(tx, found)
        if found is not None:
            self.file.unlink(missing_ok=True)
        return found

    def keep(self, session: Session) -> None:
        """The bot is logged in like this from now on."""
        with self.database.transaction() as tx:
            self._keep(tx, session)

    def _keep(self, tx: Tx, session: Session) -> None:
        self._become(tx, session.device_id)
        sealed = seal(self.key, _about(session.device_id), session.access_token.encode())
        logins.put(tx, device_id=session.device_id, token=sealed)

    def become(self, device_id: str) -> None:
        """The bot is this device from now on, and the store is its account's."""
        with self.database.transaction() as tx:
            self._become(tx, device_id)

    def _become(self, tx: Tx, device_id: str) -> None:
        inbox.belong_to(tx, self.user_id)
        if device_id not in ("", inbox.device(tx)):
            inbox.set_device(tx, device_id, at=self.now())
        account = olm.account(tx)
        if device_id and account is not None and account.device_id != device_id:
            forget_device(
                tx
            )  # in this very transaction: no store has the login of one and the keys of another

    def device(self) -> str | None:
        """The device that the bot was until now."""
        with self.database.transaction() as tx:
            return inbox.device(tx)

    def has_keys(self, device_id: str) -> bool:
        """Has the store this device's keys?"""
        with self.database.transaction() as tx:
            account = olm.account(tx)
            return account is not None and account.device_id == device_id

    def opens(self) -> bool:
        """Is the pickle key the one of the identity in the store?"""
        with self.database.transaction() as tx:
            return opens(tx, self.key)
