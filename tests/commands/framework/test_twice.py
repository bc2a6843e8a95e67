"""What is made a second time is asked about first, whatever it is; it is made all the same where that is meant."""

from __future__ import annotations

from typing import Any

import pytest

from commands.framework.declarations import COMMANDS
from tests.support.chat import ROOMS, Chat, Said
from tests.support.kept import staged

PIA, URS, LEO, MONI, KORA = (f"@{n}:localhost" for n in ("pia", "urs", "leo", "moni", "kora"))
WHEN = "wann: 18.03.2027 13:30"
# What may be made twice: as it is typed, by whom, the reference of the first, and the same in other words.
TWICE = [
    ("idee neu Parkkarten online bestellen", PIA, "I1", "idee neu Parkkarten Online bestellen."),
    ("news neu Das Portal ist da\nSeit heute.", MONI, "N1", "news neu das portal ist da\nAnderer Text"),
    ("news neu Das Portal\nstand: entwurf\nText", MONI, "N1", "news neu Das Portal | stand: entwurf\nText"),
    ("news neu Fest\nwann: 18.03.2027 9:00\nText", MONI, "N1", "news neu Fest | wann: 17.3.27 8:00\nText"),
    (f"anlass neu PI-Event Frühling | {WHEN}-17:00", KORA, "A1", f"anlass neu pi event fruehling\n{WHEN}"),
    (f"kurs neu BPMN für alle | {WHEN}", KORA, "K1", f"kurs neu BPMN für Alle | {WHEN} | plätze: 12"),
    ("kurs neu Ohne Datum", KORA, "K1", "kurs neu ohne datum\nText"),
    ("prozess neu Baugesuch | klasse: L", KORA, "P2", "prozess neu baugesuch klasse: M"),
    (
        f"sitzung neu P1 Austausch | {WHEN}",
        LEO,
        "S1",
        f"sitzung neu P1 Austausch | {WHEN}-15:00 | ort: Aesch",
    ),
    (
        "vereinbarung neu P1 Formular kürzen",
        PIA,
        "V1",
        "vereinbarung neu P1 formular kürzen. | wer: Urs Beispiel",
    ),
    ("werkzeug neu Fünf Warum", KORA, "T1", "werkzeug neu fuenf warum | tags: workshop"),
    ("börse biete Saal in Aesch", PIA, "B1", "börse biete saal in aesch | tags: raum"),
    ("börse suche Hilfe mit BPMN", PIA, "B1", "börse suche hilfe mit bpmn\nBald."),
    (
        "umfrage neu Zeit | an: P1 | bis: 20.11.2026\n? Wann?\n- früh\n- spät",
        LEO,
        "U1",
        "umfrage neu zeit | an: P1 | bis: 21.11.2026\n? Wann passt es?\n- früh\n- spät",
    ),
    ("vereinbarung neu P1 🐶", PIA, "V1", "vereinbarung neu P1 🐶 | bis: 30.06.2027"),
]


@pytest.fixture
@staged
def crew(chat: Chat) -> Chat:
    chat.member(PIA, "Pia Muster", name_key="pia muster")
    chat.member(URS, "Urs Beispiel", name_key="urs beispiel")
    chat.member(LEO, "Léo Frei", name_key="leo frei")
    chat.process(PIA, LEO, leader=LEO)
    return chat


def now(crew: Chat, said: Said) -> dict[str, Any]:
    """What the message says by now."""
    return next((s for s in reversed(crew.said) if s.edits == said.event_id), said).machine


def following(ref: str) -> str:
    return f"{ref[0]}{int(ref[1:]) + 1}"


@pytest.mark.parametrize(("typed", "by", "ref", "again"), TWICE)
def test_it_is_pointed_out_and_made_with_a_tap(crew: Chat, typed: str, by: str, ref: str, again: str) -> None:
    assert crew.reply(f"!{typed}", by=by, room=crew.direct(by)).machine["ref"] == ref
    for text in (typed, again):
        refused = crew.reply(f"!{text}", by=by, room=crew.direct(by))
        assert (refused.machine["code"], refused.machine["similar"]) == ("conflict", [ref])
        assert "trotzdem: ja" in refused.text
        nothing = crew.reply(f"!zeige {following(ref)}", by=by, room=crew.direct(by))
        assert nothing.machine["code"] == "not_found"
    crew.reacts(refused, "✅", by=URS)  # not theirs to say
    crew.reacts(refused, "👍", by=by)
    made = now(crew, refused)
    assert made["ref"] == following(ref)
    crew.reacts(refused, "✅", by=by)  # once
    third = crew.reply(f"!zeige {following(following(ref))}", by=by, room=crew.direct(by))
    assert third.machine["code"] == "not_found"


@pytest.mark.parametrize(("typed", "by", "ref", "again"), TWICE)
def test_or_with_the_field_that_says_so(crew: Chat, typed: str, by: str, ref: str, again: str) -> None:
    crew.reply(f"!{typed}", by=by, room=crew.direct(by))
    head, *text = again.split("\n")
    typed = "\n".join((f"!{head} | trotzdem: ja", *text))
    assert crew.reply(typed, by=by, room=crew.direct(by)).machine["ref"] == following(ref)


