"""After the admission the bot asks what one knows and what interests one, if one wants to be asked."""

import pytest

from storage import members
from tests.support.chat import Chat, Said

KORA, ZOE = "@kora:localhost", "@zoe:localhost"


@pytest.fixture
def room(chat: Chat) -> str:
    room = chat.direct(ZOE)
    chat.says("profil anmelden gemeinde: Muttenz | funktion: Bauverwaltung", by=ZOE, room=room)
    return room


def admitted(chat: Chat) -> Said:
    chat.says("mitglied aufnehmen Zoe", by=KORA, room=chat.direct(KORA))
    return next(said for said in reversed(chat.to(ZOE)) if said.text.startswith("Willkommen"))


def known(chat: Chat) -> tuple[list[str], list[str]]:
    with chat.database.transaction() as tx:
        found = members.find(tx, ZOE)
    assert found is not None
    return found.knowhow, found.interests


def test_the_greeting_invites_and_asks_nothing_by_itself(chat: Chat, room: str) -> None:
    welcome = admitted(chat)
    assert welcome.text.endswith("Tippen Sie ✅, dann frage ich Sie danach.")
    assert (welcome.event_id, "✅") in chat.reactions
    chat.says("Baugesuche", by=ZOE, room=room)
    assert known(chat) == ([], [])


def test_a_tap_starts_the_two_questions(chat: Chat, room: str) -> None:
    welcome = admitted(chat)
    [asked] = chat.reacts(welcome, "✅", by=ZOE)
    assert (asked.machine["command"], asked.machine["field"]) == ("profile edit", "knowhow")
    following = chat.reply("Baugesuche, GIS", by=ZOE, room=room)
    assert following.machine["field"] == "interests"
    done = chat.reply("Formulare", by=ZOE, room=room)
    assert done.machine["type"] == "member"
    assert known(chat) == (["Baugesuche", "GIS"], ["Formulare"])
    assert (welcome.event_id, "✅") not in chat.reactions
    assert chat.reacts(welcome, "✅", by=ZOE) == []


def test_each_can_be_passed_over(chat: Chat, room: str) -> None:
    [asked] = chat.reacts(admitted(chat), "✅", by=ZOE)
    assert "Mit «weiter» geht es ohne." in asked.text
    [following] = chat.reacts(asked, "⏭️", by=ZOE)
    assert following.machine["field"] == "interests"
    chat.says("Formulare", by=ZOE, room=room)
    assert known(chat) == ([], ["Formulare"])


def test_both_can_be_passed_over(chat: Chat, room: str) -> None:
    chat.reacts(admitted(chat), "✅", by=ZOE)
    chat.says("weiter", by=ZOE, room=room)
    assert chat.reply("weiter", by=ZOE, room=room).machine == {"type": "remark"}
    assert known(chat) == ([], [])


def test_a_question_that_was_open_stays_so(chat: Chat, room: str) -> None:
    chat.says("!profil sprache", by=ZOE, room=room)
    admitted(chat)
    assert chat.reply("de", by=ZOE, room=room).machine["type"] == "member"


def test_nobody_else_can_tap_for_the_person(chat: Chat, room: str) -> None:
    welcome = admitted(chat)
    assert chat.reacts(welcome, "✅", by=KORA) == []


@pytest.mark.parametrize(
    ("text", "knows"),
    [
        ("1", ["Baugesuche"]),
        ("1, 3", ["Baugesuche", "Archiv"]),
        ("1 3", ["Baugesuche", "Archiv"]),
        ("1 und 3", ["Baugesuche", "Archiv"]),
        ("baugesuche, Steuern", ["Baugesuche", "Steuern"]),
        ("3, 3, 2", ["Archiv", "GIS"]),
        ("Steuern und Gebühren", ["Steuern und Gebühren"]),
    ],
)
def test_words_of_others_are_picked_several_at_once(
    chat: Chat, room: str, text: str, knows: list[str]
) -> None:
    for name, knowhow in (
        ("pia", ["baugesuche", "GIS"]),
        ("urs", ["Baugesuche", "GIS"]),
        ("leo", ["Baugesuche", "Archiv"]),
    ):
        chat.member(f"@{name}:localhost", knowhow=knowhow)
    [asked] = chat.reacts(admitted(chat), "✅", by=ZOE)
    assert [option["label"] for option in asked.machine["options"]] == ["Baugesuche", "GIS", "Archiv"]
    assert "Auch mehrere, zum Beispiel «1, 3», oder eigene Worte." in asked.text
    chat.says(text, by=ZOE, room=room)
    chat.says("weiter", by=ZOE, room=room)
    assert known(chat) == (knows, [])
