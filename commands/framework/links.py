"""Links to messages, also to those that are still to be sent: made, found and filled in here, and nowhere else.

In place of the event id that there is not yet, such a link has a mark that nobody can type: the row of the outbox, or
the card that the same command posts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

_MARK: Final = "\x01{}\x01"
_MARKED: Final = re.compile("\x01([^\x01]*)\x01")
_IN_PATH: Final = re.compile("/\x01[^\x01]*\x01")
_UNSENT: Final = re.compile('<a href="[^"]*\x01[^"]*">(.*?)</a>')


def to_event(room: str, event_id: str) -> str:
    return f"https://matrix.to/#/{room}/{event_id}"


def to_row(room: str, row: int) -> str:
    """To the message that this row of the outbox will be."""
    return to_event(room, _MARK.format(row))


def of_row(row: int) -> str:
    """In place of the event that this row of the outbox will be."""
    return _MARK.format(row)


def to_card(room: str, kind: str, number: int) -> str:
    """To the card that this very command posts."""
    return to_event(room, _MARK.format(card(kind, number)))


def card(kind: str, number: int) -> str:
    """The key by which `first` names such a card."""
    return f"{kind}:{number}"


def is_unsent(link: str) -> bool:
    return "\x01" in link


def first(html: str) -> str | None:
    """The first message still to be sent that this links to: the number of its row, or its `card`."""
    found = _MARKED.search(html)
    return found[1] if found is not None else None


def rows(html: str) -> list[int]:
    """The rows of all unsent messages to which this links."""
    return [int(mark) for mark in _MARKED.findall(html)]


def without_unsent(html: str, *, but: str | None = None) -> str:
    """Messages still to be sent are named without a link, but for this one: a message waits for one alone."""
    kept = _MARK.format(but) if but is not None else None
    return _UNSENT.sub(lambda a: a[0] if kept and kept in a[0] else f"<strong>{a[1]}</strong>", html)


def filled(text: str, event_id: str | None) -> str:
    """The text with the event that it waited for; where there is none, it links to the room."""
    return _IN_PATH.sub(f"/{event_id}" if event_id else "", text) if is_unsent(text) else text


def aimed(content: Mapping[str, Any], event_id: str | None) -> dict[str, Any]:
    """The message with the event that it waited for, to which it links, or in whose thread it stands."""
    found: dict[str, Any] = {
        name: filled(said, event_id) if isinstance(said, str) else said for name, said in content.items()
    }
    relation: dict[str, Any] = found.get("m.relates_to", {})
    if is_unsent(relation.get("event_id", "")):
        del found["m.relates_to"]
        if event_id:
            found["m.relates_to"] = {**relation, "event_id": event_id}
    return found
