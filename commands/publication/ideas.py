"""Ideas for people outside: all but withdrawn ones, with the author's name only where the author has said so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from commands import ideas
from commands.framework import Context, Refused
from commands.publication.model import (
    SEARCHED,
    MovedError,
    NotPublicError,
    WithdrawnError,
    without_people,
    words_of_chat,
)
from storage import ideas as stored
from storage import members
from storage.ideas import Idea

GONE: Final = ("merged", "withdrawn")
STATES: Final = tuple(state for state in ideas.STATES if state not in GONE)
ALL: Final = 1_000_000
_read = words_of_chat(ideas.StateWord)


@dataclass(frozen=True)
class PublicIdea:
    """An idea as people outside read it."""

    number: int
    title: str
    text: str
    topic: str | None
    state: str
    reason: str | None
    votes_for: int
    votes_against: int
    votes_neutral: int
    process: int | None
    author: str  # empty, unless the author said that the name may stand here
    made: datetime
    changed: datetime

    @property
    def ref(self) -> str:
        return f"I{self.number}"


def _public(row: Idea, author: str = "") -> PublicIdea:
    return PublicIdea(
        row.id,
        without_people(row.title),
        without_people(row.text),
        row.topic and without_people(row.topic),
        row.state,
        row.reason and without_people(row.reason),
        row.votes_for,
        row.votes_against,
        row.votes_neutral,
        row.process,
        author,
        row.created_at,
        row.changed_at,
    )


def _author(ctx: Context, user_id: str) -> str:
    member = members.find(ctx.tx, user_id) if user_id else None
    return member.name if member is not None and member.public else ""


def idea_state(typed: str) -> str | None:
    """The code of a state as it is written in the chat; None where there is none like it for people outside."""
    code = _read(typed) if typed else "all"
    return "listed" if code == "all" else None if code in GONE else code


def ideas_page(
    ctx: Context, *, state: str = "listed", topic: str = "", search: str = "", page: int = 1
) -> tuple[list[PublicIdea], int]:
    """A page of ideas, as the chat lists them, and how many there are in all. Raises: NotPublicError for the page."""
    try:
        found = ideas.list_ideas(
            ctx,
            state=cast("Any", state),
            search=search[:SEARCHED] or None,
            topic=topic or None,
            page=page,
        )
    except Refused:
        raise NotPublicError from None
    return [_public(row) for row in found.ideas], found.total


def all_ideas(ctx: Context) -> list[PublicIdea]:
    """All that the list shows, newest first, as lists and tables have them: nobody's name."""
    rows = stored.list_page(ctx.tx, hidden=GONE, state=None, topic_key=None, sort="new", offset=0, limit=ALL)
    return [_public(row) for row in rows]


def merged_ideas(ctx: Context) -> list[int]:
    """Those that live on in another one."""
    rows = stored.list_page(
        ctx.tx, hidden=(), state="merged", topic_key=None, sort="new", offset=0, limit=ALL
    )
    return [row.id for row in rows]


def idea(ctx: Context, number: int) -> PublicIdea:
    """The idea. Raises: NotPublicError, WithdrawnError, MovedError."""
    row = stored.find(ctx.tx, number)
    if row is None:
        raise NotPublicError
    if row.state == "merged" and row.merged_into is not None:
        raise MovedError(row.merged_into)
    if row.state in GONE:
        raise WithdrawnError
    return _public(row, _author(ctx, row.author))
