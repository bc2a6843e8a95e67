"""Tables as files: every spreadsheet opens them, and takes none of their cells for a formula.

The dialect of the CSV: UTF-8 with a byte order mark, cells separated by `;`, lines ended by CRLF, quoted by `"` where
needed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def as_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """The rows as a file, each cell a text that no spreadsheet calculates with."""
    table = io.StringIO()
    csv.writer(table, delimiter=";", lineterminator="\r\n").writerows([_safe(c) for c in row] for row in rows)
    return table.getvalue().encode("utf-8-sig")


def as_open_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """The same as RFC 4180 has it, which programs read: UTF-8 without a mark, commas."""
    table = io.StringIO()
    csv.writer(table, lineterminator="\r\n").writerows([_safe(cell) for cell in row] for row in rows)
    return table.getvalue().encode("utf-8", "replace")


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def as_typed(cell: str) -> str:
    """The text that `as_csv` has made this cell of."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
