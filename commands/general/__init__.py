"""What belongs to no feature: help, any thing by its number, the audit log, rooms, the bot's state."""

from __future__ import annotations

from commands.general.audit import entry
from commands.general.nouns import in_order
from commands.general.removed_cards import ask_again
from commands.general.rooms import (
    WATCHED,
    NeverRead,
    PersonGone,
    RoomChanged,
    RoomInTrouble,
    RoomWell,
    missing,
    trouble_of,
)
from commands.general.signs import Idle, Paused, counts, shown, thing_of
from commands.general.unread import ConfirmFirst, NotProtected, Unconfirmed, readable_room

__all__ = [
    "WATCHED",
    "ConfirmFirst",
    "Idle",
    "NeverRead",
    "NotProtected",
    "Paused",
    "PersonGone",
    "RoomChanged",
    "RoomInTrouble",
    "RoomWell",
    "Unconfirmed",
    "ask_again",
    "counts",
    "entry",
    "in_order",
    "missing",
    "readable_room",
    "shown",
    "thing_of",
    "trouble_of",
]
