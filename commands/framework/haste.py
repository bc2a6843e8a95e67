"""Who taps on and on is told the net result a little later, in one message, and not each time.

What they do counts each time; only what is said of it is gathered. It is the same whether they tap on one thing or on
many: how much they were told of late is what counts.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from commands.framework.context import Context
from storage import acts, outbox, rooms

AT_ONCE: Final = 5  # that one person does about one thing in a minute, answered one by one
MOST: Final = 20  # messages to one person in a minute, beside the replies to what they typed
MINUTE: Final = timedelta(minutes=1)


def in_haste(ctx: Context, ref: str, part: str, user_id: str) -> bool:
    """Has the person done something more often in the last minute, here or anywhere, than is answered one by one?"""
    of_this = acts.count(ctx.tx, ref, f"{part}/{user_id}", since=ctx.now - MINUTE)
    return of_this >= AT_ONCE or told_enough(ctx, user_id)


def told_enough(ctx: Context, user_id: str) -> bool:
    """Were there so many messages to the person in the last minute that taps are not answered for now?"""
    room = rooms.direct_room(ctx.tx, user_id) or user_id
    return outbox.count_unasked(ctx.tx, room, since=ctx.now - MINUTE, most=MOST) >= MOST
