"""What Element makes of the HTML, seen there and held here: it can't be asked in every run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markupsafe import Markup

import commands
from bot.rendering.plain import hint, plain
from tests.support.chat import Chat

PIA, MONI, ROOM = "@pia:localhost", "@moni:localhost", "!direct-pia:localhost"


def test_signs_stand_outside_of_small_text() -> None:
    line = hint(Markup("👍 oder 👎 tippen · <code>!idee zeige I1</code>"))
    assert "<sub> oder </sub>👎<sub> tippen · <code>" in line
    assert line.startswith('<span data-mx-color="')
    assert plain(line) == "👍 oder 👎 tippen · !idee zeige I1"


def test_what_has_a_number_to_tap_or_of_its_own_has_no_dot_before_it() -> None:
    """«• 1. I1» and «• 1️⃣ Do, 10. Dezember» are numbered twice."""
    numbered = re.compile(r"<li>(<strong>)?\{\{ [a-z_.]*(key|place|number|index)\b")
    [folder] = commands.__path__
    paths = [path for path in Path(folder).glob("**/*.html") if "<ul>" in path.read_text(encoding="utf-8")]
    assert [path.name for path in paths if numbered.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("text", ["Eins\n\nZwei", "- eins\n- zwei", "> Zitat", "Wort"])
def test_a_card_has_no_empty_line_before_its_facts(chat: Chat, text: str) -> None:
    chat.member(PIA)
    chat.reply(f"!idee neu Umzugsmeldung\n{text}")
    card = chat.card("I1")
    assert "><br>👍" not in card.html.replace("\n", "")
    assert card.text.splitlines()[-2].startswith("👍 0 · 👎 0")
    assert "" not in card.text.splitlines()[-3:]


def test_a_reference_in_an_edit_is_no_pill_of_a_room(chat: Chat) -> None:
    """A link to a room alone is shown with the room's name, and the reference would be gone."""
    chat.member(PIA)
    chat.reply("!idee neu Umzugsmeldung: Formulare vorausfüllen")
    room = chat.direct(PIA)
    refused = chat.reply("idee neu Formulare für die Umzugsmeldung vorausfüllen", room=room)
    [edited] = [s for s in chat.reacts(refused, "✅") if s.room == room]
    assert edited.text == "Danke, Pia. Ihre Idee ist I2."
    assert "matrix.to" not in edited.html


def test_a_later_decision_does_not_repeat_the_reason_of_an_earlier_one(chat: Chat) -> None:
    chat.member(PIA)
    chat.reply("!idee neu Umzugsmeldung")
    chat.reply("!idee annehmen I1 grund: Spart Zeit.", by=MONI)
    chat.reply("!idee umsetzen I1", by=MONI)
    chat.later(minutes=1)
    [told] = chat.to(PIA)
    assert told.text.splitlines() == [
        "I1 «Umzugsmeldung» wird jetzt umgesetzt: Spart Zeit.",
    ]
    chat.reply("!idee umgesetzt I1", by=MONI)
    chat.later(minutes=1)
    assert chat.to(PIA)[-1].text == "I1 «Umzugsmeldung» ist umgesetzt."
    assert "umgesetzt · Grund: Spart Zeit." in chat.card("I1").text


def test_history_says_only_what_was_different(chat: Chat) -> None:
    chat.member(PIA)
    chat.reply("!idee neu Umzug\nDie Angaben sind da.")
    chat.reply("!idee ändern I1 titel: Umzugsmeldung")
    chat.reply("!idee ändern I1 thema: Formulare")
    shown = chat.reply("!idee zeige I1").text
    assert "vorher: «Umzug»\n" in shown
    assert "vorher: ohne Thema\n" in shown


def test_a_title_that_is_too_long_is_told_in_characters(chat: Chat) -> None:
    chat.member(PIA)
    assert "höchstens 120 Zeichen, es sind 121" in chat.reply(f"!idee neu {'x' * 121}").text
