"""The filled store of the benchmark is as commands would have left it, and each command is measured on it."""

from __future__ import annotations

from typing import Any, cast

import pytest
from sqlalchemy import text

from bench.cases import CASES, UNMEASURED
from bench.filled import measured
from bench.filling.people import NOW, SMALL
from bench.store import Store
from commands import load
from commands.framework.declarations import COMMANDS
from tests.simulator import invariants

# Counters, and the rows that they count.
COUNTED = {
    "idea": "SELECT max(id) FROM ideas",
    "news": "SELECT max(id) FROM news",
    "process": "SELECT max(id) FROM processes",
    "meeting": "SELECT max(id) FROM meetings",
    "agreement": "SELECT max(id) FROM agreements",
    "event": "SELECT max(id) FROM events WHERE kind = 'event'",
    "training": "SELECT max(id) FROM events WHERE kind = 'training'",
    "exchange": "SELECT max(id) FROM exchange_postings",
    "hours": "SELECT max(id) FROM hours",
    "campaign": "SELECT max(id) FROM campaigns",
    "all feeds": "SELECT count(*) FROM feeds WHERE removed_at IS NULL",
    "survey": "SELECT max(id) FROM surveys",
    "all tools": "SELECT count(*) FROM tools WHERE state = 'shared'",
    "surveys": "SELECT count(*) FROM surveys WHERE state <> 'withdrawn'",
    "ideas submitted": "SELECT count(*) FROM ideas WHERE state = 'submitted'",
    "ideas submitted hund": "SELECT count(*) FROM ideas WHERE state = 'submitted' AND topic_key = 'hund'",
}
# Tables of what people and jobs leave behind; the others are of rooms, keys and outages.
FILLED = """
    agreement_people agreements campaign_judgements campaign_jury campaigns cards date_answers date_findings
    date_options events exchange_keys exchange_matches exchange_postings exchange_words feedback feedback_days
    feeds groups hours idea_titles idea_words ideas meeting_answers meeting_invitations meeting_series
    meetings member_interests member_knowhow member_words members news news_tags news_words outbox
    process_criteria process_documents process_history process_rollout processes product_answers products
    ratings reminders roles seats survey_answers survey_people surveys tool_words tools votes
""".split()  # noqa: SIM905 (names read as names)


def test_every_command_is_measured_or_says_why_not() -> None:
    load()
    names = {command.names[0] for command in COMMANDS.values()}
    asked = {name.partition(",")[0] for name in CASES} - {"unbekannt"}
    assert asked | set(UNMEASURED) == names
    assert not asked & set(UNMEASURED)


@pytest.mark.long
def test_commands_work_on_the_filled_store_and_find_it_true() -> None:
    store = Store(None, SMALL)
    look = _Look(store)
    for query in (f"SELECT count(*) FROM {name}" for name in FILLED):  # noqa: S608
        assert look.rows(query) > [(0,)], query
    look.check()
    for name, act in measured(None).items():
        act(store, 0)
        assert name == "unbekannt" or not store.refused(), f"{name}: {store.answer()['body']}"
    look.check()
    store.close()


class _Look:
    """The store, as the simulator's invariants look at it."""

    def __init__(self, store: Store) -> None:
        self.store, self.now = store, NOW

    @property
    def chat(self) -> _Look:
        return self

    def rows(self, query: str, **values: object) -> list[tuple[object, ...]]:
        with self.store.database.transaction() as tx:
            return [tuple(row) for row in tx.execute(text(query), values)]

    def check(self) -> None:
        for name, query in COUNTED.items():
            kept = self.rows("SELECT value FROM counters WHERE name = :n", n=name)
            assert kept == self.rows(query), name
        seen = cast("Any", self)
        for check in (
            invariants._votes_are_rows,
            invariants._ratings_are_rows,
            invariants._asked,
            invariants._leaders,
            invariants._reminders,
        ):
            check(seen)
