"""What `pi-bot check` says about the encryption: the bot's device, its identity, its keys, what could not be read."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.config.keys import Configuration
from bot.core.intake import TOKEN
from bot.encryption.account import ONE_TIME
from bot.encryption.machine import Machine
from bot.encryption.reading import maybe
from bot.matrix.encrypting import ForeignIdentityError
from bot.matrix.transport import CLIENT, MatrixError, Transport
from storage import inbox, megolm, olm, rooms
from storage.engine.address import StoreError
from storage.engine.base import Tx
from storage.engine.reading import reading
from storage.engine.schema import wrong_schema
from storage.engine.sealing import PickleKeyError

LATELY: Final = timedelta(days=7)
FEW: Final = 5  # one is used up for each device that is new to the bot; it makes others at fifty


async def trusted(configuration: Configuration, transport: Transport) -> list[tuple[str, str]]:
    """For each thing looked at, what it is, and what is wrong with it."""
    try:
        answer = await transport.request(
            "POST", f"{CLIENT}/keys/query", {"device_keys": {transport.user_id: []}}
        )
        left = await transport.request("POST", f"{CLIENT}/keys/upload", {})
    except MatrixError as error:
        return [("device", str(error))]
    counted = maybe(left, "one_time_key_counts").get(ONE_TIME)
    try:
        with reading(configuration.database) as tx:
            if wrong_schema(tx):
                return []  # another line says so
            return list(
                _looked_at(configuration, transport, tx, answer, counted if isinstance(counted, int) else 0)
            )
    except StoreError:
        return []
    except PickleKeyError as error:
        return [("pickle key", str(error).removeprefix("pickle_key_file: "))]


def _looked_at(
    configuration: Configuration, transport: Transport, tx: Tx, answer: dict[str, Any], left: int
) -> Iterator[tuple[str, str]]:
    file = configuration.pickle_key
    if not file.is_file() or olm.secret(tx, "seed master") is None:
        yield "identity", "there is none here yet: `pi-bot setup`"
        return
    open_to_others = file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    yield (
        f"pickle key: {file}, which another machine on this store needs too",
        f"others may read {file}: chmod 600 {file}" if open_to_others else "",
    )
    machine = Machine(transport.user_id, transport.device_id, file.read_bytes(), only_signed=True)
    state = machine.identity.state(tx, answer)
    if state != "ours":
        wrong = str(ForeignIdentityError()) if state == "foreign" else "it was not let in yet: `pi-bot setup`"
        yield "identity", wrong.removeprefix("identity: ")
        return
    known = machine.identity.is_recoverable(tx)
    yield "identity", "" if known else "nobody has its recovery key: `pi-bot setup` on a terminal"
    signed = machine.identity.is_device_signed(tx, answer)
    wrong = ""
    if not signed:
        wrong = f"{transport.device_id} is not signed: start the bot once, or `pi-bot setup`"
    elif left < FEW and inbox.fact(tx, TOKEN) is not None:  # it ran already, and makes them then
        wrong = f"only {left} keys are left for new devices of people: start the bot"
    yield f"device: {transport.device_id}, signed by the bot's identity, {left} keys left", wrong
    there = rooms.list_joined(tx)
    encrypted = sum(room.encrypted for room in there)
    unread = megolm.count_unreadable(tx, since=datetime.now(UTC) - LATELY)
    yield f"encrypted rooms: {encrypted} of {len(there)}, {unread} messages unreadable within a week", ""
