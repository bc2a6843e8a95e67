"""what is looked for in lists."""

from alembic import op

revision = "0003_what_is_looked_for_in_lists"
down_revision = "0002_second_half"


def upgrade() -> None:
    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_members_municipality_state"))
        batch_op.create_index(
            batch_op.f("ix_members_municipality_state_name_key_user_id"),
            ["municipality", "state", "name_key", "user_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_members_state_municipality"), ["state", "municipality"], unique=False
        )

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_room"), ["room"], unique=False)
