"""Posts cards again that a room lacks: it is new for its purpose, the bot was out of it, or somebody has removed one.

In the worker's thread. The card has a new event then, and what people put on that counts; what they have said before
stays as it is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from bot.core.events import Redaction
from bot.core.outbox import Outbox
from commands.framework.context import Asker, Context, Settings, Where
from commands.framework.declarations import THINGS, Thing
from commands.framework.replies import Refused, Role
from commands.general import ask_again
from storage import cards, counters, rooms
from storage.cards import Card
from storage.engine.base import Tx
from storage.engine.database import savepoint

log = logging.getLogger(__name__)
MOST: Final = 500  # cards of a kind


class Replacing:
    """Finds what is missing, and posts it."""

    def __init__(self, settings: Settings, out: Outbox) -> None:
        self.settings, self.outbox = settings, out

    def room(self, tx: Tx, room_id: str, *, now: datetime) -> None:
        """Every card of something open that belongs into the room stands there, and shows what is true."""
        cards.mark_not_edited(tx, at=now, room_id=room_id)
        for card in cards.list_missing(tx, room_id):
            self._try(tx, card.kind, card.number, partial(self.card, tx, card, now=now))
        purpose = rooms.purpose_of(tx, room_id)
        for thing in THINGS.values():
            if thing.purpose == purpose:
                for number in _without_card(tx, thing):
                    self._try(tx, thing.kind, number, partial(self._first, tx, thing, int(number), now=now))

    def card(self, tx: Tx, card: Card, *, now: datetime) -> None:
        """The card is posted anew, if its thing is open. Refuses: NotFound."""
        ctx = self._context(tx, now)
        thing, number = THINGS[card.kind], int(card.number)
        if thing.is_open is not None and not thing.is_open(ctx, number):
            return
        cards.remove(tx, card.kind, card.number)
        ctx.place_card(card.kind, number, purpose=card.room_id)
        ctx.relink(card.kind, number)
        self.outbox.keep_job(ctx, "again")

    def _first(self, tx: Tx, thing: Thing, number: int, *, now: datetime) -> None:
        """All that was made while there was no room for its card has one, if it is open. Refuses: NotFound."""
        ctx = self._context(tx, now)
        if thing.is_open is not None and thing.is_open(ctx, number):
            ctx.place_card(thing.kind, number)
            ctx.relink(thing.kind, number)
            self.outbox.keep(ctx, reply=None, cause=f"first {thing.kind} {number}")

    def _try(self, tx: Tx, kind: str, number: str, post: Callable[[], None]) -> None:
        """One card never stops the others."""
        mark = self.outbox.mark()
        try:
            with savepoint(tx):
                post()
        except Refused:  # the thing is no more
            self.outbox.rewind(mark)
        except Exception:
            self.outbox.rewind(mark)
            log.exception("card failed", extra={"card": f"{kind} {number}"})

    def removed(self, tx: Tx, card: Card, event: Redaction, *, now: datetime) -> None:
        """Somebody has removed the card: nothing links to it, and who looks after its room may have it posted anew."""
        cards.lose(tx, card.kind, card.number)
        ctx, thing, number = self._context(tx, now), THINGS[card.kind], int(card.number)
        if card.room_id.startswith("@"):
            return
        try:
            ctx.relink(card.kind, number)
            if thing.is_open is not None and not thing.is_open(ctx, number):
                return
            ask_again(ctx, card, by=event.sender)
        except Refused:  # the thing is no more
            return
        self.outbox.keep(ctx, reply=None, cause=f"removed {event.event_id}")

    def _context(self, tx: Tx, now: datetime) -> Context:
        nobody = Asker(self.settings.bot, None, Role.COORDINATOR, self.settings.language)
        return Context(tx, now, self.settings, nobody, Where("", False, None))


def _without_card(tx: Tx, thing: Thing) -> list[str]:
    """The numbers of the newest things of the kind that never had a card; of some there is no thing any more."""
    last = counters.value(tx, thing.counter)
    numbers = [str(number) for number in range(max(1, last - MOST + 1), last + 1)]
    known = cards.known(tx, thing.kind, numbers)
    return [number for number in numbers if number not in known]
