"""What a sync brings, as it is handed to the store's thread: rooms, events, invitations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from bot.core.events import Edit, Event, Message, Own, Redaction, State
from storage.gaps import Gap


@dataclass(frozen=True)
class RoomBatch:
    """All that is new in a room: its state before the timeline, then the timeline, oldest first.

    `joined`: the bot sits in it now; `fresh`: and did not before; `by`: who has put it out; `left_out`: why
    events before these were not carried out, if there were, or may have been, commands among them (`join`, `sealed`,
    or `age`).
    """

    room_id: str
    state: Sequence[State]
    timeline: Sequence[Event]
    joined: bool
    fresh: bool = False
    by: str | None = None
    left_out: str | None = None
    unread: tuple[str, str | None] | None = (
        None  # between these tokens, newer and older, the room could not be read
    )


@dataclass(frozen=True)
class Invitation:
    """The bot is invited by this person."""

    room_id: str
    sender: str
    encrypted: bool
    direct: bool


@dataclass(frozen=True)
class Wordings:
    """Of what was edited or deleted before the bot saw it: the newest wording, the edits it takes in, what is gone."""

    newest: Mapping[str, Message]
    edits: Mapping[str, Sequence[Edit]]
    gone: AbstractSet[str]


@dataclass(frozen=True)
class Batch:
    """One answer of the homeserver; `token` is None where more of it is to come."""

    token: str | None
    rooms: Sequence[RoomBatch] = ()
    invitations: Sequence[Invitation] = ()
    catching_up: bool = False  # sent before the first sync after a start: not counted as flood
    events: Sequence[Event] = field(default=())  # of all rooms, in the order they are to be handled
    own: Sequence[
        Own | State
    ] = ()  # what the bot has said and done, catching up: of all batches, with the first
    filled: Gap | None = None  # these events are what a gap held; the last of them are here
    late: bool = False  # they come after newer ones: reactions are compared afterwards, by their times
    wordings: Wordings | None = None  # also of events in batches to come; None: those of these events


def newest_wordings(events: Iterable[Event]) -> Wordings:
    """What these events say of each other."""
    seen: dict[str, Message] = {}
    newest: dict[str, Message] = {}
    edits: dict[str, list[Edit]] = {}
    gone: set[str] = set()
    for event in events:
        if isinstance(event, Message):
            seen[event.event_id] = event
        elif isinstance(event, Edit | Redaction):
            original = seen.get(event.target)
            if original is None or original.room_id != event.room_id:
                continue
            if isinstance(event, Redaction):
                gone.add(event.target)
            elif original.sender == event.sender:
                newest[event.target] = _reworded(original, event.message)
                edits.setdefault(event.target, []).append(event)
    return Wordings(newest, edits, gone)


def _reworded(original: Message, new: Message) -> Message:
    return replace(original, text=new.text, mentions=new.mentions, too_large=new.too_large)
