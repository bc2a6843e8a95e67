"""What is due, or is a person's, is found by an index of just that: what is asked does not read all there is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from commands.framework.declarations import JOBS
from storage.engine.base import Base
from storage.engine.database import Database
from tests.support.chat import ROOMS, Chat
from tests.support.kept import Kept, fill

PIA = "@pia:localhost"
ASKED = ("SELECT", "UPDATE", "DELETE")
BY_INDEX = "ix_reminders_due"  # in its order, and but the first
SELDOM = {"housekeeping"}  # looks at all devices there are
# One row a group or file; what a month's changes, buttons and questions leave.
SHORT = {"groups", "feedback_imports", "acts", "offers", "dialogues"}


@pytest.fixture
def chat(memory: Database, empty_store: bytes, begun: Kept) -> Chat:
    """Always on SQLite, which says how it would carry out a statement whatever is in the tables."""
    fill(memory, empty_store)
    return begun.again(memory)


def test_no_job_reads_a_table_from_one_end_to_the_other(chat: Chat) -> None:
    read = {}
    for name in sorted(set(JOBS) - SELDOM):
        steps = steps_of(chat, lambda name=name: chat.core.tick(JOBS[name], now=chat.now))  # type: ignore[misc]
        assert steps, name
        read[name] = [s for s in whole_tables(steps) if BY_INDEX not in s]
    assert {name: steps for name, steps in read.items() if steps} == {}
    assert len(read) > 10


def test_what_is_to_come_for_a_person_is_found_by_their_answers(chat: Chat) -> None:
    chat.member(PIA)
    direct = chat.direct(PIA)
    steps = steps_of(chat, lambda: chat.reply("sitzung nächste", by=PIA, room=direct))
    assert [step.split(" (")[0] for step in steps if "meeting" in step] == [
        "SEARCH meeting_answers USING INDEX ix_meeting_answers_user_id",
        "SEARCH meetings USING INTEGER PRIMARY KEY",
    ]


def test_who_suits_a_group_is_found_by_what_they_say(chat: Chat) -> None:
    chat.process(name="Umzugsmeldung")
    chat.member(PIA, knowhow=["Umzug"])
    asked = "!gruppe vorschlag P1"
    steps = steps_of(chat, lambda: chat.reply(asked, by="@kora:localhost", room=ROOMS["coordination"]))
    said = steps.index("SEARCH member_knowhow USING PRIMARY KEY (word=?)")
    assert steps[said + 1] == "SEARCH members USING INDEX sqlite_autoindex_members_1 (user_id=?)"
    assert (
        "SEARCH members USING INDEX ix_members_state_name_key (state=?)" in steps
    )  # in its order, up to the tenth
    assert not any("TEMP B-TREE FOR ORDER BY" in step for step in steps if "members" in step)


def test_what_is_stored_about_a_person_is_found_without_reading_what_is_about_others(chat: Chat) -> None:
    chat.member(PIA)
    direct = chat.direct(PIA)
    steps = steps_of(chat, lambda: chat.reply("datenschutz auskunft", by=PIA, room=direct))
    assert {step.split()[1] for step in whole_tables(steps)} <= SHORT


def whole_tables(steps: list[str]) -> list[str]:
    """Those that read a table from one end to the other."""
    whole = {f"SCAN {table}" for table in Base.metadata.tables}
    return [step for step in steps if " ".join(step.split()[:2]) in whole]


def steps_of(chat: Chat, act: Callable[[], object]) -> list[str]:
    """How the store carries out what it is asked by this."""
    said: list[str] = []
    with chat.database.transaction() as tx:
        connection = tx.connection.driver_connection
    assert connection is not None
    connection.set_trace_callback(said.append)
    act()
    connection.set_trace_callback(None)
    asked = [one for one in said if one.split(maxsplit=1)[0] in ASKED]
    with chat.database.transaction() as tx:
        return [row[3] for one in asked for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}")]
