"""What people do that is no command: reactions, and what they choose in polls. Each has a savepoint of its own.

In the worker's thread. There is no reply, but a refusal is told in the person's direct chat.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable
from datetime import datetime

from bot.core.events import Event, Reaction, Response
from bot.core.outbox import Outbox
from bot.core.people import asker_of, where_of
from commands.framework import recording
from commands.framework.context import UNDO, Context, Settings
from commands.framework.haste import AT_ONCE, told_enough
from commands.framework.replies import Refused, Reply, Role
from storage.engine.base import Tx
from storage.engine.database import savepoint

log = logging.getLogger(__name__)


class Acting:
    """Carries out one act after the other."""

    def __init__(self, settings: Settings, out: Outbox) -> None:
        self.settings, self.outbox = settings, out

    def _run(self, ctx: Context, name: str, about: str, act: Callable[[], None]) -> None:
        mark = self.outbox.mark()
        try:
            with savepoint(ctx.tx):
                act()
                recording.keep(ctx, name, "")
                self.outbox.keep(ctx, reply=None)
        except Refused as refused:
            self._forget(ctx, mark)
            undo = name.endswith(UNDO)  # is always answered
            if ctx.me.role >= Role.KNOWN or undo:
                self._refuse(ctx, refused.reply, about, times=AT_ONCE if undo else 1)
        except Exception:  # one bad event never stops the rest
            self._forget(ctx, mark)
            error_id = secrets.token_hex(4)
            log.exception("tap failed", extra={"error_id": error_id, "event_id": ctx.event_id})

    def _refuse(self, ctx: Context, reply: Reply, about: str, *, times: int) -> None:
        """The person is told why: the same of the same message so often in a minute, however often they tap.

        A person who taps on many messages is told of some of them.
        """
        if told_enough(ctx, ctx.me.user_id):
            return
        why = json.dumps(reply.part(), sort_keys=True)
        cause = f"refused {ctx.me.user_id} {about} {why} {(ctx.sent_at or ctx.now).timestamp() // 60}"
        for n in range(times):
            if not self.outbox.has_said(ctx.tx, f"{cause} {n}"):
                ctx.post(ctx.me.user_id, reply, language=ctx.me.language)
                self.outbox.keep(ctx, reply=None, cause=f"{cause} {n}")
                return

    def _forget(self, ctx: Context, mark: int) -> None:
        self.outbox.rewind(mark)
        ctx.forget()

    def _context(self, tx: Tx, event: Event, now: datetime) -> Context:
        return Context(
            tx=tx,
            now=now,
            settings=self.settings,
            me=asker_of(tx, event.sender, self.settings),
            where=where_of(tx, event.room_id, event.sender, None),
            event_id=event.event_id,
            target=event.target if isinstance(event, Reaction | Response) else "",
            sent_at=event.at,
        )
