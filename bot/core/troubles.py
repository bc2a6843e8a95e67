"""Coordinators are told, once, of a room that is not as the bot needs it; `!status` lists what is so at present.

In the worker's thread. They are told in their room; where that is the one in trouble, or there is none, each in the
direct chat.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime

from bot.core.outbox import Outbox
from commands.framework.context import Settings
from commands.framework.replies import Reply
from commands.general import NeverRead, RoomInTrouble, RoomWell, missing, trouble_of
from storage import members, rooms, troubles
from storage.engine.base import Tx

log = logging.getLogger(__name__)


def managing(room: str) -> str:
    """The place of all in this room that takes more than the right to write: inviting, removing, setting."""
    return f"managing {room}"


def trouble_with(place: str) -> tuple[str, str]:
    """About what, and what: the trouble that a place is in which takes nothing."""
    room = place.removeprefix("managing ")
    return (room, "manage") if room != place else (place, "mute")


class Troubles:
    """Begins and ends them."""

    def __init__(self, settings: Settings, out: Outbox) -> None:
        self.settings, self.outbox = settings, out

    def begin(self, tx: Tx, about: str, what: str, *, now: datetime, by: str | None = None) -> None:
        """A room, or a server of people, is in trouble: it is told, unless it was."""
        if not troubles.begin(tx, about, what, at=now):
            return
        trouble = trouble_of(tx, about, what)
        log.warning(
            "room in trouble",
            extra={"room_id": about, "what": what, "purpose": trouble.purpose, "user_id": by or ""},
        )
        self._tell(tx, RoomInTrouble(trouble, by), about, now=now)

    def shut(self, tx: Tx, about: str, what: str, *, now: datetime) -> None:
        """The place takes nothing: it is told, unless it was told that the bot is not in, or may not write."""
        if not any(t.about == about and t.what in ("gone", "rights") for t in troubles.list_all(tx)):
            self.begin(tx, about, what, now=now)

    def end(self, tx: Tx, about: str, what: str, *, now: datetime, tell: bool = True) -> bool:
        """It is well again: that is told, where it was in trouble; False where it was not."""
        if not troubles.end(tx, about, what):
            return False
        log.warning("room is well", extra={"room_id": about, "what": what})
        if tell:
            self._tell(tx, RoomWell(trouble_of(tx, about, what)), about, now=now)
        return True

    def forget(self, tx: Tx, about: str) -> None:
        """Nobody needs the room any more, whatever was wrong with it."""
        troubles.forget(tx, about)

    def only_missing(self, tx: Tx, named: Mapping[str, str]) -> None:
        """Of the rooms that could not be had, only those still configured, by purpose, are in trouble."""
        wanted = {missing(purpose, name) for purpose, name in named.items()}
        for trouble in troubles.list_all(tx):
            if trouble.what == "missing" and trouble.about not in wanted:
                troubles.forget(tx, trouble.about)

    def never_read(self, tx: Tx, room_id: str, *, since: datetime, now: datetime) -> None:
        """A stretch of the room's messages is given up."""
        log.warning("gap given up", extra={"room_id": room_id, "since": since.isoformat()})
        purpose = rooms.purpose_of(tx, room_id) or ""
        self._tell(tx, NeverRead(purpose, since), room_id, now=now)

    def _tell(self, tx: Tx, told: Reply, about: str, *, now: datetime) -> None:
        language, place = self.settings.language, rooms.room_for(tx, "coordination")
        room = rooms.find(tx, place) if place is not None else None
        if place is not None and place != about and room is not None and room.joined:
            self.outbox.remark(tx, place, told, language, at=now)
            return
        for user in members.list_with_role(tx, "coordinator"):
            member = members.find(tx, user)
            spoken = (member.language if member else None) or language
            self.outbox.remark(tx, user, told, spoken, at=now)
