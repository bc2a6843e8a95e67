"""Recognises what the bot has said and done already, though its store does not know: after a restore, say.

Commands given since the backup are carried out again, and bring about the same messages, with the same transaction ids.
Those that stand in the rooms are not said again: their rows are recorded as sent, and what people did with them counts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.core.events import Own, State, mapping, text_of
from bot.rendering.replies import KEY
from storage import earlier, outbox
from storage.engine.base import Tx
from storage.outbox import LEFT_OUT, SEED, Done

TOLD = "ch.publicinnovators.told"  # of what a message tells, gathered: by which it is known


@dataclass(frozen=True)
class Seen:
    event_id: str
    digest: str  # of what it shows


class Earlier:
    """Used in the worker's thread only. Empty, but after a restore: then it costs nothing."""

    def __init__(self) -> None:
        self.sent: dict[str, Seen] = {}  # by transaction id
        self.shown: dict[str, Seen] = {}  # by event: how it looks since its newest edit
        self._acts: dict[str, list[datetime]] = {}  # what has no transaction id, and when the bot did it
        self._rows: set[int] = set()  # that were recorded as sent
        self.at = datetime.min.replace(tzinfo=UTC)  # when what is being carried out was said

    def load(self, tx: Tx) -> None:
        """All that an earlier run has found is known."""
        self.__init__()  # type: ignore[misc]
        for row in earlier.list_all(tx):
            self._know(row.txn, Seen(row.event_id, row.digest), row.edits)

    def learn(self, tx: Tx, own: Iterable[Own | State]) -> None:
        """These events of the bot's own stand in the rooms; those that the store does not know are kept."""
        self._acts.clear()
        for event in own:
            if isinstance(event, State):
                self._acts.setdefault(_act_of(event), []).append(event.at)
                continue
            if not event.txn or outbox.find_by_txn(tx, event.txn) is not None:
                continue
            relation = mapping(event.content.get("m.relates_to"))
            edits = text_of(relation.get("event_id")) if relation.get("rel_type") == "m.replace" else ""
            shown = mapping(event.content.get("m.new_content")) if edits else event.content
            seen = Seen(event.event_id, digest(shown))
            told = event.content.get(TOLD)
            keys = [key for key in told if isinstance(key, str)] if isinstance(told, list) else []
            for txn in (event.txn, *keys):
                earlier.add(
                    tx,
                    txn=txn,
                    event_id=seen.event_id,
                    edits=edits or None,
                    digest=seen.digest,
                    said_at=event.at,
                )
                self._know(txn, seen, edits or None)

    def caught_up(self) -> None:
        """All that is done from now on is new."""
        self._acts.clear()

    def _know(self, txn: str, seen: Seen, edits: str | None) -> None:
        self.sent.setdefault(txn, seen)
        self.shown[edits or seen.event_id] = seen

    def done(self, errand: outbox.Errand) -> Done | None:
        """The errand's end at that time, if it was carried out."""
        seen = self.sent.get(errand.txn)
        if seen is not None:
            self._rows.add(errand.id)
            return Done(errand.id, seen.event_id)
        if errand.priority == SEED and errand.waits_for in self._rows:
            # Taken off again since, for all that is known; the comparison after the start puts on what is missing.
            return Done(errand.id, None, LEFT_OUT)
        times = self._acts.get(_act(errand.kind, errand.room, errand.content)) if self._acts else None
        later = [at for at in times or () if at >= self.at]
        if times is None or not later:
            return None
        times.remove(later[0])
        return Done(errand.id, None)


def digest(content: Mapping[str, Any]) -> str:
    """A digest that is the same for two messages that show the same."""
    shown = json.dumps([content.get("formatted_body"), content.get(KEY)], sort_keys=True)
    return hashlib.sha256(shown.encode()).hexdigest()[:32]


def _act(kind: str, room: str, content: Mapping[str, Any]) -> str:
    return f"{kind} {room} {json.dumps(content, sort_keys=True)}"


def _act_of(event: State) -> str:
    """The errand by which the bot has brought this state about."""
    if event.type != "m.room.member":
        state = {"type": event.type, "key": event.key, "content": dict(event.content)}
        return _act("state", event.room_id, state)
    kind = "invite" if event.content.get("membership") == "invite" else "kick"
    return _act(kind, event.room_id, {"user_id": event.key})
