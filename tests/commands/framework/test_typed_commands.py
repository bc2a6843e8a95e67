"""From what a client sends to what the rooms read: stored as it was typed, and shown as it was meant."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from tests.support.chat import ROOMS, Chat, Said
from tests.support.kept import staged
from tests.support.wire import check_all

PIA, URS, KORA = "@pia:localhost", "@urs:localhost", "@kora:localhost"
GROUP = "!group1:localhost"
HTML = "org.matrix.custom.html"


@pytest.fixture
@staged
def town(chat: Chat) -> Chat:
    chat.member(PIA)
    chat.member(URS)
    chat.process(PIA, URS, leader=PIA)
    chat.group_room(1, PIA, URS)
    return chat


# --- as it was typed


def composed(*lines: str) -> dict[str, Any]:
    """As Element's rich text composer sends these lines."""
    return {"text": "\\\n".join(lines), "format": HTML, "formatted_body": "<br />".join(lines)}


def test_an_event_typed_in_a_rich_text_composer_is_as_one_typed(town: Chat) -> None:
    made = town.reply(by=KORA, **composed("!anlass neu T", "wann: 18.03.2027 13:30", "ort: Liestal"))
    assert (made.machine["title"], made.machine["place"]) == ("T", "Liestal")
    assert made.machine["start"] == "2027-03-18T13:30:00+01:00"
    assert "\\" not in town.card("A1").text


def test_nothing_ends_in_a_backslash_that_nobody_typed(town: Chat) -> None:
    made = town.reply(**composed("!idee neu Velos", "thema: Verkehr", "Text", ""))
    assert (made.machine["title"], made.machine["topic"]) == ("Velos", "Verkehr")
    voted = town.reply(**composed("!idee stimme I1 +", ""))
    assert voted.machine["you"] == {"vote": "for"}
    assert town.reply(**composed("!zeige I1", "")).machine["ref"] == "I1"
    assert "\\" not in town.card("I1").text


@pytest.mark.parametrize("sign", ["\v", "\f", "\x85", "\u2028", "\u2029", "\r", "  \n", "\u00a0\n"])
def test_lines_are_not_glued_together(town: Chat, sign: str) -> None:
    made = town.reply(f"!idee neu Velos{sign}thema: Umzug")
    assert (made.machine["title"], made.machine["topic"]) == ("Velos", "Umzug")


FORMATTED = [
    "thema: Umzug",
    "**thema:** Umzug",
    "**thema**: Umzug",
    "- thema: Umzug",
    "* thema: Umzug",
    "__thema:__ Umzug",
]
FORMATTED += [
    "__thema__: Umzug",
    "*thema:* Umzug",
    "- __thema:__ Umzug",
    "1. thema: Umzug",
    "`thema:` Umzug",
    "• thema: Umzug",
]
FORMATTED += [
    "**thema: Umzug**",
    "__thema: Umzug__",
    "<u>thema:</u> Umzug",
    "~~thema:~~ Umzug",
    "__thema:__ __Umzug__",
]


@pytest.mark.parametrize("field", FORMATTED)
def test_a_field_may_be_formatted(town: Chat, field: str) -> None:
    assert town.reply(f"!idee neu Velos\n{field}").machine["topic"] == "Umzug"


@pytest.mark.parametrize(
    "line", ["**Ziel:** papierlos", "- Ort: Aula", "1. Thema eins", "__Achtung:__ neu", "- a: b"]
)
def test_what_is_no_field_of_the_command_stays_text(town: Chat, line: str) -> None:
    town.reply(f"!idee neu Velos\nEin Text\n{line}")
    assert re.sub("[*_]", "", line) in town.card("I1").text


@pytest.mark.parametrize("names", ["Muster, Urs; Pia", "Pia; Muster, Urs", f"{PIA}; Muster, Urs;"])
def test_with_a_semicolon_commas_belong_to_names(town: Chat, names: str) -> None:
    town.enters(GROUP, URS, "Muster, Urs")
    town.reply("!sitzung neu P1 Start | wann: 03.11.2026 13:30", by=PIA)
    town.later(days=1, hours=4)
    there = town.answer(f"!sitzung anwesend S1 {names}", by=PIA)
    assert "2 Personen dabei" in there.text
    assert "Muster, Urs" in there.text


# --- as it was meant

TEXT = r"""5. Klasse hat Ferien
8. Klasse nicht
18. März: Beginn
- 5 Grad
5*3 = 15, 2*3*4
\\server\pfad
snake_case_name #12 A+ B- C*
Absatz
---
Ende"""
COMMANDS = {
    "news": ("!news neu T\n{}", KORA, "N1"),
    "idea": ("!idee neu T\n{}", PIA, "I1"),
    "event": ("!anlass neu T\nwann: 18.03.2027 13:30\n{}", KORA, "A1"),
    "training": ("!kurs neu T\n{}", KORA, "K1"),
    "meeting": ("!sitzung neu P1 T\nwann: 18.03.2027 13:30\n{}", PIA, "S1"),
    "process": ("!prozess neu T | klasse: L\n{}", KORA, "P2"),
}


def visible(said: Said) -> str:

    return unescape(re.sub("<[^<>]*>", "", re.sub("<(br|hr)[^<>]*>|</p>", "\n", said.html)))


@pytest.mark.parametrize("kind", COMMANDS)
def test_every_text_is_shown_with_the_numbers_and_signs_that_were_typed(town: Chat, kind: str) -> None:
    command, by, ref = COMMANDS[kind]
    town.reply(command.format(TEXT), by=by)
    for said in (town.card(ref), town.reply(f"!zeige {ref}", by=by, room=town.direct(by))):
        for line in TEXT.split("\n"):
            assert line.replace("---", "—") in said.text.split("\n"), said.text
            assert line == "---" or line in visible(said), said.html
    check_all(town)


def test_minutes_are_shown_with_the_numbers_and_signs_that_were_typed(town: Chat) -> None:
    town.reply("!sitzung neu P1 T | wann: 18.03.2027 13:30", by=PIA)
    town.reply(f"!sitzung protokoll S1\n{TEXT}", by=PIA)
    posted = next(s for s in reversed(town.in_room(GROUP)) if "server" in s.text)
    for line in TEXT.split("\n"):
        assert line.replace("---", "—") in posted.text.split("\n"), posted.text
        assert line == "---" or line in visible(posted), posted.html


def test_numbers_that_run_from_one_are_a_list(town: Chat) -> None:
    town.reply("!idee neu T\n1. Eins\n2. Zwei", room=ROOMS["ideas"])
    assert "<ol>" in town.card("I1").html
    assert "1. Eins\n2. Zwei" in town.card("I1").text
