"""People: registering, roles, profiles, municipalities, their data."""

from __future__ import annotations

from commands.members.model import (
    fit_rooms,
    is_member,
    keep_a_coordinator,
    member_machine,
    name_of,
    role_of,
    roles_of,
    show_anew,
    was_active,
)
from commands.members.municipalities import Coverage, coverage, machine_of
from commands.members.privacy import forget

__all__ = [
    "Coverage",
    "coverage",
    "fit_rooms",
    "forget",
    "is_member",
    "keep_a_coordinator",
    "machine_of",
    "member_machine",
    "name_of",
    "role_of",
    "roles_of",
    "show_anew",
    "was_active",
]
