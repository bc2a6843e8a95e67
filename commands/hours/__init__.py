"""Hours that people have worked: entered, withdrawn, added up, reported."""

from __future__ import annotations

from commands.hours.attendance import were_there

__all__ = ["were_there"]
