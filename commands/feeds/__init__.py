"""Feeds: what other sites publish becomes news here, as drafts or at once."""

from __future__ import annotations

from commands.feeds.taking import due, record
from commands.feeds.values import Due, Entry, Look

__all__ = ["Due", "Entry", "Look", "due", "record"]
