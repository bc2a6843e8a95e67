"""The process that draws: a line of JSON in, a picture or pages out, until nobody asks any more.

Each answer is a byte that says whether it was drawn, four that say how long it is, and what was drawn, or why not.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from typing import BinaryIO, Final

ENDLESS: Final = 30  # seconds after which it dies of a drawing, should nobody be there to end it
WORK: Final = (
    2.0  # seconds of the processor's time for a picture; a machine with much to do is no reason for none
)
PAGES_WORK: Final = 10.0  # the same for a report


def main(work: float = WORK) -> int:
    """Draw what comes; 0 once there is no one left to draw for."""
    for asked in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(asked, signal.SIG_IGN)  # the bot ends it, after what is under way
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no picture
    signal.signal(signal.SIGPROF, _too_long)
    with contextlib.suppress(BrokenPipeError):
        _answer(sys.stdin.buffer, out, work)
    return 0


def _too_long(*_: object) -> None:
    raise TimeoutError("too much work")


def _answer(asked: BinaryIO, out: BinaryIO, work: float) -> None:
    from bot.drawing.drawn import drawn  # noqa: PLC0415 - takes half a second

    _say(out, well=True, data=b"")  # ready
    for line in asked:
        signal.alarm(ENDLESS)
        try:
            what = json.loads(line)
            signal.setitimer(signal.ITIMER_PROF, PAGES_WORK if what.get("pages") else work)
            data = drawn(what)
            signal.setitimer(signal.ITIMER_PROF, 0)
        except Exception as error:  # noqa: BLE001 - one bad drawing never stops the rest
            signal.setitimer(signal.ITIMER_PROF, 0)
            _say(out, well=False, data=f"{type(error).__name__}: {error}".encode()[:500])
        else:
            _say(out, well=True, data=data)
        signal.alarm(0)


def _say(out: BinaryIO, *, well: bool, data: bytes) -> None:
    out.write(bytes([well]) + len(data).to_bytes(4, "big") + data)
    out.flush()


if __name__ == "__main__":
    sys.exit(main(*map(float, sys.argv[1:])))
