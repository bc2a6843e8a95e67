"""Residents' feedback that was imported: what was read of a file, and its rows.

It waits in pieces, as it was read, until its rows are written, some at a time, so that nobody waits for that; it counts
from the moment it was taken over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Date, Index, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage import feedback
from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows

STAGED: Final = "staged"  # shown, and not taken over yet
TAKEN: Final = "taken"
WITHDRAWN: Final = "withdrawn"  # taken back, or never taken over
AT_ONCE: Final = 5_000  # rows that are removed in one transaction


class FeedbackImport(Base):
    """A file of residents' feedback that somebody has sent."""

    __tablename__ = "feedback_imports"
    __table_args__ = (
        Index(None, "process", "digest"),
        Index(None, "state", "unwritten"),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[str]  # the command's
    user_id: Mapped[str]  # who has sent it; empty after erasure
    process: Mapped[int]
    stage: Mapped[str | None]  # for which it counts, once it was taken over
    digest: Mapped[str]  # of what it says
    state: Mapped[str]  # staged, taken, withdrawn
    rows: Mapped[int]
    days: Mapped[dict[str, Any]]  # by day in ISO: count and total
    comments: Mapped[list[str]]  # the latest, to be shown
    unwritten: Mapped[int]  # pieces whose rows are still to be written, or rows to be removed: then 1
    made_at: Mapped[datetime]


class FeedbackPiece(Base):
    """Some rows of a file, as JSON, until they are written."""

    __tablename__ = "feedback_pieces"
    import_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # of its first row
    rows: Mapped[str]


class FeedbackRow(Base):
    """What a resident has said."""

    __tablename__ = "feedback_rows"
    import_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rating: Mapped[int]
    comment: Mapped[str]
    on_day: Mapped[date | None] = mapped_column(Date)  # as the file has it
    channel: Mapped[str]


_process: Any = bindparam("of")
_stage: Any = bindparam("in_stage")
_user: Any = bindparam("user")
_import: Any = bindparam("number")
_FORGET = Prepared(update(FeedbackImport).where(FeedbackImport.user_id == _user).values(user_id=""))
_IMPORT = Rows(FeedbackImport, select(FeedbackImport).where(FeedbackImport.id == _import))
_IMPORTS_OF = Rows(
    FeedbackImport,
    select(FeedbackImport).where(FeedbackImport.user_id == _user).order_by(FeedbackImport.id),
)
_SAME = Rows(
    FeedbackImport,
    select(FeedbackImport).where(
        FeedbackImport.process == _process,
        FeedbackImport.digest == bindparam("says"),
        FeedbackImport.state == bindparam("in_state"),
    ),
)
_LATEST = Rows(
    FeedbackImport,
    select(FeedbackImport)
    .where(
        FeedbackImport.process == _process,
        FeedbackImport.stage == _stage,
        FeedbackImport.state == bindparam("in_state"),
    )
    .order_by(FeedbackImport.id.desc())
    .limit(1),
)
_STALE = Rows(
    FeedbackImport,
    select(FeedbackImport).where(
        FeedbackImport.state == bindparam("in_state"), FeedbackImport.made_at < bindparam("before")
    ),
)
_TO_WRITE = Rows(
    FeedbackImport,
    select(FeedbackImport)
    .where(FeedbackImport.state == bindparam("in_state"), FeedbackImport.unwritten > 0)
    .order_by(FeedbackImport.id)
    .limit(1),
)
_ADD_IMPORT = Prepared(insert(FeedbackImport))
_SET = Prepared(
    update(FeedbackImport)
    .where(FeedbackImport.id == _import)
    .values(state=bindparam("to"), stage=bindparam("for_stage"), unwritten=bindparam("left"))
)
_WRITTEN = Prepared(
    update(FeedbackImport).where(FeedbackImport.id == _import).values(unwritten=bindparam("left"))
)
_ADD_PIECE = Prepared(insert(FeedbackPiece).inline())
_PIECE = Rows(
    FeedbackPiece,
    select(FeedbackPiece).where(FeedbackPiece.import_id == _import).order_by(FeedbackPiece.n).limit(1),
)
_PIECES_LEFT = Prepared(select(func.count()).where(FeedbackPiece.import_id == _import))
_DROP_PIECE = Prepared(
    delete(FeedbackPiece).where(FeedbackPiece.import_id == _import, FeedbackPiece.n == bindparam("piece"))
)
_DROP_PIECES = Prepared(delete(FeedbackPiece).where(FeedbackPiece.import_id == _import))
_ADD_ROW = Prepared(insert(FeedbackRow).inline())
_LAST_ROW = Prepared(select(func.max(FeedbackRow.n)).where(FeedbackRow.import_id == _import))
_DROP_ROWS = Prepared(
    delete(FeedbackRow).where(FeedbackRow.import_id == _import, FeedbackRow.n > bindparam("beyond"))
)


def stage(
    tx: Tx,
    *,
    number: int,
    event_id: str,
    user_id: str,
    process: int,
    digest: str,
    rows: int,
    days: Mapping[str, Sequence[int]],
    comments: Sequence[str],
    pieces: Sequence[tuple[int, str]],
    at: datetime,
) -> None:
    """What was read of a file is kept until it is taken over, or not."""
    values = {"id": number, "event_id": event_id, "user_id": user_id, "process": process, "stage": None}
    values |= {
        "digest": digest,
        "state": STAGED,
        "rows": rows,
        "days": dict(days),
        "comments": list(comments),
    }
    _ADD_IMPORT.run(tx, values | {"unwritten": 0, "made_at": at})
    if pieces:
        _ADD_PIECE.run(tx, [{"import_id": number, "n": n, "rows": text} for n, text in pieces])


def find(tx: Tx, number: int) -> FeedbackImport | None:
    return _IMPORT.first(tx, number=number)


def find_same(tx: Tx, process: int, digest: str) -> FeedbackImport | None:
    """What says the same of the process, and was taken over."""
    return _SAME.first(tx, of=process, says=digest, in_state=TAKEN)


def find_latest(tx: Tx, process: int, stage: str) -> FeedbackImport | None:
    """What was taken over last."""
    return _LATEST.first(tx, of=process, in_stage=stage, in_state=TAKEN)


def list_of(tx: Tx, user_id: str) -> list[FeedbackImport]:
    return _IMPORTS_OF.all(tx, user=user_id)


def list_stale(tx: Tx, *, before: datetime) -> list[FeedbackImport]:
    """What was shown before then and never taken over."""
    return _STALE.all(tx, before=before, in_state=STAGED)


def take(tx: Tx, found: FeedbackImport, stage: str) -> None:
    """It counts from now on; its rows are written soon."""
    left = int(_PIECES_LEFT.run(tx, {"number": found.id}).scalar_one())
    _SET.run(tx, {"number": found.id, "to": TAKEN, "for_stage": stage, "left": left})
    _add_days(tx, found, stage, 1)


def withdraw(tx: Tx, found: FeedbackImport) -> None:
    """It counts no more, and nothing of what was in it is left soon."""
    _DROP_PIECES.run(tx, {"number": found.id})
    if found.stage is not None:
        _add_days(tx, found, found.stage, -1)
    _SET.run(tx, {"number": found.id, "to": WITHDRAWN, "for_stage": found.stage, "left": 1})


def _add_days(tx: Tx, found: FeedbackImport, stage: str, by: int) -> None:
    for day, (count, total) in found.days.items():
        feedback.add(
            tx, found.process, stage, feedback.RESIDENTS, date.fromisoformat(day), by * count, by * total
        )


def write_some(tx: Tx) -> bool:
    """The rows of a piece are written; True if there was one."""
    found = _TO_WRITE.first(tx, in_state=TAKEN)
    if found is None:
        return False
    piece = _PIECE.first(tx, number=found.id)
    if piece is not None:
        _ADD_ROW.run(tx, [_row(found.id, n, row) for n, row in enumerate(json.loads(piece.rows), piece.n)])
        _DROP_PIECE.run(tx, {"number": found.id, "piece": piece.n})
    _WRITTEN.run(tx, {"number": found.id, "left": found.unwritten - 1 if piece is not None else 0})
    return True


def _row(number: int, n: int, row: Sequence[Any]) -> dict[str, Any]:
    rating, comment, day, channel = row
    on_day = date.fromisoformat(day) if day else None
    return {
        "import_id": number,
        "n": n,
        "rating": rating,
        "comment": comment,
        "on_day": on_day,
        "channel": channel,
    }


def remove_some(tx: Tx) -> bool:
    """Some rows of what was withdrawn are gone; True if there was any."""
    found = _TO_WRITE.first(tx, in_state=WITHDRAWN)
    if found is None:
        return False
    last = _LAST_ROW.run(tx, {"number": found.id}).scalar()
    if last is not None:
        _DROP_ROWS.run(tx, {"number": found.id, "beyond": last - AT_ONCE})
    if last is None or last < AT_ONCE:
        _WRITTEN.run(tx, {"number": found.id, "left": 0})
    return True


def erase(tx: Tx, user_id: str) -> None:
    """The files stay, and nobody has sent them."""
    _FORGET.run(tx, {"user": user_id})
