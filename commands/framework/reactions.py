"""What a start has to catch up with: reactions that are on a card and not in the store, or the other way round.

Shared by all `@reconciler`s; what follows from a difference is each feature's own.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime

from commands.framework.context import Context
from commands.framework.declarations import OWN_TAPS, THINGS, Present, sign
from storage import cards
from storage.cards import Tap


@dataclass(frozen=True)
class Missed:
    """A reaction on a card that the store does not know; `key` as `api.sign` reads it."""

    kind: str
    number: int
    event_id: str
    user_id: str
    key: str
    at: datetime

    def keep(self, ctx: Context) -> None:
        """The store knows it from now on."""
        _note(ctx, self.kind, self.number, self.user_id)
        cards.add_tap(
            ctx.tx,
            event_id=self.event_id,
            kind=self.kind,
            number=str(self.number),
            user_id=self.user_id,
            key=self.key,
        )


def _note(ctx: Context, kind: str, number: int, person: str) -> None:
    if THINGS[kind].letter:
        ctx.note(kind, number, part=OWN_TAPS.get(kind, ""), person=person)


def remember(ctx: Context, kind: str, number: int, present: Sequence[Present]) -> None:
    """The store knows the reactions that are on the card, also those that counted for nothing, and no other ones."""
    there = {event_id: (user_id, sign(kind, shown)) for event_id, user_id, shown, _ in present}
    known = {tap.event_id for tap in cards.list_taps(ctx.tx, kind, str(number)) if tap.room_id is None}
    cards.remove_taps(ctx.tx, sorted(known - there.keys()))
    for event_id in sorted(there.keys() - known):
        user_id, key = there[event_id]
        if key in THINGS[kind].seeds:
            more = {"event_id": event_id, "user_id": user_id, "key": key}
            cards.add_tap(ctx.tx, kind=kind, number=str(number), **more)


def differences(
    ctx: Context, kind: str, number: int, present: Sequence[Present], *, keys: Container[str]
) -> tuple[list[Tap], list[Missed]]:
    """The reactions that are gone, forgotten by the store now, and those of these keys that it missed, by time."""
    there = {event_id for event_id, *_ in present}
    known = {tap.event_id: tap for tap in cards.list_taps(ctx.tx, kind, str(number)) if tap.room_id is None}
    gone = [known[event_id] for event_id in sorted(known.keys() - there)]
    for tap in gone:
        cards.remove_tap(ctx.tx, tap.event_id)
        _note(ctx, kind, number, tap.user_id)
    missed = [
        Missed(kind, number, event_id, user_id, sign(kind, shown), at)
        for event_id, user_id, shown, at in sorted(present, key=lambda reaction: reaction[3])
        if event_id not in known and sign(kind, shown) in keys
    ]
    return gone, missed
