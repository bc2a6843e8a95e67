"""A sentence in the direct chat: what it may mean is offered, and done after a number or a tap."""

from __future__ import annotations

import pytest

from tests.support.chat import HALL, Chat, Said

PIA, ZOE, BOT = "@pia:localhost", "@zoe:localhost", "@pibot:localhost"


@pytest.fixture
def room(chat: Chat) -> str:
    chat.member(PIA)
    return chat.direct(PIA)


def commands(said: Said) -> list[str]:
    return [one["command"] for one in said.machine["options"]]


def test_what_may_be_meant_is_offered_and_runs_by_a_number(chat: Chat, room: str) -> None:
    offered = chat.reply("ich möchte eine Idee melden", room=room)
    assert offered.machine["type"] == "choice"
    assert commands(offered)[0] == "idea new"
    assert "1 Eine Idee einreichen" in offered.text
    asked = chat.reply("1", room=room)
    assert asked.machine["type"] == "question"
    assert chat.reply("Baugesuche online", room=room).machine["field"] == "text"
    assert chat.reply("weiter", room=room).machine["type"] == "idea"


def test_it_runs_by_a_tap_once(chat: Chat, room: str) -> None:
    offered = chat.reply("ich möchte eine Idee melden", room=room)
    [asked] = [said for said in chat.reacts(offered, "1️⃣") if said.room == room]
    assert asked.machine["type"] == "question"
    assert asked.replies_to == offered.event_id
    assert [said.text for said in chat.reacts(offered, "1️⃣")] == ["Da ist keine Frage mehr offen."]


@pytest.mark.parametrize("word", ["ja", "Ja.", "ok", "yes"])
def test_what_alone_is_offered_is_meant_by_a_yes(chat: Chat, room: str, word: str) -> None:
    offered = chat.reply("ich hätte da eine idee", room=room)
    assert offered.text == "Meinen Sie das? Antworten Sie mit 1.\n1 Eine Idee einreichen"
    assert chat.reply(word, room=room).machine["type"] == "question"


def test_a_yes_chooses_nothing_of_several_and_nothing_among_others(chat: Chat, room: str) -> None:
    assert len(commands(chat.reply("idee oder kurs", room=room))) > 1
    assert chat.reply("ja", room=room).machine["type"] != "question"
    assert len(commands(chat.reply(f"{BOT}: ich hätte da eine idee"))) == 1
    assert chat.says("ja", room=HALL) == []
    assert chat.reply("1", room=HALL).machine["type"] == "error"


@pytest.mark.parametrize("greeting", ["Guten Morgen", "danke vielmals", "Grüezi", "hello", "merci"])
def test_a_greeting_is_answered_in_one_sentence(chat: Chat, room: str, greeting: str) -> None:
    assert chat.reply(greeting, room=room).machine == {"type": "help"}


def test_what_is_clear_and_only_reads_is_answered_at_once(chat: Chat, room: str) -> None:
    chat.says("!idee neu Baugesuche online", room=room)
    assert chat.reply("meine Ideen", room=room).machine["refs"] == ["I1"]


def test_nothing_that_changes_is_done_for_a_sentence(chat: Chat, room: str) -> None:
    chat.says("!idee neu Baugesuche online", room=room)
    offered = chat.reply("bitte die Idee I1 zurückziehen", room=room)
    assert offered.machine["type"] == "choice"
    assert "idea withdraw" in commands(offered)
    assert chat.reply("!idee liste", room=room).machine["refs"] == ["I1"]


def test_another_number_or_word_is_no_choice(chat: Chat, room: str) -> None:
    chat.says("ich möchte eine Idee melden", room=room)
    assert chat.reply("9", room=room).machine["type"] != "question"
    chat.says("ich möchte eine Idee melden", room=room)
    assert chat.reply("abbrechen", room=room).machine["type"] == "remark"
    assert chat.reply("1", room=room).machine["type"] != "question"


def test_a_choice_waits_a_day(chat: Chat, room: str) -> None:
    chat.says("ich möchte eine Idee melden", room=room)
    chat.later(hours=25)
    assert chat.reply("1", room=room).machine["type"] != "question"


def test_in_a_room_the_mention_comes_first_and_the_number_is_enough(chat: Chat, room: str) -> None:
    assert chat.says("ich möchte eine Idee melden") == []
    offered = chat.reply(f"{BOT}: ich möchte eine Idee melden")
    assert offered.machine["type"] == "choice"
    chat.member(ZOE)
    assert chat.says("1", by=ZOE) == []
    assert chat.reply("1", room=HALL).machine["type"] == "error"  # the template, with ✅ for the thread


def test_an_unknown_command_says_what_may_be_meant(chat: Chat, room: str) -> None:
    unknown = chat.reply("!idee listte", room=room)
    assert unknown.machine["code"] == "unknown_command"
    assert unknown.machine["nearest"] == "!idee liste"
    assert commands(unknown)[0] == "idea list"


def test_a_slip_without_prefix_is_offered_where_it_changes_something(chat: Chat, room: str) -> None:
    assert chat.reply("idee listte", room=room).machine["type"] == "list"
    chat.says("!idee neu Baugesuche online", room=room)
    offered = chat.reply("idee zurückzihen I1", room=room)
    assert offered.machine["options"][0]["value"] == "idee zurückziehen I1"
    assert chat.reply("1", room=room).machine["type"] == "idea"
    assert chat.reply("!idee liste", room=room).machine["refs"] == []
