"""Who taps on and on is told the net result a little later, in one message, and not each time.

What they do counts each time; only what is said of it is gathered.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from commands.framework.context import Context
from storage import acts

AT_ONCE: Final = 5  # that one person does about one thing in a minute, answered one by one
MINUTE: Final = timedelta(minutes=1)


def in_haste(ctx: Context, ref: str, part: str, user_id: str) -> bool:
    """Has the person done something about this more often in the last minute than is answered one by one?"""
    return acts.count(ctx.tx, ref, f"{part}/{user_id}", since=ctx.now - MINUTE) >= AT_ONCE
