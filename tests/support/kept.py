"""A town that was built once, for many tests to go on from: copied, not built again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from copy import deepcopy
from functools import wraps
from hashlib import sha256
from pathlib import Path
from typing import TypeVar, cast

from storage.engine.database import Database
from tests.support.chat import Chat

T = TypeVar("T")


class Kept:
    """A town as it is now, to go on from more than once."""

    def __init__(self, chat: Chat) -> None:
        self.store = copy_of(chat.database)
        self.chat = _apart(chat, chat.database)

    def again(self, database: Database) -> Chat:
        """The same town in this store, whatever was in it; on SQLite."""
        fill(database, self.store)
        return _apart(self.chat, database)

    def in_file(self, file: Path) -> Chat:
        """The same town in a store in this file."""
        file.write_bytes(self.store)
        return _apart(self.chat, Database(f"sqlite:///{file}"))


def staged(build: Callable[[Chat], T]) -> Callable[[Chat], T]:
    """A fixture that makes this of the chat: it is done once, and copied where the chat is again as it was before.

    It gives back the chat, or what nobody changes, as a message.
    """
    made: dict[tuple[int, bytes], tuple[Kept, T]] = {}

    @wraps(build)
    def stage(chat: Chat) -> T:
        if chat.database.path is not None or chat.database.engine.dialect.name == "postgresql":
            return build(chat)
        before = chat.count, sha256(copy_of(chat.database)).digest()
        if before not in made:
            found = build(chat)
            made[before] = Kept(chat), found
            return found
        kept, found = made[before]
        vars(chat).update(vars(kept.again(chat.database)))
        return cast("T", chat) if isinstance(found, Chat) else found

    return stage


def _apart(chat: Chat, database: Database) -> Chat:
    """The chat with what it remembers, and its bot, each a copy; but for what never changes."""
    other = type(chat).__new__(type(chat))
    other.__dict__ |= {k: v.copy() if isinstance(v, list | dict) else v for k, v in vars(chat).items()}
    other.database = database
    same = (chat.settings, chat.core.outbox.renderer)
    other.core = deepcopy(chat.core, {id(chat.database): database} | {id(thing): thing for thing in same})
    return other


def copy_of(database: Database) -> bytes:
    """All that is in a store in memory."""
    with closing(database.engine.raw_connection()) as connection:
        copy: bytes = connection.driver_connection.serialize()  # type: ignore[union-attr]
    return copy


def fill(database: Database, copy: bytes) -> None:
    """The store in memory has what was copied, and nothing else."""
    assert database.path is None, "of a file, only what is in memory would be replaced"
    with closing(database.engine.raw_connection()) as connection:
        connection.driver_connection.deserialize(copy)  # type: ignore[union-attr]
