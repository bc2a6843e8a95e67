"""tools."""

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
