"""A page that does not exist: every list refuses it, in the same sentence."""

from __future__ import annotations

import pytest

from commands import load
from commands.framework.declarations import COMMANDS
from tests.support.chat import Chat
from tests.support.kept import staged

KORA = "@kora:localhost"

load()
PAGED = sorted(name for name, command in COMMANDS.items() if any(f.name == "page" for f in command.fields))
# What must be named for there to be a list: each of these is there, with less than a page of rows.
NAMED = {
    "event attendees": "A1",
    "training attendees": "K1",
    "process history": "P1",
    "campaign show": "W1",
    "news new since": "01.11.2026",
}


@pytest.fixture
@staged
def town(chat: Chat) -> Chat:
    chat.member(KORA, language="de")
    chat.says("!anlass neu Treff | wann: 18.03.2027 13:30", by=KORA)
    chat.says("!kurs neu Excel", by=KORA)
    chat.process("P1")
    chat.says("!wettbewerb neu Weniger Papier | bis: 18.03.2027", by=KORA)
    return chat


def test_there_are_lists() -> None:
    assert {"idea list", "audit", "agenda", *NAMED} <= set(PAGED)


@pytest.mark.parametrize("name", PAGED)
@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("de", "Auf Seite 9 steht nichts mehr. Es gibt nur eine Seite."),
        ("en", "There is nothing on page 9. There is only one page."),
    ],
)
def test_a_page_too_far_is_refused(town: Chat, name: str, language: str, sentence: str) -> None:
    town.member(KORA, language=language)
    search = "suche: xyz" if name == "municipality list" else ""
    room = town.direct(KORA)
    refused = town.reply(f"!{name} {NAMED.get(name, '')} {search} | page: 9", by=KORA, room=room)
    assert (refused.text, refused.machine["code"]) == (sentence, "bad_input")
    first = town.reply(f"!{name} {NAMED.get(name, '')} {search} | page: 1", by=KORA, room=room)
    assert first.machine["type"] in ("list", "attendees", "hours", "campaign")


@pytest.mark.parametrize(
    "text", ["vereinbarung liste P1", "sitzung liste P1", "vereinbarung liste", "agenda meine"]
)
def test_how_long_a_group_s_or_one_s_own_list_is_stays_there(town: Chat, text: str) -> None:
    lea = "@lea:localhost"
    town.member(lea)
    town.process(lea, leader=lea)
    direct = town.direct(lea)
    asked = text.replace("P1", "P2")
    said = town.says(f"!{asked} | seite: 9", by=lea)
    assert [s.machine["type"] for s in said if s.room != direct] == ["pointer"]
    assert [s.text for s in said if s.room == direct] == [
        "Auf Seite 9 steht nichts mehr. Es gibt nur eine Seite."
    ]
