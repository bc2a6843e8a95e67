"""What could not be read is said: of what waits already, nobody is told any more. The bot's login is a row.

Signing up and off is one action for events and trainings, which says of which kind it is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006_unread"
down_revision = "0005_encryption"

KINDS = {"signing_up": "event", "trainings": "training"}
ACTIONS = ("sign_off_again", "sign_up_again")


def upgrade() -> None:
    op.create_table(
        "login",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login")),
    )
    op.create_table(
        "told",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("told_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "what", name=op.f("pk_told")),
    )
    with op.batch_alter_table("told", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_told_told_at"), ["told_at"], unique=False)

    with op.batch_alter_table("key_owners", schema=None) as batch_op:
        batch_op.add_column(sa.Column("alone_since", sa.DateTime(), nullable=True))

    with op.batch_alter_table("unreadable", schema=None) as batch_op:
        batch_op.add_column(sa.Column("told", sa.Boolean(), nullable=False, server_default=sa.true()))
    _say_of_which_kind()


def _say_of_which_kind() -> None:
    """What ↩️ on an earlier answer does is found, and done to the right kind."""
    tx = op.get_bind()
    offers = sa.table(
        "offers",
        sa.column("outbox_id", sa.Integer),
        sa.column("key", sa.String),
        sa.column("action", sa.String),
        sa.column("data", sa.JSON),
    )
    for module, kind in KINDS.items():
        for action in ACTIONS:
            former = sa.select(offers).where(offers.c.action == f"events.{module}.{action}")
            for row in tx.execute(former).all():
                change = sa.update(offers).where(offers.c.outbox_id == row.outbox_id, offers.c.key == row.key)
                data = row.data | {"kind": kind}
                tx.execute(change.values(action=f"events.signing_up.{action}", data=data))
