"""Feedback: of what it may be given, what it looks like, and the marks that people give."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final, TypeVar

from pydantic import BeforeValidator, Field

from commands.feedback.marks import mark_in
from commands.framework import About, Context, Failure, Found, Line, Machine, Refused, Reply
from commands.framework.types import Choice
from commands.processes import STAGE_OF, Voices, get, voices
from storage import feedback as stored
from storage.processes import Process

LONGEST: Final = 1000  # characters of a comment
MARKS: Final = {
    "1": ("gar nicht gut", "not good at all"),
    "2": ("nicht gut", "not good"),
    "3": ("geht so", "so-so"),
    "4": ("gut", "good"),
    "5": ("sehr gut", "very good"),
}
_PICKED: Final = Choice({mark: mark for mark in MARKS}, {}, labels=MARKS)


def read_mark(raw: Any) -> Any:
    """The mark; what is none stays as it was typed."""
    found = mark_in(raw) if isinstance(raw, str) else None
    return raw if found is None else found


Mark = Annotated[int, Field(ge=1, le=5), BeforeValidator(read_mark), Found("mark"), _PICKED]
"""From 1, not good at all, to 5, very good."""
Comment = Annotated[Line, Field(max_length=LONGEST)]


class AboutVoices(Reply):
    """A reply that carries what people think of a process; `mine`: the asker's own mark."""

    abstract: ClassVar[bool] = True
    process: Process
    voices: Voices
    mine: int | None

    @property
    def about(self) -> About:
        return "process", self.process.id

    def machine(self) -> Machine:
        you = {"you": {"rating": self.mine}} if self.mine is not None else {}
        return {"type": "feedback"} | self.voices.machine() | you


class NotLive(Failure):
    """Nobody can use it yet, or not any more."""

    process: Process


def live(ctx: Context, number: int) -> tuple[Process, str]:
    """The process, and the stage of which people can say something. Refuses: NotFound, NotLive."""
    process = get(ctx, number)
    stage = STAGE_OF.get(process.phase)
    if stage is None or process.dropped:
        raise Refused(NotLive(process))
    return process, stage


Heard = TypeVar("Heard", bound=AboutVoices)


def heard(ctx: Context, kind: type[Heard], process: Process, stage: str, **more: Any) -> Heard:
    """The reply of this kind, with all as it is now."""
    mine = stored.find(ctx.tx, process.id, stage, ctx.me.user_id)
    rating = mine.rating if mine is not None else None
    return kind(process, voices(ctx, process.id, stage), rating, **more)
