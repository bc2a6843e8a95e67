"""second half."""

import sqlalchemy as sa
from alembic import op

revision = "0002_second_half"
down_revision = "0001_first"


def upgrade() -> None:
    op.create_table(
        "agreements",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column("meeting", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
    )
    with op.batch_alter_table("agreements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agreements_author"), ["author"], unique=False)
        batch_op.create_index(batch_op.f("ix_agreements_meeting"), ["meeting"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_agreements_process_state_id"), ["process", "state", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_agreements_who_state"), ["who", "state"], unique=False)

    op.create_table(
        "completions",
        sa.Column("training", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("training", "user_id", name=op.f("pk_completions")),
    )
    with op.batch_alter_table("completions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_completions_user_id"), ["user_id"], unique=False)

    op.create_table(
        "events",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=True),
        sa.Column("knowhow", sa.JSON(), nullable=False),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("link", sa.String(), nullable=True),
        sa.Column("start_at", sa.DateTime(), nullable=True),
        sa.Column("end_at", sa.DateTime(), nullable=True),
        sa.Column("over_at", sa.DateTime(), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("deadline_at", sa.DateTime(), nullable=True),
        sa.Column("deadline_day", sa.Boolean(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("stamped_at", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("turns_at", sa.DateTime(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_events")),
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_events_kind_over_at_id"), ["kind", "over_at", "id"], unique=False
        )
        batch_op.create_index(
            "ix_events_turns_at",
            ["turns_at"],
            unique=False,
            sqlite_where=sa.text("turns_at IS NOT NULL"),
            postgresql_where=sa.text("turns_at IS NOT NULL"),
        )

    op.create_table(
        "group_guests",
        sa.Column("process", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("let_in", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("process", "user_id", name=op.f("pk_group_guests")),
    )
    with op.batch_alter_table("group_guests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_group_guests_user_id"), ["user_id"], unique=False)

    op.create_table(
        "groups",
        sa.Column("process", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("leader", sa.String(), nullable=True),
        sa.Column("approval", sa.Boolean(), nullable=False),
        sa.Column("room_wanted", sa.Boolean(), nullable=False),
        sa.Column("room_name", sa.String(), nullable=True),
        sa.Column("room_leader", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("process", name=op.f("pk_groups")),
    )
    op.create_table(
        "meeting_answers",
        sa.Column("meeting", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("meeting", "user_id", name=op.f("pk_meeting_answers")),
    )
    with op.batch_alter_table("meeting_answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_answers_user_id"), ["user_id"], unique=False)

    op.create_table(
        "meeting_attendance",
        sa.Column("meeting", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("meeting", "user_id", name=op.f("pk_meeting_attendance")),
    )
    with op.batch_alter_table("meeting_attendance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_attendance_user_id"), ["user_id"], unique=False)

    op.create_table(
        "meeting_invitations",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("meeting", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_invitations")),
    )
    with op.batch_alter_table("meeting_invitations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_meeting_invitations_series_user_id"), ["series", "user_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_meeting_invitations_user_id"), ["user_id"], unique=False)

    op.create_table(
        "meeting_series",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column("organizer", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("link", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("rhythm", sa.String(), nullable=True),
        sa.Column("nth", sa.Integer(), nullable=True),
        sa.Column("rule", sa.String(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("stamped_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_series")),
    )
    with op.batch_alter_table("meeting_series", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_series_organizer"), ["organizer"], unique=False)

    op.create_table(
        "meetings",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("link", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("planned", sa.DateTime(), nullable=False),
        sa.Column("wall", sa.DateTime(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("start_at", sa.DateTime(), nullable=False),
        sa.Column("end_at", sa.DateTime(), nullable=True),
        sa.Column("over_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("holiday", sa.JSON(), nullable=True),
        sa.Column("before", sa.DateTime(), nullable=True),
        sa.Column("record", sa.String(), nullable=True),
        sa.Column("record_link", sa.String(), nullable=True),
        sa.Column("asked", sa.DateTime(), nullable=True),
        sa.Column("carded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings")),
    )
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.create_index(
            "ix_meetings_begun",
            ["start_at"],
            unique=False,
            sqlite_where=sa.text("asked IS NULL AND state <> 'cancelled'"),
            postgresql_where=sa.text("asked IS NULL AND state <> 'cancelled'"),
        )
        batch_op.create_index(
            "ix_meetings_over",
            ["over_at"],
            unique=False,
            sqlite_where=sa.text("state = 'planned'"),
            postgresql_where=sa.text("state = 'planned'"),
        )
        batch_op.create_index(
            batch_op.f("ix_meetings_process_start_at"), ["process", "start_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_meetings_series_planned"), ["series", "planned"], unique=False)

    op.create_table(
        "process_criteria",
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column("title_key", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("goal", sa.String(), nullable=False),
        sa.Column("actual", sa.String(), nullable=True),
        sa.Column("measured_on", sa.Date(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("process", "title_key", name=op.f("pk_process_criteria")),
    )
    op.create_table(
        "process_documents",
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column("title_key", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("process", "title_key", name=op.f("pk_process_documents")),
    )
    op.create_table(
        "process_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("before", sa.String(), nullable=True),
        sa.Column("after", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_history")),
    )
    with op.batch_alter_table("process_history", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_process_history_by"), ["by"], unique=False)
        batch_op.create_index(batch_op.f("ix_process_history_process_id"), ["process", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_process_history_process_kind_id"), ["process", "kind", "id"], unique=False
        )

    op.create_table(
        "process_rollout",
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column("municipality", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("process", "municipality", name=op.f("pk_process_rollout")),
    )
    with op.batch_alter_table("process_rollout", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_process_rollout_municipality"), ["municipality"], unique=False)

    op.create_table(
        "processes",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("klass", sa.String(), nullable=False),
        sa.Column("life", sa.String(), nullable=True),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("on_hold", sa.Boolean(), nullable=False),
        sa.Column("dropped", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("evaluation_until", sa.Date(), nullable=True),
        sa.Column("idea", sa.Integer(), nullable=True),
        sa.Column("rollout_done", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processes")),
    )
    with op.batch_alter_table("processes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_processes_name_key"), ["name_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_processes_phase_id"), ["phase", "id"], unique=False)

    op.create_table(
        "product_answers",
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("process", "code", "user_id", name=op.f("pk_product_answers")),
    )
    with op.batch_alter_table("product_answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_product_answers_user_id"), ["user_id"], unique=False)

    op.create_table(
        "products",
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("link", sa.String(), nullable=True),
        sa.Column("asked_at", sa.DateTime(), nullable=True),
        sa.Column("released_at", sa.DateTime(), nullable=True),
        sa.Column("released_by", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("process", "code", name=op.f("pk_products")),
    )
    with op.batch_alter_table("products", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_products_state"), ["state"], unique=False)

    op.create_table(
        "reminders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("lead", sa.Integer(), nullable=False),
        sa.Column("start", sa.DateTime(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("reminders", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reminders_done_at"), ["done_at"], unique=False)
        batch_op.create_index(
            "ix_reminders_due",
            ["due_at", "kind", "number", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )
        batch_op.create_index(
            batch_op.f("ix_reminders_kind_number_user_id"), ["kind", "number", "user_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_reminders_user_id"), ["user_id"], unique=False)

    op.create_table(
        "seats",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("arrived", sa.Integer(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "number", "user_id", name=op.f("pk_seats")),
    )
    with op.batch_alter_table("seats", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_seats_kind_number_state_arrived"),
            ["kind", "number", "state", "arrived"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_seats_user_id_kind"), ["user_id", "kind"], unique=False)

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

    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("digest", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(
            sa.Column("due_at", sa.DateTime(), nullable=False, server_default="2000-01-01")
        )  # at once
        batch_op.drop_index(batch_op.f("ix_notices_user_id_id"))
        batch_op.create_index(
            batch_op.f("ix_notices_due_at_user_id_digest"), ["due_at", "user_id", "digest"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_notices_user_id_digest_id"), ["user_id", "digest", "id"], unique=False
        )

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_room"), ["room"], unique=False)
