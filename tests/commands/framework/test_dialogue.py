"""A command by questions, in the direct chat: one thing made of the answers, once."""

from __future__ import annotations

import pytest

from tests.support.chat import Chat, Said

PIA, ZOE, KORA = "@pia:localhost", "@zoe:localhost", "@kora:localhost"


@pytest.fixture
def room(chat: Chat) -> str:
    chat.member(PIA)
    return chat.direct(PIA)


def seeds(chat: Chat, said: Said) -> list[str]:
    return [key for event, key in chat.reactions if event == said.event_id]


def thread(said: Said) -> str | None:
    relation = said.content["m.relates_to"]
    return str(relation["event_id"]) if relation.get("rel_type") == "m.thread" else None


def test_an_idea_by_questions(chat: Chat, room: str) -> None:
    asked = chat.reply("idee neu", room=room)
    assert asked.machine == {"type": "question", "command": "idea new", "field": "title", "options": []}
    assert asked.text == "Wie heisst die Idee? Ein kurzer Titel genügt."
    described = chat.reply("Umzugsmeldung: Formulare vorausfüllen", room=room)
    assert described.machine["field"] == "text"
    made = chat.reply("Wer umzieht, tippt heute alles zweimal.", room=room)
    assert made.machine["type"] == "idea"
    shown = chat.reply("!idee zeige I1", room=room)
    assert "Umzugsmeldung: Formulare vorausfüllen" in shown.text
    assert "Wer umzieht, tippt heute alles zweimal." in shown.text
    assert chat.reply("!idee liste", room=room).machine["refs"] == ["I1"]


@pytest.mark.parametrize("word", ["weiter", "Weiter.", "skip"])
def test_a_text_that_may_be_left_out_is_passed_over(chat: Chat, room: str, word: str) -> None:
    chat.says("!idee neu", room=room)
    chat.says("Baugesuche online", room=room)
    assert chat.reply(word, room=room).machine["type"] == "idea"


def test_it_is_passed_over_by_a_tap(chat: Chat, room: str) -> None:
    chat.says("!idee neu", room=room)
    asked = chat.reply("Baugesuche online", room=room)
    assert "⏭️" in seeds(chat, asked)
    [made] = [said for said in chat.reacts(asked, "⏭️") if said.room == room]
    assert made.machine["type"] == "idea"
    [told] = chat.reacts(asked, "⏭️")
    assert told.text == "Da ist keine Frage mehr offen."


def test_a_command_that_came_whole_is_not_asked_for_more(chat: Chat, room: str) -> None:
    assert chat.reply("idee neu Baugesuche online", room=room).machine["type"] == "idea"


@pytest.mark.parametrize("word", ["abbrechen", "Abbrechen!", "stopp", "cancel"])
def test_it_is_let_be(chat: Chat, room: str, word: str) -> None:
    chat.says("!idee neu", room=room)
    assert chat.reply(word, room=room).text == "Gut, ich lasse es."
    assert chat.reply("idee liste", room=room).machine["refs"] == []


def test_back_changes_the_last_answer(chat: Chat, room: str) -> None:
    where = chat.direct(ZOE)
    chat.says("!profil anmelden", by=ZOE, room=where)
    assert chat.reply("Muttenz", by=ZOE, room=where).machine["field"] == "function"
    assert chat.reply("zurück", by=ZOE, room=where).machine["field"] == "municipality"
    assert chat.reply("Aesch", by=ZOE, room=where).machine["field"] == "function"
    chat.says("Bauverwaltung", by=ZOE, room=where)
    assert "Aesch" in chat.reply("!profil zeige", by=ZOE, room=where).text


def test_an_answer_that_cannot_be_read_gets_the_reason_and_the_same_question(chat: Chat) -> None:
    where = chat.direct(ZOE)
    chat.says("!profil anmelden", by=ZOE, room=where)
    again = chat.reply("Zürich", by=ZOE, room=where)
    assert again.machine["field"] == "municipality"
    assert "Zürich" in again.text
    assert again.text.endswith("In welcher Gemeinde arbeiten Sie?\nMit «abbrechen» lassen Sie es.")
    assert chat.reply("Liestal", by=ZOE, room=where).machine["field"] == "function"


def test_few_values_are_numbered(chat: Chat, room: str) -> None:
    asked = chat.reply("!profil sprache", room=room)
    assert [option["value"] for option in asked.machine["options"]] == ["de", "en"]
    assert seeds(chat, asked) == ["1️⃣", "2️⃣"]
    [changed] = chat.reacts(asked, "2️⃣")
    assert changed.room == room
    assert changed.machine["type"] != "error"
    assert chat.reply("!idee neu", room=room).text.startswith("What is the idea called?")


def test_a_command_is_carried_out_and_the_question_stays(chat: Chat, room: str) -> None:
    chat.says("!idee neu", room=room)
    listed = chat.reply("!idee liste", room=room)
    assert listed.machine["type"] == "list"
    assert listed.text.endswith("Noch offen: Wie heisst die Idee? Ein kurzer Titel genügt.")
    assert chat.reply("Baugesuche online", room=room).machine["field"] == "text"


