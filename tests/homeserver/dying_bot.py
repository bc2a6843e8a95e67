"""The bot, made to die by SIGKILL at chosen points: `python tests/homeserver/dying_bot.py -c config.yaml`.

PIBOT_TEST_DIE names the points and how probable a death is at each, PIBOT_TEST_SEED the dice:
`commit` after a transaction is committed, before anybody knows; `send` after the homeserver took a message,
before the bot knows; `create` the same for a room; `mark` before what was sent is recorded; `batch` before a
batch is carried through. Of the encryption: after the homeserver has answered and before the bot has recorded it
(`upload` of keys, `identity`, `signature`, `query` of others' devices, `claim`, `device` for what is sent to devices),
and after a transaction, before what it is for is done (`take` of a sync, `queried`, `claimed`, `share` of a room's
key, `sent` to a device, `uploaded`, `seal` of a message). The log says at which point it died.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import random
import signal
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

sys.path.insert(0, str(Path(__file__).parents[2]))

from bot import logs
from bot.config.file import load
from bot.core.facade import Core
from bot.core.keys import Keys, ToSend
from bot.encryption.machine import Query
from bot.matrix.session import Identity
from bot.matrix.transport import Transport
from bot.matrix.worker import Worker
from bot.running.program import Program, run_until_signal

T = TypeVar("T")
log = logging.getLogger(__name__)
BEFORE: dict[Any, str] = {Core.apply: "batch", Core.record: "mark"}
AFTER: dict[Any, str] = {
    Core.apply: "commit",
    Keys.take: "take",
    Keys.queried: "queried",
    Keys.claimed: "claimed",
    Keys.sent: "sent",
    Keys.uploaded: "uploaded",
}
ANSWERED = {
    "/keys/upload": "upload",
    "/keys/device_signing/upload": "identity",
    "/keys/signatures/upload": "signature",
    "/keys/query": "query",
    "/keys/claim": "claim",
    "/sendToDevice/": "device",
}
POINTS = (point.partition("=") for point in os.environ["PIBOT_TEST_DIE"].split(",") if point)
CHANCES = {name: float(chance) for name, _, chance in POINTS}
DICE = random.Random(os.environ["PIBOT_TEST_SEED"])  # noqa: S311 - dice, no secret


def maybe_die(point: str) -> None:
    if DICE.random() < CHANCES.get(point, 0):
        log.warning("dies", extra={"point": point})
        os.kill(os.getpid(), signal.SIGKILL)


class DyingWorker(Worker):
    async def run(self, call: Callable[[], T]) -> T:
        function = getattr(call.func if isinstance(call, partial) else call, "__func__", None)
        maybe_die(BEFORE.get(function, ""))
        result = await super().run(call)
        if not (function is Keys.take and isinstance(result, Query)):  # nothing was taken in
            maybe_die(AFTER.get(function, ""))
        if function is Keys.seal and isinstance(result, dict | ToSend):
            maybe_die("seal" if isinstance(result, dict) else "share")
        return result


class DyingTransport(Transport):
    async def _carry(self, method: str, path: str, *args: Any, **more: Any) -> dict[str, Any]:
        answer = await super()._carry(method, path, *args, **more)
        own = self.user_id in answer.get("device_keys", {})  # at the start, of its own device
        for part, point in ANSWERED.items():
            if part in path and not (point == "query" and own):
                maybe_die(point)
        return answer

    async def send(self, room_id: str, kind: str, txn: str, content: Mapping[str, Any]) -> str:
        event_id = await super().send(room_id, kind, txn, content)
        maybe_die("send")
        return event_id

    async def create_room(self, body: Mapping[str, Any]) -> str:
        room_id = await super().create_room(body)
        maybe_die("create")
        return room_id


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("-c", dest="config", type=Path)
    configuration = load(parser.parse_args().config)
    assert configuration.password is not None
    logs.set_up()
    password = configuration.password.get_secret_value()
    identity = Identity(configuration.homeserver, configuration.user_id, password)
    program = Program(
        identity,
        configuration.settings(),
        database=configuration.database,
        data_dir=configuration.data_dir,
        rooms=configuration.rooms.named(),
        pickle_key_file=configuration.pickle_key_file,
        only_signed=configuration.encryption_devices == "signed",
        transport=DyingTransport(configuration.homeserver),
        worker=DyingWorker(),
    )
    await run_until_signal(program)


if __name__ == "__main__":
    asyncio.run(main())
