"""«Möchten Sie die Idee beschreiben?» is answered with yes or no by many: neither is the description."""

from __future__ import annotations

import pytest

from tests.support.chat import Chat, Said

PIA, KORA = "@pia:localhost", "@kora:localhost"
no = pytest.mark.parametrize("word", ["nein", "Nein danke.", "nö", "keine", "weiss nicht", "-", "no thanks"])
yes = pytest.mark.parametrize("word", ["ja", "Gerne!", "ja bitte", "ok", "yes", "👍"])


@pytest.fixture
def room(chat: Chat) -> str:
    chat.member(KORA)
    return chat.direct(chat.member(PIA))


@no
def test_no_passes_over_what_may_be_left_out(chat: Chat, room: str, word: str) -> None:
    chat.says("idee neu", room=room)
    chat.says("Hundemarken per Post", room=room)
    assert chat.reply(word, room=room).machine["ref"] == "I1"
    assert word not in chat.card("I1").text.split("\n")


@yes
def test_yes_invites_to_say_it(chat: Chat, room: str, word: str) -> None:
    chat.says("idee neu", room=room)
    chat.says("Hundemarken per Post", room=room)
    asked = chat.reply(word, room=room)
    assert asked.machine["field"] == "text"
    assert asked.text.startswith("Gern, schreiben Sie es einfach hier. Möchten Sie die Idee beschreiben?")
    chat.says("Das spart einen Gang an den Schalter.", room=room)
    assert "Das spart einen Gang" in chat.card("I1").text


@no
def test_neither_is_a_title(chat: Chat, room: str, word: str) -> None:
    chat.says("idee neu", room=room)
    for said in (word, "ja"):
        asked = chat.reply(said, room=room)
        assert asked.machine["field"] == "title"
        assert asked.text.startswith("Das brauche ich, damit es weitergeht.")


def test_neither_is_a_reason(chat: Chat, room: str) -> None:
    chat.says("!idee neu Hundemarken per Post", room=room)
    where = chat.direct(KORA)
    chat.says("idee ablehnen I1", by=KORA, room=where)
    assert chat.reply("nein", by=KORA, room=where).machine["type"] == "question"
    assert chat.card("I1").machine["state"] == "submitted"


def test_an_answer_that_is_edited_into_no(chat: Chat, room: str) -> None:
    where = chat.direct(KORA)
    chat.says("!anlass neu", by=KORA, room=where)
    chat.says("Frühlingstreff", by=KORA, room=where)
    title = chat.last
    chat.says("18.03.2027 13:30", by=KORA, room=where)
    chat.says("Wir stossen an.", by=KORA, room=where)
    text = chat.last
    chat.edits(title, "nein", by=KORA, room=where)
    chat.edits(text, "nein", by=KORA, room=where)
    shown = [s for s in chat.says("weiter", by=KORA, room=where) if "Frühlingstreff" in s.text]
    assert shown
    assert "stossen" not in shown[-1].text


def preview(chat: Chat) -> Said:
    where = chat.direct(KORA)
    chat.says("anlass neu", by=KORA, room=where)
    for said in ("Treff", "18.03.2027 13:30", "nein"):
        chat.says(said, by=KORA, room=where)
    return chat.reply("nein", by=KORA, room=where)


@no
def test_no_to_what_is_shown_does_nothing_and_loses_nothing(chat: Chat, room: str, word: str) -> None:
    assert preview(chat).machine["type"] == "confirm"
    shown = chat.reply(word, by=KORA, room=chat.direct(KORA))
    assert shown.text.startswith("Gut, gemacht ist noch nichts.")
    assert chat.in_room("agenda") == []
    assert chat.reply("ja", by=KORA, room=chat.direct(KORA)).machine["ref"] == "A1"


def test_no_to_what_is_hard_to_take_back_lets_it_be(chat: Chat, room: str) -> None:
    chat.says("ich möchte die Public Innovators verlassen", room=room)
    assert chat.reply("1", room=room).machine["type"] == "confirm"
    assert chat.reply("nein", room=room).text == "Gut, ich lasse es."
    assert chat.reply("ja", room=room).text == "Da ist keine Frage mehr offen."


def test_where_it_is_one_of_few_words_it_is_the_answer(chat: Chat, room: str) -> None:
    chat.says("!idee neu Hundemarken per Post", by=KORA)
    chat.says("idee stimme I1", room=room)
    assert chat.reply("nein", room=room).machine["type"] != "question"


@pytest.mark.parametrize(("asks", "word"), [("profil erinnerung", "keine"), ("profil digest", "nein")])
def test_where_it_is_a_value_it_is_the_answer(chat: Chat, room: str, asks: str, word: str) -> None:
    chat.says(asks, room=room)
    assert chat.reply(word, room=room).machine["type"] == "member"


def test_in_a_survey_it_is_the_answer(chat: Chat, room: str) -> None:
    text = "!umfrage neu Sitzungen | an: alle | bis: 30.06.2027\n? Was fehlt Ihnen? (freiwillig)\n? Was noch?"
    chat.says(text, by=KORA, room=chat.direct(KORA))
    chat.says("umfrage antworten U1", room=room)
    chat.says("nein", room=room)
    chat.says("nein", room=room)
    result = chat.reply("!umfrage resultat U1", by=KORA, room=chat.direct(KORA))
    assert "nein" in result.text


def test_where_nothing_is_asked_it_is_no_misspelt_command(chat: Chat, room: str) -> None:
    assert chat.reply("nein", room=room).text == "Da ist keine Frage mehr offen."
