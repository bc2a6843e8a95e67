"""What is searched for is found by the beginnings of its words, however many have them, on both databases."""

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from storage import tools
from storage.engine.base import Tx
from storage.engine.database import Database
from storage.engine.words import RARE

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
MANY = RARE + 100


def fill(tx: Tx) -> None:
    """So many tools with a word in common, half with another one too; the oldest have words of their own."""
    said: dict[str, object] = {
        "title": "T",
        "title_key": "t",
        "text": "",
        "link": None,
        "tags": [],
    }
    tx.execute(
        insert(tools.Tool),
        [{**said, "id": n, "state": tools.SHARED, "added_at": NOW} for n in range(1, MANY + 1)],
    )
    words = [(word, n) for n in range(1, MANY + 1) for word in ("methode", "methodik")]
    words += [("gerade", n) for n in range(2, MANY + 1, 2)]
    words += [("selten", 3), ("seltener", 3), ("øst", 4), ("x" * 60, 5), ("umzug", 6)]
    tx.execute(insert(tools.ToolWord), [{"word": word, "tool": n} for word, n in words])


def found(tx: Tx, words: Iterable[str], offset: int = 0) -> tuple[list[int], int]:
    shown, total = tools.search(tx, words, offset=offset, limit=3)
    return [tool.id for tool in shown], total


def test_none_is_left_out(any_database: Database) -> None:
    with any_database.transaction() as tx:
        fill(tx)
        for words, numbers, total in (
            (["method"], [MANY, MANY - 1, MANY - 2], MANY),
            (["methode", "gerade"], [MANY, MANY - 2, MANY - 4], MANY // 2),
            (["methodik", "selten"], [3], 1),
            (["methode", "methodik", "methode"], [MANY, MANY - 1, MANY - 2], MANY),
            (["gerade", "selten"], [], 0),
            (["selt"], [3], 1),
            (["ø"], [4], 1),
            (["x" * 400], [5], 1),
            (["umz"], [6], 1),
            (["mzug"], [], 0),
            (["%"], [], 0),
        ):
            assert found(tx, words) == (numbers, total), words
        assert found(tx, ["method"], offset=MANY - 1) == ([1], MANY)


@pytest.mark.parametrize("state", [tools.SHARED, tools.REMOVED])
def test_it_is_found_by_the_words_that_it_has_now(any_database: Database, state: str) -> None:
    with any_database.transaction() as tx:
        said: dict[str, object] = {
            "title": "Persona",
            "title_key": "persona",
            "text": "",
            "link": None,
            "tags": [],
        }
        tools.add(tx, id=7, added_at=NOW, words=["persona", "umzug"], **said)
        tools.change(tx, 7, said, words=["umzug", "kurs", "kurs"])
        if state == tools.REMOVED:
            tools.set_state(tx, 7, state)
            tools.add(tx, id=7, added_at=NOW, words=["umzug", "kurs"], **said)
        assert [found(tx, [word])[1] for word in ("persona", "umzug", "kurs")] == [0, 1, 1]
