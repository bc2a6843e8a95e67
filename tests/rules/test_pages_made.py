"""The pages that are made from the program are up to date, and what they say of messages is so."""

from __future__ import annotations

from typing import Any

import pytest

from bot.admin import parts, words
from bot.admin.part_types import PARTS
from commands.framework.declarations import COMMANDS
from tests.rules.test_places import GROUP, LEA, example, town  # noqa: F401 - the fixture
from tests.support.chat import Chat

KORA = "@kora:localhost"


def test_the_words_are_up_to_date() -> None:
    assert words.FILE.read_text(encoding="utf-8") == words.words()


def test_the_parts_are_up_to_date() -> None:
    assert parts.FILE.read_text(encoding="utf-8") == parts.page()


def test_each_word_is_where_it_is_said_to_be() -> None:
    assert [word for word, _, _, where in words.HOUSE if not words.is_there(where)] == []
    assert not words.is_there("storage.cards.Nothing")


@pytest.mark.parametrize("kind", PARTS)
def test_each_example_is_as_described(kind: str) -> None:
    assert parts.problems({"type": kind, **PARTS[kind].example}) == []


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        ({"type": "poem"}, "type poem"),
        ({"type": "pointer"}, "pointer.to is missing"),
        ({"type": "remark", "mood": "good"}, "remark.mood is not described"),
        ({"type": "coverage", "done": -1, "of": 86}, "coverage.done is -1"),
        ({"type": "idea", "votes": {"for": "4"}}, "idea.votes.for is '4'"),
        ({"type": "idea", "you": "for"}, "idea.you is 'for'"),
        ({"type": "error", "code": "bad_luck"}, "code bad_luck"),
    ],
)
def test_what_is_not_as_described_is_found(part: dict[str, Any], problem: str) -> None:
    assert parts.problems(part) == [problem]


@pytest.mark.long
@pytest.mark.parametrize("by", [KORA, LEA])
def test_what_the_bot_says_is_as_described(town: Chat, by: str) -> None:  # noqa: F811 - the fixture
    """Every command there is, in a direct chat, and then what comes of them in a week."""
    direct = town.direct(by)
    for room in (direct, GROUP):
        for command in sorted(COMMANDS.values(), key=lambda c: (not c.reads, c.name == "profile leave")):
            town.later(seconds=5)
            town.says(example(command), by=by, room=room)
    town.later(days=7)
    wrong = {problem for said in town.said for problem in parts.problems(said.machine)}
    assert wrong == set()
