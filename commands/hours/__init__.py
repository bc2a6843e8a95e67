"""Hours that people have worked: entered, withdrawn, added up, reported."""

from __future__ import annotations

from commands.hours.attendance import were_there
from commands.hours.model import HoursShown, entry

__all__ = ["HoursShown", "entry", "were_there"]
