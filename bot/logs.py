"""Logs: readable text on a terminal, one JSON object a line for everybody else.

What people write is in no log: of an exception its kind and place are shown, and its words only where they
are our own or the operating system's; others quote values. Secrets are taken out of whatever is left.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import IO, Any, Final
from urllib.parse import quote

_STANDARD: Final = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName", "color_message"}
_OWN: Final = ("bot.", "commands.", "storage.")
_QUIET: Final = {
    "nio": logging.WARNING,
    "nio.events": logging.ERROR,  # its warnings quote the events they are about
    "nio.responses": logging.ERROR,
    "nio.crypto": logging.ERROR,  # of the people in the demo: they can't read what was before them
    "aiohttp": logging.WARNING,
    "alembic": logging.WARNING,
    "apscheduler": logging.ERROR,  # a tick left out while a job hangs: what it hangs on is said already
    "sqlalchemy": logging.WARNING,
    "asyncio": logging.WARNING,
}
_SHORTEST: Final = 4  # a shorter secret would blacken ordinary words
_secrets: set[str] = set()


def set_up(stream: IO[str] = sys.stderr, *, level: int = logging.INFO) -> None:
    """All loggers write to the stream from now on, and only there."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Text() if stream.isatty() else Json())
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name, its_level in _QUIET.items():
        logging.getLogger(name).setLevel(its_level)


def hide(*secrets: str) -> None:
    """These are in no log from now on."""
    _secrets.update(
        form for secret in secrets if len(secret) >= _SHORTEST for form in (secret, quote(secret, safe=""))
    )


def without_secrets(text: str) -> str:
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


class Json(logging.Formatter):
    """One JSON object a record: at, level, logger, message, then the fields given as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        shown: dict[str, Any] = {
            "at": _at(record).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
        }
        shown |= {name: _plain(value) for name, value in _extra(record).items()}
        if failure := _failure(record):
            shown["exception"] = failure
        return json.dumps(shown, ensure_ascii=False)


class Text(logging.Formatter):
    """A line a record, and below it where an exception came from."""

    def format(self, record: logging.LogRecord) -> str:
        extra = "".join(f"  {name}={value}" for name, value in _extra(record).items())
        level = "" if record.levelno == logging.INFO else f"{record.levelname.lower()}: "
        line = f"{_at(record).astimezone():%H:%M:%S}  {level}{record.getMessage()}{extra}"
        failure = _failure(record)
        return without_secrets(line) + (f"\n{failure}" if failure else "")


def _at(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float) else without_secrets(str(value))


def _failure(record: logging.LogRecord) -> str:
    """Where the record's exception came from, and what led to it."""
    if not record.exc_info or record.exc_info[1] is None:
        return ""
    told: list[str] = []
    error: BaseException | None = record.exc_info[1]
    while error is not None and len(told) < 5:  # noqa: PLR2004 - deep enough for any cause worth knowing
        frames = traceback.extract_tb(error.__traceback__)
        told.append(
            "\n".join(
                [f"{_kind(error)}{_words(error)}", *(f"  {f.filename}:{f.lineno} {f.name}" for f in frames)]
            )
        )
        error = error.__cause__ or error.__context__
    return without_secrets("\n".join(told))


def _kind(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _words(error: BaseException) -> str:
    ours = type(error).__module__.startswith(_OWN)
    return f": {error}" if ours or isinstance(error, OSError) else ""
