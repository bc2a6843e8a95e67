"""What was cancelled, withdrawn or missed without a reason takes one later, by the same command; and another one."""

from __future__ import annotations

import pytest

from tests.support.chat import ROOMS, Chat, Said
from tests.support.kept import staged

KORA, PIA, URS, EVA = "@kora:localhost", "@pia:localhost", "@urs:localhost", "@eva:localhost"


@pytest.fixture
@staged
def crew(chat: Chat) -> Chat:
    """A1 and K1, for which Pia is signed up, S1 of Pia and Urs, of which Urs declines, V1 of Pia, and N1."""
    for who in (KORA, PIA, URS, EVA):
        chat.member(who)
    chat.process(PIA, URS, leader=PIA)
    chat.reply("!anlass neu Treff | wann: 18.03.2027 13:30", by=KORA)
    chat.reply("!kurs neu Excel | wann: 19.03.2027 13:30", by=KORA)
    chat.reply("!sitzung neu P1 Start | wann: 20.03.2027 13:30", by=KORA)
    chat.reply("!vereinbarung neu P1 Formular entwerfen | wer: Pia | bis: 01.03.2027", by=PIA)
    chat.reply("!news neu Neues Portal\nEs ist da.", by="@moni:localhost")
    chat.reply("!anlass anmelden A1", by=PIA)
    chat.reply("!kurs anmelden K1", by=PIA)
    chat.reply("!sitzung absagen S1", by=URS)
    chat.later(minutes=1)
    return chat


def since(chat: Chat, user: str, count: int) -> list[Said]:
    """What the person has been told since, a minute later, without replies and edits."""
    chat.later(minutes=1)
    return [said for said in chat.to(user)[count:] if said.edits is None and said.replies_to is None]


@pytest.mark.parametrize(
    ("typed", "ref"),
    [("anlass streichen A1", "A1"), ("training cancel K1", "K1"), ("sitzung streichen S1", "S1")],
)
def test_a_cancellation_takes_its_reason_later_and_another_one(crew: Chat, typed: str, ref: str) -> None:
    crew.reply(f"!{typed}", by=KORA)
    crew.later(minutes=1)
    again = crew.reply(f"!{typed}", by=KORA)
    assert again.machine["code"] == "conflict"
    assert f"Einen Grund geben Sie so an: !{again.text.partition(': !')[2]}" in again.text
    assert f"{ref} grund: " in again.text
    for reason in ("Der Saal ist weg", "Die Leitung ist krank"):
        before = len(crew.to(PIA))
        done = crew.reply(f"!{typed} grund: {reason}", by=KORA)
        assert done.machine["state"] == "cancelled"
        assert reason in crew.reply(f"!zeige {ref}", by=PIA, room=crew.direct(PIA)).text
        told = since(crew, PIA, before)
        if ref == "S1":
            assert told == [], "the invitation says it"
            assert reason in crew.to(PIA)[-1].text
        else:
            assert [(one.content["msgtype"], reason in one.text) for one in told] == [("m.text", True)]
    assert "Einen anderen Grund" in crew.reply(f"!{typed} grund: Die Leitung ist krank", by=KORA).text
    before = len(crew.to(PIA))
    crew.reacts(crew.reply(f"!{typed} grund: Falsch", by=KORA), "↩️", by=KORA)
    assert "Die Leitung ist krank" in crew.reply(f"!zeige {ref}", by=PIA, room=crew.direct(PIA)).text
    assert since(crew, PIA, before) == []


def test_with_the_reason_at_once_it_is_one_message(crew: Chat) -> None:
    before = len(crew.to(PIA))
    crew.reply("!anlass streichen A1", by=KORA)
    crew.reply("!anlass streichen A1 grund: Der Saal ist weg", by=KORA)
    [told] = since(crew, PIA, before)
    assert "Der Saal ist weg" in told.text
    assert "METHOD:CANCEL" in told.content["data"]


def test_who_declined_or_has_nothing_to_do_with_it_is_not_told_why(crew: Chat) -> None:
    crew.reply("!sitzung streichen S1", by=KORA)
    crew.later(minutes=1)
    before = len(crew.to(URS)), len(crew.to(EVA))
    crew.reply("!sitzung streichen S1 grund: Krank", by=KORA)
    crew.reply("!anlass streichen A1 grund: Krank", by=KORA)
    assert since(crew, URS, before[0]) == since(crew, EVA, before[1]) == []


