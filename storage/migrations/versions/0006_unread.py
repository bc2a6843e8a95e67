"""What could not be read is said: of what waits already, nobody is told any more."""

import sqlalchemy as sa
from alembic import op

revision = "0006_unread"
down_revision = "0005_encryption"


def upgrade() -> None:
    op.create_table(
        "told",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("told_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "what", name=op.f("pk_told")),
    )
    with op.batch_alter_table("told", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_told_told_at"), ["told_at"], unique=False)

    with op.batch_alter_table("unreadable", schema=None) as batch_op:
        batch_op.add_column(sa.Column("told", sa.Boolean(), nullable=False, server_default=sa.true()))
