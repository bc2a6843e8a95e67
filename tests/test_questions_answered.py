"""What was asked and is answered in another way than by a reaction on the question is asked no more."""

from __future__ import annotations

import pytest

from tests.chat import Chat, Said

KORA, PIA, EVA = "@kora:localhost", "@pia:localhost", "@eva:localhost"


@pytest.fixture(autouse=True)
def town(chat: Chat) -> None:
    for user in (KORA, PIA, EVA):
        chat.member(user)
    chat.process(PIA, leader=PIA)


def now(chat: Chat, asked: Said) -> Said:
    """How the message looks by now."""
    return next((s for s in reversed(chat.said) if s.edits == asked.event_id), asked)


@pytest.mark.parametrize(
    ("line", "by", "then"),
    [
        ("!gruppe bestätigen P1", EVA, "Sie sind in der Gruppe"),
        ("!gruppe anmelden P1", EVA, "Sie sind in der Gruppe"),
        ("!gruppe abmelden P1", EVA, "erledigt"),
        ("!gruppe entfernen P1 Eva", KORA, "erledigt"),
        ("!profil verlassen", EVA, "erledigt"),
    ],
)
def test_who_was_asked_and_has_answered_is_asked_no_more(chat: Chat, line: str, by: str, then: str) -> None:
    chat.reply("!gruppe zuweisen P1 Eva", by=KORA)
    [asked] = [s for s in chat.to(EVA) if "Möchten Sie" in s.text]
    chat.reply(line, by=by)
    assert then in now(chat, asked).text
    assert "Möchten Sie" not in now(chat, asked).text
    before = len(chat.said)
    chat.reacts(asked, "✅", by=EVA)
    assert chat.said[before:] == []


@pytest.mark.parametrize(
    ("line", "by", "then"),
    [
        ("!gruppe bestätigen P1 Eva", KORA, "Eva ist in der Gruppe"),
        ("!gruppe zuweisen P1 Eva", KORA, "Eva ist in der Gruppe"),
        ("!gruppe anmeldung P1 modus: frei", KORA, "Eva ist in der Gruppe"),
        ("!gruppe entfernen P1 Eva", KORA, "erledigt"),
        ("!gruppe abmelden P1", EVA, "erledigt"),
    ],
)
def test_coordinators_are_asked_no_more_about_who_is_decided(
    chat: Chat, line: str, by: str, then: str
) -> None:
    chat.reply("!gruppe anmeldung P1 modus: bestätigung", by=KORA)
    chat.reply("!gruppe anmelden P1", by=EVA)
    [asked] = [s for s in chat.in_room("coordination") if "möchte in die Gruppe" in s.text]
    chat.reply(line, by=by)
    assert then in now(chat, asked).text
    assert "möchte in die Gruppe" not in now(chat, asked).text


def test_who_is_asked_anew_is_asked(chat: Chat) -> None:
    chat.reply("!gruppe zuweisen P1 Eva", by=KORA)
    chat.reply("!gruppe entfernen P1 Eva", by=KORA)
    chat.reply("!gruppe zuweisen P1 Eva", by=KORA)
    first, again = [s for s in chat.to(EVA) if not s.edits and "Möchten Sie" in s.text]
    assert "Möchten Sie" not in now(chat, first).text
    chat.reacts(again, "✅", by=EVA)
    edits = [s for s in chat.said if s.edits == again.event_id]
    assert len(edits) == 1
    assert "in der Gruppe" in edits[0].text