def test_a_question_is_closed_after_a_day(chat: Chat, room: str) -> None:
    chat.says("!idee neu", room=room)
    chat.later(hours=25)
    assert chat.reply("idee liste", room=room).machine["type"] == "list"


def test_what_reaches_many_is_shown_first(chat: Chat) -> None:
    chat.member(KORA)
    room = chat.direct(KORA)
    chat.says("!anlass neu", by=KORA, room=room)
    chat.says("Frühlingstreffen", by=KORA, room=room)
    chat.says("18.3.2027 13:30-17:00", by=KORA, room=room)
    chat.says("weiter", by=KORA, room=room)
    shown = chat.reply("Liestal, Rathaus", by=KORA, room=room)
    assert shown.machine == {"type": "confirm", "confirm": "ja", "preview": True, "command": "event new"}
    assert "Frühlingstreffen" in shown.text
    assert "Liestal, Rathaus" in shown.text
    assert chat.reply("!anlass liste", by=KORA, room=room).machine["refs"] == []
    assert chat.reply("ja", by=KORA, room=room).machine["type"] == "event"
    assert chat.reply("!anlass liste", by=KORA, room=room).machine["refs"] == ["A1"]


def test_somebody_elses_question_is_not_answered(chat: Chat, room: str) -> None:
    chat.member(ZOE)
    other = chat.direct(ZOE)
    chat.says("!idee neu", room=room)
    assert chat.reply("Baugesuche online", by=ZOE, room=other).machine["type"] == "choice"
    assert chat.says("Baugesuche online") == []
    assert chat.reply("Baugesuche online", room=room).machine["field"] == "text"


# --- edits


def test_an_answer_edited_before_the_end_counts_as_edited(chat: Chat, room: str) -> None:
    chat.says("!idee neu", room=room)
    chat.says("Baugesuche", room=room)
    assert chat.edits(chat.last, "Baugesuche online", room=room) == []
    chat.says("weiter", room=room)
    assert "Baugesuche online" in chat.reply("!idee zeige I1", room=room).text


def test_an_edited_answer_that_cannot_be_read_changes_nothing(chat: Chat) -> None:
    where = chat.direct(ZOE)
    chat.says("!profil anmelden", by=ZOE, room=where)
    chat.says("Muttenz", by=ZOE, room=where)
    [aside] = chat.edits(chat.last, "Zürich", by=ZOE, room=where)
    assert "Es bleibt bei «Muttenz»." in aside.text
    assert aside.content["msgtype"] == "m.notice"
    done = chat.reply("Bauverwaltung", by=ZOE, room=where)
    assert done.machine["municipality"] == "Muttenz"


def test_an_edit_of_the_last_answer_is_an_edit_of_the_command(chat: Chat, room: str) -> None:
    chat.says("!idee neu", room=room)
    chat.says("Baugesuche online", room=room)
    made = chat.reply("Ohne Papier.", room=room)
    last = chat.last
    [edited] = [said for said in chat.edits(last, "Ganz ohne Papier.", room=room) if said.room == room]
    assert edited.edits == made.event_id
    assert "Ganz ohne Papier." in chat.reply("!idee zeige I1", room=room).text
    assert chat.reply("!idee liste", room=room).machine["refs"] == ["I1"]


def test_an_edit_of_an_earlier_answer_changes_nothing_after_the_end(chat: Chat, room: str) -> None:
    chat.says("!idee neu", room=room)
    chat.says("Baugesuche online", room=room)
    first = chat.last
    chat.says("weiter", room=room)
    [aside] = chat.edits(first, "Bäume", room=room)
    assert aside.text.startswith("Der Befehl ist schon ausgeführt und bleibt so.")
    assert "Baugesuche online" in chat.reply("!idee zeige I1", room=room).text


def test_an_edit_of_the_command_asks_otherwise_or_no_more(chat: Chat, room: str) -> None:
    asked = chat.reply("!idee neu", room=room)
    [made] = [s for s in chat.edits(chat.last, "!idee neu Baugesuche online", room=room) if s.room == room]
    assert made.edits == asked.event_id
    assert made.machine["type"] == "idea"
    assert chat.reply("idee liste", room=room).machine["refs"] == ["I1"]


def test_a_preview_follows_an_edited_answer(chat: Chat) -> None:
    chat.member(KORA)
    where = chat.direct(KORA)
    chat.says("!anlass neu", by=KORA, room=where)
    chat.says("Frühlingstreffen", by=KORA, room=where)
    title = chat.last
    for text in ("18.3.2027 13:30-17:00", "weiter", "weiter"):
        shown = chat.reply(text, by=KORA, room=where)
    assert "Frühlingstreffen" in shown.text
    [edited] = chat.edits(title, "Sommertreffen", by=KORA, room=where)
    assert edited.edits == shown.event_id
    assert "Sommertreffen" in edited.text
    chat.reacts(shown, "✅", by=KORA)
    assert "Sommertreffen" in chat.reply("!anlass liste", by=KORA, room=where).text


