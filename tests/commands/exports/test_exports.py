"""All of a kind as a file: for spreadsheets, and for other programs."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from commands.exports.kinds import KINDS
from storage import processes
from tests.support.chat import Chat, Said

PIA, KORA, MONI = "@pia:localhost", "@kora:localhost", "@moni:localhost"


@pytest.fixture(autouse=True)
def people(chat: Chat) -> None:
    chat.member(PIA)


def export(chat: Chat, command: str) -> Said:
    return chat.reply(f"!export {command}", by=KORA, room=chat.direct(KORA))


def table(file: Said) -> list[dict[str, str]]:
    text = file.content["data"]
    assert text.startswith("\ufeff")
    assert text.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";"))


def rows(file: Said) -> list[dict[str, Any]]:
    return list(json.loads(file.content["data"])["rows"])


def test_ideas_as_a_table(chat: Chat) -> None:
    chat.says('!idee neu =HYPERLINK(1); «Zitat»\nMehrere\n\nZeilen; mit "Zeichen"', by=PIA)
    chat.reacts(chat.card("I1"), "👍", by=MONI)
    file = export(chat, "ideen")
    assert file.machine == {"type": "file", "of": "ideas", "format": "csv", "rows": 1}
    [row] = table(file)
    assert row["Nummer"] == "I1"
    assert row["Titel"].startswith("'=HYPERLINK(1)")
    assert row["Text"].endswith('Zeilen; mit "Zeichen"')
    assert (row["Stand"], row["von"], row["dafür"]) == ("eingereicht", "Pia", "1")
    assert row["seit"] == "2026-11-02T10:00:00+01:00"


def test_programs_read_the_parts_that_cards_have(chat: Chat) -> None:
    chat.says("!idee neu Formulare vorausfüllen", by=PIA)
    file = export(chat, "ideas format: json")
    assert json.loads(file.content["data"]) == {
        "of": "ideas",
        "at": "2026-11-02T10:00:00+01:00",
        "rows": [chat.card("I1").machine],
    }


def fill(chat: Chat) -> None:
    """One of each kind there is."""
    chat.process("Umzugsmeldung", PIA, leader=PIA)
    for line in (
        "!idee neu Formulare vorausfüllen",
        "!börse biete Sitzungszimmer",
        "!stunden neu 2h P1",
    ):
        chat.says(line, by=PIA, room=chat.direct(PIA))
    for line in (
        "!news neu Die Plattform ist da\nSie ist offen.",
        "!anlass neu PI-Event | wann: 18.03.2027 13:30-17:00",
        "!kurs neu Formulare bauen",
        "!werkzeug neu Persona-Vorlage",
        "!sitzung neu P1 Kickoff | wann: 18.03.2027 13:30",
        "!wettbewerb neu Weniger Papier | bis: 30.06.2027\nWo fällt noch Papier an?",
        "!umfrage neu Zeit | an: P1 | bis: 20.11.2026\n? Wann passt es?\n- Vormittag\n- Nachmittag",
        "!vereinbarung neu P1 Formular kürzen",
    ):
        chat.says(line, by=KORA)
    chat.says("!umfrage abschliessen U1", by=KORA)
    with chat.database.transaction() as tx:
        processes.change(tx, 1, phase="frontend_live")
    chat.says("rückmeldung P1 4 Klar.", by=PIA, room=chat.direct(PIA))


def test_feedback_that_is_exported_and_imported_again_is_the_same(chat: Chat) -> None:
    """The dialect is what `as_csv` says; a comment that a spreadsheet would run comes back as it was."""
    for number in (1, 2):
        chat.process(PIA)
        with chat.database.transaction() as tx:
            processes.change(tx, number, phase="frontend_live")
    given = 'Note;Kommentar;Datum;Kanal\r\n5;=1+1;01.10.2026;Web\r\n2;"Mühsam; sehr";;Schalter\r\n'
    room = chat.direct(KORA)
    for number, data in enumerate((given.encode("cp1252"), b""), start=1):
        file = data or export(chat, "rückmeldungen").content["data"].encode()
        [shown] = chat.sends_file(file, f"rückmeldung import P{number}", by=KORA, room=room)
        chat.reacts(shown, "✅", by=KORA)
        chat.later(seconds=20)
    first, second = (
        [{name: row[name] for name in ("Note", "Kommentar", "Datum", "Kanal")} for row in found]
        for found in split(table(export(chat, "feedback")))
    )
    assert first == second
    assert [row["Kommentar"] for row in first] == ["'=1+1", "Mühsam; sehr"]


def split(found: list[dict[str, str]]) -> tuple[list[dict[str, str]], ...]:
    return tuple([row for row in found if row["Nummer"] == process] for process in ("P1", "P2"))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_a_table_and_parts(chat: Chat, kind: str) -> None:
    fill(chat)
    found = rows(export(chat, f"{kind} format: json"))
    german = table(export(chat, KINDS[kind].german))
    assert len(found) == len(german) > 0
    assert all(part["type"] for part in found)
    assert all(any(row.values()) for row in german)
    chat.says("!profil sprache en", by=KORA, room=chat.direct(KORA))
    assert len(table(export(chat, kind))) == len(german)


def test_members_are_all_there_with_their_state(chat: Chat) -> None:
    chat.member("@urs:localhost")
    chat.says("!mitglied entfernen Urs | grund: ausgetreten", by=KORA)
    assert {row["Name"]: row["Stand"] for row in table(export(chat, "mitglieder"))} == {
        "Kora": "dabei",
        "Moni": "dabei",
        "Pia": "dabei",
        "Urs": "ausgetreten",
    }


def test_nothing_is_a_table_too(chat: Chat) -> None:
    assert table(export(chat, "werkzeuge")) == []
    assert rows(export(chat, "werkzeuge format: json")) == []


def test_only_coordinators_and_it_is_in_the_log(chat: Chat) -> None:
    for by in (PIA, MONI):
        refused = chat.reply("!export mitglieder", by=by, room=chat.direct(by))
        assert refused.machine["code"] == "not_allowed"
    export(chat, "mitglieder")
    assert "export mitglieder" in chat.reply("!protokoll", by=KORA, room=chat.direct(KORA)).text


@pytest.mark.parametrize(("typed", "near"), [("idden", "ideen"), ("xyz", None), ("ideen format: pdf", None)])
def test_another_word_is_refused_with_what_there_is(chat: Chat, typed: str, near: str | None) -> None:
    refused = export(chat, typed)
    assert refused.machine["code"] == "bad_input"
    assert refused.machine.get("nearest") == near
    assert ("ideen, stimmen" in refused.text) or ("csv, json" in refused.text)
