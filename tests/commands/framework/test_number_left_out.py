"""In the direct chat a number that was left out of a command is asked for, and what was typed is kept."""

from __future__ import annotations

import pytest

from tests.support.chat import HALL, Chat

LEO, PIA = "@leo:localhost", "@pia:localhost"


@pytest.fixture
def room(chat: Chat) -> str:
    """Léo leads the groups of P1 and P2; the direct chat with him."""
    for who in (LEO, PIA):
        chat.member(who)
    chat.process(LEO, PIA, leader=LEO)
    chat.process(LEO, name="Hundemarke", leader=LEO)
    return chat.direct(LEO)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("vereinbarung neu Formular kürzen | wer: Pia | bis: 20.01.2027", "Formular kürzen · Pia · bis Mi"),
        ("stunden neu 2h Formular getestet | datum: gestern", "2 h für P2 Hundemarke am So"),
        ("ergebnis Steckbrief in Prüfung link: https://example.ch/a", "P2 · Steckbrief ist in Prüfung"),
    ],
)
def test_it_is_asked_for(chat: Chat, room: str, typed: str, kept: str) -> None:
    asked = chat.reply(typed, by=LEO, room=room)
    assert [one["value"] for one in asked.machine["options"]] == ["P1", "P2"]
    assert "!" not in asked.text
    assert kept in chat.reply("2", by=LEO, room=room).text


def test_what_reaches_many_is_shown_before(chat: Chat, room: str) -> None:
    line = "sitzung neu Formulare sichten | wann: 18.03.2027 13:30 | ort: Liestal"
    assert chat.reply(line, by=LEO, room=room).machine["field"] == "process"
    assert chat.reply("P2", by=LEO, room=room).machine["type"] == "confirm"
    made = chat.reply("ja", by=LEO, room=room)
    assert (made.machine["title"], made.machine["process"]) == ("Formulare sichten", "P2")


def test_what_else_is_missing_is_asked_for_too(chat: Chat, room: str) -> None:
    assert chat.reply("sitzung neu Formulare sichten", by=LEO, room=room).machine["field"] == "process"
    assert chat.reply("1", by=LEO, room=room).machine["field"] == "when"


def test_an_edit_of_it_is_asked_about_as_well(chat: Chat, room: str) -> None:
    chat.says("vereinbarung neu Formlar kürzen", by=LEO, room=room)
    chat.edits(chat.last, "vereinbarung neu Formular kürzen", by=LEO, room=room)
    chat.says("1", by=LEO, room=room)
    chat.says("weiter", by=LEO, room=room)
    assert "Formular kürzen" in chat.reply("weiter", by=LEO, room=room).text


def test_a_number_of_nothing_is_refused(chat: Chat, room: str) -> None:
    assert chat.reply("vereinbarung neu P9 Formular kürzen", by=LEO, room=room).machine["code"] == "not_found"


def test_in_a_room_the_line_is_shown_with_a_number(chat: Chat, room: str) -> None:
    refused = chat.reply("!vereinbarung neu Formular kürzen", by=LEO, room=HALL)
    assert refused.text == "Für welche Gruppe? Zum Beispiel: !vereinbarung neu P12 Formular kürzen"
