"""After a start, brings what people tapped and chose in line with the newest cards and polls on the homeserver.

Gaps are filled, so nothing should be missing; this catches what was removed from the homeserver's history, or is
older than the bot catches up.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from bot.core.events import Response, read, text_of
from bot.core.facade import Core
from bot.core.polls import Compared
from bot.core.seeds import OwnSeeds
from bot.matrix.encrypting import Encrypting
from bot.matrix.lookup import reactions_on, responses_to
from bot.matrix.sender import Sender
from bot.matrix.transport import MatrixError, Transport, UnreachableError
from bot.matrix.worker import Worker

log = logging.getLogger(__name__)


async def reconcile(
    transport: Transport,
    worker: Worker,
    core: Core,
    sender: Sender,
    *,
    now: Callable[[], datetime],
    encrypting: Encrypting | None = None,
) -> None:
    """Every newest card has been compared, and every open poll."""
    await compare(await worker.insist(core.reconcilable), transport, worker, core, sender, now=now)
    for poll in await worker.insist(partial(core.open_polls, now=now())):
        try:
            asked_at = now()
            found = await responses_to(transport, poll.room_id, poll.event_id or "")
            there = {text_of(one.get("event_id")) for one in found}
            if encrypting is not None:
                found = await encrypting.open(poll.room_id, found)
            read_now = [read(one, poll.room_id, bot=transport.user_id) for one in found]
            chosen = [one for one in read_now if isinstance(one, Response) and one.target == poll.event_id]
            compared = partial(core.compare_poll, poll.kind, poll.number, Compared(chosen, there, asked_at))
            sender.add(await worker.insist(partial(compared, now=now())))
        except (MatrixError, UnreachableError) as error:
            extra = {"room_id": poll.room_id, "event_id": poll.event_id, "reason": str(error)}
            log.warning("responses unknown", extra=extra)
        except Exception:  # one poll never stops the rest
            extra = {"room_id": poll.room_id, "event_id": poll.event_id}
            log.exception("responses not compared", extra=extra)


async def compare(
    cards: Iterable[tuple[str, int, str, str]],
    transport: Transport,
    worker: Worker,
    core: Core,
    sender: Sender,
    *,
    now: Callable[[], datetime],
) -> None:
    """These cards have been compared; one that the homeserver does not tell about is passed over."""
    for kind, number, room_id, event_id in cards:
        try:
            asked_at = now()
            present, own = await reactions_on(transport, room_id, event_id)
            compared = partial(core.reconcile, kind, number, present, OwnSeeds(own, asked_at))
            sender.add(await worker.insist(partial(compared, now=now())))
        except (MatrixError, UnreachableError) as error:
            extra = {"room_id": room_id, "event_id": event_id, "reason": str(error)}
            log.warning("reactions unknown", extra=extra)
        except Exception:  # one card never stops the rest
            log.exception("reactions not compared", extra={"room_id": room_id, "event_id": event_id})
