"""The migrations make what the tables declare, on both databases, and keep what is in the store."""

from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, MetaData, text

import storage
from storage import agreements, cards, idea_words, member_texts, members, news, suiting
from storage.engine import schema
from storage.engine.base import Base
from storage.engine.database import Database

INDEXES = (
    "idea_words",
    "word_parts",
    "agreement_people",
    "news_words",
    "member_words",
    "member_knowhow",
    "member_interests",
    "outbox_people",
)  # derived from others' rows; a migration may add to them
NOW = datetime(2026, 11, 2, 9, 0)  # noqa: DTZ001 - as the databases keep it


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a store without tables."""
    url = (
        request.getfixturevalue("postgres_url")
        if request.param == "postgresql"
        else f"sqlite:///{tmp_path}/store.db"
    )
    return str(url)


def test_migrations_make_what_the_tables_declare(empty: str) -> None:
    storage.load()
    assert schema.migrate(empty)
    database = Database(empty)
    with database.transaction() as tx:
        assert schema.difference(tx) == []
        assert schema.wrong_schema(tx) == ""
    assert not schema.migrate(empty)
    database.close()


@pytest.mark.long
def test_every_released_schema_goes_to_the_newest_with_its_rows(empty: str) -> None:
    """A row in every table of each revision is still there in the end."""
    database = Database(empty)
    made: Counter[str] = Counter()
    for number, revision in enumerate(schema.revisions(), 1):
        schema.upgrade(database, to=revision)
        with database.transaction() as tx:
            assert schema.current(tx) == revision
            tables = MetaData()
            tables.reflect(tx)
            for table in tables.sorted_tables:
                if table.name != "alembic_version":
                    tx.execute(table.insert().values({c.name: sample(c, number) for c in table.columns}))
                    made[table.name] += 1
    schema.upgrade(database)
    with database.transaction() as tx:
        kept = {name: tx.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in made}  # noqa: S608
        assert all(kept.pop(name) >= made.pop(name) for name in INDEXES)
        assert kept == made
    database.close()


@pytest.mark.long
def test_ideas_from_before_are_found_by_parts_of_words_and_topics(empty: str) -> None:
    database = Database(empty)
    schema.upgrade(database, to="0002_second_half")
    with database.transaction() as tx:
        tables = MetaData()
        tables.reflect(tx)
        ideas = tables.tables["ideas"]
        row = {c.name: sample(c, 1) for c in ideas.columns if c.name != "topic_key"}
        tx.execute(ideas.insert().values(row | {"id": 7, "topic_key": "bargeld los"}))
        tx.execute(ideas.insert().values(row | {"id": 8, "topic_key": None}))
        words = [("entsorgungskalender", 7), (".entsorgungskalend", 7), ("~ents", 7), ("los", 7), ("ki", 8)]
        tx.execute(tables.tables["idea_words"].insert(), [{"word": w, "idea_id": i} for w, i in words])
    schema.upgrade(database)
    with database.transaction() as tx:
        for part in ("entsorg", "kalender", "gskal", "bargeld", "geld", "los"):
            assert idea_words.find(tx, part) == {7}, part
        assert idea_words.find(tx, "ki") == {8}
        assert not any(idea_words.find(tx, part) for part in (".", "ents{", "i", "k a"))
        assert schema.difference(tx) == []
    database.close()


@pytest.mark.long
def test_news_and_members_from_before_are_found_by_words(empty: str) -> None:
    storage.load()
    database = Database(empty)
    schema.upgrade(database, to="0007_dialogues")
    known: dict[str, dict[str, object]] = {
        "news": {"id": 7, "state": "published", "search_key": "neues portal wuchs portal"},
        "members": {
            "user_id": "@jaeger.pia:ex.ch",
            "name_key": "pia muster",
            "state": "active",
            "knowhow": ["Umzug", "GIS"],
            "interests": [],
        },
    }
    with database.transaction() as tx:
        tables = MetaData()
        tables.reflect(tx)
        for name, values in known.items():
            row = {c.name: sample(c, 1) for c in tables.tables[name].columns}
            tx.execute(tables.tables[name].insert().values(row | values))
    schema.upgrade(database)
    with database.transaction() as tx:
        for words in (("portal",), ("neu", "wuchs")):
            assert [n.id for n in news.list_published(tx, limit=10, words=words)[0]] == [7], words
        for asked in (("pia",), ("muster", "pi"), ("jager",), ("jager", ":ex.ch")):
            assert members.count(tx, members.Filter(members.THERE, words=asked)) == 1, asked
        assert [one.user_id for one in suiting.list_saying(tx, "knowhow", "GIS")] == ["@jaeger.pia:ex.ch"]
        assert [member_texts.list_texts(tx, kind) for kind in member_texts.TABLES] == [["GIS", "Umzug"], []]
    database.close()


@pytest.mark.long
def test_entries_sent_before_keep_their_name_in_calendars(empty: str) -> None:
    """UIDs were made of the number then; a calendar that hears another one has the entry twice."""
    database = Database(empty)
    schema.upgrade(database, to="0002_second_half")
    with database.transaction() as tx:
        tables = MetaData()
        tables.reflect(tx)
        for name, more in (
            ("meeting_series", {"id": 7}),
            ("events", {"kind": "event", "id": 12}),
            ("events", {"kind": "training", "id": 12}),
        ):
            row = {c.name: sample(c, 1) for c in tables.tables[name].columns}
            tx.execute(tables.tables[name].insert().values(row | more))
    schema.upgrade(database)
    with database.transaction() as tx:
        assert tx.execute(text("SELECT uid FROM meeting_series")).scalars().all() == ["meeting-7"]
        assert tx.execute(text("SELECT uid FROM events ORDER BY kind")).scalars().all() == ["a12", "k12"]
    database.close()


@pytest.mark.long
def test_who_saw_to_an_agreement_still_does(empty: str) -> None:
    storage.load()
    database = Database(empty)
    schema.upgrade(database, to="0002_second_half")
    with database.transaction() as tx:
        tables = MetaData()
        tables.reflect(tx)
        row = {c.name: sample(c, 1) for c in tables.tables["agreements"].columns}
        for number, who in ((7, "@pia:localhost"), (8, None)):
            tx.execute(tables.tables["agreements"].insert().values(row | {"id": number, "who": who}))
    schema.upgrade(database)
    with database.transaction() as tx:
        assert [agreements.people(tx, number) for number in (7, 8)] == [("@pia:localhost",), ()]
        assert schema.difference(tx) == []
    database.close()


@pytest.mark.long
def test_who_signed_up_before_can_still_take_it_back(empty: str) -> None:
    storage.load()
    database = Database(empty)
    schema.upgrade(database, to="0005_encryption")
    made = {"number": 4, "carrier": "$x"}
    with database.transaction() as tx:
        tables = MetaData()
        tables.reflect(tx)
        row = {c.name: sample(c, 1) for c in tables.tables["offers"].columns}
        for number, module in enumerate(("events.signing_up", "events.trainings", "groups.joining"), 1):
            given = {"outbox_id": number, "action": f"{module}.sign_off_again", "data": made}
            tx.execute(tables.tables["offers"].insert().values(row | given))
    schema.upgrade(database)
    with database.transaction() as tx:
        found = [cards.find_offer(tx, outbox_id=number, key="text 1") for number in (1, 2, 3)]
    assert [(offer.action, offer.data) for offer in found if offer is not None] == [
        ("events.signing_up.sign_off_again", made | {"kind": "event"}),
        ("events.signing_up.sign_off_again", made | {"kind": "training"}),
        ("groups.joining.sign_off_again", made),
    ]
    database.close()


def sample(column: Column[Any], number: int) -> object:
    """A value for the column, another one for each number."""
    kind = column.type.python_type
    samples = {
        int: number,
        str: f"text {number}",
        float: number / 2,
        bool: True,
        datetime: NOW,
        date: NOW.date(),
        object: {"a": number},
        dict: {"a": number},
    }
    return samples[kind]


def test_a_migration_that_fails_leaves_nothing(empty: str) -> None:
    database = Database(empty)
    with database.transaction() as tx:
        tx.execute(text("CREATE TABLE votes (id INTEGER)"))  # in the way, late in the alphabet
    with pytest.raises(Exception, match=r"(?i)already exists"):
        schema.upgrade(database)
    with database.transaction() as tx:
        assert schema.current(tx) is None
        tx.execute(text("DROP TABLE votes"))
    assert schema.upgrade(database)
    database.close()


def test_a_store_of_a_newer_version_is_left_alone(empty: str) -> None:
    schema.migrate(empty)
    database = Database(empty)
    with database.transaction() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999_later'"))
        assert "newer version" in schema.wrong_schema(tx)
    with pytest.raises(schema.NewerSchemaError, match="9999_later"):
        schema.upgrade(database)
    database.close()


def test_names_of_tables_and_constraints_fit_postgresql() -> None:
    """PostgreSQL cuts names after 63 signs, and two that begin alike would then be one."""
    storage.load()
    for table in Base.metadata.tables.values():
        names = [table.name, *(i.name for i in table.indexes), *(c.name for c in table.constraints)]
        assert [name for name in names if len(str(name)) > 63] == []
