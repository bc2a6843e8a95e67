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


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("sitzung zusagen S1", "meeting"),
        ("Sitzung zusagen S1", "meeting"),
        ("vereinbarung neu P1 Formular kürzen", "agreement"),
        ("boerse biete Beamer", "offer"),
    ],
)
def test_another_command_is_carried_out_and_the_question_stays(
    chat: Chat, room: str, text: str, type_: str
) -> None:
    chat.says("sitzung absagen", room=room)
    done = chat.reply(text, room=room)
    assert done.machine["type"] == type_
    assert done.machine.get("you") in (None, {"rsvp": "accepted"})
    assert done.text.endswith("Noch offen: Welche Sitzung?")
    assert chat.reply("2", room=room).machine["you"] == {"rsvp": "declined"}


def test_another_command_that_says_what_it_cannot_read_is_no_answer(chat: Chat, room: str) -> None:
    """«stunden» is among what can be exported; the report on hours is not."""
    where = chat.direct(KORA)
    chat.says("export", by=KORA, room=where)
    refused = chat.reply("stunden bericht demnächst", by=KORA, room=where)
    assert refused.machine["type"] == "error"
    assert chat.reply("gemeinden", by=KORA, room=where).machine["type"] == "file"


def test_another_command_that_asks_takes_its_place(chat: Chat, room: str) -> None:
    chat.says("profil erinnerung", room=room)
    assert chat.reply("idee neu", room=room).machine["field"] == "title"


@pytest.mark.parametrize("text", ["18.03.2027 14:00", "heute", "nächste Woche"])
def test_a_date_is_no_wish_to_see_that_day(chat: Chat, room: str, text: str) -> None:
    where = chat.direct(URS)
    chat.says("termin finden P1 Abschluss", by=URS, room=where)
    asked = chat.reply(text, by=URS, room=where)
    assert (asked.machine["type"], asked.machine["field"]) == ("question", "text")


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


# --- one of a kind


@pytest.fixture
def few(chat: Chat) -> Chat:
    """One of each: P1, S1, A1, K1."""
    for who in (PIA, URS, KORA):
        chat.member(who)
    chat.process(PIA, URS, leader=URS)
    chat.reply("!sitzung neu P1 Start | wann: 20.03.2027 13:30", by=URS)
    chat.reply("!anlass neu Treff | wann: 18.03.2027 13:30", by=KORA)
    chat.reply("!kurs neu Excel | wann: 19.03.2027 13:30", by=KORA)
    return chat


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("sitzung zeige", "S1"),
        ("anlass zeige", "A1"),
        ("kurs zeige", "K1"),
        ("gruppe zeige", "P1"),
        ("wer kommt an die Sitzung", "S1"),
    ],
)
def test_what_only_reads_takes_the_only_one(few: Chat, text: str, ref: str) -> None:
    assert few.reply(text, room=few.direct(PIA)).machine["ref"] == ref


@pytest.mark.parametrize(
    ("text", "value"), [("sitzung absagen", "S1"), ("anlass anmelden", "A1"), ("gruppe abmelden", "P1")]
)
def test_what_changes_something_at_once_asks_with_the_only_one(few: Chat, text: str, value: str) -> None:
    asked = few.reply(text, room=few.direct(PIA))
    assert [one["value"] for one in asked.machine["options"]] == [value]
    assert few.reply("1", room=few.direct(PIA)).machine["ref"] == value


def test_what_is_shown_before_it_is_done_takes_the_only_one(few: Chat) -> None:
    room = few.direct(URS)
    assert few.reply("sitzung neu", by=URS, room=room).machine["field"] == "title"
    few.says("Abschluss", by=URS, room=room)
    asked = few.reply("30.3.2027 14:00", by=URS, room=room)
    while asked.machine["type"] == "question":
        asked = few.reply("weiter", by=URS, room=room)
    assert (asked.machine["preview"], "P1" in asked.text) == (True, True)
    assert few.reply("ja", by=URS, room=room).machine["process"] == "P1"


def test_of_two_nothing_is_taken(few: Chat) -> None:
    few.process(PIA, URS, name="Baugesuch", leader=URS)
    few.reply("!anlass neu Apéro | wann: 22.03.2027 13:30", by=KORA)
    assert few.reply("sitzung neu", by=URS, room=few.direct(URS)).machine["field"] == "process"
    asked = few.reply("anlass zeige", room=few.direct(PIA))
    assert [one["value"] for one in asked.machine["options"]] == ["A1", "A2"]


# --- a number that is edited


def test_an_edited_number_is_the_other_choice(chat: Chat, room: str) -> None:
    where = chat.direct(KORA)
    chat.process(PIA, name="Baugesuch")
    chat.says("sitzung neu", by=KORA, room=where)
    chat.says("1", by=KORA, room=where)
    number = chat.last
    asked = chat.reply("Abschluss", by=KORA, room=where)
    assert chat.edits(number, "2", by=KORA, room=where) == []
    asked = chat.reply("30.3.2027 14:00", by=KORA, room=where)
    while asked.machine["type"] == "question":
        asked = chat.reply("weiter", by=KORA, room=where)
    assert "P2" in asked.text
    [shown] = [one for one in chat.edits(number, "1", by=KORA, room=where) if one.edits == asked.event_id]
    assert "P1" in shown.text
    assert chat.reply("ja", by=KORA, room=where).machine["process"] == "P1"


@pytest.mark.parametrize("number", ["2", "2."])
def test_a_last_number_edited_after_the_end_is_the_other_choice_too(
    chat: Chat, room: str, number: str
) -> None:
    chat.says("sitzung zusagen", room=room)
    reply = chat.reply("1", room=room)
    [edit] = [one for one in chat.edits(chat.last, number, room=room) if one.edits == reply.event_id]
    assert (edit.machine["ref"], edit.machine["you"]) == ("S2", {"rsvp": "accepted"})
    assert chat.reply("!sitzung zeige S1", room=room).machine["you"] == {"rsvp": "open"}


def test_a_number_that_is_no_choice_leaves_the_former(chat: Chat, room: str) -> None:
    where = chat.direct(KORA)
    chat.process(PIA, name="Baugesuch")
    chat.says("sitzung neu", by=KORA, room=where)
    chat.says("2", by=KORA, room=where)
    number = chat.last
    chat.says("Abschluss", by=KORA, room=where)
    [remark] = chat.edits(number, "vielleicht", by=KORA, room=where)
    assert "Es bleibt bei «P2»." in remark.text


def test_an_edited_number_of_a_word_is_the_other_word(chat: Chat, room: str) -> None:
    where = chat.direct(KORA)
    chat.says("prozess neu", by=KORA, room=where)
    asked = chat.reply("Hundesteuer", by=KORA, room=where)
    assert asked.machine["field"] == "class"
    values = [one["value"] for one in asked.machine["options"]]
    asked = chat.reply("1", by=KORA, room=where)
    assert asked.machine["type"] == "confirm"
    [_] = [one for one in chat.edits(chat.last, "3", by=KORA, room=where) if one.edits == asked.event_id]
    made = chat.reply("ja", by=KORA, room=where)
    assert (values[0], made.machine["class"]) == ("L", values[2])
