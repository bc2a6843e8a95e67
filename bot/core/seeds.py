"""The reactions that the bot puts below its messages, to be tapped, and takes off again.

On a card a sign has the bot's seed exactly where nobody else has put it there, so that the numbers below the card are
those on it. What is put on and taken off are rows of the outbox, in one lane for each message; what the homeserver did
not take while it limited counts as not done, and is made good when the card is looked at next. Rows are forgotten after
a month: then the card still says which signs were tapped, and the homeserver which reaction is the bot's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from bot.core.rows import Rows, txn_of
from commands.framework.context import Context
from commands.framework.declarations import THINGS, plain_key
from storage import cards, outbox
from storage.cards import Card
from storage.engine.base import Tx
from storage.outbox import LEFT_OUT, SEED, Errand, Outgoing

LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Seed:
    """A sign below a message of the bot's, and what is known of the bot's own reaction there."""

    key: str
    row: int  # of the message
    room: str
    there: bool  # or on its way
    last: str  # the transaction id of what was done last
    put: int | None = None  # the row that has put it there; None: it is forgotten, or never learnt its event
    event_id: str | None = None  # where the homeserver has told it
    done_at: datetime | None = None  # when it was recorded how that ended


@dataclass(frozen=True)
class OwnSeeds:
    """The bot's own reactions that stood on a card when the homeserver was asked: the event of each sign."""

    events: Mapping[str, str]
    asked_at: datetime


class Seeds(Rows):
    """What puts seeds on messages, and takes them off."""

    def seed(self, ctx: Context, keys: Iterable[str], room: str, row: Errand | Outgoing, cause: str) -> None:
        """Put these reactions on the message, to be tapped."""
        for key in keys:
            self.write(ctx, "reaction", room, {"key": key}, SEED, cause, f"{row.txn}{key}", waits_for=row.id)

    def seeds(self, tx: Tx, row: int) -> dict[str, Seed]:
        """What the outbox knows of the signs below this row's message."""
        found: dict[str, Seed] = {}
        for one in outbox.list_seeds(tx, row):
            key, is_on, left_out = one.content.get("key"), one.kind == "reaction", one.error == LEFT_OUT
            if key is None:
                continue  # it was said to somebody who is erased
            former = found.get(key)
            put = former.put if former is not None else None
            if is_on and not left_out:
                put = one.id if one.event_id is not None or one.state == "pending" else None
            # What was left out has changed nothing.
            found[key] = Seed(key, row, one.room, is_on != left_out, one.txn, put, None, one.done_at)
        return found

    def align(self, tx: Tx, card: Card, *, at: datetime, own: OwnSeeds | None = None) -> None:
        """Each sign of the card has the bot's seed now where nobody has tapped it, and nowhere else.

        `own`: what is on the homeserver; without, what the bot has done tells.
        """
        thing = THINGS[card.kind]
        signs = {plain_key(key): key for key in thing.signs(tx, int(card.number))}
        if not signs:
            return
        known = self.seeds(tx, card.outbox_id)
        if not known and outbox.get(tx, card.outbox_id) is not None:
            return  # it was posted without any
        tapped, before = cards.list_tapped(tx, card.kind, card.number), card.tapped.split()
        for sign, key in signs.items():
            seed = known.get(key)
            if seed is None:
                cause = f"{card.event_id} {key} {at.isoformat()}"
                there = sign not in before and (thing.some is None or not known)  # else it is new on the card
                seed = Seed(key, card.outbox_id, card.room_id, there, cause, done_at=LONG_AGO)
            if own is not None and seed.done_at is not None and seed.done_at < own.asked_at:
                seed = replace(seed, there=sign in own.events, event_id=own.events.get(sign))
            if seed.there and sign in tapped:
                self.take_off(tx, seed, at=at)
            elif not seed.there and sign not in tapped:
                self._put_on(tx, seed, at=at)
        now = [sign for sign in signs if sign in tapped]
        if now != before:
            cards.set_tapped(tx, card.kind, card.number, now)

    def take_off(self, tx: Tx, seed: Seed, *, at: datetime) -> None:
        """The seed comes off; the sender looks for one of which neither a row nor an event is known."""
        what = {"event_id": seed.event_id, "row": seed.put, "key": seed.key}
        self._add(tx, "redaction", seed, what, txn=txn_of(seed.last, "off"), at=at)

    def _put_on(self, tx: Tx, seed: Seed, *, at: datetime) -> None:
        self._add(tx, "reaction", seed, {"key": seed.key}, txn=txn_of(seed.last, "on"), at=at)

    def _add(self, tx: Tx, kind: str, seed: Seed, what: dict[str, Any], *, txn: str, at: datetime) -> None:
        self.add(tx, kind, seed.room, what, SEED, txn=txn, at=at, waits_for=seed.row)
