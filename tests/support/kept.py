"""A town that was built once, for many tests to go on from: copied, not built again."""

from __future__ import annotations

from typing import Any

from bot.core.facade import Core
from storage.engine.database import Database
from tests.support.chat import Chat


class Kept:
    """A town as it is now, to go on from more than once."""

    def __init__(self, chat: Chat) -> None:
        self.store = Database("sqlite:///:memory:")
        _copy(chat.database, self.store)
        self.world = {k: v.copy() if isinstance(v, list | dict) else v for k, v in vars(chat).items()}

    def again(self, database: Database) -> Chat:
        _copy(self.store, database)
        chat = Chat.__new__(Chat)
        chat.__dict__ |= {k: v.copy() if isinstance(v, list | dict) else v for k, v in self.world.items()}
        renderer = chat.core.outbox.renderer
        chat.database = database
        chat.core = Core(database, chat.settings, names=("pibot", "PI-Bot"), renderer=renderer)
        return chat


def _copy(source: Database, target: Database) -> None:
    with source.engine.connect() as one, target.engine.connect() as other:
        read: Any = one.connection.driver_connection
        write: Any = other.connection.driver_connection
        read.backup(write)