def test_all_dates_of_a_series_take_the_reason(crew: Chat) -> None:
    crew.reply("!sitzung neu P1 Stand | wann: 22.03.2027 13:30 | jede: woche | bis: 06.04.2027", by=KORA)
    crew.reply("!sitzung streichen S2 modus: alle", by=KORA)
    crew.later(minutes=1)
    before = len(crew.to(PIA))
    crew.reply("!sitzung streichen S3 grund: Ferien | modus: alle", by=KORA)
    for ref in ("S2", "S3", "S4"):
        assert "Ferien" in crew.reply(f"!zeige {ref}", by=URS, room=crew.direct(URS)).text
    [told] = since(crew, PIA, before)
    assert "Ferien" in told.text


def test_only_who_may_cancel_may_say_why(crew: Chat) -> None:
    crew.reply("!sitzung streichen S1", by=KORA)
    crew.reply("!anlass streichen A1", by=KORA)
    for typed in ("sitzung streichen S1 grund: Nein", "anlass streichen A1 grund: Nein"):
        assert crew.reply(f"!{typed}", by=URS).machine["code"] == "not_allowed"


def test_news_withdrawn_takes_a_reason_and_another_one(crew: Chat) -> None:
    crew.reply("!news zurückziehen N1", by="@moni:localhost")
    again = crew.reply("!news zurückziehen N1", by="@moni:localhost")
    assert "!news zurückziehen N1 grund: " in again.text
    for reason in ("Das Datum stimmt nicht", "Der Link ist falsch"):
        crew.reply(f"!news zurückziehen N1 grund: {reason}", by="@moni:localhost")
        assert reason in crew.card("N1").text
    assert crew.reply("!news withdraw N1 reason: Der Link ist falsch", by="@moni:localhost").machine["code"]


def test_a_missed_agreement_takes_a_reason_and_another_one(crew: Chat) -> None:
    crew.reply("!vereinbarung verfehlt V1", by=PIA)
    again = crew.reply("!vereinbarung verfehlt V1", by=PIA)
    assert "!vereinbarung verfehlt V1 grund: " in again.text
    for reason in ("Das Formular kommt erst im Mai", "Es kommt im Juni"):
        said = crew.says(f"vereinbarung verfehlt V1 grund: {reason}", by=PIA, room=crew.direct(PIA))
        assert any(reason in one.text for one in said if one.replies_to)
    crew.reply("!vereinbarung erfüllt V1", by=PIA)
    assert "Den Stand zeigt" in crew.reply("!vereinbarung erfüllt V1", by=PIA).text


@pytest.mark.parametrize("typed", ["annehmen", "ablehnen"])
def test_a_decision_says_how_its_reason_is_changed(crew: Chat, typed: str) -> None:
    crew.reply("!idee neu Formulare vorausfüllen", by=PIA)
    crew.reply(f"!idee {typed} I1 grund: Spart Zeitt", by="@moni:localhost")
    again = crew.reply(f"!idee {typed} I1 grund: Spart Zeit", by="@moni:localhost")
    assert "Den Grund ändern Sie, indem Sie Ihre frühere Nachricht bearbeiten." in again.text


# --- a group without a leader


@pytest.mark.parametrize("how", ["left", "removed", "removed there", "left for good", "dismissed there"])
def test_that_a_group_has_no_leader_is_said_in_the_coordination_room(crew: Chat, how: str) -> None:
    """However it came about, and once; a command given there has it in its reply."""
    crew.said.clear()
    coordination = ROOMS["coordination"]
    match how:
        case "left":
            crew.says("!gruppe abmelden P1", by=PIA)
        case "removed":
            crew.says("!gruppe entfernen P1 Pia", by=KORA)
        case "removed there":
            crew.says("!gruppe entfernen P1 Pia", by=KORA, room=coordination)
        case "left for good":
            crew.says("profil verlassen", by=PIA, room="!direct-pia:localhost")
        case _:
            crew.says("!mitglied entfernen Pia", by=KORA, room=coordination)
    crew.later(minutes=1)
    [said] = [s for s in crew.in_room("coordination") if "hat keine Leitung mehr" in s.text]
    assert said.text.count("Die Gruppe P1 · Umzugsmeldung hat keine Leitung mehr") == 1
    assert (said.replies_to is not None) == how.endswith("there")
    assert [s for s in crew.to(KORA) if "keine Leitung" in s.text] == []


def test_a_leader_back_at_once_was_never_gone(crew: Chat) -> None:
    crew.said.clear()
    crew.reacts(crew.reply("!mitglied entfernen Pia", by=KORA), "↩️", by=KORA)
    crew.later(minutes=1)
    assert crew.answer("!gruppe zeige P1", by=URS).machine["leader"] == PIA
    assert [s for s in crew.in_room("coordination") if "keine Leitung mehr" in s.text] == []
