"""The toolbox: coordinators gather tools, everybody finds them."""

from __future__ import annotations

import pytest

from storage import tools
from tests.support.chat import Chat, Said

PIA, KORA, MONI = "@pia:localhost", "@kora:localhost", "@moni:localhost"
PERSONA = "!werkzeug neu Persona-Vorlage | link: https://osp.bl.ch/persona | tags: #Workshop, Schalter"


@pytest.fixture(autouse=True)
def people(chat: Chat) -> None:
    chat.member(PIA)


@pytest.fixture
def persona(chat: Chat) -> Said:
    return chat.reply(f"{PERSONA}\nFür Gespräche mit *Einwohnerinnen*.", by=KORA)


def total(chat: Chat, command: str = "!werkzeug liste") -> int:
    return int(chat.reply(command).machine["total"])


def test_a_tool_is_added_and_shown(chat: Chat, persona: Said) -> None:
    assert persona.machine == {
        "type": "tool",
        "ref": "T1",
        "title": "Persona-Vorlage",
        "link": "https://osp.bl.ch/persona",
        "tags": ["Workshop", "Schalter"],
    }
    for command in ("!werkzeug zeige T1", "!tool show 1", "!zeige T1"):
        shown = chat.reply(command)
        assert shown.machine == persona.machine
        assert "🧰 T1 · Persona-Vorlage" in shown.text
        assert "<em>Einwohnerinnen</em>" in shown.html


def test_a_title_alone_is_a_tool(chat: Chat) -> None:
    assert chat.reply("!tool new Fünf Warum", by=KORA).machine == {
        "type": "tool",
        "ref": "T1",
        "title": "Fünf Warum",
    }
    assert "T1 · Fünf Warum" in chat.reply("!werkzeug zeige T1").text


@pytest.mark.parametrize(
    "command", ["!werkzeug neu Hammer", "!tool edit T1 title: Zange", "!werkzeug entfernen T1"]
)
@pytest.mark.parametrize("by", [PIA, MONI])
def test_only_coordinators_write(chat: Chat, persona: Said, command: str, by: str) -> None:
    assert chat.reply(command, by=by).machine["code"] == "not_allowed"
    assert chat.reply("!werkzeug zeige T1").machine == persona.machine


def test_the_list_has_pages(chat: Chat) -> None:
    for number in range(12):
        chat.reply(f"!werkzeug neu Methode {number}", by=KORA)
    first, second = chat.reply("!werkzeuge"), chat.reply("!tools page: 2")
    assert first.machine["refs"][0] == "T12"
    assert second.machine == {
        "type": "list",
        "of": "tool",
        "refs": ["T2", "T1"],
        "page": 2,
        "pages": 2,
        "total": 12,
    }
    assert "werkzeug liste seite: 2" in first.text
    searched = chat.reply("!werkzeug liste suche: methode")
    assert "werkzeug liste suche: methode | seite: 2" in searched.text
    assert chat.reply("!werkzeug liste suche: methode | seite: 2").machine["refs"] == ["T2", "T1"]
    assert chat.reply("!werkzeug liste seite: 3").machine["code"] == "bad_input"


@pytest.mark.parametrize(
    "search", ["persona", "PERSONAS", "vorlagen", "workshop", "#schalter", "Gespräch", "gespraeche schalter"]
)
def test_it_is_found_by_words_of_title_text_and_tags(chat: Chat, persona: Said, search: str) -> None:
    chat.reply("!werkzeug neu Interview", by=KORA)
    assert chat.reply(f"!werkzeug liste suche: {search}").machine["refs"] == ["T1"]


def test_what_is_not_there_is_said_in_words(chat: Chat) -> None:
    assert "noch nichts" in chat.reply("!werkzeug liste").text
    chat.reply(PERSONA, by=KORA)
    assert "finde ich kein Werkzeug" in chat.reply("!werkzeug liste suche: 100% Yoga").text
    assert chat.reply("!werkzeug zeige T9").machine["code"] == "not_found"


def test_a_tool_is_changed_and_changed_back(chat: Chat, persona: Said) -> None:
    changed = chat.reply("!werkzeug ändern T1 link: weg | tags: Interview\nNeu.", by=KORA)
    assert changed.machine == {
        "type": "tool",
        "ref": "T1",
        "title": "Persona-Vorlage",
        "tags": ["Interview"],
    }
    assert total(chat, "!werkzeug liste suche: workshop") == 0
    assert total(chat, "!werkzeug liste suche: interview") == 1
    chat.reacts(changed, "↩️", by=KORA)
    assert chat.reply("!werkzeug zeige T1").machine == persona.machine
    assert total(chat, "!werkzeug liste suche: workshop") == 1


