"""What every table and statement is made of.

A table is declared once, as a mapped class, but rows are read without the ORM's session (`storage.engine.statements`):
what comes back is a read-only row with the attributes of that class. Change things with statements.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import JSON, Connection, DateTime, MetaData
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

Tx = Connection
DEVICE = {
    "info": {"device": True}
}  # for `__table_args__`: rows of the living device, of no use in a copy of the store


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetime in, aware UTC datetime out; stored as naive UTC so that both databases compare alike."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a time without a zone"
            raise TypeError(message)
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else cast("datetime", value).replace(tzinfo=UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[str]: JSON}  # noqa: RUF012


def of_device() -> list[str]:
    """The tables with rows of the living device: moved on meanwhile, they must not come back from a backup."""
    return [table.name for table in Base.metadata.sorted_tables if table.info.get("device")]


_LITERALLY = str.maketrans({sign: f"/{sign}" for sign in "/%_"})


def containing(part: str) -> str:
    """The pattern of a `like(…, escape="/")` that finds what has this in it."""
    return f"%{part.translate(_LITERALLY)}%"
