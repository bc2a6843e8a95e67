"""The groups that work on processes: seats, approval, being asked, the group's room."""

from __future__ import annotations

from commands.groups.model import (
    confirmed,
    get,
    is_in,
    leads,
    name_of,
    of_the_room,
    purpose,
    require_going,
    require_leader,
    require_member,
)
from commands.groups.seating import fill, resize

__all__ = [
    "confirmed",
    "fill",
    "get",
    "is_in",
    "leads",
    "name_of",
    "of_the_room",
    "purpose",
    "require_going",
    "require_leader",
    "require_member",
    "resize",
]
