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
    assert "wieder dabei. Wissen Sie schon, bis wann? Mit ✅" in reply.text
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


# --- what happened meanwhile


KORA, URS = "@kora:localhost", "@urs:localhost"


@pytest.fixture
def away(chat: Chat, room: str) -> str:
    """Pia is away until 12 December; meanwhile there is news, a meeting, and somebody who has invited her."""
    for user in (KORA, URS):
        chat.member(user)
    chat.process(PIA, URS, leader=URS)
    chat.says("!idee neu Hundemarken", room=room)
    chat.says("!idee annehmen I1 grund: gut", by=KORA)
    chat.says("!idee überführen I1 klasse: L trotzdem: ja", by=KORA)
    chat.says("!anlass neu Treff | wann: 18.03.2027 13:30-17:00", by=KORA)
    chat.says("!anlass anmelden A1", room=room)
    chat.says("!news neu Vorher\nDas war schon.", by=KORA)
    chat.later(minutes=1)
    chat.says("profil pause bis: 12.12.2026", room=room)
    chat.later(days=1)
    for number in range(1, 5):
        chat.says(f"!news neu Das Portal wächst {number}\nSeit heute.", by=KORA)
    chat.says("!sitzung neu P1 Kickoff | wann: 20.01.2027 13:30-15:00", by=URS)
    return room


def summaries(chat: Chat) -> list[str]:
    return [one.text for one in chat.to(PIA) if one.edits is None and "Schön, dass" in one.text]


def test_who_is_back_reads_once_what_happened(chat: Chat, away: str) -> None:
    chat.now = datetime(2026, 12, 13, 5, 1, tzinfo=UTC)
    chat.tick()
    chat.restart()
    chat.later(minutes=5)
    [summary] = summaries(chat)
    assert "Neuigkeiten seit dem Mo, 2. November 2026" in summary
    assert "Das Portal wächst 4" in summary
    assert "und noch 1" in summary
    assert "Vorher" not in summary
    assert "A1 Treff, Do, 18. März 2027, 13:30" in summary
    assert "S1 Kickoff: Kommen Sie?" in summary
    assert chat.reply("mein stand", room=away).machine["waiting"] == ["S1"]


def test_who_comes_back_in_a_room_reads_it_in_the_direct_chat(chat: Chat, away: str) -> None:
    reply = chat.reply("!profil da")
    assert "Kickoff" not in reply.text
    [summary] = [text for text in summaries(chat) if "Kickoff" in text]
    assert "Das Portal wächst 4" in summary
    chat.later(days=40)
    assert len(summaries(chat)) == 1, "the day does not bring her back again"


def test_taken_back_and_back_again_the_summary_is_of_the_whole_break(chat: Chat, away: str) -> None:
    reply = chat.reply("profil da", room=away)
    chat.reacts(reply, "↩️")
    chat.later(days=1)
    again = chat.reply("profil da", room=away)
    assert "seit dem Mo, 2. November 2026" in again.text


def test_where_nothing_happened_it_says_so_shortly(chat: Chat, room: str) -> None:
    chat.says("profil pause bis: 12.12.2026", room=room)
    reply = chat.reply("profil da", room=room)
    assert reply.text == "Schön, dass Sie wieder dabei sind, Pia. Auf Sie wartet nichts."


def test_the_profile_says_until_when(chat: Chat, away: str) -> None:
    assert "macht Pause bis und mit Sa, 12. Dezember 2026" in chat.reply("profil zeige", room=away).text
    other = chat.reply("profil zeige Pia", by=URS, room=chat.direct(URS))
    assert "bis und mit Sa, 12. Dezember 2026" in other.text
    assert "Dezember" not in chat.reply("!profil zeige Pia", by=URS).text, "not where all can read it"


def test_while_away_nothing_is_asked_and_nothing_comes(chat: Chat, away: str) -> None:
    """No reminder, no digest, no invitation, no question after a meeting; all of it is there afterwards."""
    chat.says("!sitzung neu P1 Heute | wann: 4.11.2026 13:30-15:00", by=URS)
    before = len([one for one in chat.to(PIA) if one.edits is None])
    chat.later(days=3)
    chat.says("!sitzung anwesend S2 Pia", by=URS)
    chat.says("!prozess phase P2 frontend_design", by=KORA)  # for the weekly digest of whose idea it was
    for _ in range(4):
        chat.later(days=7)
    assert [one.text for one in chat.to(PIA) if one.edits is None][before:] == []
    chat.says("profil da", room=away)
    chat.later(minutes=1)
    assert any("für S2 eintragen" in one.text for one in chat.to(PIA))
    chat.later(days=7)
    digests = [one.text for one in chat.to(PIA) if one.edits is None and "Frontend in Arbeit" in one.text]
    assert len(digests) == 1


def test_in_english_too(chat: Chat, away: str) -> None:
    chat.says("profil sprache en", room=away)
    back = chat.reply("profile back", room=away)
    for said in (
        "News since Mon, 2 November 2026",
        "Your next dates",
        "S1 Kickoff: Will you come?",
        "and 1 more",
    ):
        assert said in back.text
