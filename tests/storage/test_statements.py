"""Prepared statements give what SQLAlchemy's own execution gives: an upgrade that changes this fails here."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import (
    Executable,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, aliased, mapped_column

import storage
from storage.engine.base import Base, Tx
from storage.engine.database import Database, savepoint
from storage.engine.statements import Prepared, Rows, compile_once, is_any, is_none

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


class Samples(DeclarativeBase):
    """Tables of this test alone, with the types and names of the store's."""

    metadata = type(Base.metadata)(naming_convention=Base.metadata.naming_convention)
    type_annotation_map = Base.type_annotation_map


class Sample(Samples):
    __tablename__ = "samples"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    said: Mapped[str | None]
    share: Mapped[float]
    done: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime | None]
    content: Mapped[dict[str, Any]]
    words: Mapped[list[str]]


VALUES: list[tuple[object, ...]] = [
    (1, "Zoë", None, 0.5, True, AT, {"a": [1, None]}, []),
    (2, "50 %", ":id", -1.0, False, None, {}, ["ü", "b"]),
    (3, "", "?", 1e9, False, AT, {"ö": "'"}, ["%s"]),
]
ROWS = [dict(zip((c.key for c in Sample.__table__.columns), values, strict=True)) for values in VALUES]
_other = aliased(Sample)
SELECTS: dict[str, tuple[Executable, dict[str, object]]] = {
    "whole rows": (select(Sample).order_by(Sample.id), {}),
    "some by a value": (select(Sample.name, Sample.at).where(Sample.id >= bindparam("least")), {"least": 2}),
    "none": (select(Sample).where(Sample.id == bindparam("id")), {"id": 9}),
    "a time, a truth, a JSON compared": (
        select(Sample.id).where(Sample.at == bindparam("at"), Sample.done.is_(True)),
        {"at": AT},
    ),
    "a value that stands in it": (select(literal(7), Sample.name).where(Sample.name == "Zoë"), {}),
    "the same name twice": (
        select(Sample.id, _other.id, _other.words)
        .join(_other, _other.id == Sample.id + 1)
        .order_by(Sample.id),
        {},
    ),
    "without names": (select(func.count(), func.max(Sample.at), func.sum(Sample.share)), {}),
    "an outer join that finds nothing": (
        select(Sample.id, _other.at, _other.done, _other.content)
        .outerjoin(_other, _other.id == Sample.id + 10)
        .order_by(Sample.id),
        {},
    ),
    "two together": (
        union_all(select(Sample.id, Sample.at), select(_other.id + 10, _other.at)).order_by("id"),
        {},
    ),
    "a case": (select(case((Sample.done, Sample.content), else_=None).label("x")).order_by(Sample.id), {}),
    "a list, left to SQLAlchemy": (
        select(Sample.id).where(Sample.id.in_(bindparam("ids", expanding=True))).order_by(Sample.id),
        {"ids": [1, 3]},
    ),
}


@pytest.fixture
def filled(any_database: Database) -> Database:
    with any_database.transaction() as tx:
        Samples.metadata.create_all(tx)
        Prepared(insert(Sample)).run(tx, ROWS)
    return any_database


def stored(tx: Tx) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in tx.execute(select(Sample).order_by(Sample.id))]


@pytest.mark.parametrize("name", SELECTS)
def test_it_reads_what_sqlalchemy_reads(filled: Database, name: str) -> None:
    statement, values = SELECTS[name]
    prepared = Prepared(statement)
    with filled.transaction() as tx:
        wanted = [tuple(row) for row in tx.execute(statement, values)]
        for _ in range(2):  # compiled, and known
            assert [tuple(row) for row in prepared.run(tx, values)] == wanted


def test_rows_have_the_columns_names(filled: Database) -> None:
    with filled.transaction() as tx:
        row = Prepared(select(Sample).where(Sample.id == 1)).run(tx).one()
        assert {key: getattr(row, key) for key in ROWS[0]} == ROWS[0]


def test_what_is_written_is_what_sqlalchemy_reads(filled: Database) -> None:
    with filled.transaction() as tx:
        assert stored(tx) == [tuple(row.values()) for row in ROWS]


def test_defaults_and_counts_are_sqlalchemy_s(filled: Database) -> None:
    new = {key: value for key, value in ROWS[0].items() if key != "done"} | {"id": 4}
    change = Prepared(update(Sample).where(Sample.id > bindparam("above")).values(said=bindparam("say")))
    back = Prepared(insert(Sample).returning(Sample.id, Sample.done, Sample.at))
    with filled.transaction() as tx:
        assert tuple(back.run(tx, new).one()) == (4, False, AT)
        assert change.run(tx, {"above": 2, "say": "%"}).rowcount == 2
        assert change.run(tx, {"above": 9, "say": "%"}).rowcount == 0
        assert [row[2] for row in stored(tx)] == [None, ":id", "%", "%"]
        assert Prepared(delete(Sample).where(Sample.id == bindparam("id"))).run(tx, {"id": 4}).rowcount == 1


def test_its_errors_are_sqlalchemy_s_and_hide_what_people_wrote(filled: Database) -> None:
    again = Prepared(insert(Sample))
    with filled.transaction() as tx:
        with pytest.raises(IntegrityError) as raised, savepoint(tx):
            again.run(tx, ROWS[0])
        assert "Zoë" not in str(raised.value)
        assert len(stored(tx)) == len(ROWS)


def test_a_list_that_stands_in_a_statement_is_prepared_too(filled: Database) -> None:
    with filled.transaction() as tx:
        for condition, wanted in ((is_any, [1, 3]), (is_none, [2])):
            statement = select(Sample.id).where(condition(Sample.id, (1, 3))).order_by(Sample.id)
            assert compile_once(statement, tx.dialect, ()) is not None
            assert Prepared(statement).run(tx).scalars() == wanted


def _prepared() -> Iterator[tuple[str, Prepared]]:
    """All statements of the store's modules that are built once."""
    for found in pkgutil.iter_modules(storage.__path__, "storage."):
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            statement = value.prepared if isinstance(value, Rows) else value
            if isinstance(statement, Prepared):
                yield f"{found.name}.{name}", statement


def test_no_statement_of_the_store_is_left_to_sqlalchemy_without_need() -> None:
    """Only lists that are given at the execution are; `is_any` and `is_none` are for those that stand in it."""
    everything = list(_prepared())
    assert len(everything) > 100
    for name, prepared in everything:
        made = prepared.statement.compile(dialect=sqlite.dialect())  # type: ignore[attr-defined]
        assert all(bind.required for bind in made.post_compile_params), name
