"""Keeps the store from growing with what is over: handled events, sent messages,
reminders, offers nobody took.

A handled event is kept far longer than any it could come again in: the bot catches up `catch_up` back at most, and
its sync token has passed all others.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from commands.framework import Context, job
from storage import (
    acts,
    cards,
    dialogues,
    earlier,
    inbox,
    key_erasure,
    megolm,
    naming,
    olm,
    outbox,
    polls,
    reminders,
    told,
)

KEPT: Final = timedelta(days=30)
LATER: Final = timedelta(days=7)  # a key may come long after its message
A_PIECE: Final = 500  # messages read for names in a transaction
EDITABLE: Final = timedelta(days=7)  # for so long, talk may become a command by an edit


@job("housekeeping", every=timedelta(hours=1))
def clean(ctx: Context) -> None:
    """All that ended long ago is gone; cards keep the address of their message."""
    before = ctx.now - max(KEPT, 2 * ctx.settings.catch_up)
    inbox.clean(ctx.tx, before=before)
    inbox.clean_talk(ctx.tx, before=ctx.now - EDITABLE)
    polls.clean(ctx.tx, before=before)
    outbox.clean(ctx.tx, before=before)
    naming.clean(ctx.tx)
    earlier.clean(ctx.tx, before=before)
    reminders.clean(ctx.tx, before=before)
    cards.clean_offers(ctx.tx, before=before)  # an edit of a command takes back what ↩️ can no longer
    acts.clean(ctx.tx, before=before)
    told.clean(ctx.tx, before=before)
    again = ctx.now - ctx.settings.catch_up - LATER  # older than anything that may still be opened again
    dialogues.clean(ctx.tx, before=again)
    olm.clean(ctx.tx, before=again)
    megolm.clean(ctx.tx, before=again)
    key_erasure.erase_gone(ctx.tx, at=ctx.now, before=ctx.now - KEPT)


@job("names in messages", every=timedelta(hours=1))
def read_names(ctx: Context) -> bool:
    """Messages that were sent are found by whom they name; until then, they are looked through."""
    return naming.read_on(ctx.tx, at_most=A_PIECE)
