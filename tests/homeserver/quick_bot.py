"""The bot with every job twice a second: `python tests/homeserver/quick_bot.py -c config.yaml`.

It logs `all jobs ticked` once each has had its tick.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import logging
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).parents[2]))

from bot import logs
from bot.config.file import load as load_configuration
from bot.core.facade import Core
from bot.matrix.session import Identity
from bot.matrix.worker import Worker
from bot.running.program import Program, run_until_signal
from commands import load
from commands.framework.declarations import JOBS

T = TypeVar("T")
log = logging.getLogger(__name__)
EVERY = timedelta(seconds=0.5)


class CountingWorker(Worker):
    def __init__(self) -> None:
        super().__init__()
        self.left = set(JOBS)

    async def run(self, call: Callable[[], T]) -> T:
        result = await super().run(call)
        if isinstance(call, partial) and getattr(call.func, "__func__", None) is Core.tick:
            before, name = bool(self.left), call.args[0].name
            self.left.discard(name)
            if before and not self.left:
                log.info("all jobs ticked")
        return result


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("-c", dest="config", type=Path)
    configuration = load_configuration(parser.parse_args().config)
    assert configuration.password is not None
    logs.set_up()
    load()
    for name, job in JOBS.items():
        JOBS[name] = dataclasses.replace(job, every=EVERY)
    program = Program(
        Identity(configuration.homeserver, configuration.user_id, configuration.password.get_secret_value()),
        configuration.settings(),
        database=configuration.database,
        data_dir=configuration.data_dir,
        rooms=configuration.rooms.named(),
        worker=CountingWorker(),
    )
    await run_until_signal(program)


if __name__ == "__main__":
    asyncio.run(main())
