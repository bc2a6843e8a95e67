"""Which ideas are taken for the same: typical ideas of municipal employees, two by two."""

from __future__ import annotations

from datetime import timedelta

import pytest

from commands.ideas.matching import THRESHOLD, keys_of, likeness, stems_of
from storage import idea_words
from tests.support.chat import Chat

SAME = [
    ("Umzugsmeldung: Formulare vorausfüllen", "Umzugsmeldung: Formulare vorausfüllen"),
    ("Umzugsmeldung: Formulare vorausfüllen", "UMZUGSMELDUNG – formulare vorausfuellen"),
    ("Umzugsmeldung: Formulare vorausfüllen", "Formular bei der Umzugsmeldung vorausfüllen"),
    ("Umzugsmeldung: Formulare vorausfüllen", "Vorausgefüllte Formulare für die Umzugsmeldung"),
    ("Umzugsmeldung online", "Meldung Umzug online"),
    ("Umzugsmeldung", "Meldung eines Umzugs"),
    ("Umzug melden", "Umzugsmeldung"),
    ("Hundesteuer online bezahlen", "Hundesteuer digital zahlen"),
    ("Hundesteuer online bezahlen", "Steuer für Hunde online bezahlen"),
    ("Tageskarten online reservieren", "Tageskarte elektronisch reservieren"),
    ("Parkkarten digital bestellen", "Parkkarte online kaufen"),
    ("Baubewilligung online einreichen", "Baubewilligungen digital einreichen"),
    ("Baugesuche elektronisch einreichen", "Baugesuch online einreichen"),
    ("Fundbüro online", "Digitales Fundbüro"),
    ("Raumreservation im Gemeindehaus", "Raumreservationen Gemeindehaus"),
    ("Öffnungszeiten der Gemeindeverwaltung", "Oeffnungszeiten Gemeindeverwaltung"),
    ("Abfallkalender als App", "App mit Abfallkalender"),
    ("Schalterstunden nach Vereinbarung", "Schalterstunden auf Vereinbarung"),
    ("Wohnsitzbestätigung online bestellen", "Wohnsitzbestätigung digital"),
    ("Heimatschein bestellen", "Den Heimatschein online bestellen können"),
]
DIFFERENT = [
    ("Formular für die Hundesteuer", "Formular für den Umzug"),
    ("Formulare online", "Fundbüro online"),
    ("Formulare vereinfachen", "Rechnungen vereinfachen"),
    ("Umzugsmeldung: Formulare vorausfüllen", "Baugesuch: Formulare vorausfüllen"),
    ("Umzugsmeldung", "Todesmeldung"),
    ("Tageskarten online reservieren", "Parkkarten online reservieren"),
    ("Hund anmelden", "Hund abmelden"),
    ("Hundesteuer online bezahlen", "Hundekot-Säcke bestellen"),
    ("Baubewilligung online einreichen", "Baustellen auf der Karte anzeigen"),
    ("Kita-Plätze online suchen", "Parkplätze online suchen"),
    ("Tempo 30 an der Hauptstrasse", "Tempo 50 an der Hauptstrasse"),
    ("Schalter am Samstag öffnen", "Sitzungen am Samstag"),
    ("Gemeindehaus sanieren", "Gemeindeversammlung streamen"),
    ("Neue Website", "Neuer Drucker"),
    ("Idee 17", "Idee 18"),
    ("Idee eins", "Idee zwei"),
    ("Rechnungen per eBill", "Steuererklärung per App"),
    ("Online-Termine am Schalter", "Online-Formulare"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_taken_for_the_same(one: str, other: str) -> None:
    assert likeness(stems_of(one), stems_of(other)) >= THRESHOLD


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_told_apart(one: str, other: str) -> None:
    assert likeness(stems_of(one), stems_of(other)) < THRESHOLD


@pytest.mark.parametrize(("one", "other"), SAME[5:13:2])
def test_the_same_are_found_in_the_pool(chat: Chat, one: str, other: str) -> None:
    chat.member("@pia:localhost")
    chat.reply("!idee neu Gemeindeversammlung streamen")
    assert chat.reply(f"!idee neu {one}").machine["ref"] == "I2"
    assert chat.reply(f"!idee neu {other}").machine["similar"] == ["I2"]
    assert chat.reply(f"!idee neu {other} trotzdem: ja").machine["ref"] == "I3"
    assert set(chat.reply(f"!idee neu {one}").machine["similar"]) == {"I2", "I3"}


@pytest.mark.parametrize(("one", "other"), DIFFERENT[3:7:2])
def test_the_different_are_no_alarm(chat: Chat, one: str, other: str) -> None:
    chat.member("@pia:localhost")
    chat.reply(f"!idee neu {one}")
    assert chat.reply(f"!idee neu {other}").machine.get("ref") == "I2"


def test_no_title_is_too_odd(chat: Chat) -> None:
    chat.member("@pia:localhost")
    odd = [
        "!!!",
        "💡💡",
        "½",
        "-",
        "Der die das",
        "a",
        "ß",
        "３４",
        "İ",
        "x" * 120,
        "Привет",
        "{",
        "~",
        "%",
        "_",
    ]
    for number, title in enumerate(odd, 1):
        assert chat.reply(f"!idee neu {title}\nWas ich meine.").machine.get("ref") == f"I{number}", title
        assert chat.reply(f"!idee liste suche: {title}").machine["type"] == "list"


def test_only_standing_ideas_count(chat: Chat) -> None:
    chat.member("@pia:localhost")
    chat.reply("!idee neu Fundbüro online")
    chat.reply("!idee zurückziehen I1")
    assert chat.reply("!idee neu Fundbüro online").machine["ref"] == "I2"


def test_an_edited_title_is_found_and_the_former_one_is_not(chat: Chat) -> None:
    chat.member("@pia:localhost")
    chat.reply("!idee neu Fundbüro online")
    chat.reply("!idee ändern I1 titel: Tageskarten reservieren")
    assert chat.reply("!idee neu Tageskarten reservieren").machine["similar"] == ["I1"]
    assert chat.reply("!idee neu Fundbüro online").machine["ref"] == "I2"
    assert chat.reply("!idee liste suche: Fundbüro").machine["refs"] == ["I2"]


def test_a_likely_one_is_found_among_very_many(chat: Chat) -> None:
    chat.member("@pia:localhost")
    chat.reply("!idee neu Formulare der Hundesteuer vorausfüllen")
    for n in range(150):
        chat.now += timedelta(seconds=3)
        chat.reply(f"!idee neu Formulare vorausfüllen Variante{n * 7919} trotzdem: ja")
    assert chat.reply("!idee neu Hundesteuer: Formular vorausfüllen").machine["similar"][0] == "I1"


def test_an_idea_is_found_by_a_bounded_number_of_keys() -> None:
    keys = keys_of("Titel " * 20, " ".join(f"wort{n}" for n in range(10_000)), None)
    assert len(keys) <= 60 + idea_words.SLOTS
    assert max(map(len, keys_of("x" * 120, "y" * 4000, "z" * 120))) <= 41
