"""What waits for a person, and what is theirs: each feature says it of its own things."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from commands.framework.registry import Registry

if TYPE_CHECKING:
    from commands.framework.context import Context
    from commands.framework.replies import Role

Words = tuple[str, str]  # German and English


@dataclass(frozen=True)
class Answer:
    """A way to answer what waits: the command, by its canonical name, and how it is offered."""

    command: str
    label: Words


@dataclass(frozen=True)
class Waits:
    """Something that waits for what a person says or does about it.

    `ref`: as other programs know it, also `P1 profile`. `asks`: what is wanted of the person. `opens`: the line that
    shows it, without prefix. `answers`: the commands that answer it, followed by what it is called: `typed`.
    """

    ref: str
    sign: str
    what: Words  # with its reference, where people know it by one
    asks: Words
    opens: str
    answers: tuple[Answer, ...]
    typed: Words
    at: datetime | None = None  # when it takes place
    due: date | None = None  # the day until which it is to be done


Waiting = Callable[["Context"], Sequence[Waits]]


@dataclass(frozen=True)
class Queue:
    """What of a kind waits; `role`: for those alone who have it, as it comes with that."""

    waits: Waiting
    more: Words
    role: Role | None


WAITING: Registry[str, Queue] = Registry("what waits, of the kind")


def waiting(kind: str, *, more: Words, role: Role | None = None) -> Callable[[Waiting], Waiting]:
    """Declare what of a kind of thing waits for the asker, the most urgent first; with a statement or two.

    It is asked only for those who take part and do not pause. `more`: the line that lists all such things.
    `role`: it waits for all who have this role, and for nobody else.
    """

    def declare(handler: Waiting) -> Waiting:
        WAITING.add(kind, Queue(handler, more, role), handler)
        return handler

    return declare


@dataclass(frozen=True)
class Owned:
    """Something of a person's own, and how it stands."""

    ref: str
    title: str
    stands: Words


Owning = Callable[["Context"], Sequence[Owned]]
OWNED: Registry[str, Owning] = Registry("what is somebody's own, of the kind")


def owned(kind: str) -> Callable[[Owning], Owning]:
    """Declare which things of a kind are the asker's own, those to be shown first."""

    def declare(handler: Owning) -> Owning:
        OWNED.add(kind, handler, handler)
        return handler

    return declare
