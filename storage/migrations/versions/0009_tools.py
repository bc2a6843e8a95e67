"""The toolbox; hours; the exchange."""

import sqlalchemy as sa
from alembic import op

revision = "0009_tools"
down_revision = "0008_signs_on_cards"


def upgrade() -> None:
    op.create_table(
        "tools",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("title_key", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("link", sa.String(), nullable=True),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("search_key", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tools")),
    )
    with op.batch_alter_table("tools", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tools_state_id"), ["state", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_tools_title_key"), ["title_key"], unique=False)

    op.create_table(
        "hours",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("municipality", sa.String(), nullable=True),
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column("meeting", sa.Integer(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("entered_at", sa.DateTime(), nullable=False),
        sa.Column("entered_after", sa.Integer(), nullable=False),
        sa.Column("withdrawn_after", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours")),
    )
    with op.batch_alter_table("hours", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hours_entered_after"), ["entered_after"], unique=False)
        batch_op.create_index(batch_op.f("ix_hours_meeting"), ["meeting"], unique=False)
        batch_op.create_index(batch_op.f("ix_hours_on_day"), ["on_day"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_hours_user_id_on_day_id"), ["user_id", "on_day", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_hours_withdrawn_after"), ["withdrawn_after"], unique=False)

    op.create_table(
        "hours_reports",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("process", sa.Integer(), nullable=True),
        sa.Column("municipality", sa.String(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours_reports")),
    )

    op.create_table(
        "exchange_keys",
        sa.Column("kind", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("key", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("posting", sa.Integer(), nullable=False),
        sa.Column("municipality", sa.String(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", "posting", name=op.f("pk_exchange_keys")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("exchange_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exchange_keys_posting"), ["posting"], unique=False)

    op.create_table(
        "exchange_matches",
        sa.Column("offer", sa.Integer(), nullable=False),
        sa.Column("need", sa.Integer(), nullable=False),
        sa.Column("fits", sa.Boolean(), nullable=False),
        sa.Column("offer_told", sa.Boolean(), nullable=False),
        sa.Column("need_told", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("offer", "need", name=op.f("pk_exchange_matches")),
    )
    with op.batch_alter_table("exchange_matches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exchange_matches_need"), ["need"], unique=False)

    op.create_table(
        "exchange_postings",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("municipality", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("search_key", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("closes_at", sa.DateTime(), nullable=False),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_postings")),
    )
    with op.batch_alter_table("exchange_postings", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_exchange_postings_author_state_id"), ["author", "state", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_exchange_postings_municipality_state_id"),
            ["municipality", "state", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_exchange_postings_state_closes_at"), ["state", "closes_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_exchange_postings_state_id_kind"), ["state", "id", "kind"], unique=False
        )

    op.create_table(
        "hours_asked",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("meeting", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "meeting", name=op.f("pk_hours_asked")),
    )
    with op.batch_alter_table("hours_asked", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hours_asked_line"), ["line"], unique=False)
