"""Nobody is asked for more, where what is known already has to be refused."""

from __future__ import annotations

import pytest

from tests.support.chat import Chat

PIA, LEO, ANA, KORA = "@pia:localhost", "@leo:localhost", "@ana:localhost", "@kora:localhost"


@pytest.fixture
def town(chat: Chat) -> Chat:
    """Léo leads P1, in which Pia is too, and Ana P2; a campaign has a jury, and one idea is decided."""
    for who in (PIA, LEO, ANA, KORA):
        chat.member(who)
    chat.process(LEO, PIA, leader=LEO)
    chat.process(ANA, leader=ANA, name="Hundemarken")
    for text, by in (
        ("wettbewerb neu Weniger Papier | bis: 18.03.2027 | jury: @ana:localhost", KORA),
        ("idee neu Quittungen per Mail | wettbewerb: W1", PIA),
        ("idee neu Grünabfuhr", PIA),
        ("idee annehmen I2 grund: Das brauchen alle", KORA),
        ("termin finden P2 Rückschau\n18.03.2027 9:00\n19.03.2027 9:00", ANA),
    ):
        chat.says(f"!{text}", by=by, room=chat.direct(by))
    return chat


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("wettbewerb bewerten W1", "not_allowed"),
        ("wettbewerb bewerten I1", "not_allowed"),
        ("campaign judge I2", "conflict"),
        ("rückmeldung P1", "conflict"),
        ("vereinbarung neu P2", "not_allowed"),
        ("sitzung neu P2", "not_allowed"),
        ("termin finden P2 Rückschau", "not_allowed"),
        ("umfrage neu Wie geht es? | an: P2", "not_allowed"),
        ("ergebnis P2", "not_allowed"),
        ("ergebnis einwand P2", "not_allowed"),
        ("ergebnis einwand P1 Steckbrief", "conflict"),
        ("termin antworten D1", "not_allowed"),
        ("idee bewerte I2", "conflict"),
        ("idee stimme I2", "conflict"),
        ("idee bewerte I99", "not_found"),
        ("stunden neu P99", "not_found"),
        ("sitzung verschieben S99", "not_found"),
        ("termin antworten D99", "not_found"),
    ],
)
def test_it_is_refused_at_once(town: Chat, typed: str, code: str) -> None:
    refused = town.reply(typed, by=LEO, room=town.direct(LEO))
    assert refused.machine.get("code") == code, refused.text


@pytest.mark.parametrize(
    ("command", "answers", "code"),
    [
        ("rückmeldung", ["P1"], "conflict"),
        ("wettbewerb bewerten", ["I1"], "not_allowed"),
        ("vereinbarung neu", ["P2"], "not_allowed"),
        ("idee bewerte", ["I2"], "conflict"),
    ],
)
def test_it_is_refused_once_it_is_known(town: Chat, command: str, answers: list[str], code: str) -> None:
    room = town.direct(PIA)
    town.says(f"!{command}", room=room)
    said = [town.reply(text, room=room) for text in answers]
    assert said[-1].machine.get("code") == code, said[-1].text
    assert town.reply("weiter", room=room).text == "Da ist keine Frage mehr offen."


@pytest.mark.parametrize(
    ("command", "wrong", "why"),
    [
        ("stunden neu 2h", "P99", "P99 gibt es nicht. Für welchen Prozess?"),
        ("idee bewerte", "I99", "I99 gibt es nicht. Welche Idee?"),
        ("termin antworten", "7", "D7 gibt es nicht."),
        ("sitzung absagen", "s9", "S9 gibt es nicht. Welche Sitzung?"),
    ],
)
def test_what_is_not_there_is_said_and_asked_again(town: Chat, command: str, wrong: str, why: str) -> None:
    room = town.direct(PIA)
    asked = town.reply(f"!{command}", room=room)
    again = town.reply(wrong, room=room)
    assert again.machine["type"] == "question"
    assert again.machine["field"] == asked.machine["field"]
    assert again.text.startswith(why)


@pytest.mark.parametrize("decision", ["annehmen", "ablehnen", "überführen"])
def test_a_reason_is_not_asked_for_a_decision_that_is_taken(town: Chat, decision: str) -> None:
    town.says("!idee überführen I2 klasse: L", by=KORA)
    refused = town.reply(f"idee {decision} I2", by=KORA, room=town.direct(KORA))
    assert refused.machine.get("code") == "conflict", refused.text


def test_of_a_file_nothing_is_asked(town: Chat) -> None:
    room = town.direct(KORA)
    assert "Dazu braucht es eine Datei." in town.reply("rückmeldung import", by=KORA, room=room).text
    [told] = town.sends_file(b"Note\n5\n", "feedback import", by=KORA, room=room)
    assert told.machine["type"] == "error"
    assert "Antworten Sie auf die Datei mit: !rückmeldung import P" in told.text
    assert town.reply("weiter", by=KORA, room=room).text == "Da ist keine Frage mehr offen."
