"""The pool of ideas: votes, ratings, lists, decisions."""

from __future__ import annotations

from commands.ideas.campaigns import OUT, came_late, end_of, is_open, list_open, sent
from commands.ideas.decisions import DECISIONS, Announced, Reopened, tell
from commands.ideas.lists import GERMAN, SHOWN, STATES, StateWord, list_ideas
from commands.ideas.matching import stems_of, touches
from commands.ideas.merging import MovedBack, MovedTo
from commands.ideas.model import IdeaRef, get
from commands.ideas.ratings import IdeaMatrix, matrix

__all__ = [
    "DECISIONS",
    "GERMAN",
    "OUT",
    "SHOWN",
    "STATES",
    "Announced",
    "IdeaMatrix",
    "IdeaRef",
    "MovedBack",
    "MovedTo",
    "Reopened",
    "StateWord",
    "came_late",
    "end_of",
    "get",
    "is_open",
    "list_ideas",
    "list_open",
    "matrix",
    "sent",
    "stems_of",
    "tell",
    "touches",
]
