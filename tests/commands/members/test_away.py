"""Away until a day, and back: by oneself in the morning after, or earlier."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.chat import Chat

PIA = "@pia:localhost"


@pytest.fixture
def room(chat: Chat) -> str:
    chat.member(PIA)
    return chat.direct(PIA)


def state(chat: Chat, room: str) -> str:
    found: str = chat.reply("!profil zeige", room=room).machine["state"]
    return found


@pytest.mark.parametrize("typed", ["profil pause bis: 12.12.2026", "profile pause until: 12.12.2026"])
def test_away_until_a_day_and_back_by_oneself(chat: Chat, room: str, typed: str) -> None:
    reply = chat.reply(typed, room=room)
    assert reply.machine["state"] == "paused"
    assert "bis und mit Sa, 12. Dezember 2026" in reply.text
    chat.now = datetime(2026, 12, 13, 4, 59, tzinfo=UTC)
    assert [one for one in chat.tick() if one.room == room and one.edits is None] == []
    assert state(chat, room) == "paused"
    chat.now = datetime(2026, 12, 13, 5, 1, tzinfo=UTC)
    [told] = [one for one in chat.tick() if one.room == room and one.edits is None]
    assert told.text.startswith("Schön, dass Sie wieder dabei sind, Pia.")
    chat.later(minutes=2)
    assert state(chat, room) == "active"
    assert chat.to(PIA)[-1].text.count("Schön") == 0, "once"


def test_without_a_day_it_is_asked_for_and_can_be_passed_over(chat: Chat, room: str) -> None:
    reply = chat.reply("profil pause", room=room)
    assert reply.machine["state"] == "paused", "from now on, whatever is answered"
    assert "bis wann? Mit ✅" in reply.text
    [asked] = [one for one in chat.reacts(reply, "✅") if one.edits is None]
    assert (asked.machine["command"], asked.machine["field"]) == ("profile pause", "until")
    assert chat.reply("weiter", room=room).machine["state"] == "paused"
    chat.now = datetime(2027, 12, 13, 5, 1, tzinfo=UTC)
    chat.tick()
    assert state(chat, room) == "paused"


def test_the_day_is_answered(chat: Chat, room: str) -> None:
    chat.says("profil pause", room=room)
    assert chat.reply("profil pause", room=room).machine["field"] == "until", "said again, it asks at once"
    assert "12. Dezember 2026" in chat.reply("12.12.2026", room=room).text
    chat.now = datetime(2026, 12, 13, 8, 0, tzinfo=UTC)
    chat.tick()
    assert state(chat, room) == "active"


@pytest.mark.parametrize("typed", ["profil da", "profile back", "profil pause aufheben"])
def test_back_early(chat: Chat, room: str, typed: str) -> None:
    chat.says("profil pause bis: 12.12.2026", room=room)
    assert chat.reply(typed, room=room).machine["state"] == "active"
    chat.says("profil pause", room=room)
    chat.now = datetime(2026, 12, 13, 8, 0, tzinfo=UTC)
    chat.tick()
    assert state(chat, room) == "paused", "the day of before does not count"


def test_back_who_is_not_away(chat: Chat, room: str) -> None:
    reply = chat.reply("profil da", room=room)
    assert (reply.machine["type"], reply.text) == (
        "member",
        "Sie sind da, Pia: Sie machen gerade keine Pause.",
    )


@pytest.mark.parametrize(
    "said",
    ["ich bin zurück", "bin wieder da", "Ich bin wieder zurück aus den Ferien", "I'm back"],
)
def test_said_in_words_the_command_that_ends_it_is_offered(chat: Chat, room: str, said: str) -> None:
    chat.says("profil pause bis: 12.12.2026", room=room)
    offered = chat.reply(said, room=room)
    assert offered.machine["options"][0]["command"] == "profile back"
    assert chat.reply("1", room=room).machine["state"] == "active"


def test_taken_back_and_edited(chat: Chat, room: str) -> None:
    chat.says("profil pause bis: 12.12.2026", room=room)
    reply = chat.reply("profil da", room=room)
    [gone] = [one for one in chat.reacts(reply, "↩️") if one.edits == reply.event_id]
    assert "12. Dezember 2026" in gone.text
    chat.says("profil da", room=room)
    chat.says("profil pause bis: 12.12.2026", room=room)
    [edit] = chat.edits(chat.last, "profil pause bis: 19.12.2026", room=room)
    assert "19. Dezember 2026" in edit.text


def test_a_past_day_is_refused(chat: Chat, room: str) -> None:
    assert chat.reply("profil pause bis: 1.1.2026", room=room).machine["code"] == "bad_input"


def test_a_day_in_the_sentence_is_kept(chat: Chat, room: str) -> None:
    offered = chat.reply("ich bin bis 12.12.2026 in den Ferien", room=room)
    assert offered.machine["options"][0]["command"] == "profile pause"
    assert "12. Dezember 2026" in chat.reply("1", room=room).text


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("zwei Wochen", "16. November 2026"),
        ("14 Tage", "16. November 2026"),
        ("bis Freitag", "6. November 2026"),
        ("bis zum 14.11., dann bin ich zurück", "14. November 2026"),
    ],
)
def test_until_when_is_said_as_people_say_it(chat: Chat, text: str, day: str) -> None:
    chat.member(PIA)
    room = chat.direct(PIA)
    chat.says("ich mache eine Pause", by=PIA, room=room)
    assert chat.reply("1", by=PIA, room=room).machine["field"] == "until"
    assert day in chat.reply(text, by=PIA, room=room).text


@pytest.mark.parametrize(
    "text",
    ["ich bin zwei wochen in den ferien", "ab morgen zwei Wochen weg", "bin bis 16.11.2026 in den Ferien"],
)
def test_until_when_is_kept_of_a_sentence(chat: Chat, text: str) -> None:
    chat.member(PIA)
    room = chat.direct(PIA)
    offered = chat.reply(text, by=PIA, room=room)
    assert offered.machine["options"][0]["command"] == "profile pause"
    assert "16. November 2026" in chat.reply("1", by=PIA, room=room).text
