"""Reads a table of residents' feedback: its columns by their names, in whatever encoding and dialect it came.

A plain function of the bytes, carried out in a process of its own. All or nothing: with a single row that can't be
read, nothing of the others is returned.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from commands.feedback.marks import mark_in
from commands.feedback.masking import masked
from commands.framework.tables import as_typed
from commands.words import key_of

NAMES: Final = {  # our columns, and what they are called in tables
    "rating": ("note", "bewertung", "rating", "sterne", "stars", "punkte", "score", "mark", "zufriedenheit"),
    "comment": (
        "kommentar",
        "comment",
        "kommentare",
        "comments",
        "bemerkung",
        "bemerkungen",
        "text",
        "mitteilung",
    ),
    "date": ("datum", "date", "zeitpunkt", "zeit", "tag", "day", "timestamp"),
    "channel": ("kanal", "channel", "quelle", "source"),
}
SEPARATORS: Final = ";,\t|"
MOST_ROWS: Final = 200_000
MOST_ERRORS: Final = 100  # that are named
LONGEST_HEADER: Final = 5_000
LONGEST_COMMENT: Final = 2_000
LONGEST_CHANNEL: Final = 100
A_PIECE: Final = 1_000  # rows
SAMPLES: Final = 3
LATEST: Final = 5  # comments that are shown later
EARLIEST: Final = date(2000, 1, 1)
_OTHER_FILES: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc\ud800-\udfff]"
)
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?=$|[T ])")
_SWISS: Final = re.compile(r"(\d{1,2})[./]\s?(\d{1,2})[./]\s?(\d{4}|\d{2})(?=$|[ ,])")

Row = tuple[int, str, str, str]  # mark, comment, day in ISO or nothing, channel


@dataclass
class Table:
    """What was read of a file; `problem`: why nothing could be, as `not_a_table`."""

    problem: str = ""
    columns: dict[str, str] = field(default_factory=dict)  # ours, and what the file calls them
    rows: int = 0
    errors: list[tuple[int, str]] = field(
        default_factory=list
    )  # the line, the header's being 1, and what is wrong
    wrong: int = 0  # rows with an error; not all of them may be named
    samples: list[Row] = field(default_factory=list)
    days: dict[str, list[int]] = field(default_factory=dict)  # by day: count, total, its first line
    comments: list[str] = field(default_factory=list)  # the latest
    pieces: list[tuple[int, str]] = field(default_factory=list)  # rows as JSON, by the number of the first
    digest: str = ""  # of all that it says

    def fails(self, line: int, code: str) -> None:
        self.wrong += 1
        if len(self.errors) < MOST_ERRORS:
            self.errors.append((line, code))


def read_table(data: bytes) -> Table:
    """The table in this file."""
    text = _decoded(data)
    if text is None:
        return Table(problem="not_a_table")
    lines = io.StringIO(text, newline="")
    named = text[:6].casefold().startswith("sep=")
    separator = text[4] if named else ""
    if named:
        lines.readline()
    start = lines.tell()
    header = next((line for line in lines if line.strip()), "")
    lines.seek(start)
    if not header:
        return Table(problem="empty")
    if len(header) > LONGEST_HEADER:
        return Table(problem="not_a_table")
    table = Table()
    reader = csv.reader(lines, delimiter=separator or _separator(header), strict=True)
    records = enumerate(_records(reader, table), 1)
    header_at = next((one for one in records if any(cell.strip() for cell in one[1])), (1, []))
    at = _columns(table, header_at[1])
    if "rating" not in at:
        if not table.errors:
            table.fails(header_at[0], "no_rating")
        return table
    _read_rows(table, at, records)
    if not table.rows and not table.errors:
        table.problem = "empty"
    return table


def _records(reader: Iterator[list[str]], table: Table) -> Iterator[list[str]]:
    """The records of the file, as far as they can be told apart."""
    line = 0
    try:
        for cells in reader:
            line += 1
            yield cells
    except csv.Error:
        table.fails(line + 1, "bad_quotes")


def _decoded(data: bytes) -> str | None:
    """The text; None where it is none."""
    if data.startswith(_OTHER_FILES):
        return None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
        if b"\0" in data:
            return None
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _separator(header: str) -> str:
    """What the header's cells are separated by: so that most of them are known, else so that there are most."""

    def fits(separator: str) -> tuple[int, int]:
        cells = header.rstrip("\r\n").split(separator)
        return sum(_ours(cell) is not None for cell in cells), len(cells)

    return max(SEPARATORS, key=fits)


