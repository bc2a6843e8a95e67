"""What Alembic runs: always on the connection and in the transaction of `storage.engine.schema`."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from storage.engine.base import Base, UtcDateTime


def render(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Migrations name plain types only, so that old ones do not change with the code."""
    return "sa.DateTime()" if kind == "type" and isinstance(item, UtcDateTime) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_item=render,
    render_as_batch=True,  # SQLite changes a table by making it anew
    compare_type=True,
)
context.run_migrations()
