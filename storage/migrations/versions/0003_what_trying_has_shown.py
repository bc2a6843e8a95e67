"""What trying the bot has shown."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003_what_trying_has_shown"
down_revision = "0002_second_half"


def upgrade() -> None:
    # A name of signs only is found by itself; its key was empty, and so the same as any other's.
    op.execute("UPDATE members SET name_key = trim(name) WHERE name_key = ''")
    op.execute("UPDATE processes SET name_key = trim(name) WHERE name_key = ''")
    _keep_who_can_read_rooms()
    _keep_what_notices_are_about()
    op.create_table(
        "talk",
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("thread", sa.String(), nullable=True),
        sa.Column("said_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_talk")),
    )
    op.create_index(op.f("ix_talk_said_at"), "talk", ["said_at"], unique=False)
    _keep_a_journal_of_acts()
    _keep_whom_the_log_is_about()
    _mark_what_names_somebody()
    _keep_rooms_in_trouble()
    _keep_what_was_said_earlier()
    with op.batch_alter_table("taps", schema=None) as batch_op:
        batch_op.add_column(sa.Column("room_id", sa.String(), nullable=True))
    _keep_what_cards_withhold()
    _keep_when_somebody_left()
    _keep_what_calendars_call_entries()
    _keep_all_who_see_to_agreements()
    _keep_the_parts_of_words()
    op.create_index(
        "ix_outbox_seeds",
        "outbox",
        ["waits_for"],
        unique=False,
        sqlite_where=sa.text("kind = 'reaction'"),
        postgresql_where=sa.text("kind = 'reaction'"),
    )


def _keep_all_who_see_to_agreements() -> None:
    op.create_table(
        "agreement_people",
        sa.Column("agreement", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("agreement", "user_id", name=op.f("pk_agreement_people")),
    )
    op.create_index(op.f("ix_agreement_people_user_id"), "agreement_people", ["user_id"], unique=False)
    op.execute(
        "INSERT INTO agreement_people (agreement, user_id, place)"
        " SELECT id, who, 0 FROM agreements WHERE who IS NOT NULL"
    )
    with op.batch_alter_table("agreements", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agreements_who_state"))
        batch_op.drop_column("who")


def _keep_what_was_said_earlier() -> None:
    op.create_table(
        "said_earlier",
        sa.Column("txn", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("edits", sa.String(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("said_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("txn", name=op.f("pk_said_earlier")),
    )
    op.create_index(op.f("ix_said_earlier_said_at"), "said_earlier", ["said_at"], unique=False)


# --- notices are no texts any more: what they are about is kept, and how that was before

_TOPICS = {
    "idea": ("idea", "idea"),
    "process": ("phase", "process"),
    "training": ("training completed", "training"),
    "agreement": ("agreement", "agreement"),
}


def _keep_what_notices_are_about() -> None:
    tx = op.get_bind()
    old = sa.table("notices", sa.column("id", sa.Integer), sa.column("machine", sa.JSON))
    known = tx.execute(sa.select(old.c.id, old.c.machine)).all()
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notices_due_at_user_id_digest"))
        batch_op.drop_index(batch_op.f("ix_notices_user_id_digest_id"))
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.alter_column("user_id", new_column_name="recipient")
        batch_op.add_column(sa.Column("topic", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("about", sa.String(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("before", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("words", sa.String(), nullable=True))
        batch_op.drop_column("html")
        batch_op.drop_column("machine")
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_notices_recipient_digest_topic_about"),
            ["recipient", "digest", "topic", "about"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_notices_due_at_recipient_digest"), ["due_at", "recipient", "digest"], unique=False
        )
    new = sa.table(
        "notices", sa.column("id", sa.Integer), sa.column("topic", sa.String), sa.column("about", sa.String)
    )
    for number, machine in known:
        topic, about = _topic_of(machine)
        tx.execute(sa.update(new).where(new.c.id == number).values(topic=topic, about=about))


def _topic_of(machine: dict[str, Any]) -> tuple[str, str]:
    """What the text was about; how that was before is not known, so that it is told as it is now."""
    topic, name = _TOPICS.get(str(machine.get("type")), ("", ""))
    number = str(machine.get("ref", ""))[1:]
    return (topic, json.dumps({name: int(number)})) if topic and number.isdecimal() else ("", "{}")


# --- rooms: who can come in, and who can read


def _keep_who_can_read_rooms() -> None:
    """Read anew at the first start: until then, no room is anybody's direct chat."""
    with op.batch_alter_table("rooms", schema=None) as batch_op:
        batch_op.add_column(sa.Column("join_rule", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("history", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("inviter", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("direct_with", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("given_up", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_index(batch_op.f("ix_rooms_direct_with"), ["direct_with"], unique=False)


# --- what was done about which thing, and what taking back asks for


def _keep_a_journal_of_acts() -> None:
    op.create_table(
        "acts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("thing", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acts")),
    )
    with op.batch_alter_table("acts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_acts_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_acts_cause"), ["cause"], unique=False)
        batch_op.create_index(batch_op.f("ix_acts_thing_id"), ["thing", "id"], unique=False)

    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rights", sa.JSON(), nullable=True))


# --- the audit log: whom an entry is about, so that it is found and erased by the person


def _keep_whom_the_log_is_about() -> None:
    op.create_table(
        "audit_people",
        sa.Column("entry", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("entry", "user_id", name=op.f("pk_audit_people")),
    )
    op.create_index(op.f("ix_audit_people_user_id_entry"), "audit_people", ["user_id", "entry"], unique=False)


# --- the outbox: what names somebody is empty once it is sent


def _mark_what_names_somebody() -> None:
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("fleeting", sa.Boolean(), nullable=False, server_default=sa.false()))


def _keep_rooms_in_trouble() -> None:
    """A room in trouble is told once, and a stretch that can't be read is tried again."""
    op.create_table(
        "troubles",
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("about", "what", name=op.f("pk_troubles")),
    )
    op.create_table(
        "gaps",
        sa.Column("room_id", sa.String(), nullable=False),
        sa.Column("newer", sa.String(), nullable=False),
        sa.Column("older", sa.String(), nullable=True),
        sa.Column("found_at", sa.DateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("room_id", "newer", name=op.f("pk_gaps")),
    )


def _keep_what_cards_withhold() -> None:
    """A card that says less than it could says all of it again once no stranger sits in its room."""
    with op.batch_alter_table("cards", schema=None) as batch_op:
        batch_op.add_column(sa.Column("withheld", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_index(
            "ix_cards_withheld",
            ["room_id"],
            unique=False,
            sqlite_where=sa.text("withheld"),
            postgresql_where=sa.text("withheld"),
        )


def _keep_when_somebody_left() -> None:
    """An older reaction brings nobody back."""
    op.create_table(
        "seats_left",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "number", "user_id", name=op.f("pk_seats_left")),
    )
    op.create_index(op.f("ix_seats_left_user_id"), "seats_left", ["user_id"], unique=False)
    with op.batch_alter_table("products", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lifted_at", sa.DateTime(), nullable=True))


# --- calendars: entries made before keep the UID made of their number


def _keep_what_calendars_call_entries() -> None:
    for name in ("meeting_series", "events"):
        with op.batch_alter_table(name, schema=None) as batch_op:
            batch_op.add_column(sa.Column("uid", sa.String(), nullable=False, server_default=""))
    op.execute("UPDATE meeting_series SET uid = 'meeting-' || id")
    op.execute("UPDATE events SET uid = (CASE kind WHEN 'event' THEN 'a' ELSE 'k' END) || id")


# --- ideas are found by parts of words, and by their topics


def _keep_the_parts_of_words() -> None:
    key = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    parts = op.create_table(
        "word_parts",
        sa.Column("part", key, nullable=False),
        sa.Column("word", key, nullable=False),
        sa.PrimaryKeyConstraint("part", "word", name=op.f("pk_word_parts")),
        sqlite_with_rowid=False,
    )
    tx = op.get_bind()
    ideas = sa.table("ideas", sa.column("id", sa.Integer), sa.column("topic_key", sa.String))
    topics = tx.execute(sa.select(ideas.c.id, ideas.c.topic_key).where(ideas.c.topic_key != "")).all()
    found = {(word[:40], number) for number, topic in topics for word in topic.split()}
    add = sa.text("INSERT INTO idea_words (word, idea_id) VALUES (:word, :idea) ON CONFLICT DO NOTHING")
    if found:
        tx.execute(add, [{"word": word, "idea": number} for word, number in sorted(found)])

    idea_words = sa.table("idea_words", sa.column("word", sa.String))
    rows = []
    for word in tx.execute(sa.select(idea_words.c.word).distinct()).scalars().all():
        if not word.startswith((".", "~")):
            ends = (word[start:] for start in range(1, len(word) - 2))
            rows += [{"part": part, "word": word} for part in (word, *ends)]
    for start in range(0, len(rows), 10_000):
        tx.execute(sa.insert(parts), rows[start : start + 10_000])
