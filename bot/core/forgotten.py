"""A command whose prefix was forgotten, in the room for ideas: its author is asked, and ✅ carries it out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bot.core.events import Message, Reaction
from bot.core.outbox import Outbox
from commands.framework.context import Context
from commands.framework.declarations import NAMES, Command
from commands.framework.failures import MeantAsCommand
from commands.framework.outside import OfferMade
from commands.words import normal
from storage import cards
from storage.engine.base import Tx

ROOM: Final = "ideas"
YES: Final = "✅"
ACTION: Final = "forgotten"  # of the offer: carries out what was said, as its author's command
WITHIN: Final = timedelta(days=1)
NOUN_AND_VERB: Final = 2  # words


def meant(message: Message) -> Command | None:
    """The command whose noun and verb this begins with."""
    words = message.text.split(maxsplit=NOUN_AND_VERB)
    if len(words) < NOUN_AND_VERB or message.thread is not None or message.file:
        return None
    return NAMES.get(normal(" ".join(words[:NOUN_AND_VERB])))


def is_allowed(ctx: Context, message: Message) -> bool:
    command = meant(message)
    return command is not None and ctx.me.role >= command.role


def ask(ctx: Context, out: Outbox, message: Message) -> None:
    """The author is asked in the direct chat."""
    asked = ctx.post(ctx.me.user_id, MeantAsCommand(message.text), language=ctx.me.language, seeds=(YES,))
    if asked is not None:
        data = {"text": message.text, "room": message.room_id}
        asked.offers.append(OfferMade(YES, ACTION, data, ctx.me.user_id, ctx.me.role, ctx.now + WITHIN))
        out.keep(ctx, reply=None)


def reword(tx: Tx, message: Message | None, event_id: str, *, now: datetime) -> None:
    """✅ carries out what the author has made of it; nothing, if that is no command any more."""
    offer = cards.find_offer_of(tx, cause=event_id, key=YES)
    if offer is None or offer.taken_at is not None:
        return
    if message is None or meant(message) is None:
        cards.take_offer(tx, outbox_id=offer.outbox_id, at=now)
    else:
        data = offer.data | {"text": message.text}
        cards.set_offer_data(tx, outbox_id=offer.outbox_id, key=YES, data=data)


def command_of(offer: cards.Offer, tap: Reaction, prefix: str) -> Message:
    """The message, as the command that it was meant to be."""
    return Message(
        offer.data["room"],
        offer.cause,
        tap.sender,
        tap.at,
        text=prefix + offer.data["text"],
        mentions=frozenset(),
        thread=None,
    )
