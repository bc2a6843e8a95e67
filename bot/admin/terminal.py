"""What is printed arrives also on a terminal that knows few signs."""

from __future__ import annotations

import codecs
import io
import sys
from typing import Final

_PLAIN: Final = {"✓": "ok", "✗": "!!", "…": "...", "«": '"', "»": '"'}


def print_anywhere() -> None:
    """Signs that standard output and error can't show are written in plain ones, and fail no more."""
    codecs.register_error("plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plain")


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    signs = error.object[error.start : error.end]
    return "".join(_PLAIN.get(sign, "?") for sign in signs), error.end
