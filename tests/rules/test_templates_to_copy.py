"""Templates to copy can't do harm as they stand; in a group's room its number is not asked."""

from __future__ import annotations

import pytest

from commands.fields import SAMPLES
from commands.framework.context import Settings
from storage.engine.database import Database
from tests.support.chat import Chat
from tests.support.kept import staged

PIA, LEO, MONI, KORA = (f"@{name}:localhost" for name in ("pia", "leo", "moni", "kora"))


@pytest.fixture
@staged
def crew(chat: Chat) -> Chat:
    return build(chat)


def build(chat: Chat) -> Chat:
    for user in (PIA, LEO):
        chat.member(user)
    chat.process(PIA, LEO, leader=LEO)
    chat.group_room(1, PIA, LEO)
    return chat


@pytest.mark.parametrize(
    ("typed", "by"),
    [
        ("idee neu", PIA),
        ("idee stimme", PIA),
        ("idee bewerte I1", PIA),
        ("news neu", MONI),
        ("idee ablehnen I1", MONI),
        ("anlass neu", KORA),
        ("anlass neu Apéro", KORA),
        ("anlass verschieben A1", KORA),
        ("sitzung neu", LEO),
        ("sitzung neu P1 Kickoff", LEO),
        ("ergebnis P1 Steckbrief", LEO),
        ("prozess neu", KORA),
        ("prozess neu Baugesuch", KORA),
        ("prozess phase P1", KORA),
        ("rolle geben Pia", KORA),
        ("gruppe zuweisen P1", KORA),
        ("gruppe grösse P1", KORA),
        ("mitglied ablehnen @pia:localhost", KORA),
        ("profil anmelden", "@neu:localhost"),
        ("profil sprache", PIA),
        ("idea new", PIA),
    ],
)
@pytest.mark.parametrize("language", ["de", "en"])
def test_a_template_sent_as_it_stands_is_refused(
    database: Database, typed: str, by: str, language: str
) -> None:
    chat = build(Chat(database, Settings(coordinators=(KORA,), moderators=(MONI,), language=language)))
    chat.reply("!idee neu Umzug online melden")
    asked = chat.reply(f"!{typed}", by=by)
    assert asked.machine["code"] == "bad_input", asked.text
    template, _, below = asked.text.partition("\n")[2].rpartition("\n")
    assert below.endswith("✅")
    before = len(chat.said)
    again = chat.reply(template, by=by)
    assert again.machine["code"] == "bad_input", again.text
    assert len(chat.said) == before + 1


def test_placeholders_are_refused_wherever_they_stand(crew: Chat) -> None:
    crew.reply("!idee neu Umzug online melden")
    for typed, by in (
        ("!idee neu Titel", PIA),
        ("!idee neu titel", PIA),
        ("!idee neu …", PIA),
        ("!idee neu ...", PIA),
        ("!idee neu Titel …", PIA),
        ("!idee neu «Titel»", PIA),
        ("!prozess neu Titel klasse: L", KORA),
        ("!prozess neu Name … | klasse: M", KORA),
        ("!idee ablehnen I1 grund: Grund", MONI),
        ("!idee ändern I1 titel: Titel", PIA),
        ("!idee ablehnen I1 grund: Weil …", MONI),
        ("!idee ablehnen I1 grund: Weil ...", MONI),
        ("!anlass streichen A1 grund: Because …", KORA),
        ("!news neu Das Portal\nWorum es geht und was es bringt.", MONI),
    ):
        refused = crew.reply(typed, by=by)
        assert refused.machine["code"] == "bad_input", typed
    assert crew.card("I1").machine["state"] == "submitted"
    assert crew.in_room("news") == []


def test_no_sample_is_a_word_somebody_may_mean() -> None:
    for samples in SAMPLES.values():
        for sample in samples:
            assert sample.endswith(("…", ".")) or sample.lower() in ("titel", "title")


def test_ergebnis_keeps_its_name(crew: Chat) -> None:
    assert "\n!ergebnis P1 Steckbrief entwurf…" in crew.reply("!ergebnis P1 Steckbrief", by=LEO).text
    assert "\n!prozess ergebnis P1 " in crew.reply("!prozess ergebnis P1 Steckbrief", by=LEO).text


# --- the room says which group


def test_in_its_room_the_group_is_not_asked_for(crew: Chat) -> None:
    room = "!group1:localhost"
    planned = crew.reply("!sitzung neu Kickoff | wann: 18.03.2027 13:30", by=LEO, room=room)
    assert (planned.machine["process"], planned.machine["title"]) == ("P1", "Kickoff")
    assert crew.reply("!gruppe zeige", room=room).machine["ref"] == "P1"
    assert crew.reply("!sitzung liste", room=room).machine["refs"] == ["S1"]
    agreed = crew.reply("!vereinbarung neu Formular ohne AHV-Nummer", room=room)
    assert agreed.machine["title"] == "Formular ohne AHV-Nummer"
    assert crew.reply("!vereinbarung liste", room=room).machine["refs"] == ["V1"]
    assert crew.reply("!vereinbarung erfüllt", room=room).machine["state"] == "kept"
    text = "!ergebnis Steckbrief Entwurf"
    assert crew.reply(text, by=LEO, room=room).machine["product"] == "profile"
    assert crew.reply("!prozess zeige", room=room).machine["ref"] == "P1"
    assert crew.reply("!gruppe grösse 9", by=KORA, room=room).machine["size"] == 9
    assert crew.reply("!sitzung zusagen", room=room).machine["you"] == {"rsvp": "accepted"}
    assert crew.reply("!sitzung zusagen S1", room=room).machine["ref"] == "S1"
    assert crew.reply("!gruppe zeige P9", room=room).machine["code"] == "not_found"


def test_elsewhere_it_is_asked_with_an_example(crew: Chat) -> None:
    chat = crew
    refused = chat.reply("!sitzung neu Kickoff | wann: 18.03.2027 13:30", by=LEO)
    assert refused.machine["code"] == "bad_input"
    assert refused.text.startswith("Für welche Gruppe? Zum Beispiel: !sitzung neu P12 Kickoff")
    room = chat.direct(LEO)
    chat.says("sitzung neu Kickoff | wann: 18.03.2027 13:30", by=LEO, room=room)
    assert chat.reply("ja", by=LEO, room=room).machine["process"] == "P1"
    assert chat.reply("gruppe zeige", by=LEO, room=room).machine["ref"] == "P1"
    asked = chat.reply("gruppe abmelden", by=LEO, room=room)
    assert [option["value"] for option in asked.machine["options"]] == ["P1"]
    chat.reply("abbrechen", by=LEO, room=room)
    assert chat.reply("gruppe zeige P 1", by=LEO, room=room).machine["ref"] == "P1"


def test_with_several_meetings_the_number_is_asked(crew: Chat) -> None:
    room = "!group1:localhost"
    for day in (17, 18):
        crew.reply(f"!sitzung neu Termin {day} | wann: {day}.03.2027 13:30", by=LEO, room=room)
    asked = crew.reply("!sitzung zusagen", room=room)
    assert "!sitzung zusagen S…" in asked.text