@pytest.mark.parametrize(("typed", "by", "ref", "again"), TWICE)
def test_an_edited_command_is_not_asked(crew: Chat, typed: str, by: str, ref: str, again: str) -> None:
    made = crew.reply(f"!{typed}", by=by, room=crew.direct(by))
    crew.edits(crew.last, f"!{again}", by=by, room=crew.direct(by))
    assert now(crew, made)["ref"] == ref


@pytest.mark.parametrize(
    ("typed", "by", "other"),
    [
        (f"anlass neu Treff | {WHEN}", KORA, "anlass neu Treff | wann: 18.06.2027 13:30"),
        (f"anlass neu Treff | {WHEN}", KORA, f"kurs neu Treff | {WHEN}"),
        (f"kurs neu BPMN | {WHEN}", KORA, "kurs neu BPMN | wann: 19.03.2027 13:30"),
        (f"sitzung neu P1 Treff | {WHEN}", KORA, f"sitzung neu P2 Treff | {WHEN}"),
        (f"sitzung neu P1 Treff | {WHEN}", KORA, f"sitzung neu P1 Abnahme | {WHEN}"),
        ("vereinbarung neu P1 Kürzer", LEO, "vereinbarung neu P2 Kürzer"),
        ("prozess neu Baugesuch | klasse: L", KORA, "prozess neu Baugesuche | klasse: L"),
        ("news neu Wochenbrief\nText", MONI, "news neu Wochenbrief | wann: 9.11.2026 12:00\nText"),
        ("news neu Ferien 🐶\nText", MONI, "news neu Ferien im Herbst\nText"),
    ],
)
def test_what_is_another_is_not_asked_about(crew: Chat, typed: str, by: str, other: str) -> None:
    crew.process(LEO, leader=LEO)
    for text in (typed, other):
        assert crew.reply(f"!{text}", by=by, room=crew.direct(by)).machine["type"] != "error"


def test_what_is_over_is_not_in_the_way(crew: Chat) -> None:
    for made, ended, by in (
        (f"anlass neu Treff | {WHEN}", "anlass streichen A1", KORA),
        ("news neu Neu\nText", "news zurückziehen N1", MONI),
        ("vereinbarung neu P1 Kürzer", "vereinbarung erfüllt V1", LEO),
        ("prozess neu Baugesuch | klasse: L", "prozess phase P2 abgebrochen grund: Zu wenig gefragt", KORA),
    ):
        crew.reply(f"!{made}", by=by, room=crew.direct(by))
        assert crew.reply(f"!{ended}", by=by, room=crew.direct(by)).machine["type"] != "error"
        assert crew.reply(f"!{made}", by=by, room=crew.direct(by)).machine["type"] != "error"


def test_an_idea_that_is_a_process_already(crew: Chat) -> None:
    crew.reply("!prozess neu Baugesuch | klasse: L", by=KORA)
    crew.reply("!idee neu Baugesuch")
    crew.reply("!idee annehmen I1 grund: Spart Zeit", by=MONI)
    refused = crew.reply("!idee überführen I1 klasse: L", by=KORA)
    assert refused.machine["similar"] == ["P2"]
    crew.reacts(refused, "✅", by=KORA)
    assert crew.card("P3").machine["title"] == "Baugesuch"
    assert crew.card("I1").machine["process"] == "P3"


def test_everything_that_people_make_is_asked_about() -> None:
    """A command that makes something with a title of its own has the field that says «all the same»."""
    makes = [one for one in COMMANDS.values() if one.name.split()[-1] in ("new", "promote")]
    # Two hours of a day are alike as a matter of course; a feed that is there twice would bring all its news twice.
    makes = [one for one in makes if one.name not in ("hours new", "feed new")]
    assert len(makes) > len(ROOMS)
    assert [one.name for one in makes if "anyway" not in {field.name for field in one.parameters}] == []


@pytest.mark.parametrize(
    "text", ["Alles beschlossen.", "Ein Satz.\n\nNoch einer.", "Vereinbarung: Formular kürzen"]
)
def test_minutes_that_stand_there_already_are_not_added(crew: Chat, text: str) -> None:
    room = crew.direct(LEO)
    crew.reply("!sitzung neu P1 Austausch | wann: 03.11.2026 14:00", by=LEO, room=room)
    crew.later(days=2)
    for kept in ("Begrüssung", text):
        assert crew.reply(f"!sitzung protokoll S1\n{kept}", by=LEO, room=room).machine["type"] == "meeting"
    again = crew.reply(f"!sitzung protokoll S1\n{text}", by=LEO, room=room)
    assert (again.machine["code"], again.text) == ("conflict", "Das steht schon im Protokoll von S1.")
    assert crew.reply("!sitzung protokoll S1\nSatz", by=LEO, room=room).machine["type"] == "meeting"
