"""What is written behind a list without the name of a field is one of its few words, or is looked for."""

from __future__ import annotations

import pytest

from tests.support.chat import Chat, Said

KORA, PIA = "@kora:localhost", "@pia:localhost"


@pytest.fixture
def town(chat: Chat) -> Chat:
    chat.member(KORA, municipality="Liestal")
    chat.member(PIA)
    chat.process()
    for line in (
        "!idee neu Hundemarken per Post",
        "!idee neu Parkkarten",
        "!idee annehmen I2 grund: Das brauchen alle",
        "!news neu Das Portal wächst\nUm drei Dienste.",
        "!werkzeug neu Workshop zu zweit",
        "!wettbewerb neu Weniger Papier | bis: 30.06.2027",
    ):
        chat.says(line, by=KORA, room=chat.direct(KORA))
    return chat


def listed(said: Said) -> list[str]:
    assert said.machine["type"] in ("list", "process_list", "members"), said.text
    return [line for line in said.text.split("\n") if line.startswith("•")]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("idee liste hundemarken", "I1 · Hundemarken per Post"),
        ("ideen liste post", "I1 · Hundemarken per Post"),
        ("idee liste angenommen", "I2 · Parkkarten"),
        ("news liste portal", "Das Portal wächst"),
        ("werkzeug liste workshop", "Workshop zu zweit"),
        ("wettbewerb liste offen", "Weniger Papier"),
        ("prozess liste umzug", "Umzugsmeldung"),
        ("gemeinde liste waldenburg bezirk: Waldenburg", "Waldenburg"),
        ("mitglied liste aesch", "Pia"),
        ("mitglied liste kora", "Kora"),
    ],
)
def test_it_is_found(town: Chat, typed: str, found: str) -> None:
    assert [found in line for line in listed(town.reply(typed, by=KORA, room=town.direct(KORA)))] == [True]


@pytest.mark.parametrize(
    "typed", ["idee top zehn", "gemeinde abdeckung gross", "idee liste Post suche: Hund"]
)
def test_where_nothing_is_looked_for_or_something_else_it_is_refused(town: Chat, typed: str) -> None:
    assert town.reply(typed, by=KORA, room=town.direct(KORA)).machine["code"] == "bad_input"
