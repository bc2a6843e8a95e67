"""Fills the gap before a timeline that the homeserver cut: what was said while the bot was away is carried out."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from bot.core.events import mapping, objects, time_of
from bot.matrix.transport import LimitedError, MatrixError, Transport, UnreachableError

log = logging.getLogger(__name__)
OLD_IN_A_ROW: Final = 20
SHORTLY: Final = timedelta(days=1)
GONE: Final = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


@dataclass(frozen=True)
class Filled:
    """The timeline to carry out, oldest first, and what is known beside it.

    `state` are the state events from before the join that the homeserver sent in the timeline only; `left_out` says why
    something is not carried out: `join` if there were commands before the join, `sealed` if there may have been, as
    somebody wrote encrypted shortly before it, `age` if events are too old;
    `unread` is the token before which the homeserver would not read on, though it answers else.
    """

    timeline: list[dict[str, Any]]
    state: list[dict[str, Any]]
    left_out: str | None
    unread: str | None = None


async def fill(
    transport: Transport,
    room_id: str,
    timeline: list[dict[str, Any]],
    *,
    start: str | None,
    end: str | None,
    oldest: datetime,
    prefix: str,
) -> Filled:
    """The whole timeline since the token `end`, or since the bot's join where that is None.

    State events on the pages before the homeserver's own timeline are left out: its state already has them, in their
    newest version.
    """
    bot, since, old = transport.user_id, oldest.timestamp() * 1000, 0
    backwards: list[dict[str, Any]] = []
    page, paged = timeline[::-1], False
    while True:
        for position, event in enumerate(page):
            if end is None and _enters(event, bot):
                before = page[position + 1 :]
                backwards.append(event)
                state = [] if paged else [e for e in reversed(before) if "state_key" in e]
                return Filled(backwards[::-1], state, _left_out(before, event, bot, prefix))
            if _stamp(event) < since:
                old += 1  # one alone may be a server's wrong clock
                if old >= OLD_IN_A_ROW:
                    return Filled(backwards[::-1], [], "age")
            else:
                old = 0
                if not (paged and "state_key" in event):
                    backwards.append(event)
        if start is None:
            return Filled(backwards[::-1], [], "age" if old else None)
        try:
            answer = await transport.messages(room_id, start=start, end=end)
        except LimitedError:
            raise
        except (MatrixError, UnreachableError) as error:
            if isinstance(error, UnreachableError):
                await (
                    transport.whoami()
                )  # where the homeserver does not answer this either, it is no room's fault
            gone = isinstance(error, MatrixError) and error.status in GONE  # removed meanwhile
            log.warning("gap unread", extra={"room_id": room_id, "reason": str(error)})
            return Filled(backwards[::-1], [], None, None if gone else start)
        page, paged = objects(answer.get("chunk")), True
        following = answer.get("end")
        start = following if isinstance(following, str) and following != start else None


def _enters(event: dict[str, Any], bot: str) -> bool:
    """Is this how the bot came into the room?

    Its join; in a direct chat the invitation, since people write their first message before the bot has answered it.
    """
    if event.get("type") != "m.room.member" or event.get("state_key") != bot:
        return False
    content = mapping(event.get("content"))
    before = mapping(mapping(event.get("unsigned")).get("prev_content"))
    if content.get("membership") == "invite":
        return content.get("is_direct") is True
    return (
        content.get("membership") == "join"
        and before.get("membership") != "join"
        and before.get("is_direct") is not True
    )


def _left_out(before: list[dict[str, Any]], entered: dict[str, Any], bot: str, prefix: str) -> str | None:
    """Why people may wait in vain for an answer to what they wrote before the bot came in; None: they do not.

    What is encrypted looks the same whether it is a command or talk, and nobody waits for long.
    """
    if any(_calls(event, prefix) for event in before):
        return "join"
    since = _stamp(entered) - SHORTLY.total_seconds() * 1000
    sealed = any(_is_sealed(e) and e.get("sender") != bot and _stamp(e) >= since for e in before)
    return "sealed" if sealed else None


def _is_sealed(event: dict[str, Any]) -> bool:
    """Not one that was deleted: of that, nothing is left in it."""
    return event.get("type") == "m.room.encrypted" and "ciphertext" in mapping(event.get("content"))


def _calls(event: dict[str, Any], prefix: str) -> bool:
    body = mapping(event.get("content")).get("body")
    return isinstance(body, str) and body.startswith(prefix)


def _stamp(event: dict[str, Any]) -> float:
    return time_of(event.get("origin_server_ts")).timestamp() * 1000