def _ours(cell: str) -> str | None:
    """The column of this name; what stands behind it in brackets is no part of that."""
    name = key_of(re.sub(r"[(\[].*", "", cell.strip().strip("\"'")))
    return next((ours for ours, names in NAMES.items() if name in map(key_of, names)), None)


def _columns(table: Table, cells: Sequence[str]) -> dict[str, int]:
    """Where each of our columns stands; the first of that name."""
    at: dict[str, int] = {}
    for n, cell in enumerate(cells):
        ours = _ours(cell)
        if ours is not None and ours not in at:
            at[ours] = n
            table.columns[ours] = _plain(cell)[:LONGEST_CHANNEL]
    at["width"] = len(cells)
    return at


def _read_rows(table: Table, at: dict[str, int], records: Iterator[tuple[int, list[str]]]) -> None:
    digest = hashlib.sha256()
    piece: list[Row] = []
    latest: list[tuple[str, int, str]] = []
    for line, cells in records:
        if not any(cell.strip() for cell in cells):
            continue
        table.rows += 1
        if table.rows > MOST_ROWS:
            table.problem = "too_many"
            return
        row = _row(cells, at)
        if isinstance(row, str):
            table.fails(line, row)
            continue
        if len(table.samples) < SAMPLES:
            table.samples.append(row)
        mark, comment, day, _ = row
        sums = table.days.setdefault(day, [0, 0, line])
        sums[0] += 1
        sums[1] += mark
        if comment:
            latest.append((day, line, comment))
            if len(latest) > 100 * LATEST:
                latest = sorted(latest)[-LATEST:]
        piece.append(row)
        if len(piece) == A_PIECE:
            _put(table, piece, digest)
    _put(table, piece, digest)
    table.comments = [comment for *_, comment in sorted(latest)[: -LATEST - 1 : -1]]
    table.digest = digest.hexdigest()
    if table.errors:
        table.pieces.clear()


def _put(table: Table, piece: list[Row], digest: hashlib._Hash) -> None:
    """The rows are a piece of their own."""
    if piece:
        text = json.dumps(piece, ensure_ascii=False, separators=(",", ":"))
        digest.update(text.encode())
        first = table.pieces[-1][0] + A_PIECE if table.pieces else 1
        table.pieces.append((first, text))
        piece.clear()


def _row(cells: Sequence[str], at: dict[str, int]) -> Row | str:
    """The row, or what is wrong with it."""
    if any(cell.strip() for cell in cells[at["width"] :]):
        return "bad_row"

    def cell(name: str) -> str:
        n = at.get(name, len(cells))
        return as_typed(cells[n].strip()) if n < len(cells) else ""

    mark = mark_in(cell("rating"))
    if mark is None or not 1 <= mark <= 5:  # noqa: PLR2004 - the marks
        return "bad_rating"
    day = _day(cell("date"))
    if day is None:
        return "bad_date"
    comment, channel = masked(_plain(cell("comment"))), masked(_plain(cell("channel")))
    if len(comment) > LONGEST_COMMENT or len(channel) > LONGEST_CHANNEL:
        return "too_large"
    return mark, comment, day, channel


def _plain(cell: str) -> str:
    """The text in one line, without signs that nobody sees."""
    return " ".join(_UNSEEN.sub(" ", cell).split())


def _day(cell: str) -> str | None:
    """The day in ISO; empty where none is given, None where it is none."""
    if not cell:
        return ""
    if found := _ISO.match(cell):
        year, month, day = found.groups()
    elif found := _SWISS.match(cell):
        day, month, year = found.groups()
    else:
        return None
    try:
        said = date(int(year) if len(year) == 4 else 2000 + int(year), int(month), int(day))  # noqa: PLR2004
    except ValueError:
        return None
    return said.isoformat() if said >= EARLIEST else None
