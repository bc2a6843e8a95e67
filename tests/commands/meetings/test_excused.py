"""Who was excused from a meeting: kept beside who was there, and never both."""

from __future__ import annotations

import json

import pytest

from tests.support.chat import Chat
from tests.support.kept import staged

PIA, URS, EVA, MAX = (f"@{n}:localhost" for n in ("pia", "urs", "eva", "max"))


@pytest.fixture(autouse=True)
@staged
def met(chat: Chat) -> None:
    """S1 has begun; Pia leads, Urs has accepted, Max is in another group."""
    for user in (PIA, URS, EVA, MAX):
        chat.member(user)
    chat.process(PIA, URS, EVA, leader=PIA)
    chat.says("!sitzung neu P1 Formulare sichten | wann: 5.11.2026 13:30-15:00")
    chat.says("!sitzung zusagen S1", by=URS)
    chat.later(days=3, hours=4)


def said(chat: Chat, text: str) -> str:
    return chat.answer(f"!{text}").text


def shown(chat: Chat) -> tuple[str, str]:
    """Who was there, and who was excused."""
    lines = chat.answer("!sitzung zeige S1").text.splitlines()
    found = {name: text for name, _, text in (line.partition(": ") for line in lines)}
    return found.get("anwesend", ""), found.get("entschuldigt", "")


@pytest.mark.parametrize(
    ("typed", "there", "excused"),
    [
        ("sitzung anwesend S1 Pia | entschuldigt: Urs, Eva", "Pia", "Urs, Eva"),
        ("meeting attended S1 Pia\nexcused: @eva:localhost", "Pia", "Eva"),
        ("sitzung anwesend S1 alle entschuldigt: Urs", "Pia, Eva", "Urs"),
        ("sitzung anwesend S1 | entschuldigt: Urs", "Pia", "Urs"),  # of those who have accepted
        ("sitzung anwesend S1 | entschuldigt: Eva", "Pia, Urs", "Eva"),
        ("sitzung anwesend S1 Pia | entschuldigt: alle", "Pia", "Urs, Eva"),
        ("sitzung anwesend S1 | entschuldigt: Pia, Urs, Eva", "", "Pia, Urs, Eva"),
    ],
)
def test_who_is_excused_is_kept_and_was_not_there(chat: Chat, typed: str, there: str, excused: str) -> None:
    assert "ntschuldigt" in said(chat, typed)
    assert shown(chat) == (there, excused)


def test_the_latest_word_counts(chat: Chat) -> None:
    said(chat, "sitzung anwesend S1 Pia, Urs")
    said(chat, "sitzung anwesend S1 | entschuldigt: Urs")
    assert shown(chat) == ("Pia", "Urs")
    said(chat, "sitzung anwesend S1 Urs")
    assert shown(chat) == ("Pia, Urs", "")
    said(chat, "sitzung anwesend S1 | entschuldigt: Eva, Urs")
    said(chat, "sitzung anwesend S1 | entschuldigt: -Urs")
    assert shown(chat) == ("Pia", "Eva")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Pia, Urs | entschuldigt: Urs", "bad_input"),
        ("Pia | entschuldigt: Max", "conflict"),
        ("Pia | entschuldigt: Niemand", "not_found"),
    ],
)
def test_what_can_not_be_is_refused_and_nothing_is_kept(chat: Chat, typed: str, code: str) -> None:
    assert chat.answer(f"!sitzung anwesend S1 {typed}").machine["code"] == code
    assert shown(chat) == ("", "")


def test_taken_back_and_edited(chat: Chat) -> None:
    chat.says("!sitzung anwesend S1 Pia | entschuldigt: Urs")
    reply = chat.answer("!sitzung anwesend S1 Urs | entschuldigt: Eva")
    chat.reacts(reply, "↩️")
    assert shown(chat) == ("Pia", "Urs")
    chat.says("!sitzung anwesend S1 | entschuldigt: Eva")
    chat.edits(chat.last, "!sitzung anwesend S1 Eva")
    assert shown(chat) == ("Pia, Eva", "Urs")


def test_it_is_for_the_group_alone_and_theirs(chat: Chat) -> None:
    hall = chat.reply("!sitzung anwesend S1 Pia | entschuldigt: Urs")
    assert "Urs" not in hall.text
    assert hall.machine["type"] == "pointer"
    room = chat.direct(URS)
    exported = chat.reply("datenschutz auskunft", by=URS, room=room)
    assert json.loads(exported.content["data"])["meetings"]["excused"] == ["S1"]
    asked = chat.reply("datenschutz löschen", by=URS, room=room)
    chat.says(asked.machine["confirm"], by=URS, room=room)
    assert shown(chat) == ("Pia", "")


def test_in_english(chat: Chat) -> None:
    eve = chat.member("@eve:localhost", "Eve", language="en")
    chat.says("!rolle geben Eve coordinator", by="@kora:localhost")
    room = chat.direct(eve)
    assert "Excused: Urs." in chat.reply("meeting attended S1 Pia | excused: Urs", by=eve, room=room).text
    both = chat.reply("meeting attended S1 Pia | excused: Pia", by=eve, room=room)
    assert both.text.startswith("Pia is named as there and as excused.")
    assert "excused: Urs" in chat.reply("meeting show S1", by=eve, room=room).text