def test_an_answer_deleted_later_changes_nothing(chat: Chat, room: str) -> None:
    chat.says("!idee neu", room=room)
    chat.says("Baugesuche online", room=room)
    assert chat.takes_off(chat.last, room=room) == []
    assert chat.reply("weiter", room=room).machine["type"] == "idea"


# --- in rooms


def test_in_a_room_it_is_asked_for_in_the_commands_thread(chat: Chat, room: str) -> None:
    refused = chat.reply("!idee neu")
    command = chat.last
    assert refused.machine == {"type": "error", "code": "bad_input", "field": "titel"}
    assert refused.text.endswith("Oder hier im Thread Schritt für Schritt: ✅")
    [asked] = [said for said in chat.reacts(refused, "✅") if said.machine["type"] == "question"]
    assert thread(asked) == command
    assert chat.says("Baugesuche online") == []  # not in the thread
    chat.member(ZOE)
    assert chat.says("Baugesuche online", by=ZOE, thread=command) == []
    described = chat.reply("Baugesuche online", thread=command)
    assert described.machine["field"] == "text"
    made = chat.reply("weiter", thread=command)
    assert made.machine["type"] == "idea"
    assert thread(made) == command


def test_only_who_has_typed_it_is_asked(chat: Chat, room: str) -> None:
    chat.member(ZOE)
    refused = chat.reply("!idee neu")
    assert chat.reacts(refused, "✅", by=ZOE) == []
    assert chat.reacts(refused, "✅") != []


# --- what is offered


def test_the_groups_of_who_asks_are_offered(chat: Chat, room: str) -> None:
    chat.process(PIA, name="Umzugsmeldung")
    chat.process(ZOE, name="Baugesuch")
    asked = chat.reply("!vereinbarung neu", room=room)
    assert [(one["value"], one["label"]) for one in asked.machine["options"]] == [
        ("P1", "P1 · Umzugsmeldung")
    ]
    assert chat.reply("1", room=room).machine["field"] == "title"
    chat.says("Formulare sichten", room=room)
    chat.says("weiter", room=room)
    made = chat.reply("weiter", room=room)
    assert made.machine["type"] == "agreement"


def test_what_is_somebodys_own_is_offered_in_no_room(chat: Chat, room: str) -> None:
    chat.process(PIA, name="Umzugsmeldung")
    refused = chat.reply("!vereinbarung neu")
    [asked] = [said for said in chat.reacts(refused, "✅") if said.machine["type"] == "question"]
    assert asked.machine["options"] == []


# --- what is hard to take back


def test_leaving_the_community_is_asked_once_more_in_a_conversation(chat: Chat, room: str) -> None:
    offered = chat.reply("ich möchte die public innovators verlassen", room=room)
    [key] = [o["key"] for o in offered.machine["options"] if o["command"] == "profile leave"]
    asked = chat.reply(key, room=room)
    assert asked.machine == {"type": "confirm", "confirm": "ja", "command": "profile leave"}
    assert "Sind Sie sicher?" in asked.text
    chat.says("abbrechen", room=room)
    assert chat.reply("!idee meine", room=room).machine["type"] == "list"  # still a member
    chat.says("ich möchte die public innovators verlassen", room=room)
    chat.says(key, room=room)
    assert "Alles Gute" in chat.reply("ja", room=room).text


def test_what_was_perhaps_meant_is_offered_with_the_question(chat: Chat) -> None:
    where = chat.direct(ZOE)
    chat.says("!profil anmelden", by=ZOE, room=where)
    again = chat.reply("Mutenz", by=ZOE, room=where)
    assert [one["value"] for one in again.machine["options"]] == ["Muttenz"]
    assert chat.reply("1", by=ZOE, room=where).machine["field"] == "function"


def test_after_an_edited_answer_it_is_still_asked_whether_that_is_meant(chat: Chat) -> None:
    for user in (KORA, PIA, ZOE):
        chat.member(user)
    where = chat.direct(KORA)
    chat.says("!mitglied entfernen", by=KORA, room=where)
    asked = chat.reply("Pia", by=KORA, room=where)
    assert "Sind Sie sicher?" in asked.text
    said = chat.edits(chat.last, "Zoe", by=KORA, room=where)
    assert [(one.edits, "Sind Sie sicher?" in one.text) for one in said] == [(asked.event_id, True)]


@pytest.mark.parametrize("typed", ["18.3.2027 13:30-17", "am 18.03.2027 13:30 bis 17", "18. März 13:30 – 17"])
def test_the_end_of_a_range_is_not_lost(chat: Chat, typed: str) -> None:
    chat.member(KORA)
    where = chat.direct(KORA)
    chat.says("!anlass neu", by=KORA, room=where)
    chat.says("Frühlingstreff", by=KORA, room=where)
    asked = chat.reply(typed, by=KORA, room=where)
    assert asked.machine["field"] == "when"
    assert asked.text.startswith("«17» ist nicht eindeutig.")
    assert chat.reply(f"{typed} Uhr", by=KORA, room=where).machine["field"] == "text"
