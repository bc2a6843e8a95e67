"""A command edited so that the thing is another group's: nobody learns of it who knew the former by its number."""

from __future__ import annotations

import json

import pytest

from tests.support.chat import HALL, Chat, Said
from tests.support.kept import staged

pytestmark = pytest.mark.long  # each command edited into others

PIA, LEA, URS, EVA, IDA, OTTO = (f"@{n}:localhost" for n in ("pia", "lea", "urs", "eva", "ida", "otto"))
KORA, MONI = "@kora:localhost", "@moni:localhost"
ONE, TWO = "!group1:localhost", "!group2:localhost"
WHEN = "wann: 18.03.2027 13:30"


@pytest.fixture
@staged
def two(chat: Chat) -> Chat:
    """Urs and Eva are in P2, Pia in P1, and Lea leads both."""
    for who in (PIA, LEA, URS, EVA, IDA, OTTO):
        chat.member(who)
    chat.process(PIA, LEA, leader=LEA)
    chat.process(URS, EVA, LEA, leader=LEA, name="Baugesuch")
    chat.group_room(1, PIA, LEA)
    chat.group_room(2, URS, EVA, LEA)
    return chat


def heard(chat: Chat, *, since: int) -> list[Said]:
    """What is said where Urs and Eva read it."""
    places = {TWO, chat.direct(URS), chat.direct(EVA)}
    return [said for said in chat.said[since:] if said.room in places]


def says_secret(said: Said) -> bool:
    return "geheim" in json.dumps(said.content).casefold()


@pytest.mark.parametrize("typed_in", [HALL, ONE, TWO, "direct"])
@pytest.mark.parametrize("told_before", [False, True])
@pytest.mark.parametrize(
    ("former", "later"),
    [
        (f"sitzung neu P2 Formulare | {WHEN}", f"sitzung neu P1 Geheim | {WHEN}"),
        (
            f"sitzung neu P2 Formulare | {WHEN}",
            f"sitzung neu P1 Geheim | {WHEN} | jede: woche | bis: 1.4.2027",
        ),
        (
            f"sitzung neu P2 Formulare | {WHEN} | jede: woche | bis: 1.4.2027",
            "sitzung neu P1 Geheim | wann: 2.3.2027 8:00",
        ),
        (f"sitzung neu P2 Formulare | {WHEN}", "vereinbarung neu P1 Geheim | wer: Pia"),
        ("vereinbarung neu P2 Formulare | wer: Urs", "vereinbarung neu P1 Geheim | wer: Pia"),
        ("vereinbarung neu P2 Formulare | wer: Urs, Eva", "vereinbarung neu P1 Geheim"),
        ("vereinbarung neu P2 Formulare | wer: Urs", f"sitzung neu P1 Geheim | {WHEN}"),
    ],
)
def test_the_other_group_learns_nothing_of_it(
    two: Chat, former: str, later: str, typed_in: str, told_before: bool
) -> None:
    room = two.direct(LEA) if typed_in == "direct" else typed_in
    two.says(f"!{former}", by=LEA, room=room)
    command = two.last
    if told_before:
        two.later(minutes=1)
    before = len(two.said)
    two.edits(command, f"!{later}", by=LEA, room=room)
    two.later(minutes=2)
    own = next((s.event_id for s in two.said if s.replies_to == command), None)  # says it where it was typed
    assert not [s.content for s in heard(two, since=before) if says_secret(s) and s.edits != own]
    assert "Formulare" not in "".join(s.text for s in two.said[before:] if s.room in (ONE, two.direct(PIA)))
    assert not [s for s in two.to(LEA) if s.machine["type"] == "pointer"]


def test_the_other_group_is_told_that_its_own_is_off(two: Chat) -> None:
    two.says(f"!sitzung neu P2 Formulare | {WHEN}", by=LEA)
    command = two.last
    two.edits(command, f"!sitzung neu P1 Geheim | {WHEN}", by=LEA)
    two.later(minutes=1)
    assert "S1 · Formulare" in two.to(URS)[-1].text
    assert "findet nicht statt" in two.to(URS)[-1].text
    assert two.card("S1").machine["state"] == "cancelled"
    assert two.card("S2").room == ONE
    assert "S2" in two.to(PIA)[-1].text


