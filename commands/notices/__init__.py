"""What people are told later: gathered changes, the weekly digest, reminders."""

from __future__ import annotations

from commands.notices.reminders import drop, follow, plan, replan

__all__ = ["drop", "follow", "plan", "replan"]
