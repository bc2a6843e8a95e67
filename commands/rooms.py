"""What coordinators are told about the community's rooms."""

from __future__ import annotations

from typing import Final

from commands.replies import Machine, Reply

WATCHED: Final = {
    "m.room.power_levels": "rights",
    "m.room.join_rules": "access",
    "m.room.history_visibility": "history",
    "m.room.name": "name",
    "m.room.topic": "topic",
    "m.room.tombstone": "upgrade",
    "m.room.encryption": "encryption",
}


class RoomChanged(Reply):
    """Somebody other than the bot has changed one of its rooms; `what` is one of the values of WATCHED."""

    purpose: str
    what: str
    by: str

    def machine(self) -> Machine:
        return {"type": "remark"}
