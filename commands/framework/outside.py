"""What a command wants to happen outside: messages, offers on them, errands. The outbox makes rows of it.

Values only; a feature says what it wants by the methods of `Context`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from commands.framework.replies import Machine, Reply, Role
from storage.privacy import Person

if TYPE_CHECKING:
    from commands.framework.questions import Asking


MOST_CHOICES: Final = 20  # of a poll; clients show no more


@dataclass(frozen=True)
class Ballot:
    """A poll: what is asked, and what may be chosen, so many of it at most."""

    kind: str  # of the thing it is about
    number: int
    question: str
    choices: tuple[str, ...]
    most: int = 1


@dataclass
class Post:
    """A message to be sent beside the reply."""

    to: str  # a room id, or a Matrix id: that person's direct chat
    reply: Reply
    card: tuple[str, int] | None = None  # the thing this message shows from now on
    seeds: tuple[str, ...] = ()
    language: str | None = None
    offers: list[OfferMade] = field(default_factory=list)
    then: Reply | None = None  # said below
    pinned: bool = False
    thread: str | None = None  # the event in whose thread it is said
    tells: tuple[str, ...] = ()  # what it tells, gathered: by which that is known
    asking: Asking | None = None  # what it asks the person to whose direct chat it goes
    below: bool = False  # in the command's own room it is said below the reply, with which it is one message
    beneath: tuple[str, int] | None = None  # the card in whose thread it is said, also one still to be sent
    again: tuple[str, str] | None = (
        None  # the event and the part of what that said: said once, and then edited
    )
    only_again: bool = False  # of what was never said, nothing is said
    ballot: Ballot | None = None  # it is this poll; the reply is its text where there are no polls
    ends: tuple[str, int] | None = None  # it is the end of this thing's poll

    @property
    def apart(self) -> bool:
        """Is it a message of its own, also where it could stand in place of another?"""
        return self.ballot is not None or self.ends is not None


@dataclass(frozen=True)
class Broadcast:
    """The same message to many people, in each one's direct chat and language."""

    reply: Reply
    to: Mapping[str, str]  # by Matrix id: what the person's message is sent because of


STEPS: Final = "step by step"  # in place of an action: the command is asked for, one thing at a time


@dataclass(frozen=True)
class OfferMade:
    key: str
    action: str
    data: Machine
    user_id: str | None
    role: Role
    expires_at: datetime
    rights: list[Any] = field(default_factory=list)  # of the command, to be asked for again


@dataclass(frozen=True)
class Settled:
    """A question is answered in another way than by a reaction on it: its message says this from now on."""

    reply: Reply
    action: str
    data: Machine
    user_id: str | None  # who was asked


@dataclass(frozen=True)
class Errand:
    """Something else to be done outside: invite, kick, join, leave; make a room, set its state and its powers.

    `create`: `room` is the purpose of the room to be made, as `group 3`. See `bot/matrix/delivery.py`.
    """

    kind: str
    room: str
    content: Machine


@dataclass
class Outside:
    """All that one command, tap or job wants to happen outside; nothing of it does where that is refused or fails."""

    posts: list[Post] = field(default_factory=list)
    broadcasts: list[Broadcast] = field(default_factory=list)
    errands: list[Errand] = field(default_factory=list)
    offers: list[OfferMade] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)  # questions answered in another way
    asking: Asking | None = None  # what the reply asks the person, where that is no refusal
    seeds: tuple[str, ...] = ()  # put on the reply, to be tapped for an answer
    forgotten: Person | None = None  # who is erased: what still names them is forgotten once it is sent
