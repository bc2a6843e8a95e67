"""What coordinators are told about the community's rooms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from commands.framework import About, Machine, Reply
from storage import rooms, troubles
from storage.engine.base import Tx

WATCHED: Final = {
    "m.room.power_levels": "rights",
    "m.room.join_rules": "access",
    "m.room.history_visibility": "history",
    "m.room.name": "name",
    "m.room.topic": "topic",
    "m.room.tombstone": "upgrade",
    "m.room.encryption": "encryption",
}


class PersonGone(Reply):
    """A member sits in no room any more, or was banned from the space: the account may be closed."""

    user_id: str
    name: str
    banned: bool

    @property
    def about(self) -> About:
        return "member", self.user_id

    def machine(self) -> Machine:
        return {"type": "remark"}


class RoomChanged(Reply):
    """Somebody other than the bot has changed one of its rooms; `what` is one of the values of WATCHED."""

    purpose: str
    what: str
    by: str

    def machine(self) -> Machine:
        return {"type": "remark"}


@dataclass(frozen=True)
class Trouble:
    """Something is wrong with a room, or with a server of people, where that is named."""

    what: str  # gone, missing, rights, manage, mute, unread
    purpose: str
    server: str = ""
    name: str = ""  # of a room that is missing: what the configuration calls it


class RoomInTrouble(Reply):
    """A room of the bot's is not as it needs it; `by`: who has brought that about."""

    trouble: Trouble
    by: str | None

    def machine(self) -> Machine:
        return {"type": "remark"}


class RoomWell(Reply):
    """A trouble with a room is over."""

    trouble: Trouble

    def machine(self) -> Machine:
        return {"type": "remark"}


class NeverRead(Reply):
    """A stretch of a room's messages could not be read, and is given up."""

    purpose: str
    at: datetime

    def machine(self) -> Machine:
        return {"type": "remark"}


def missing(purpose: str, name: str) -> str:
    """The name of a trouble whose room, configured for a purpose, can't be had: it has no id yet."""
    return f"purpose {purpose} {name}"


def trouble_of(tx: Tx, about: str, what: str) -> Trouble:
    """`about`: a room's id, `server example.ch`, or what `missing` makes."""
    if about.startswith("server "):
        return Trouble(what, "", server=about.removeprefix("server "))
    if about.startswith("purpose "):
        _, purpose, name = about.split(" ", 2)
        return Trouble(what, purpose, name=name)
    return Trouble(what, rooms.purpose_of(tx, about) or "")


def list_troubles(tx: Tx) -> tuple[Trouble, ...]:
    return tuple(trouble_of(tx, t.about, t.what) for t in troubles.list_all(tx))
