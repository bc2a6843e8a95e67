"""An edited answer is read anew where it still counts; where it does not, nothing is lost by it."""

from __future__ import annotations

import pytest

from tests.support.chat import HALL, Chat, Said

PIA, ZOE, KORA = "@pia:localhost", "@zoe:localhost", "@kora:localhost"


@pytest.fixture
def room(chat: Chat) -> str:
    chat.member(PIA)
    return chat.direct(PIA)


@pytest.fixture
def where(chat: Chat) -> str:
    """Zoe's direct chat, who is asked for her municipality."""
    where = chat.direct(ZOE)
    chat.says("!profil anmelden", by=ZOE, room=where)
    return where


def preview(chat: Chat) -> str:
    chat.member(KORA)
    where = chat.direct(KORA)
    for text in ("!anlass neu", "Frühlingstreffen", "18.3.2027 13:30-17:00", "weiter", "weiter"):
        chat.says(text, by=KORA, room=where)
    return where


def test_one_that_could_not_be_read_is_read_anew(chat: Chat, where: str) -> None:
    again = chat.reply("Zürich", by=ZOE, room=where)
    [asked] = chat.edits(chat.last, "Muttenz", by=ZOE, room=where)
    assert (asked.edits, asked.machine["field"]) == (again.event_id, "function")
    assert chat.reply("Bauverwaltung", by=ZOE, room=where).machine["municipality"] == "Muttenz"


def test_one_that_can_be_read_neither_is_asked_for_once_more(chat: Chat, where: str) -> None:
    chat.says("Zürich", by=ZOE, room=where)
    [asked] = chat.edits(chat.last, "Bern", by=ZOE, room=where)
    assert (asked.machine["field"], "Bern" in asked.text) == ("municipality", True)
    assert chat.reply("Muttenz", by=ZOE, room=where).machine["field"] == "function"


def test_one_that_could_not_be_read_is_let_be_by_an_edit(chat: Chat, where: str) -> None:
    chat.says("Zürich", by=ZOE, room=where)
    [told] = chat.edits(chat.last, "abbrechen", by=ZOE, room=where)
    assert told.text == "Gut, ich lasse es."


def test_one_that_was_taken_back_counts_no_more(chat: Chat, where: str) -> None:
    chat.says("Muttenz", by=ZOE, room=where)
    former = chat.last
    chat.says("zurück", by=ZOE, room=where)
    [aside] = chat.edits(former, "Pratteln", by=ZOE, room=where)
    assert aside.text == "Noch offen: In welcher Gemeinde arbeiten Sie?"
    assert chat.reply("Aesch", by=ZOE, room=where).machine["field"] == "function"
    assert chat.reply("Bauverwaltung", by=ZOE, room=where).machine["municipality"] == "Aesch"
    [aside] = chat.edits(former, "Liestal", by=ZOE, room=where)
    assert aside.text == "Da ist keine Frage mehr offen."


def test_one_that_becomes_a_command_leaves_the_question_open(chat: Chat, where: str) -> None:
    chat.says("Zürich", by=ZOE, room=where)
    [aside] = chat.edits(chat.last, "!hilfe", by=ZOE, room=where)
    assert aside.text == "Noch offen: In welcher Gemeinde arbeiten Sie?"
    assert chat.reply("Aesch", by=ZOE, room=where).machine["field"] == "function"


@pytest.mark.parametrize("text", ["abbrechen", "zurück", "Weiter.", "hilfe", "!idee liste"])
def test_a_word_with_a_meaning_is_no_title(chat: Chat, room: str, text: str) -> None:
    chat.says("!idee neu", room=room)
    chat.says("Baugesuche online", room=room)
    [aside] = chat.edits(chat.last, text, room=room)
    assert (
        f"«{text}» schreiben Sie bitte als neue Nachricht. Es bleibt bei «Baugesuche online»." == aside.text
    )
    chat.says("weiter", room=room)
    assert "Baugesuche online" in chat.reply("!idee zeige I1", room=room).text


@pytest.mark.parametrize("text", ["…", "Titel", "Titel …"])
def test_what_stands_in_for_a_title_is_none(chat: Chat, room: str, text: str) -> None:
    chat.says("!idee neu", room=room)
    assert chat.reply(text, room=room).machine["field"] == "title"
    chat.says("Baugesuche online", room=room)
    [aside] = chat.edits(chat.last, text, room=room)
    assert aside.text.strip() == "Es bleibt bei «Baugesuche online»."
    chat.says("weiter", room=room)
    assert "Baugesuche online" in chat.reply("!idee zeige I1", room=room).text


