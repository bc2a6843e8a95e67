"""After a start, brings what people tapped in line with the reactions that the newest cards have on the homeserver.

Gaps are filled, so nothing should be missing; this catches what was removed from the homeserver's history, or is
older than the bot catches up.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from bot.core.facade import Core
from bot.core.seeds import OwnSeeds
from bot.matrix.lookup import reactions_on
from bot.matrix.sender import Sender
from bot.matrix.transport import MatrixError, Transport, UnreachableError
from bot.matrix.worker import Worker

log = logging.getLogger(__name__)


async def reconcile(
    transport: Transport, worker: Worker, core: Core, sender: Sender, *, now: Callable[[], datetime]
) -> None:
    """Every newest card has been compared."""
    await compare(await worker.insist(core.reconcilable), transport, worker, core, sender, now=now)


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
