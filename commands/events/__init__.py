"""Events and trainings: planning, signing up, their dates in calendars."""

from __future__ import annotations

from commands.events.matching import recommended, text_of

__all__ = ["recommended", "text_of"]
