"""People: registering, roles, profiles, municipalities, their data."""

from __future__ import annotations

from commands.members.model import fit_rooms, is_member, keep_a_coordinator, role_of, show_anew, was_active
from commands.members.privacy import forget

__all__ = ["fit_rooms", "forget", "is_member", "keep_a_coordinator", "role_of", "show_anew", "was_active"]
