"""What a process has beside its work products: documents, criteria of progress, municipalities that have it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import Date, Index, bindparam, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert, in_parts
from storage.municipalities import Municipality
from storage.processes import Process


class Document(Base):
    __tablename__ = "process_documents"
    process: Mapped[int] = mapped_column(primary_key=True)
    title_key: Mapped[str] = mapped_column(primary_key=True)  # folded: one document a title
    title: Mapped[str]
    url: Mapped[str]
    public: Mapped[bool]  # on the pages that everybody can read
    at: Mapped[datetime]


class Criterion(Base):
    """A goal to be reached, and the value measured last."""

    __tablename__ = "process_criteria"
    process: Mapped[int] = mapped_column(primary_key=True)
    title_key: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    goal: Mapped[str]
    actual: Mapped[str | None]
    measured_on: Mapped[date | None] = mapped_column(Date)
    at: Mapped[datetime]  # when it was set up: their order


class Rollout(Base):
    """A municipality that has the process."""

    __tablename__ = "process_rollout"
    __table_args__ = (Index(None, "municipality"),)
    process: Mapped[int] = mapped_column(primary_key=True)
    municipality: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


_DOCUMENTS = Rows(
    Document,
    select(Document).where(Document.process == bindparam("process")).order_by(Document.at, Document.title),
)
_DOCUMENT = Rows(
    Document,
    select(Document).where(
        Document.process == bindparam("process"), Document.title_key == bindparam("title_key")
    ),
)
_PUT_DOCUMENT = Upsert(Document, "process", "title_key")
_REMOVE_DOCUMENT = Prepared(
    delete(Document).where(
        Document.process == bindparam("process"), Document.title_key == bindparam("title_key")
    )
)
_CRITERIA = Rows(
    Criterion,
    select(Criterion)
    .where(Criterion.process == bindparam("process"))
    .order_by(Criterion.at, Criterion.title),
)
_CRITERION = Rows(
    Criterion,
    select(Criterion).where(
        Criterion.process == bindparam("process"), Criterion.title_key == bindparam("title_key")
    ),
)
_PUT_CRITERION = Upsert(Criterion, "process", "title_key")
_REMOVE_CRITERION = Prepared(
    delete(Criterion).where(
        Criterion.process == bindparam("process"), Criterion.title_key == bindparam("title_key")
    )
)
_ROLLOUT = Prepared(
    select(Municipality.name, Municipality.first_mover)
    .join(Rollout, Rollout.municipality == Municipality.name)
    .where(Rollout.process == bindparam("process"))
    .order_by(Municipality.first_mover.desc(), Municipality.name_key)
)
_HAVING = Prepared(
    select(Rollout.process, Rollout.municipality, Rollout.at)
    .where(Rollout.process.in_(bindparam("processes", expanding=True)))
    .order_by(Rollout.process, Rollout.municipality)
)
_ADD_ROLLOUT = Upsert(Rollout, "process", "municipality", keep=True)
_REMOVE_ROLLOUT = Prepared(
    delete(Rollout).where(
        Rollout.process == bindparam("process"), Rollout.municipality == bindparam("municipality")
    )
)
_RECOUNT = Prepared(
    update(Process)
    .where(Process.id == bindparam("number"))
    .values(rollout_done=select(func.count()).where(Rollout.process == bindparam("number")).scalar_subquery())
)


# --- documents


def list_documents(tx: Tx, process: int) -> list[Document]:
    """In the order in which they came."""
    return _DOCUMENTS.all(tx, process=process)


def find_document(tx: Tx, process: int, title_key: str) -> Document | None:
    return _DOCUMENT.first(tx, process=process, title_key=title_key)


def put_document(
    tx: Tx, *, process: int, title_key: str, title: str, url: str, public: bool, at: datetime
) -> None:
    values = {"process": process, "title_key": title_key, "title": title, "url": url, "public": public}
    execute_upsert(tx, _PUT_DOCUMENT, **values, at=at)


def remove_document(tx: Tx, process: int, title_key: str) -> None:
    _REMOVE_DOCUMENT.run(tx, {"process": process, "title_key": title_key})


# --- criteria


def list_criteria(tx: Tx, process: int) -> list[Criterion]:
    """In the order in which they were set up."""
    return _CRITERIA.all(tx, process=process)


def find_criterion(tx: Tx, process: int, title_key: str) -> Criterion | None:
    return _CRITERION.first(tx, process=process, title_key=title_key)


def put_criterion(
    tx: Tx,
    *,
    process: int,
    title_key: str,
    title: str,
    goal: str,
    actual: str | None,
    measured_on: date | None,
    at: datetime,
) -> None:
    execute_upsert(
        tx,
        _PUT_CRITERION,
        process=process,
        title_key=title_key,
        title=title,
        goal=goal,
        actual=actual,
        measured_on=measured_on,
        at=at,
    )


def remove_criterion(tx: Tx, process: int, title_key: str) -> None:
    _REMOVE_CRITERION.run(tx, {"process": process, "title_key": title_key})


# --- rollout


def list_rollout(tx: Tx, process: int) -> list[tuple[str, bool]]:
    """The municipalities that have the process, First Movers first; with whether they are one."""
    return [(row[0], bool(row[1])) for row in _ROLLOUT.run(tx, {"process": process})]


def list_having(tx: Tx, numbers: Sequence[int]) -> dict[int, list[tuple[str, datetime]]]:
    """The municipalities that have each of these processes, by name, with since when."""
    found: dict[int, list[tuple[str, datetime]]] = {}
    for part in in_parts(numbers):
        for process, name, at in _HAVING.run(tx, {"processes": list(part)}):
            found.setdefault(process, []).append((name, at))
    return found


def add_rollout(tx: Tx, process: int, names: Iterable[str], *, at: datetime) -> None:
    """These municipalities have the process too; its count follows."""
    for name in names:
        execute_upsert(tx, _ADD_ROLLOUT, process=process, municipality=name, at=at)
    _RECOUNT.run(tx, {"number": process})


def remove_rollout(tx: Tx, process: int, names: Iterable[str]) -> None:
    """These municipalities do not have it (any more); its count follows."""
    for name in names:
        _REMOVE_ROLLOUT.run(tx, {"process": process, "municipality": name})
    _RECOUNT.run(tx, {"number": process})
