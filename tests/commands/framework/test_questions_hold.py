"""While a question is open: what is its answer, and what is surely something else to see."""

from __future__ import annotations

import pytest

from tests.support.chat import Chat

PIA, URS, ZOE, KORA = "@pia:localhost", "@urs:localhost", "@zoe:localhost", "@kora:localhost"


@pytest.fixture
def room(chat: Chat) -> str:
    """Two meetings of Pia, so that it has to be asked which is meant."""
    for who in (PIA, URS, KORA):
        chat.member(who)
    chat.process(PIA, URS, leader=URS)
    chat.reply("!sitzung neu P1 Start | wann: 20.03.2027 13:30", by=URS)
    chat.reply("!sitzung neu P1 Rückblick | wann: 27.03.2027 13:30", by=URS)
    return chat.direct(PIA)


@pytest.mark.parametrize(
    ("asks", "field"),
    [
        ("sitzung zusagen", "meeting"),  # a number, with options
        ("profil sprache", "language"),  # one of a few words
        ("profil erinnerung", "leads"),  # a span
    ],
)
@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("was steht an", "list"),
        ("wann ist die nächste Sitzung", "meeting"),
        ("meine Ideen", "list"),
        ("idee liste", "list"),
        ("mein stand", "mine"),
    ],
)
def test_what_surely_asks_to_see_something_is_answered(
    chat: Chat, room: str, asks: str, field: str, text: str, type_: str
) -> None:
    question = chat.reply(asks, room=room)
    assert question.machine["field"] == field
    shown = chat.reply(text, room=room)
    assert shown.machine["type"] == type_
    assert shown.text.endswith(f"Noch offen: {question.text.partition(chr(10))[0]}")
    answers = {"meeting": "1", "language": "de", "leads": "1h"}
    assert chat.reply(answers[field], room=room).machine["type"] in ("meeting", "member")


@pytest.mark.parametrize("text", ["was steht an", "meine Ideen", "wann ist die nächste Sitzung"])
def test_to_a_question_for_a_text_it_is_the_answer(chat: Chat, room: str, text: str) -> None:
    chat.says("idee neu", room=room)
    assert chat.reply(text, room=room).machine["field"] == "text"
    assert text in chat.reply(text, room=room).text or chat.card("I1").machine["title"] == text


@pytest.mark.parametrize("text", ["heute abend", "P3 vielleicht", "neue Idee", "weiss nicht"])
def test_what_may_be_meant_as_an_answer_gets_the_reason_and_the_question(
    chat: Chat, room: str, text: str
) -> None:
    chat.says("sitzung zusagen", room=room)
    assert chat.reply(text, room=room).machine["type"] == "question"
    assert chat.reply("S1", room=room).machine["you"] == {"rsvp": "accepted"}


def test_a_preview_waits_too(chat: Chat, room: str) -> None:
    where = chat.direct(URS)
    chat.says("sitzung neu P1", by=URS, room=where)
    chat.says("Abschluss", by=URS, room=where)
    asked = chat.reply("30.3.2027 14:00", by=URS, room=where)
    while asked.machine["type"] == "question":
        asked = chat.reply("weiter", by=URS, room=where)
    assert asked.machine["type"] == "confirm"
    shown = chat.reply("was steht an", by=URS, room=where)
    assert (shown.machine["type"], shown.text.rpartition(chr(10))[2]) == (
        "list",
        "Noch offen: Ist es so richtig? «ja» oder «abbrechen».",
    )
    assert chat.reply("ja", by=URS, room=where).machine["ref"] == "S3"
