"""`pi-bot status`: which process leads, and which stand by."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.config.keys import Configuration
from storage import leader
from storage.engine.address import StoreError, store_file
from storage.engine.reading import reading
from storage.engine.schema import wrong_schema

_WIDTHS: Final = "{:<30}  {:<8}  since {}  {}"


def list_processes(configuration: Configuration, *, every: bool) -> list[str]:
    """A line a process: its name, whether it leads, since when, its version; `every`: also those that stand by.

    Raises: StoreError, also where none runs.
    """
    with reading(configuration.database) as tx:
        if wrong := wrong_schema(tx):
            raise StoreError(f"the store {wrong}")
        leads, waiting = leader.leads(tx, store_file(configuration.database)), leader.waiting(tx)
    lines = [_line(leads, "leading", configuration.timezone)] if leads is not None else []
    if every:
        lines += [_line(one, "standby", configuration.timezone) for one in waiting]
    if not lines:
        raise StoreError("no bot leads on this store")
    return lines


def _line(process: leader.Leader | leader.Waiting, state: str, zone: ZoneInfo) -> str:
    since: datetime = process.since
    return _WIDTHS.format(process.name, state, f"{since.astimezone(zone):%Y-%m-%d %H:%M:%S}", process.version)
