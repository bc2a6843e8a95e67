"""The groups that work on processes: seats, approval, being asked, the group's room."""

from __future__ import annotations

from commands.groups.model import (
    belongs,
    confirmed,
    get,
    groups_of,
    is_in,
    leads,
    led_by,
    name_of,
    of_the_room,
    purpose,
    require_going,
    require_leader,
    require_led,
    require_member,
    standing,
)
from commands.groups.seating import fill, resize

__all__ = [
    "belongs",
    "confirmed",
    "fill",
    "get",
    "groups_of",
    "is_in",
    "leads",
    "led_by",
    "name_of",
    "of_the_room",
    "purpose",
    "require_going",
    "require_leader",
    "require_led",
    "require_member",
    "resize",
    "standing",
]
