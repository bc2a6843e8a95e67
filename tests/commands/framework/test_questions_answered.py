"""What was asked and is answered in another way than by a reaction on the question is asked no more."""

from __future__ import annotations

import pytest

from bot.core.batches import Batch
from tests.support.chat import HALL, ROOMS, Chat, Said
from tests.support.kept import staged

KORA, PIA, EVA = "@kora:localhost", "@pia:localhost", "@eva:localhost"


@pytest.fixture(autouse=True)
@staged
def town(chat: Chat) -> None:
    for user in (KORA, PIA, EVA):
        chat.member(user)
    chat.process(PIA, leader=PIA)


def now(chat: Chat, asked: Said) -> Said:
    """How the message looks by now."""
    return next((s for s in reversed(chat.said) if s.edits == asked.event_id), asked)


def seeds(chat: Chat, asked: Said) -> list[str]:
    """What the bot has put on the message to be tapped, and not taken off."""
    return [key for event_id, key in chat.reactions if event_id == asked.event_id]


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
    assert seeds(chat, asked) == []


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
    assert seeds(chat, asked) == []


def test_who_is_asked_anew_is_asked(chat: Chat) -> None:
    chat.reply("!gruppe zuweisen P1 Eva", by=KORA)
    chat.reply("!gruppe entfernen P1 Eva", by=KORA)
    chat.reply("!gruppe zuweisen P1 Eva", by=KORA)
    first, again = [s for s in chat.to(EVA) if not s.edits and "Möchten Sie" in s.text]
    assert "Möchten Sie" not in now(chat, first).text
    assert (seeds(chat, first), seeds(chat, again)) == ([], ["✅", "❌"])
    chat.reacts(again, "✅", by=EVA)
    assert seeds(chat, again) == []
    edits = [s for s in chat.said if s.edits == again.event_id]
    assert len(edits) == 1
    assert "in der Gruppe" in edits[0].text


@pytest.mark.parametrize("room", [HALL, ROOMS["ideas"]])
def test_a_question_that_became_a_card_has_what_the_card_is_tapped_with(chat: Chat, room: str) -> None:
    chat.reply("!idee neu Formulare vorausfüllen", by=PIA)
    asked = chat.reply("!idee neu Formulare vorausfüllen bitte", by=PIA, room=room)
    assert seeds(chat, asked) == ["✅"]
    chat.reacts(asked, "✅", by=PIA)
    assert seeds(chat, asked) == (["👍", "👎"] if room == ROOMS["ideas"] else [])


@pytest.mark.parametrize("when", ["before", "after"])
def test_seeds_are_taken_off_once_whenever_the_bot_dies(chat: Chat, when: str) -> None:
    chat.reply("!gruppe zuweisen P1 Eva", by=KORA)
    [asked] = [s for s in chat.to(EVA) if "Möchten Sie" in s.text]
    happened = chat.happens(
        "m.room.message", {"msgtype": "m.text", "body": "!gruppe anmelden P1"}, by=EVA, room=HALL
    )
    errands = chat.core.apply(Batch(token="dying", rooms=(happened,)), (), now=chat.now)
    taken = [e for e in errands if e.kind == "redaction"]
    assert len(taken) == 2
    if when == "after":
        chat.send(taken)  # and the bot dies before it has recorded so
        assert seeds(chat, asked) == []
    chat.restart()
    again = [e for e in chat.core.pending() if e.kind == "redaction"]
    assert again == []
    assert seeds(chat, asked) == []
    chat.apply(happened)
    chat.reply("!gruppe abmelden P1", by=EVA)
    assert [e for e in chat.core.pending() if e.kind == "redaction"] == []


def test_what_a_command_asks_in_its_next_wording_can_be_tapped(chat: Chat) -> None:
    chat.reply("!idee neu Formulare vorausfüllen", by=PIA)
    asked = chat.reply("!idee neu Formulare vorausfüllen bitte", by=PIA)
    command = chat.last
    chat.edits(command, "!idee liste", by=PIA)
    assert seeds(chat, asked) == []
    chat.edits(command, "!idee neu Formulare vorausfüllen bitte", by=PIA)
    assert seeds(chat, asked) == ["✅"]
