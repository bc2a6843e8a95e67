"""News, and when they are published."""

from __future__ import annotations

from commands.news.model import add, story

__all__ = ["add", "story"]
