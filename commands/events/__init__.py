"""Events and trainings: planning, signing up, their dates in calendars."""

from __future__ import annotations

from commands.events.entries import entry
from commands.events.matching import recommended, text_of
from commands.events.model import occasion
from commands.events.views import Which

__all__ = ["Which", "entry", "occasion", "recommended", "text_of"]
