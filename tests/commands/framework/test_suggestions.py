"""What is answered to who types something else than a command: the nearest that they may use, whole."""

from __future__ import annotations

import pytest

from tests.support.chat import Chat
from tests.support.kept import staged

PIA, URS, LEO, MONI, KORA = (f"@{name}:localhost" for name in ("pia", "urs", "leo", "moni", "kora"))


@pytest.fixture
@staged
def crew(chat: Chat) -> Chat:
    """Pia and Urs are in the group of P1, which Léo leads; Moni moderates, Kora coordinates."""
    for user in (PIA, URS, LEO):
        chat.member(user)
    chat.process(PIA, URS, LEO, leader=LEO)
    chat.direct(MONI)
    chat.direct(KORA)
    return chat


def said(chat: Chat, text: str, by: str = PIA) -> tuple[str | None, str]:
    """The nearest command, and the reply's text."""
    reply = chat.reply(f"!{text}", by=by, room=chat.direct(by))
    return reply.machine.get("nearest"), reply.text


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("gemeinde lsite", "!gemeinde liste"),
        ("gemeinde lits seite: 2", "!gemeinde liste seite: 2"),
        ("gemeinde abdekung", "!gemeinde abdeckung"),
        ("municipality lst", "!municipality list"),
        ("hlfe", "!hilfe"),
        ("stauts", "!status"),
        ("xxxx yyyy", None),
        ("idee löschen I3", "!idee zurückziehen I3"),
        ("gruppe meine", "!gruppe zeige"),
        ("pause", "!profil pause"),
        ("suche Baugesuch", "!idee liste suche: Baugesuch"),
        ("idee Parkkarten per Handy bezahlen", "!idee neu Parkkarten per Handy bezahlen"),
        ("idea Pay parking by phone", "!idea new Pay parking by phone"),
        ("A1 anmelden", "!anlass anmelden A1"),
        ("anmelden A1", "!anlass anmelden A1"),
        ("zusagen S1", "!sitzung zusagen S1"),
        ("S1 absagen", "!sitzung absagen S1"),
        ("abmelden P1", "!gruppe abmelden P1"),
        ("anlass löschen A1", "!anlass abmelden A1"),
        ("sitzung zusgaen S1", "!sitzung zusagen S1"),
        ("wann ist die nächste sitzung", "!sitzung liste"),
        ("ich finde I2 super", "!zeige I2"),
        ("idee neuu Titel", "!idee neu Titel"),
        ("ide neu Titel", "!idee neu Titel"),
        ("idee kommentieren I1 gute Sache", "!zeige I1"),
        ("meine Termine", "!agenda"),
        ("meine Daten löschen", "!datenschutz löschen"),
        ("löschen", "!datenschutz löschen"),
        ("anmelden", "!anlass anmelden"),
        ("abmelden", "!anlass abmelden"),
        ("zusagen", "!sitzung zusagen"),
    ],
)
def test_what_may_be_meant_is_offered_with_the_rest_of_the_line(
    crew: Chat, typed: str, nearest: str | None
) -> None:
    assert said(crew, typed)[0] == nearest


def test_only_what_the_person_may_do_is_offered(crew: Chat) -> None:
    for typed, forbidden in (
        ("gruppe gross", "grösse"),
        ("phas", "phase"),
        ("sitzung streichne S1", "streichen"),
    ):
        nearest, _ = said(crew, typed)
        assert forbidden not in (nearest or ""), nearest
    assert said(crew, "sitzung streichne S1", LEO)[0] == "!sitzung streichen S1"
    assert "streichen" not in (said(crew, "sitzung streichne S1", MONI)[0] or "")  # leads no group
    assert said(crew, "mitglied zegie Pia", KORA)[0] == "!mitglied zeige Pia"


def test_who_is_no_member_is_offered_to_register(chat: Chat) -> None:
    assert said(chat, "anmelden gemeinde: Aesch", URS)[0] == "!profil anmelden gemeinde: Aesch"
    assert said(chat, "kurs anmelden K1", URS)[0] is None


def test_the_sentence_is_whole(crew: Chat) -> None:
    _, text = said(crew, "Guten Morgen, ich möchte etwas fragen")
    assert text == "Das habe ich nicht verstanden. Mit !hilfe sehen Sie, was ich kann."
    assert said(crew, "«quatsch»?")[1].startswith("Den Befehl «quatsch» kenne ich nicht.")
    assert said(crew, "danke dir vielmals für alles")[1].startswith("Das habe ich nicht verstanden.")


def test_the_offered_command_is_carried_out_with_a_tap(crew: Chat) -> None:
    reply = crew.reply("!idee Parkkarten per Handy bezahlen")
    assert "Mit ✅" in reply.text
    assert (reply.event_id, "✅") in crew.reactions
    crew.reacts(reply, "✅", by=URS)
    assert crew.in_room("ideas") == []
    crew.reacts(reply, "✅")
    assert crew.card("I1").machine["title"] == "Parkkarten per Handy bezahlen"
    crew.reacts(reply, "✅")
    assert len([s for s in crew.in_room("ideas") if not s.edits]) == 1


def test_nothing_is_offered_with_a_tap_that_lacks_something(crew: Chat) -> None:
    reply = crew.reply("!sitzung zusgaen")
    assert "✅" not in reply.text
    assert crew.reactions == []


@pytest.mark.parametrize(
    ("typed", "machine"),
    [
        ("I1?", {"type": "idea", "ref": "I1"}),
        ("i 1", {"type": "idea", "ref": "I1"}),
        ("I1 ?", {"type": "idea", "ref": "I1"}),
        ("Idee 1?", {"type": "idea", "ref": "I1"}),
        ("P1!", {"type": "process", "ref": "P1"}),
        ("prozess stand P1", {"type": "process", "ref": "P1"}),
        ("Hilfe!!!", {"type": "help"}),
        ("ideen", {"type": "list", "of": "idea"}),
        ("Sitzungen", {"type": "list", "of": "meeting"}),
        ("idee suche Umzug", {"type": "list", "of": "idea", "total": 1}),
        ("Idee: Kartenzahlung am Schalter", {"type": "idea", "title": "Kartenzahlung am Schalter"}),
        ("neue Idee Kartenzahlung am Schalter", {"type": "idea", "title": "Kartenzahlung am Schalter"}),
        ("neue Idee: Kartenzahlung am Schalter", {"type": "idea", "title": "Kartenzahlung am Schalter"}),
        ("idee neu: Kartenzahlung am Schalter", {"type": "idea", "title": "Kartenzahlung am Schalter"}),
        ("gruppe verlassen P1", {"type": "group", "ref": "P1"}),
        ("gruppe austreten P1", {"type": "group", "ref": "P1"}),
        ("idee anzeigen I1", {"type": "idea", "ref": "I1"}),
        ("mitglied zeige Urs", {"type": "member", "ref": URS}),
    ],
)
def test_everyday_words_are_understood(crew: Chat, typed: str, machine: dict[str, object]) -> None:
    crew.reply("!idee neu Umzug online melden")
    found = crew.reply(typed, room=crew.direct(PIA)).machine
    assert {key: found.get(key) for key in machine} == machine
