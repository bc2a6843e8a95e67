"""Runs a plain function in a process of its own: what takes long holds nobody up, and what it needs goes with it.

The function and its result go through pipes, as pickles of our own; what people have sent is only ever its argument.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import sys
from collections.abc import Callable
from typing import Any, Final

NICE: Final = 10  # so much it lets others go first
_RUN: Final = f"""
import os, pickle, sys
os.nice({NICE})
function, data = pickle.load(sys.stdin.buffer)
out = os.dup(1)
os.dup2(2, 1)
result = function(data)
with os.fdopen(out, "wb") as pipe:
    pickle.dump(result, pipe)
"""


def bare_environment() -> dict[str, str]:
    """What a Python of our own needs, and none of the bot's secrets."""
    return {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUTF8": "1"}


class FailedApartError(Exception):
    """The function has raised, took too long, or its process has died."""


async def apart(function: Callable[[bytes], Any], data: bytes, *, within: float) -> Any:
    """The function's result of the data. Raises FailedApartError."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _RUN,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=bare_environment(),
    )
    try:
        async with asyncio.timeout(within):
            out, errors = await child.communicate(pickle.dumps((function, data)))
    except TimeoutError as error:
        raise FailedApartError(f"no result within {within:.0f} s") from error
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
    if child.returncode:
        said = errors.decode(errors="replace").strip().splitlines()
        raise FailedApartError(said[-1] if said else f"status {child.returncode}")
    return pickle.loads(out)  # noqa: S301 - written by this very module
