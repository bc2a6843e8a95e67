"""What is counted reads the same everywhere, and what people tapped counts for whom it concerns."""

from __future__ import annotations

import pytest

from tests.support.chat import Chat
from tests.support.kept import staged

PIA, URS, EVA, LEA = "@pia:localhost", "@urs:localhost", "@eva:localhost", "@lea:localhost"


@pytest.fixture
@staged
def crew(chat: Chat) -> Chat:
    for user in (PIA, URS, EVA, LEA):
        chat.member(user)
    chat.process(PIA, URS, EVA, LEA, leader=LEA)
    chat.group_room(1, PIA, URS, EVA, LEA)
    return chat


def test_who_was_there_is_not_without_an_answer(crew: Chat) -> None:
    crew.says("!sitzung neu P1 Kickoff | wann: 03.11.2026 13:30-15:00", by=LEA)
    crew.later(days=2)
    crew.says("!sitzung anwesend S1 Urs, Eva", by=LEA)
    shown = crew.reply("sitzung zeige S1", by=LEA, room=crew.direct(LEA)).text
    assert "anwesend: Eva, Urs" in shown or "anwesend: Urs, Eva" in shown
    assert "ohne Antwort: Pia" in shown
    assert "ohne Antwort 1" in crew.card("S1").text


def test_what_the_person_concerned_said_a_tap_of_others_does_not_change(crew: Chat) -> None:
    room = crew.direct(URS)
    crew.says("vereinbarung neu P1 Formular | wer: @urs:localhost", by=URS, room=room)
    asked = crew.reply("vereinbarung zeige V1", by=EVA, room=crew.direct(EVA))
    own = crew.reply("vereinbarung zeige V1", by=URS, room=room)
    crew.reacts(asked, "❌", by=EVA)
    assert state(crew) == "missed"
    crew.reacts(own, "✅", by=URS)
    on = crew.last
    assert state(crew) == "kept"
    said = len(crew.to(EVA))
    crew.reacts(asked, "❌", by=EVA)
    assert state(crew) == "kept"
    assert "ist schon erfüllt" in crew.to(EVA)[said].text
    led = crew.reply("vereinbarung zeige V1", by=LEA, room=crew.direct(LEA))
    crew.reacts(led, "❌", by=LEA)
    assert state(crew) == "missed"
    crew.takes_off(on, by=URS)
    assert state(crew) == "missed", "another tap carries it"
    crew.says("vereinbarung erfüllt V1", by=URS, room=room)
    crew.reacts(asked, "❌", by=EVA)
    assert state(crew) == "kept"


def state(crew: Chat) -> str:
    found: str = crew.reply("vereinbarung zeige V1", by=PIA, room=crew.direct(PIA)).machine["state"]
    return found


def test_percent_says_how_it_is_counted(crew: Chat) -> None:
    assert "10 für jede Phase, dazu bis zu 9" in crew.reply("!prozess zeige P1", by=PIA).text


def test_after_the_deadline_the_card_still_says_how_to_sign_off(crew: Chat) -> None:
    text = "!anlass neu Treffen | wann: 18.11.2026 13:30 | anmeldung bis: 10.11.2026"
    crew.says(text, by="@kora:localhost")
    for user in (EVA, URS):
        crew.says("!anlass anmelden A1", by=user)
    crew.later(days=9)
    assert crew.reply("!anlass abmelden A1", by=EVA).machine["type"] == "event"
    assert "abmelden geht noch mit ❌" in crew.card("A1").text


def test_help_offers_a_leader_s_commands_to_who_leads(crew: Chat) -> None:
    moni, room = "@moni:localhost", crew.direct("@moni:localhost")
    assert "sitzung neu" not in crew.reply("hilfe sitzung", by=moni, room=room).text
    assert "sitzung neu" in crew.reply("hilfe sitzung", by=LEA, room=crew.direct(LEA)).text
    assert (
        "sitzung neu"
        in crew.reply("hilfe sitzung", by="@kora:localhost", room=crew.direct("@kora:localhost")).text
    )