@pytest.mark.parametrize("given", ["", "titel: Persona-Vorlage", "tags: Workshop, Schalter"])
def test_what_changes_nothing_is_refused(chat: Chat, persona: Said, given: str) -> None:
    assert chat.reply(f"!werkzeug ändern T1 {given}", by=KORA).machine["type"] == "error"


def test_a_removed_tool_is_in_no_list(chat: Chat, persona: Said) -> None:
    removed = chat.reply("!werkzeug löschen T1", by=KORA)
    assert removed.machine["state"] == "removed"
    assert total(chat) == 0
    for command in ("!werkzeug zeige T1", "!werkzeug entfernen T1", "!werkzeug ändern T1 titel: X"):
        assert chat.reply(command, by=KORA).machine["code"] == "conflict"
    chat.reacts(removed, "↩️", by=KORA)
    assert chat.reply("!werkzeug zeige T1").machine == persona.machine


def test_an_edited_command_keeps_its_number_and_undo_removes_it(chat: Chat) -> None:
    reply = chat.reply("!werkzeug neu Hamer", by=KORA)
    chat.edits(chat.last, "!werkzeug neu Hammer | link: https://example.ch", by=KORA)
    assert chat.reply("!werkzeug zeige T1").machine["title"] == "Hammer"
    assert total(chat) == 1
    chat.reacts(reply, "↩️", by=KORA)
    assert total(chat) == 0
    assert chat.reply("!werkzeug neu Zange", by=KORA).machine["ref"] == "T2"


def test_the_same_title_is_asked_about_first(chat: Chat, persona: Said) -> None:
    again = chat.reply("!werkzeug neu persona vorlage", by=KORA)
    assert again.machine["code"] == "conflict"
    assert "T1" in again.text
    chat.reacts(again, "✅", by=KORA)
    assert total(chat) == 2


@pytest.mark.parametrize(
    "link", ["ftp://example.ch", "example", "https://ex ample.ch", "javascript:alert(1)"]
)
def test_what_is_no_link_is_refused(chat: Chat, link: str) -> None:
    assert chat.reply(f"!werkzeug neu Hammer | link: {link}", by=KORA).machine["code"] == "bad_input"
    assert total(chat) == 0


def test_questions_ask_for_link_and_text(chat: Chat) -> None:
    room = chat.direct(KORA)
    asked = chat.reply("werkzeug neu", by=KORA, room=room)
    assert asked.machine["field"] == "title"
    assert chat.reply("Fünf Warum", by=KORA, room=room).machine["field"] == "link"
    assert chat.reply("https://example.ch/warum", by=KORA, room=room).machine["field"] == "text"
    assert chat.reply("weiter", by=KORA, room=room).machine == {
        "type": "tool",
        "ref": "T1",
        "title": "Fünf Warum",
        "link": "https://example.ch/warum",
    }


def test_it_is_in_the_audit_log_and_the_tool_keeps_nobody_s_name(chat: Chat, persona: Said) -> None:
    chat.reply("!werkzeug ändern T1 titel: Persona", by=KORA)
    log = chat.reply("protokoll T1", by=KORA, room=chat.direct(KORA))
    assert "werkzeug neu" in log.text
    assert "werkzeug ändern" in log.text
    with chat.database.transaction() as tx:
        assert KORA not in str(tools.find(tx, 1))


def test_in_english(chat: Chat) -> None:
    chat.member(PIA, language="en")
    room, office = chat.direct(PIA), chat.direct(KORA)
    assert "nothing in the toolbox" in chat.reply("tool list", room=room).text
    chat.reply("profil sprache en", by=KORA, room=office)
    assert "is in the toolbox" in chat.reply("tool new Hammer | tags: workshop", by=KORA, room=office).text
    assert "🧰 Tools (1)" in chat.reply("tool list", room=room).text
    assert "no tool for that" in chat.reply("tool list search: yoga", room=room).text
    assert "workshop" in chat.reply("tool show T1", room=room).text
    assert "is changed" in chat.reply("tool edit T1 title: Saw", by=KORA, room=office).text
    assert "no longer in the toolbox" in chat.reply("tool remove T1", by=KORA, room=office).text
    assert "no longer in the toolbox" in chat.reply("tool show T1", room=room).text
