"""Somebody at a terminal, who answers what the program asks."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
from collections.abc import Iterable

END, BREAK = "\x04", "\x03"  # Ctrl-D, Ctrl-C


def at_a_terminal(arguments: list[str], answers: Iterable[str]) -> tuple[int, str]:
    """The exit status, and what the program showed to somebody who typed these answers; then Ctrl-C."""
    child, terminal = pty.fork()
    if child == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # tests started in the background are deaf to Ctrl-C
        os.execv(sys.executable, [sys.executable, "-m", "bot", *arguments])  # noqa: S606
    shown = b""
    pending = list(answers)
    last = ""
    while True:
        # Python misses a Ctrl-C that comes between its prompt and its reading: who still sees the prompt presses again.
        at_prompt = shown.endswith((b": ", b"^C"))
        while last == BREAK and at_prompt and not select.select([terminal], [], [], 0.5)[0]:
            os.write(terminal, BREAK.encode())
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # the child has closed the terminal
            break
        if not piece:
            break
        shown += piece
        if shown.endswith(b": "):
            last = pending.pop(0) if pending else BREAK
            os.write(terminal, last.encode() if last in (END, BREAK) else last.encode() + b"\n")
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), shown.decode()
