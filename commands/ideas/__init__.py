"""The pool of ideas: votes, ratings, lists, decisions."""

from __future__ import annotations

from commands.ideas.decisions import DECISIONS, Announced, Reopened, tell
from commands.ideas.matching import stems_of, touches
from commands.ideas.merging import MovedBack, MovedTo
from commands.ideas.model import IdeaRef, get

__all__ = [
    "DECISIONS",
    "Announced",
    "IdeaRef",
    "MovedBack",
    "MovedTo",
    "Reopened",
    "get",
    "stems_of",
    "tell",
    "touches",
]
