"""A card knows which signs people have on it; what takes a seed off is found beside what has put it on.

Who pauses may be back on a day.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008_signs_on_cards"
down_revision = "0007_dialogues"


def upgrade() -> None:
    with op.batch_alter_table("cards", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tapped", sa.String(), nullable=False, server_default=""))
    op.drop_index("ix_outbox_seeds", table_name="outbox")
    op.create_index(
        "ix_outbox_seeds",
        "outbox",
        ["waits_for"],
        unique=False,
        sqlite_where=sa.text("priority = 4"),
        postgresql_where=sa.text("priority = 4"),
    )
    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.add_column(sa.Column("back_at", sa.DateTime(), nullable=True))
