"""What happens in rooms, read from the homeserver's JSON.

Own reading instead of matrix-nio's event classes: nothing that people can put into an event may stop the sync, an
event that makes no sense is no event, and it costs a tenth of the CPU on the way of every command. What people typed
is read in `bot.core.typed`: control and bidirectional characters never come further in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from bot.core.attached import Attached, attached
from bot.core.typed import typed

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")  # no database takes these


class Clear(dict[str, Any]):
    """An event's JSON as it was before it was sealed."""

    signed: bool | None = None  # has its sender signed the device it comes from? None: not known
    late = False  # it had to wait for its key


@dataclass(frozen=True)
class Event:
    room_id: str
    event_id: str
    sender: str
    at: datetime  # the homeserver's time


@dataclass(frozen=True)
class Message(Event):
    text: str
    mentions: frozenset[str]
    thread: str | None
    answers: str | None = None  # the message that it is a reply to
    file: bool = (
        False  # the text is the caption of a file, a picture or a voice message; empty where there is none
    )
    too_large: bool = False
    edit: str = ""  # the edit that the text is of, where the homeserver sent it along
    sealed: bool = False  # it was encrypted
    signed: bool | None = None  # from a device that the sender has signed; None: not known
    late: bool = False  # and had to wait for its key
    steps: bool = False  # the command that was typed, to be asked for step by step
    attached: Attached | None = None  # that file, where it can be fetched
    replies_to: str = ""  # what the reply to it is to, where that is another event: it is a tap


@dataclass(frozen=True)
class Edit(Event):
    target: str
    message: Message  # the new wording, as a message with the target's id


@dataclass(frozen=True)
class Reaction(Event):
    target: str
    key: str


@dataclass(frozen=True)
class Response(Event):
    """What somebody chooses in a poll."""

    target: str
    answers: tuple[str, ...] | None  # None: it makes no sense
    sealed: bool = False
    late: bool = False


@dataclass(frozen=True)
class Redaction(Event):
    target: str


@dataclass(frozen=True)
class State(Event):
    """A state event: membership, power levels, encryption, create, tombstone …"""

    type: str
    key: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Own(Event):
    """Something the bot sent itself, come back: `txn` tells which row of the outbox."""

    txn: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Unreadable(Event):
    """An encrypted event that the bot can't decrypt."""


def mapping(value: Any) -> dict[str, Any]:
    """The value where it is an object; else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects in the value where it is a list; else none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text_of(value: Any) -> str:
    """An id, or what else is kept as it is; empty where it is none, or can't be kept."""
    return value if isinstance(value, str) and _UNSTORABLE.search(value) is None else ""


def read(raw: Any, room_id: str, *, bot: str) -> Event | None:  # noqa: PLR0911
    """The event, or None for what is none of the bot's concern or makes no sense."""
    event = mapping(raw)
    kind, event_id, sender = (
        text_of(event.get("type")),
        text_of(event.get("event_id")),
        text_of(event.get("sender")),
    )
    if not (kind and event_id and sender):
        return None
    head = (room_id, event_id, sender, time_of(event.get("origin_server_ts")))
    content = mapping(event.get("content"))
    if "state_key" in event:
        return State(*head, type=kind, key=text_of(event["state_key"]), content=content)
    if sender == bot:
        txn = mapping(event.get("unsigned")).get("transaction_id") or content.get("ch.publicinnovators.txn")
        return Own(*head, txn=text_of(txn), content=content)
    relates = mapping(content.get("m.relates_to"))
    match kind:
        case "m.room.message":
            found = _message(head, content, relates, _bundled_edit(event, sender))
            return _as_sealed(found, raw) if isinstance(raw, Clear) else found
        case "m.reaction":
            target, key = text_of(relates.get("event_id")), text_of(relates.get("key"))
            if relates.get("rel_type") == "m.annotation" and target and 0 < len(key) <= 64:  # noqa: PLR2004
                return Reaction(*head, target=target, key=key)
        case "org.matrix.msc3381.poll.response" | "m.poll.response":  # RESPONSES
            return _response(head, content, relates, raw)
        case "m.room.redaction":
            target = text_of(event.get("redacts")) or text_of(content.get("redacts"))
            if target:
                return Redaction(*head, target=target)
        case "m.room.encrypted":
            return Unreadable(*head)
    return None


def _as_sealed(found: Event | None, raw: Clear) -> Event | None:
    """The message, or the wording of an edit, with how it came."""
    how: dict[str, Any] = {"sealed": True, "signed": raw.signed, "late": raw.late}
    match found:
        case Message():
            return replace(found, **how)
        case Edit():
            return replace(found, message=replace(found.message, **how))
    return found


RESPONSES: Final = ("org.matrix.msc3381.poll.response", "m.poll.response")
MOST_ANSWERS: Final = 20  # that a poll has


def _response(
    head: Head, content: Mapping[str, Any], relates: Mapping[str, Any], raw: Any
) -> Response | None:
    """What was chosen, in the form of today's clients or the stable one."""
    target = text_of(relates.get("event_id"))
    if relates.get("rel_type") != "m.reference" or not target:
        return None
    said = mapping(content.get(RESPONSES[0])).get("answers", content.get("m.selections"))
    answers = tuple(text_of(one) for one in said[:MOST_ANSWERS]) if isinstance(said, list) else None
    sealed = isinstance(raw, Clear)
    return Response(*head, target=target, answers=answers, sealed=sealed, late=sealed and raw.late)


Head = tuple[str, str, str, datetime]


def _message(
    head: Head, content: Mapping[str, Any], relates: Mapping[str, Any], bundled: Mapping[str, Any]
) -> Event | None:
    target = text_of(relates.get("event_id"))
    if relates.get("rel_type") == "m.replace":
        new = mapping(content.get("m.new_content"))
        wording = _wording(head, new, None, None, reply=True)  # of what, only the original knows
        return Edit(*head, target=target, message=wording) if target and wording else None
    thread = target if relates.get("rel_type") == "m.thread" and target else None
    answered = text_of(mapping(relates.get("m.in_reply_to")).get("event_id"))
    answers = answered if answered and not (thread and relates.get("is_falling_back")) else None
    newest = mapping(mapping(bundled.get("content")).get("m.new_content"))
    message = _wording(head, newest or content, thread, answers, reply=bool(newest or answered))
    return (
        replace(message, edit=text_of(bundled.get("event_id"))) if message is not None and newest else message
    )


def _bundled_edit(event: Mapping[str, Any], sender: str) -> Mapping[str, Any]:
    """The newest edit, where the homeserver sends it along with the original."""
    edit = mapping(mapping(mapping(event.get("unsigned")).get("m.relations")).get("m.replace"))
    return edit if text_of(edit.get("sender")) == sender else {}


def _wording(
    head: Head, content: Mapping[str, Any], thread: str | None, answers: str | None, *, reply: bool
) -> Message | None:
    found = typed(content, reply=reply)
    if found is None:
        return None
    return Message(
        *head,
        text=found.text,
        mentions=found.mentions,
        thread=thread,
        answers=answers,
        file=found.file,
        attached=attached(content) if found.file else None,
        too_large=found.too_large,
    )


def time_of(value: Any) -> datetime:
    """The homeserver's milliseconds as a time; 1970 or the year 9987 where they make no sense."""
    stamp = value if isinstance(value, int) and not isinstance(value, bool) else 0
    return datetime.fromtimestamp(min(max(stamp, 0), 253_000_000_000_000) / 1000, UTC)
