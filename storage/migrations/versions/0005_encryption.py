"""encryption."""

import sqlalchemy as sa
from alembic import op

revision = "0005_encryption"
down_revision = "0004_rooms"


def upgrade() -> None:
    op.create_table(
        "devices",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("curve_key", sa.String(), nullable=False),
        sa.Column("signing_key", sa.String(), nullable=False),
        sa.Column("signed", sa.Boolean(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(), nullable=True),
        sa.Column("wedged", sa.Boolean(), nullable=False),
        sa.Column("unwedged_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("user_id", "device_id", name=op.f("pk_devices")),
    )
    with op.batch_alter_table("devices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_devices_curve_key"), ["curve_key"], unique=False)

    op.create_table(
        "inbound_sessions",
        sa.Column("room_id", sa.String(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("curve_key", sa.String(), nullable=False),
        sa.Column("signing_key", sa.String(), nullable=False),
        sa.Column("pickle", sa.String(), nullable=False),
        sa.Column("first_index", sa.Integer(), nullable=False),
        sa.Column("shared_history", sa.Boolean(), nullable=False),
        sa.Column("forwarded", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("room_id", "session_id", name=op.f("pk_inbound_sessions")),
    )
    with op.batch_alter_table("inbound_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inbound_sessions_received_at"), ["received_at"], unique=False)

    op.create_table(
        "key_owners",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("master", sa.String(), nullable=True),
        sa.Column("self_signing", sa.String(), nullable=True),
        sa.Column("first_master", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_key_owners")),
    )
    op.create_table(
        "key_shares",
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("curve_key", sa.String(), nullable=False),
        sa.Column("from_index", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", "user_id", "device_id", name=op.f("pk_key_shares")),
    )
    op.create_table(
        "keys_withheld",
        sa.Column("room_id", sa.String(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("told_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("room_id", "session_id", name=op.f("pk_keys_withheld")),
    )
    with op.batch_alter_table("keys_withheld", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_keys_withheld_told_at"), ["told_at"], unique=False)

    op.create_table(
        "message_indices",
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", "index", name=op.f("pk_message_indices")),
    )
    with op.batch_alter_table("message_indices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_indices_opened_at"), ["opened_at"], unique=False)

    op.create_table(
        "olm_account",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("pickle", sa.String(), nullable=False),
        sa.Column("uploaded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_olm_account")),
    )
    op.create_table(
        "olm_seen",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_olm_seen")),
    )
    with op.batch_alter_table("olm_seen", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_olm_seen_seen_at"), ["seen_at"], unique=False)

    op.create_table(
        "olm_sessions",
        sa.Column("curve_key", sa.String(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("pickle", sa.String(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("curve_key", "session_id", name=op.f("pk_olm_sessions")),
    )
    with op.batch_alter_table("olm_sessions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_olm_sessions_curve_key_used_at"), ["curve_key", "used_at"], unique=False
        )

    op.create_table(
        "outbound_sessions",
        sa.Column("room_id", sa.String(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("pickle", sa.String(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("shared_history", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("room_id", name=op.f("pk_outbound_sessions")),
    )
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secrets")),
    )
    op.create_table(
        "to_device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("txn", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("messages", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_to_device")),
        sa.UniqueConstraint("txn", name=op.f("uq_to_device_txn")),
    )
    op.create_table(
        "unreadable",
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("room_id", sa.String(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("event", sa.JSON(), nullable=False),
        sa.Column("came_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_unreadable")),
    )
    with op.batch_alter_table("unreadable", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unreadable_came_at"), ["came_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_unreadable_room_id_session_id"), ["room_id", "session_id"], unique=False
        )

    with op.batch_alter_table("rooms", schema=None) as batch_op:
        batch_op.add_column(sa.Column("encryption", sa.JSON(), nullable=True))
