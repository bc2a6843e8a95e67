"""dialogues."""

import sqlalchemy as sa
from alembic import op

revision = "0007_dialogues"
down_revision = "0006_unread"


def upgrade() -> None:
    op.create_table(
        "dialogues",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("room_id", sa.String(), nullable=False),
        sa.Column("thread", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("named", sa.String(), nullable=False),
        sa.Column("given", sa.JSON(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("said_at", sa.DateTime(), nullable=False),
        sa.Column("reply_id", sa.Integer(), nullable=False),
        sa.Column("last", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dialogues")),
    )
    with op.batch_alter_table("dialogues", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dialogues_last"), ["last"], unique=False)
        batch_op.create_index(
            "ix_dialogues_open",
            ["user_id", "room_id", "thread"],
            unique=True,
            sqlite_where=sa.text("last IS NULL"),
            postgresql_where=sa.text("last IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_dialogues_said_at"), ["said_at"], unique=False)
