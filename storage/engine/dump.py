"""The whole store as JSON files, one a table: to read, to keep, or to move elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import RowMapping

import storage
from storage.engine.address import StoreError
from storage.engine.base import Base
from storage.engine.reading import reading
from storage.engine.schema import wrong_schema

_AT_ONCE = 1000  # rows in memory


def dump(url: str, folder: Path) -> dict[str, int]:
    """Write every table to `folder`, readable by its user alone; how many rows each has.

    Each file is a list with one row a line. All files show the same moment. Raises: StoreError.
    """
    storage.load()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if any(folder.iterdir()):
        raise StoreError(f"{folder}: expected an empty folder, so that nothing is overwritten")
    counts = {}
    with reading(url) as tx:
        if wrong := wrong_schema(tx):
            raise StoreError(f"the store {wrong}")
        for table in Base.metadata.sorted_tables:
            rows = tx.execution_options(yield_per=_AT_ONCE).execute(
                table.select().order_by(*table.primary_key)
            )
            file = folder / f"{table.name}.json"
            try:
                counts[table.name] = _write(file, rows.mappings())
            except OSError as error:
                raise StoreError(f"{file}: {error.strerror}: the dump is not whole") from error
    return counts


def _write(file: Path, rows: Iterable[RowMapping]) -> int:
    file.touch(mode=0o600)
    count = 0
    with file.open("w", encoding="utf-8") as out:
        for count, row in enumerate(rows, 1):
            out.write("[\n" if count == 1 else ",\n")
            json.dump(dict(row), out, ensure_ascii=False, default=_readable)
        out.write("\n]\n" if count else "[]\n")
    return count


def _readable(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)  # a datetime is a date