def test_the_last_one_may_be_passed_over_by_an_edit(chat: Chat, room: str) -> None:
    chat.says("!idee neu", room=room)
    chat.says("Baugesuche online", room=room)
    chat.says("Ohne Papier", room=room)
    chat.edits(chat.last, "weiter", room=room)
    shown = chat.reply("!idee zeige I1", room=room).text
    assert ("Ohne Papier" in shown, "weiter" in shown) == (False, False)


@pytest.mark.parametrize("text", ["abbrechen", "Liestal", "nein"])
def test_what_was_sent_by_ja_is_not_changed_by_its_edit(chat: Chat, text: str) -> None:
    where = preview(chat)
    chat.says("ja", by=KORA, room=where)
    [aside] = chat.edits(chat.last, text, by=KORA, room=where)
    assert aside.text.startswith("Der Befehl ist schon ausgeführt und bleibt so.")
    assert text not in chat.reply("!anlass zeige A1", by=KORA, room=where).text


def test_a_slip_in_ja_is_mended_by_an_edit(chat: Chat) -> None:
    where = preview(chat)
    shown = chat.reply("jaa", by=KORA, room=where)
    made = [said for said in chat.edits(chat.last, "ja", by=KORA, room=where) if said.room == where]
    assert [(one.edits, one.machine["type"]) for one in made] == [(shown.event_id, "event")]
    assert chat.reply("!anlass liste", by=KORA, room=where).machine["refs"] == ["A1"]


def test_the_last_one_is_tried_anew_where_the_command_was_refused(chat: Chat, room: str) -> None:
    chat.process(PIA)
    chat.says("!stunden neu 11h P1 Formular", room=room)
    for text in ("!stunden neu", "2h", "P1"):
        chat.says(text, room=room)
    refused = chat.reply("Gebühr geprüft", room=room)
    last = chat.last
    assert refused.machine["code"] == "conflict"  # over twelve hours a day
    chat.says("!stunden zurückziehen H1", room=room)
    [tried] = [said for said in chat.edits(last, "Gebühren geprüft", room=room) if said.room == room]
    assert tried.edits == refused.event_id
    assert tried.machine["type"] == "hours"


@pytest.mark.parametrize("text", ["Ich möchte eine Idee einreichen.", "Parkkarten", "2"])
def test_a_sentence_edited_meanwhile_does_not_take_the_questions_place(
    chat: Chat, room: str, text: str
) -> None:
    chat.says("Ich möchte eine Idee einreichen", room=room)
    sentence = chat.last
    chat.says("1", room=room)
    for event in (sentence, chat.last):  # the number, too
        [aside] = chat.edits(event, text, room=room)
        assert aside.text == "Noch offen: Wie heisst die Idee? Ein kurzer Titel genügt."
    assert chat.reply("Baugesuche online", room=room).machine["field"] == "text"


def test_a_command_edited_meanwhile_is_one(chat: Chat, room: str) -> None:
    chat.says("idee neu Hunde", room=room)
    command = chat.last
    chat.says("!idee neu", room=room)
    chat.edits(command, "idee neu Hunde und Katzen", room=room)
    assert "Hunde und Katzen" in chat.reply("!idee zeige I1", room=room).text
    assert chat.reply("Baugesuche online", room=room).machine["field"] == "text"


# --- in a thread


def test_in_a_thread_answers_are_read_anew_too(chat: Chat, room: str) -> None:
    chat.process(PIA, leader=PIA)
    refused = chat.reply("!vereinbarung neu")
    thread = chat.last
    chat.reacts(refused, "✅")

    def last_in(said: list[Said]) -> str:
        return next(one for one in said if one.room == HALL).text

    chat.says("XX", thread=thread)
    assert "Was ist vereinbart?" in last_in(chat.edits(chat.last, "P1"))
    chat.says("Formular", thread=thread)
    assert chat.edits(chat.last, "Formulare sichten") == []
    chat.says("weiter", thread=thread)
    chat.says("weiter", thread=thread)
    assert "Formulare sichten" in chat.reply("!vereinbarung zeige V1", room=room).text
