"""Events and trainings: planning, signing up, their dates in calendars."""

from __future__ import annotations

from commands.events.entries import entry
from commands.events.matching import recommended, text_of
from commands.events.model import occasion

__all__ = ["entry", "occasion", "recommended", "text_of"]
