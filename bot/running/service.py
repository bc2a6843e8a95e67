"""What a service manager is told, by the protocol of sd_notify: started, how it stands, alive, ending.

Ten lines of datagrams: the packages for it are not kept up, or need a compiler.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket

log = logging.getLogger(__name__)


def tell(*assignments: str) -> None:
    """The manager knows it: `READY=1`, `STATUS=…`. Without one, or where it does not listen, nothing happens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.connect(f"\0{address[1:]}" if address.startswith("@") else address)
            manager.sendall("\n".join(assignments).encode())
    except OSError as error:
        log.warning("the service manager is not told", extra={"reason": str(error)})


async def keep_watch() -> None:
    """The manager is told that the event loop lives, twice in the time it allows; for ever, or never if it asks not.

    Only that: a store or a homeserver that is away is waited for, and a new start would not bring it back.
    """
    allowed = os.environ.get("WATCHDOG_USEC", "")
    if not allowed.isdecimal() or os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return
    while True:
        tell("WATCHDOG=1")
        await asyncio.sleep(int(allowed) / 2_000_000)
