"""What makes the bot slow, or late: advice of `pi-bot check`, which is no failure but where the clock is wrong."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from bot.config.keys import Configuration
from bot.matrix.transport import CLIENT, MatrixError, Transport, UnreachableError, quoted
from storage import inbox, status
from storage.engine.address import StoreError
from storage.engine.reading import reading
from storage.engine.schema import wrong_schema

WRONG_BY: Final = timedelta(seconds=10)  # reminders come early or late by as much
TOLD_BY: Final = 50  # messages, sent without being held back, tell that there is no limit
OVERRIDE: Final = "/_synapse/admin/v1/users/{}/override_ratelimit"


def clock(date: str, now: datetime) -> tuple[str, str]:
    """About this machine's clock, beside the homeserver's by the `Date` of an answer; and what is wrong with it."""
    try:
        ahead = now - parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return "clock: the homeserver does not tell its own", ""
    seconds = round(abs(ahead).total_seconds())
    if abs(ahead) <= WRONG_BY:
        return "clock: as the homeserver's", ""
    side = "ahead of" if ahead > timedelta() else "behind"
    return "clock", f"{seconds} s {side} the homeserver's: set both by NTP (`timedatectl set-ntp true`)"


async def rate_limit(configuration: Configuration, transport: Transport) -> tuple[str, str]:
    """About the homeserver's limit on what the bot sends, as far as it can be known; and how it is lifted."""
    path = OVERRIDE.format(quoted(configuration.user_id))
    try:
        given = (await transport.request("GET", path)).get("messages_per_second", -1)
    except (MatrixError, UnreachableError):  # only administrators are told, and only by Synapse
        given = None
    held_back, sent = _seen(configuration)
    if given == 0 or (given is None and not held_back and sent >= TOLD_BY):
        return "rate limit: none met", ""
    known = f"the homeserver held the bot back, last at {held_back} UTC" if held_back else "none met so far"
    body = '{"messages_per_second": 0, "burst_count": 0}'
    return "rate limit", (
        f"{known}; Synapse lets a user send one message in five seconds. To lift it for the bot, as administrator: "
        f"curl -X POST -H 'Authorization: Bearer TOKEN' -d '{body}' {configuration.homeserver.rstrip('/')}{path}"
    )


async def presence(configuration: Configuration, transport: Transport) -> tuple[str, str]:
    """About presence, which costs the homeserver time with every sync of everybody; the bot asks for none."""
    for user in (configuration.user_id, *configuration.coordinators):
        try:
            told = await transport.request("GET", f"{CLIENT}/presence/{quoted(user)}/status")
        except (MatrixError, UnreachableError):
            continue
        if "last_active_ago" in told:
            return (
                "presence",
                "the homeserver keeps it; without (`presence: {enabled: false}`) it has more time",
            )
    return "presence: none", ""


def _seen(configuration: Configuration) -> tuple[str, int]:
    """When the bot was held back last, as a running one has noted; how many messages it has sent in this time."""
    try:
        with reading(configuration.database) as tx:
            if not wrong_schema(tx):
                return inbox.fact(tx, inbox.HELD_BACK) or "", status.count_sent(tx)
    except StoreError:
        pass  # that is said of the store
    return "", 0
