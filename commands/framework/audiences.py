"""Who may hear something, and whether it may be said in a room: the one place that asks this, for all that is said.

A reply declares its audience. What a room is for, and whether anybody who is no member sits there or can read it
without, decides if it may be said there; in the direct chat of the person who asks, all may that they may ask for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from storage import rooms
from storage.engine.base import Tx

if TYPE_CHECKING:
    from commands.framework.context import Where


@dataclass(frozen=True)
class Audience:
    """`everyone`, `person` (the direct chat only), or those in the rooms of these purposes, while they are members."""

    kind: str
    purposes: tuple[str, ...] = ()


EVERYONE: Final = Audience("everyone")
PERSON: Final = Audience("person")
COORDINATION: Final = Audience("rooms", ("coordination",))


def group(process: int) -> Audience:
    """The members of the process's group, in their room."""
    return Audience("rooms", (f"group {process}",))


def staff(process: int) -> Audience:
    """They, and those who staff the group."""
    return Audience("rooms", (f"group {process}", "coordination"))


def admits(tx: Tx, where: Where, audience: Audience, *, bot: str) -> bool:
    """May this be said there?"""
    if audience.kind == "everyone" or where.direct:
        return True
    return where.purpose in audience.purposes and not rooms.is_overheard(tx, where.room_id, bot=bot)
