"""Meetings of groups: planning, invitations, answers, changes, minutes."""

from __future__ import annotations

from commands.meetings.planning import plan_found, take_back

__all__ = ["plan_found", "take_back"]