def test_the_same_group_keeps_the_number(two: Chat) -> None:
    two.says("!vereinbarung neu P2 Formulare | wer: Urs", by=LEA, room=TWO)
    command = two.last
    two.later(minutes=1)
    two.edits(command, "!vereinbarung neu P2 Register | wer: Eva", by=LEA, room=TWO)
    two.later(minutes=1)
    assert "V1 · Register" in two.to(EVA)[-1].text
    assert "nicht mehr zu tun" in two.to(URS)[-1].text
    assert "V1 · Formulare" in two.to(URS)[-1].text
    two.says("!vereinbarung neu P2 Weiteres", by=LEA, room=TWO)
    assert two.said[-1].machine["ref"] == "V2"


def test_a_process_made_of_another_idea_is_another(two: Chat) -> None:
    for who, title in ((IDA, "Parkkarte"), (OTTO, "Hundemarke")):
        two.says(f"!idee neu {title}", by=who)
    for idea in ("I1", "I2"):
        two.says(f"!idee annehmen {idea} grund: gut", by=MONI)
    two.says("!idee überführen I1 klasse: L", by=KORA)
    command = two.last
    two.later(minutes=1)
    two.edits(command, "!idee überführen I2 klasse: L", by=KORA)
    two.later(minutes=1)
    assert two.card("P3").machine["title"] == "Parkkarte"
    assert two.card("P3").machine["dropped"]
    assert two.card("P4").machine["title"] == "Hundemarke"
    assert "P4" in two.to(OTTO)[-1].text
    assert "doch noch nicht" in two.to(IDA)[-1].text


# --- who is out learns nothing more


@pytest.mark.parametrize("out", ["gruppe entfernen P2 Urs", "mitglied entfernen @urs:localhost grund: weg"])
@pytest.mark.parametrize("series", ["", " | jede: woche | bis: 01.04.2027"])
@pytest.mark.parametrize("moved", [False, True])
def test_who_is_out_of_the_group_learns_no_new_title(two: Chat, out: str, series: str, moved: bool) -> None:
    two.says(f"!sitzung neu P2 Formulare | {WHEN}{series}", by=LEA, room=TWO)
    if moved:
        two.says("!sitzung verschieben S1 wann: 19.03.2027 8:00", by=LEA, room=TWO)
    two.later(minutes=1)
    two.says(f"!{out}", by=KORA, room=two.direct(KORA))
    urs = two.direct(URS)
    before = len(two.said)
    change = "titel: Geheim | ort: Geheimhaus | link: https://geheim.example.ch"
    two.says(f"!sitzung ändern S1 {change}{' | modus: alle' if series else ''}\n- Geheimes", by=LEA, room=TWO)
    two.later(minutes=1)
    two.says(f"!sitzung ändern S1 titel: Geheimes{' | modus: alle' if series else ''}", by=LEA, room=TWO)
    two.later(minutes=15)
    said = [one for one in two.said[before:] if one.room == urs]
    assert not [one.content for one in said if says_secret(one)]
    assert "S1 Formulare" in "".join(one.text for one in said)


@pytest.mark.parametrize(
    "change", ["Geheim | wer: Pia", "titel: Geheim | wer: -", "wer: Eva | bis: 1.4.2027"]
)
def test_who_sees_to_it_no_more_learns_no_new_words(two: Chat, change: str) -> None:
    two.says("!vereinbarung neu P2 Formulare | wer: Urs", by=LEA, room=TWO)
    two.later(minutes=1)
    two.says(f"!vereinbarung ändern V1 {change}", by=LEA, room=TWO)
    two.later(minutes=1)
    told = two.to(URS)[-1]
    assert "nicht mehr zu tun" in told.text
    assert "V1 · Formulare" in told.text
    assert not says_secret(told)
    assert "2027" not in told.text


# --- news that are a draft again


@pytest.mark.parametrize(
    ("edited", "changed"),
    [
        ("news neu Geheim | stand: entwurf | tags: geheim\nGeheimes", None),
        ("news neu Geheim | wann: 18.03.2027 9:00\nGeheimes", None),
        ("news neu Offen | stand: entwurf\nText", "news ändern N1 titel: Geheim | tags: geheim\nGeheimes"),
    ],
)
@pytest.mark.parametrize("withdrawn", [False, True])
def test_the_news_room_learns_nothing_of_a_draft(
    two: Chat, edited: str, changed: str | None, withdrawn: bool
) -> None:
    two.says("!news neu Offen\nText", by=MONI)
    two.edits(two.last, f"!{edited}", by=MONI)
    if changed is not None:
        two.says(f"!{changed}", by=MONI)
    if withdrawn:
        two.says("!news zurückziehen N1 grund: falsch", by=MONI)
    two.later(minutes=1)
    assert not [said.content for said in two.in_room("news") if says_secret(said)]
    assert [said for said in two.in_room("moderation") if says_secret(said)]
