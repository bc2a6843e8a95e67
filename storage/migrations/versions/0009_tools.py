"""The toolbox; hours; the exchange; who was excused; breaks; polls; feedback; surveys; feeds; campaigns; dates."""

import re
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009_tools"
down_revision = "0008_signs_on_cards"


def upgrade() -> None:
    op.create_index(
        "ix_ideas_well_rated",
        "ideas",
        ["state", "score", "id"],
        unique=False,
        sqlite_where=sa.text("rating_count >= 3"),
        postgresql_where=sa.text("rating_count >= 3"),
    )
    with op.batch_alter_table("agreements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agreements_made_at"), ["made_at"], unique=False)
    with op.batch_alter_table("ideas", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ideas_created_at"), ["created_at"], unique=False)
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meetings_state_start_at"), ["state", "start_at"], unique=False)
    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_members_joined_at"), ["joined_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_members_state_user_id"), ["state", "user_id"], unique=False)
    with op.batch_alter_table("process_history", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_process_history_kind_at"), ["kind", "at"], unique=False)
    with op.batch_alter_table("processes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_processes_evaluation_until"), ["evaluation_until"], unique=False)
    with op.batch_alter_table("votes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_votes_at"), ["at"], unique=False)

    op.create_table(
        "tools",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("title_key", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("link", sa.String(), nullable=True),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
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

    op.create_table(
        "meeting_excused",
        sa.Column("meeting", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("meeting", "user_id", name=op.f("pk_meeting_excused")),
    )
    with op.batch_alter_table("meeting_excused", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_excused_user_id"), ["user_id"], unique=False)

    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.add_column(sa.Column("paused_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("digest_at", sa.Integer(), nullable=True))

    op.create_table(
        "date_answers",
        sa.Column("finding", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("finding", "user_id", "place", name=op.f("pk_date_answers")),
    )
    with op.batch_alter_table("date_answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_date_answers_user_id"), ["user_id"], unique=False)

    op.create_table(
        "date_findings",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.Column("next_at", sa.DateTime(), nullable=False),
        sa.Column("meeting", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_date_findings")),
    )
    with op.batch_alter_table("date_findings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_date_findings_author"), ["author"], unique=False)
        batch_op.create_index(
            "ix_date_findings_next",
            ["next_at"],
            unique=False,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.create_index(
            batch_op.f("ix_date_findings_process_state"), ["process", "state"], unique=False
        )

    op.create_table(
        "date_options",
        sa.Column("finding", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("start_at", sa.DateTime(), nullable=False),
        sa.Column("end_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("finding", "place", name=op.f("pk_date_options")),
    )
    op.create_table(
        "date_said",
        sa.Column("finding", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("finding", "user_id", name=op.f("pk_date_said")),
    )
    with op.batch_alter_table("date_said", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_date_said_user_id"), ["user_id"], unique=False)

    op.create_table(
        "polls",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("room_id", sa.String(), nullable=False),
        sa.Column("outbox_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=True),
        sa.Column("choices", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "number", name=op.f("pk_polls")),
    )
    with op.batch_alter_table("polls", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_polls_ended_at"), ["ended_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_polls_event_id"), ["event_id"], unique=False)
        batch_op.create_index(
            "ix_polls_unheard",
            ["outbox_id"],
            unique=False,
            sqlite_where=sa.text("event_id IS NULL"),
            postgresql_where=sa.text("event_id IS NULL"),
        )

    op.create_table(
        "poll_responses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("said_at", sa.DateTime(), nullable=False),
        sa.Column("elsewhere", sa.Boolean(), nullable=False),
        sa.Column("taken_back", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll_responses")),
        sa.UniqueConstraint("event_id", name=op.f("uq_poll_responses_event_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("poll_responses", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_poll_responses_kind_number_user_id_said_at"),
            ["kind", "number", "user_id", "said_at"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_poll_responses_user_id"), ["user_id"], unique=False)

    with op.batch_alter_table("processes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("departments", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("applications", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("variants", sa.Integer(), nullable=True))

    with op.batch_alter_table("products", schema=None) as batch_op:
        batch_op.add_column(sa.Column("text", sa.String(), nullable=True))

    op.create_table(
        "feedback",
        sa.Column("process", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("said_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("process", "stage", "user_id", name=op.f("pk_feedback")),
    )
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_feedback_process_stage_said_at"), ["process", "stage", "said_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_feedback_user_id"), ["user_id"], unique=False)

    op.create_table(
        "feedback_days",
        sa.Column("process", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("process", "stage", "on_day", "source", name=op.f("pk_feedback_days")),
    )
    op.create_table(
        "feedback_imports",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("comments", sa.JSON(), nullable=False),
        sa.Column("unwritten", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_imports")),
    )
    with op.batch_alter_table("feedback_imports", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_feedback_imports_process_digest"), ["process", "digest"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_feedback_imports_state_unwritten"), ["state", "unwritten"], unique=False
        )

    op.create_table(
        "feedback_pieces",
        sa.Column("import_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rows", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "n", name=op.f("pk_feedback_pieces")),
    )
    op.create_table(
        "feedback_rows",
        sa.Column("import_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "n", name=op.f("pk_feedback_rows")),
    )

    op.create_table(
        "survey_answers",
        sa.Column("survey", sa.Integer(), nullable=False),
        sa.Column("question", sa.Integer(), nullable=False),
        sa.Column("choice", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("survey", "question", "choice", "user_id", name=op.f("pk_survey_answers")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("survey_answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_survey_answers_user_id"), ["user_id"], unique=False)

    op.create_table(
        "survey_people",
        sa.Column("survey", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("informed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("survey", "user_id", name=op.f("pk_survey_people")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("survey_people", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_survey_people_informed_survey"), ["informed", "survey"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_survey_people_user_id_answered"), ["user_id", "answered"], unique=False
        )

    op.create_table(
        "survey_tallies",
        sa.Column("survey", sa.Integer(), nullable=False),
        sa.Column("question", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("survey", "question", "part", name=op.f("pk_survey_tallies")),
    )
    op.create_table(
        "surveys",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("process", sa.Integer(), nullable=True),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("standard", sa.Boolean(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("until_at", sa.DateTime(), nullable=False),
        sa.Column("until_day", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("early", sa.Boolean(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surveys")),
    )
    with op.batch_alter_table("surveys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_surveys_author"), ["author"], unique=False)
        batch_op.create_index(batch_op.f("ix_surveys_process_id"), ["process", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_surveys_state_until_at"), ["state", "until_at"], unique=False)

    op.create_table(
        "fetches",
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("message", sa.JSON(), nullable=False),
        sa.Column("edit", sa.String(), nullable=True),
        sa.Column("wanted_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_fetches")),
    )
    with op.batch_alter_table("fetches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fetches_sender"), ["sender"], unique=False)

    op.create_table(
        "feed_known",
        sa.Column("feed", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("gone_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("feed", "key", name=op.f("pk_feed_known")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "feed_waiting",
        sa.Column("feed", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "place", name=op.f("pk_feed_waiting")),
    )
    op.create_table(
        "feeds",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("asked_in", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("url_key", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("failing_since", sa.DateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.Column("checked_at", sa.DateTime(), nullable=True),
        sa.Column("read_at", sa.DateTime(), nullable=True),
        sa.Column("due_at", sa.DateTime(), nullable=True),
        sa.Column("etag", sa.String(), nullable=False),
        sa.Column("modified", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
    )
    with op.batch_alter_table("feeds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feeds_added_by"), ["added_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_feeds_due_at_id"), ["due_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feeds_removed_at_id"), ["removed_at", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_feeds_state_failing_since"), ["state", "failing_since"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_feeds_url_key"), ["url_key"], unique=False)

    with op.batch_alter_table("news", schema=None) as batch_op:
        batch_op.add_column(sa.Column("source", sa.String(), nullable=True))

    op.create_table(
        "campaign_judgements",
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("judge", sa.String(), nullable=False),
        sa.Column("campaign", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("idea_id", "judge", name=op.f("pk_campaign_judgements")),
    )
    with op.batch_alter_table("campaign_judgements", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_campaign_judgements_campaign_idea_id"), ["campaign", "idea_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_campaign_judgements_judge"), ["judge"], unique=False)

    op.create_table(
        "campaign_jury",
        sa.Column("campaign", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("campaign", "user_id", name=op.f("pk_campaign_jury")),
    )
    with op.batch_alter_table("campaign_jury", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_campaign_jury_user_id"), ["user_id"], unique=False)

    op.create_table(
        "campaign_ranks",
        sa.Column("campaign", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("judged", sa.Integer(), nullable=False),
        sa.Column("votes_for", sa.Integer(), nullable=False),
        sa.Column("votes_against", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("campaign", "place", name=op.f("pk_campaign_ranks")),
    )
    op.create_table(
        "campaign_votes",
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("idea_id", "user_id", name=op.f("pk_campaign_votes")),
    )
    with op.batch_alter_table("campaign_votes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_campaign_votes_user_id"), ["user_id"], unique=False)

    op.create_table(
        "campaigns",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("start_at", sa.DateTime(), nullable=False),
        sa.Column("end_at", sa.DateTime(), nullable=False),
        sa.Column("end_day", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("turn", sa.String(), nullable=False),
        sa.Column("told_up_to", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
    )
    with op.batch_alter_table("campaigns", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_campaigns_author"), ["author"], unique=False)
        batch_op.create_index(batch_op.f("ix_campaigns_next_at"), ["next_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_campaigns_state_end_at"), ["state", "end_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_campaigns_state_id"), ["state", "id"], unique=False)

    with op.batch_alter_table("ideas", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ideas_campaign_id"), ["campaign", "id"], unique=False)

    for name, thing, kind in (
        ("exchange_words", "posting", sa.Integer()),
        ("member_words", "user_id", sa.String()),
        ("news_words", "news", sa.Integer()),
        ("tool_words", "tool", sa.Integer()),
    ):
        op.create_table(
            name,
            sa.Column(
                "word", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False
            ),
            sa.Column(thing, kind, nullable=False),
            sa.PrimaryKeyConstraint("word", thing, name=op.f(f"pk_{name}")),
            sqlite_with_rowid=False,
        )
        with op.batch_alter_table(name, schema=None) as batch_op:
            batch_op.create_index(batch_op.f(f"ix_{name}_{thing}_word"), [thing, "word"], unique=False)
    _keep_words_of_news_and_members()
    with op.batch_alter_table("news", schema=None) as batch_op:
        batch_op.drop_column("search_key")


def _keep_words_of_news_and_members() -> None:
    """What was there before is found by its words."""
    tx = op.get_bind()
    news = sa.table("news", sa.column("id", sa.Integer), sa.column("search_key", sa.String))
    members = sa.table("members", sa.column("user_id", sa.String), sa.column("name_key", sa.String))
    _add_words("news_words", "news", ((n, text.split()) for n, text in tx.execute(sa.select(*news.c)).all()))
    people = ((who, _words_of(who, name)) for who, name in tx.execute(sa.select(*members.c)).all())
    _add_words("member_words", "user_id", people)


def _words_of(user_id: str, name_key: str) -> list[str]:
    local, _, server = user_id.casefold().removeprefix("@").partition(":")
    for written, plain in (("ae", "a"), ("oe", "o"), ("ue", "u")):
        local = local.replace(written, plain)
    return [*name_key.split(), *re.findall(r"[^\W_]+", local), f":{server}"]


def _add_words(name: str, thing: str, found: Iterable[tuple[Any, list[str]]]) -> None:
    table = sa.table(name, sa.column("word", sa.String), sa.column(thing))
    for number, words in found:
        if rows := [{"word": word, thing: number} for word in sorted({word[:60] for word in words})]:
            op.get_bind().execute(sa.insert(table), rows)
