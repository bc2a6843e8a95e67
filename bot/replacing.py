"""Posts cards again that a room lacks: it is new for its purpose, the bot was out of it, or somebody has removed one.

In the worker's thread. The card has a new event then, and what people put on that counts; what they have said before
stays as it is.
"""

from __future__ import annotations

import logging
from datetime import datetime

from bot.events import Redaction
from bot.outgoing import Outbox
from commands.api import THINGS
from commands.context import Asker, Context, Settings, Where
from commands.removed_cards import ask_again
from commands.replies import Refused, Role
from storage import cards
from storage.base import Tx
from storage.cards import Card
from storage.database import savepoint

log = logging.getLogger(__name__)


class Replacing:
    """Finds what is missing, and posts it."""

    def __init__(self, settings: Settings, out: Outbox) -> None:
        self.settings, self.outbox = settings, out

    def room(self, tx: Tx, room_id: str, *, now: datetime) -> None:
        """Every card of something open that belongs into the room stands there."""
        for card in cards.list_missing(tx, room_id):
            mark = self.outbox.mark()
            try:
                with savepoint(tx):
                    self.card(tx, card, now=now)
            except Refused:  # the thing is no more
                self.outbox.rewind(mark)
            except Exception:  # one card never stops the others
                self.outbox.rewind(mark)
                log.exception("card failed", extra={"card": f"{card.kind} {card.number}"})

    def card(self, tx: Tx, card: Card, *, now: datetime) -> None:
        """The card is posted anew, if its thing is open. Refuses: NotFound."""
        ctx = self._context(tx, now)
        thing, number = THINGS[card.kind], int(card.number)
        if thing.is_open is not None and not thing.is_open(ctx, number):
            return
        cards.remove(tx, card.kind, card.number)
        ctx.place_card(card.kind, number, purpose=card.room_id)
        self.outbox.keep(ctx, reply=None, cause=f"again {card.room_id} {card.outbox_id}")

    def removed(self, tx: Tx, card: Card, event: Redaction, *, now: datetime) -> None:
        """Somebody has removed the card: nothing links to it, and who looks after its room may have it posted anew."""
        cards.lose(tx, card.kind, card.number)
        ctx, thing, number = self._context(tx, now), THINGS[card.kind], int(card.number)
        if card.room_id.startswith("@") or (thing.is_open is not None and not thing.is_open(ctx, number)):
            return
        ask_again(ctx, card, by=event.sender)
        self.outbox.keep(ctx, reply=None, cause=f"removed {event.event_id}")

    def _context(self, tx: Tx, now: datetime) -> Context:
        nobody = Asker(self.settings.bot, None, Role.COORDINATOR, self.settings.language)
        return Context(tx, now, self.settings, nobody, Where("", False, None))
