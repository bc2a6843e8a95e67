"""While a process is on hold, or dropped: no seats are offered or given, and no meetings planned."""

from __future__ import annotations

import pytest

from storage import seats
from tests.support.chat import Chat
from tests.support.kept import staged

PIA, URS, EVA = "@pia:localhost", "@urs:localhost", "@eva:localhost"
KORA = "@kora:localhost"
STOPS = ["zurückgestellt", "abgebrochen"]


@pytest.fixture
@staged
def crew(chat: Chat) -> Chat:
    for user in (PIA, URS, EVA):
        chat.member(user)
    return chat


def stop(chat: Chat, how: str) -> None:
    assert chat.reply(f"!prozess phase P1 {how} grund: Kein Geld", by=KORA).machine["type"] == "process"


def state(chat: Chat, user: str) -> str:
    with chat.database.transaction() as tx:
        seat = seats.find(tx, "group", 1, user)
    return seat.state if seat is not None else "none"


@pytest.mark.parametrize("how", STOPS)
def test_no_seat_is_offered_and_nobody_comes_in(crew: Chat, how: str) -> None:
    crew.process(URS, leader=URS, size=3)
    crew.says("!gruppe zuweisen P1 @eva:localhost", by=KORA)
    stop(crew, how)
    assert "frei" not in crew.reply("!gruppe liste", by=PIA).text
    assert "gruppe anmelden" not in crew.reply("gruppe zeige P1", by=PIA, room=crew.direct(PIA)).text
    assert "gruppe anmelden" not in crew.reply("!sitzung liste P1", by=PIA).text
    for text, by in (
        ("gruppe anmelden P1", PIA),
        ("gruppe bestätigen P1", EVA),
        ("sitzung neu P1 Kickoff | wann: 18.03.2027 13:30", URS),
        ("gruppe zuweisen P1 @pia:localhost", KORA),
        ("gruppe vorschlag P1", KORA),
    ):
        said = crew.reply(text, by=by, room=crew.direct(by))
        assert said.machine["code"] == "conflict", text
    assert (state(crew, PIA), state(crew, EVA)) == ("none", "assigned")
    assert crew.reply("gruppe abmelden P1", by=EVA, room=crew.direct(EVA)).machine["type"] == "group"


@pytest.mark.parametrize("how", STOPS)
def test_nobody_moves_up_until_it_goes_on(crew: Chat, how: str) -> None:
    crew.process(URS, size=1)
    crew.says("!gruppe anmelden P1", by=PIA)
    stop(crew, how)
    crew.says("!gruppe abmelden P1", by=URS)
    crew.says("!gruppe grösse P1 5", by=KORA)
    crew.later(minutes=1)
    assert state(crew, PIA) == "waiting"
    assert not any("frei geworden" in said.text for said in crew.to(PIA))
    crew.says("!prozess phase P1 weiter grund: Geld ist da", by=KORA)
    crew.later(minutes=1)
    assert state(crew, PIA) == "confirmed"
    assert sum("frei geworden" in said.text for said in crew.to(PIA)) == 1


def test_a_reserved_seat_is_named_alike_everywhere(crew: Chat) -> None:
    crew.process(URS, leader=URS, size=3)
    crew.says("!gruppe zuweisen P1 @eva:localhost", by=KORA)
    asked = next(said for said in crew.to(EVA) if "Möchten Sie" in said.text)
    for said in (
        asked,
        crew.reply("!gruppe liste", by=PIA),
        crew.reply("gruppe zeige P1", by=PIA, room=crew.direct(PIA)),
    ):
        assert "1 von 3 Plätzen besetzt, 1 reserviert" in said.text
    assert "👥 1 von 3, 1 reserviert" in crew.reply("!prozess zeige P1", by=PIA).text.replace("\xa0", " ")


def test_more_people_than_seats_read_sensibly(crew: Chat) -> None:
    crew.process(PIA, URS, EVA, leader=URS)
    crew.says("!gruppe grösse P1 2", by=KORA)
    assert "3 Personen bei 2 Plätzen" in crew.reply("!gruppe liste", by=PIA).text
    assert "3 bei 2 Plätzen" in crew.reply("!prozess zeige P1", by=PIA).text


def test_dropped_is_said_in_one_word(chat: Chat) -> None:
    pia, direct = chat.member("@pia:localhost"), chat.direct("@pia:localhost")
    chat.process()
    dropped = chat.reply("!prozess phase P1 abgebrochen grund: Das Gesetz fehlt", by="@kora:localhost")
    assert "ist abgebrochen" in dropped.text
    for typed in ("gruppe zeige P1", "gruppe anmelden P1", "prozess zeige P1", "gruppe liste"):
        for said in chat.says(typed, by=pia, room=direct):
            assert "abgebrochen" in said.text or "P1" not in said.text
            assert "weiterverfolgt" not in said.text
