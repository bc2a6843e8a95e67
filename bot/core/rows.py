"""What the running transaction adds to the outbox, row by row, each with its transaction id.

A transaction id is derived from the event that caused the message, so that even an event handled again after a
lost commit is answered by the same message.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from bot.core.earlier import Earlier, digest
from bot.rendering.replies import ONCE, TXN_KEY
from commands.framework import links
from commands.framework.context import Context
from storage import outbox, rooms
from storage.engine.base import Tx
from storage.outbox import Errand


class Rows:
    """The rows added since the last `take`; after the commit they go to the sender."""

    def __init__(self) -> None:
        self.earlier = Earlier()
        self.fresh: list[Errand] = []
        self.by_content = False  # of what no event has caused: see `txn_by_content`

    def mark(self) -> int:
        return len(self.fresh)

    def rewind(self, mark: int) -> None:
        """Forget what was added since the mark; the savepoint has done so in the store."""
        del self.fresh[mark:]

    def take(self) -> list[Errand]:
        """The errands that the committed transaction added."""
        taken, self.fresh = self.fresh, []
        return taken

    def add(
        self,
        tx: Tx,
        kind: str,
        room: str,
        content: dict[str, Any],
        priority: int,
        *,
        txn: str,
        at: datetime,
        waits_for: int | None = None,
    ) -> Errand:
        """Write a row; a message carries its transaction id, to be found by when it is old."""
        content, once = {name: part for name, part in content.items() if name != ONCE}, ONCE in content
        if kind in (*outbox.SAID, "reaction"):
            content = {**content, TXN_KEY: txn}
        if room.startswith("@"):
            room = rooms.direct_room(tx, room) or room  # without one, the sender makes it
        row = outbox.add(
            tx,
            txn=txn,
            kind=kind,
            room=room,
            content=content,
            at=at,
            priority=priority,
            waits_for=waits_for,
            fleeting=once,
        )
        self.hand_over(tx, row)
        return row

    def hand_over(self, tx: Tx, row: Errand) -> None:
        """It is handed to the sender after the commit; what was done before a restore is recorded as done instead."""
        done = self.earlier.done(row)
        if done is None:
            self.fresh.append(row)
        else:
            outbox.mark_done(tx, [done], at=row.created_at)

    def write(
        self,
        ctx: Context,
        kind: str,
        room: str,
        content: dict[str, Any],
        priority: int,
        cause: str,
        part: str,
        *,
        waits_for: int | None = None,
        placed: dict[str, int] | None = None,
    ) -> Errand:
        """Add the row with this part of what the cause says; it waits for the message not yet sent that it links to."""
        html = content.get("formatted_body", "")
        link = links.first(html)
        if link is not None:
            kept = None
            if waits_for is None:
                waits_for = (placed or {}).get(link) or (int(link) if link.isdigit() else None)
                kept = link if waits_for is not None else None
            content["formatted_body"] = links.without_unsent(html, but=kept)
        txn = (
            self.txn_by_content(ctx.tx, kind, room, content, cause, part)
            if self.by_content
            else txn_of(cause, part)
        )
        return self.add(ctx.tx, kind, room, content, priority, txn=txn, at=ctx.now, waits_for=waits_for)

    def txn_by_content(
        self, tx: Tx, kind: str, room: str, content: dict[str, Any], cause: str, part: str
    ) -> str:
        """The next that no row has yet, of those of this content."""
        if part.startswith(("post", "errand")):
            part = digest(content) if "formatted_body" in content else json.dumps(content, sort_keys=True)
        times = 0
        while outbox.find_by_txn(tx, txn := txn_of(f"{cause} {kind} {room} {part}", str(times))) is not None:
            times += 1
        return txn


def remark_of(cause: str) -> str:
    """The transaction id of the remark with this cause."""
    return txn_of(cause, "remark")


def txn_of(cause: str, part: str) -> str:
    """The transaction id of this part of what the cause says."""
    return hashlib.sha256(f"{cause}|{part}".encode()).hexdigest()[:32]
