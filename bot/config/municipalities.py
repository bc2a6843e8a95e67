"""Reads the table of municipalities as people make it: with a spreadsheet, in German or English, on any system."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from commands.words import key_of

SHIPPED: Final = (
    Path(__file__).parent / "data" / "gemeinden_bl.csv"
)  # for those who have no table of their own
COLUMNS: Final = {  # with what else they are called
    "name": ("gemeinde", "municipality"),
    "district": ("bezirk",),
    "population": ("einwohner", "einwohnerzahl", "bevölkerung", "inhabitants"),
}
EXPECTED: Final = "a file with the columns name, district, population"
_MARKS: Final = "'’‘´` \u00a0\u2009\u202f.,"  # between thousands
_NUMBER: Final = re.compile(rf"\d{{1,3}}([{_MARKS}])\d{{3}}(\1\d{{3}})*|\d+([.,]0{{1,2}})?")


class Row(NamedTuple):
    name: str
    district: str
    population: int


class TableError(ValueError):
    """The table can't be used; the text completes «expected …»."""


def read(path: Path) -> tuple[Row, ...]:
    """The municipalities in the file. Raises: TableError, with the line."""
    try:
        text = _decoded(path.read_bytes())
    except OSError as error:
        raise TableError(f"{EXPECTED}; {path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise TableError(f"{EXPECTED}; {path} is no text") from None
    lines = text.splitlines()
    try:
        return tuple(_rows(lines, path))
    except csv.Error:
        raise TableError(f"{EXPECTED}; {path} is no table") from None


def _decoded(raw: bytes) -> str:
    """UTF-8 or UTF-16 where that is what it is, else what a spreadsheet on Windows writes."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252")


def _rows(lines: list[str], path: Path) -> Iterable[Row]:
    begin, delimiter, places = _header(lines, path)
    seen: dict[str, int] = {}
    reader = csv.reader(lines[begin:], delimiter=delimiter)
    for values in reader:
        cells = [" ".join(value.split()) for value in values]
        if not any(cells):
            continue
        line = begin + reader.line_num
        where = f"{path}, line {line}"
        name, district, number = (cells[place] if place < len(cells) else "" for place in places)
        if not name or not district:
            raise TableError(f"a {'district' if name else 'name'} in {where}")
        if not _NUMBER.fullmatch(number):
            raise TableError(f"a number such as 10237 or 10'237 as population in {where}")
        if (before := seen.setdefault(key_of(name), line)) != line:
            raise TableError(f"{name} once; {where} has it again after line {before}")
        whole = re.sub(r"[.,]0{1,2}$", "", number)  # a spreadsheet's decimals
        yield Row(name, district, int(re.sub(r"\D", "", whole)))
    if not seen:
        raise TableError(f"at least one municipality in {path}")


def _header(lines: list[str], path: Path) -> tuple[int, str, list[int]]:
    """The line after the header, what stands between columns, and where each column is."""
    for number, line in enumerate(lines):
        if not line.strip() or line.lower().startswith("sep="):  # what Excel puts on top
            continue
        for delimiter in ";,\t":
            found = [cell.strip().casefold() for cell in next(csv.reader([line], delimiter=delimiter))]
            places = [
                next((found.index(name) for name in (column, *others) if name in found), -1)
                for column, others in COLUMNS.items()
            ]
            if -1 not in places:
                return number + 1, delimiter, places
        raise TableError(f"{EXPECTED}; {path}, line {number + 1} has others")
    raise TableError(f"{EXPECTED}; {path} is empty")
