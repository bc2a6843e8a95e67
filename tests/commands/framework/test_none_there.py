"""A number is asked for, and there is nothing that has one: the question says so, and stays open."""

from __future__ import annotations

import pytest

from tests.support.chat import Chat

PIA = "@pia:localhost"
ASKED = [
    "kurs anmelden",
    "anlass anmelden",
    "sitzung absagen",
    "idee stimme",
    "gruppe anmelden",
    "umfrage antworten",
    "wettbewerb zeige",
    "vereinbarung erledigt",
]


@pytest.mark.parametrize("text", ASKED)
def test_the_question_says_that_there_is_none(chat: Chat, text: str) -> None:
    chat.member(PIA)
    room = chat.direct(PIA)
    [asked] = chat.says(text, by=PIA, room=room)
    assert asked.text.endswith("Ich sehe gerade nichts, was passt. Kennen Sie die Nummer? Sonst «abbrechen».")
    assert (asked.machine["type"], asked.machine["options"]) == ("question", [])
    [again] = chat.says("vielleicht", by=PIA, room=room)
    assert "Ich sehe gerade nichts" not in again.text, "that is said once"
    [ended] = chat.says("abbrechen", by=PIA, room=room)
    assert ended.text == "Gut, ich lasse es."


def test_where_there_is_one_it_is_offered(chat: Chat) -> None:
    chat.member(PIA)
    room = chat.direct(PIA)
    chat.says("!idee neu Parkkarten", by=PIA)
    [asked] = chat.says("idee stimme", by=PIA, room=room)
    assert asked.text == "Welche Idee?\n1 I1 · Parkkarten"


def test_in_english(chat: Chat) -> None:
    chat.member(PIA, language="en")
    [asked] = chat.says("meeting decline", by=PIA, room=chat.direct(PIA))
    assert (
        asked.text
        == "Which meeting? I see nothing that fits at the moment. Do you know the number? Else «cancel»."
    )
