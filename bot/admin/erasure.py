"""`pi-bot erase`: the same as `datenschutz löschen`, for a person who can't or won't type it."""

from __future__ import annotations

import secrets
from datetime import datetime

from bot.config.keys import Configuration
from bot.core.facade import Core
from commands.framework.context import Asker, Context, Where
from commands.framework.replies import Refused, Role
from commands.members import forget, keep_a_coordinator
from storage import members, rooms
from storage.engine.address import StoreError
from storage.engine.database import Database
from storage.engine.schema import upgrade


def erase(configuration: Configuration, user: str, *, now: datetime) -> None:
    """Nothing is stored about the person, a Matrix id, any more.

    May run beside the bot, which edits the cards concerned; messages that come of it are sent at its next
    start. Raises: StoreError, also where they are the only coordinator.
    """
    database = Database(configuration.database)
    try:
        upgrade(database)
        core = Core(database, configuration.settings())
        with database.transaction() as tx:
            if members.find(tx, user) is None and rooms.display_name(tx, user) is None:
                raise StoreError(f"{user}: nothing is stored about this person")
            nobody = Asker(configuration.user_id, None, Role.COORDINATOR, configuration.language)
            ctx = Context(tx, now, core.settings, nobody, Where("", False, None))
            _erase(ctx, user)
            core.outbox.keep(ctx, reply=None, cause=f"erasure {secrets.token_hex(8)}")
    finally:
        database.close()


def _erase(ctx: Context, user: str) -> None:
    if user in (*ctx.settings.coordinators, *ctx.settings.moderators):
        raise StoreError(f"{user}: the configuration names this person: take them out there first")
    try:
        keep_a_coordinator(ctx, user)
    except Refused as refused:
        raise StoreError(f"{user}: is the only coordinator: appoint another one first") from refused
    forget(ctx, user)
