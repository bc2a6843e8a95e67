"""What is public, what is seen outside; what members say of themselves; whom messages name; who leads."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010_outside"
down_revision = "0009_tools"


def upgrade() -> None:
    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.add_column(sa.Column("public", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(
            sa.Column("calendar_files", sa.Boolean(), nullable=False, server_default=sa.false())
        )

    with op.batch_alter_table("process_documents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("public", sa.Boolean(), nullable=False, server_default=sa.false()))

    for name in ("member_interests", "member_knowhow"):
        op.create_table(
            name,
            sa.Column(
                "word", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False
            ),
            sa.Column("user_id", sa.String(), nullable=False),
            sa.PrimaryKeyConstraint("word", "user_id", name=op.f(f"pk_{name}")),
            sqlite_with_rowid=False,
        )
        with op.batch_alter_table(name, schema=None) as batch_op:
            batch_op.create_index(batch_op.f(f"ix_{name}_user_id_word"), ["user_id", "word"], unique=False)
    _keep_what_members_say()
    with op.batch_alter_table("roles", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_roles_role_user_id"), ["role", "user_id"], unique=False)
    op.create_table(
        "outbox_people",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "row", name=op.f("pk_outbox_people")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("outbox_people", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_people_row"), ["row"], unique=False)
    op.create_table(
        "leader",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_leader")),
    )
    with op.batch_alter_table("hours", schema=None) as batch_op:
        batch_op.drop_index("ix_hours_on_day")
        batch_op.create_index(
            batch_op.f("ix_hours_on_day_state_minutes"), ["on_day", "state", "minutes"], unique=False
        )

    op.create_table(
        "applications",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stamp", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("municipality", sa.String(), nullable=False),
        sa.Column("function", sa.String(), nullable=False),
        sa.Column("knowhow", sa.JSON(), nullable=False),
        sa.Column("interests", sa.JSON(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
        sa.UniqueConstraint("stamp", name=op.f("uq_applications_stamp")),
    )
    with op.batch_alter_table("applications", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_applications_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_applications_contact"), ["contact"], unique=False)
        batch_op.create_index(batch_op.f("ix_applications_decided_by"), ["decided_by"], unique=False)

    op.create_table(
        "calendar_subscriptions",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_calendar_subscriptions")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_calendar_subscriptions_secret_hash")),
    )


def _keep_what_members_say() -> None:
    """Members from before are found by what they say of themselves."""
    columns = (
        sa.column("user_id", sa.String),
        sa.column("knowhow", sa.JSON),
        sa.column("interests", sa.JSON),
    )
    members = op.get_bind().execute(sa.select(*columns).select_from(sa.table("members"))).all()
    _add_texts("member_knowhow", ((user, knowhow) for user, knowhow, _ in members))
    _add_texts("member_interests", ((user, interests) for user, _, interests in members))


def _add_texts(name: str, said: Iterable[tuple[str, Any]]) -> None:
    table = sa.table(name, sa.column("word", sa.String), sa.column("user_id", sa.String))
    found = sorted({(text[:60], user) for user, texts in said for text in texts or () if text})
    if rows := [{"word": text, "user_id": user} for text, user in found]:
        op.get_bind().execute(sa.insert(table), rows)
