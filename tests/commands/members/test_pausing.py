"""Who pauses keeps what they have, is not asked, counted or moved up, and may always sign off and read their own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage import seats
from tests.support.chat import Chat
from tests.support.kept import staged

PIA, URS, EVA, MAX = "@pia:localhost", "@urs:localhost", "@eva:localhost", "@max:localhost"
KORA = "@kora:localhost"


@pytest.fixture
@staged
def crew(chat: Chat) -> Chat:
    for user in (PIA, URS, EVA, MAX):
        chat.member(user)
    return chat


def pauses(chat: Chat, *people: str) -> None:
    for user in people:
        chat.says("profil pause", by=user, room=chat.direct(user))


def is_back(chat: Chat, user: str) -> None:
    chat.says("profil pause aufheben", by=user, room=chat.direct(user))


def state(chat: Chat, kind: str, user: str) -> str:
    with chat.database.transaction() as tx:
        seat = seats.find(tx, kind, 1, user)
    return seat.state if seat is not None else "none"


def event(chat: Chat, noun: str, places: int = 1) -> None:

    chat.says(f"!{noun} neu Treffen | wann: 18.03.2027 13:30-17:00 | plätze: {places}", by=KORA)


@pytest.mark.parametrize(("noun", "kind", "ref"), [("anlass", "event", "A1"), ("kurs", "training", "K1")])
def test_a_free_seat_passes_over_who_pauses_and_the_place_is_kept(
    crew: Chat, noun: str, kind: str, ref: str
) -> None:
    event(crew, noun)
    for user in (URS, PIA, EVA, MAX):
        crew.says(f"!{noun} anmelden {ref}", by=user)
    pauses(crew, PIA)
    crew.says(f"!{noun} abmelden {ref}", by=URS)
    assert (state(crew, kind, PIA), state(crew, kind, EVA)) == ("waiting", "confirmed")
    is_back(crew, PIA)
    crew.says(f"!{noun} abmelden {ref}", by=EVA)
    assert (state(crew, kind, PIA), state(crew, kind, MAX)) == ("confirmed", "waiting")


def test_in_groups_too_and_who_is_back_finds_what_has_stayed_free(crew: Chat) -> None:
    crew.process(URS, size=1)
    crew.says("!gruppe anmelden P1", by=PIA)
    pauses(crew, PIA)
    crew.says("!gruppe abmelden P1", by=URS)
    assert state(crew, "group", PIA) == "waiting"
    is_back(crew, PIA)
    assert state(crew, "group", PIA) == "confirmed"
    assert any("Ein Platz ist frei geworden" in said.text for said in crew.to(PIA))


def test_who_pauses_does_not_count_for_consent(crew: Chat) -> None:
    crew.process(PIA, URS, EVA, MAX, leader=URS)
    room = crew.group_room(1, PIA, URS, EVA, MAX)
    pauses(crew, EVA, MAX)
    asked = crew.reply("!ergebnis P1 Steckbrief in Prüfung link: https://example.ch/s", by=URS, room=room)
    assert (asked.machine["needed"], asked.machine["unanswered"]) == (2, 2)
    for user in (PIA, URS):
        crew.says("!ergebnis zustimmen P1 Steckbrief", by=user, room=room)
    shown = crew.reply("!ergebnis zeige P1 Steckbrief", by=PIA, room=room)
    assert (shown.machine["state"], shown.machine["consents"]) == ("released", 2)


def test_a_pause_settles_what_waited_for_that_person_alone_and_an_objection_stays(crew: Chat) -> None:
    crew.process(PIA, URS, EVA, MAX, leader=URS)
    room = crew.group_room(1, PIA, URS, EVA, MAX)
    for product in ("Steckbrief", "BPMN"):
        crew.says(f"!ergebnis P1 {product} in Prüfung link: https://example.ch/s", by=URS, room=room)
        crew.says(f"!ergebnis zustimmen P1 {product}", by=PIA, room=room)
        crew.says(f"!ergebnis zustimmen P1 {product}", by=URS, room=room)
    crew.says("!ergebnis einwand P1 BPMN Die Gebühren fehlen.", by=EVA, room=room)
    pauses(crew, MAX)
    states = {
        product: crew.reply(f"!ergebnis zeige P1 {product}", by=PIA, room=room).machine
        for product in ("Steckbrief", "BPMN")
    }
    assert states["Steckbrief"]["state"] == "released"
    pauses(crew, EVA)
    assert crew.reply("!ergebnis zeige P1 BPMN", by=PIA, room=room).machine["objections"] == 1


def test_who_pauses_is_not_invited_and_who_is_back_is(crew: Chat) -> None:
    crew.process(PIA, URS, leader=URS)
    pauses(crew, PIA)
    before = len(crew.to(PIA))
    planned = crew.reply("!sitzung neu P1 Kickoff | wann: 18.03.2027 13:30-15:00", by=URS)
    assert (planned.machine["accepted"], planned.machine["open"]) == (1, 0)
    assert crew.to(PIA)[before:] == []
    is_back(crew, PIA)
    crew.later(minutes=1)
    assert any(said.machine["type"] == "meeting" for said in crew.to(PIA)[before:])


def test_signing_off_declining_and_reading_what_is_theirs_always_go(crew: Chat) -> None:
    event(crew, "anlass", 5)
    event(crew, "kurs", 5)
    crew.process(PIA, URS, leader=URS)
    crew.says("!sitzung neu P1 Kickoff | wann: 18.03.2027 13:30-15:00", by=URS)
    for text in ("anlass anmelden A1", "kurs anmelden K1"):
        crew.says(text, by=PIA, room=crew.direct(PIA))
    pauses(crew, PIA)
    room = crew.direct(PIA)
    for text in ("agenda", "idee meine", "sitzung liste", "sitzung zeige S1", "profil zeige", "zeige S1"):
        assert crew.reply(text, by=PIA, room=room).machine["type"] != "error", text
    for text in ("anlass abmelden A1", "kurs abmelden K1", "sitzung absagen S1", "gruppe abmelden P1"):
        assert crew.reply(text, by=PIA, room=room).machine["type"] != "error", text
    for text in ("anlass anmelden A1", "idee neu Kalender", "gruppe anmelden P1", "idee liste"):
        said = crew.reply(text, by=PIA, room=room)
        assert said.machine["code"] == "not_allowed", text
        assert "Sie machen gerade Pause" in said.text
    assert "gruppe abmelden" in crew.reply("hilfe gruppe", by=PIA, room=room).text


def test_taps_sign_off_and_decline_and_any_other_is_answered_once(crew: Chat) -> None:
    event(crew, "anlass", 5)
    card = next(said for said in crew.said if said.machine.get("ref") == "A1" and said.edits is None)
    crew.reacts(card, "✅", by=PIA)
    pauses(crew, PIA)
    before = len(crew.to(PIA))
    crew.reacts(card, "✅", by=PIA)
    crew.reacts(card, "❓", by=PIA)
    [answer] = crew.to(PIA)[before:]
    assert answer.machine == {"type": "error", "code": "not_allowed", "ref": "A1"}
    assert "Sie machen gerade Pause, ✅ bei A1 · Treffen zählt darum nicht" in answer.text
    assert state(crew, "event", PIA) == "confirmed"
    crew.reacts(card, "❌", by=PIA)
    assert state(crew, "event", PIA) == "declined"
    is_back(crew, PIA)
    crew.later(hours=1)
    pauses(crew, PIA)
    before = len(crew.to(PIA))
    crew.reacts(card, "✅", by=PIA)
    assert len(crew.to(PIA)) == before + 1, "another pause, another answer"


def test_taking_off_signs_off_while_pausing(crew: Chat) -> None:
    event(crew, "anlass", 5)
    card = next(said for said in crew.said if said.machine.get("ref") == "A1" and said.edits is None)
    crew.reacts(card, "✅", by=PIA)
    on = crew.last
    pauses(crew, PIA)
    crew.takes_off(on, by=PIA)
    assert state(crew, "event", PIA) == "none"


def test_who_was_asked_into_a_group_may_decline_while_pausing(crew: Chat) -> None:
    crew.process()
    crew.says("!gruppe zuweisen P1 @pia:localhost", by=KORA)
    asked = next(said for said in crew.to(PIA) if "Möchten Sie" in said.text)
    pauses(crew, PIA)
    crew.reacts(asked, "✅", by=PIA)
    assert state(crew, "group", PIA) == "assigned"
    assert "Pause" in crew.to(PIA)[-1].text
    crew.reacts(asked, "❌", by=PIA)
    assert state(crew, "group", PIA) == "none"


def test_nobody_is_reminded_while_pausing(crew: Chat) -> None:
    event(crew, "anlass", 5)
    crew.says("!anlass anmelden A1", by=PIA)
    pauses(crew, PIA)
    before = len(crew.to(PIA))
    crew.now += timedelta(days=130)
    crew.tick()
    assert [said for said in crew.to(PIA)[before:] if said.machine["type"] == "reminder"] == []


def planned(crew: Chat) -> str:
    """A meeting of Urs' group, with Pia invited, who pauses since; the group's room."""
    crew.process(URS, PIA, leader=URS)
    room = crew.group_room(1, URS, PIA)
    crew.says("!sitzung neu P1 Kickoff | wann: 18.03.2027 10:00-11:00", by=URS, room=room)
    crew.later(minutes=1)
    pauses(crew, PIA)
    return room


@pytest.mark.parametrize("then", ["!sitzung ändern S1 ort: Rathaus", "!sitzung verschieben S1 dauer: 2h", ""])
def test_who_pauses_is_not_asked_anew_and_who_is_back_is_once(crew: Chat, then: str) -> None:
    room = planned(crew)
    since = len(crew.to(PIA))
    crew.says("!sitzung verschieben S1 wann: 19.03.2027 10:00", by=URS, room=room)
    crew.later(days=3)
    if then:
        crew.says(then, by=URS, room=room)
    crew.later(minutes=1)
    assert [s.text for s in crew.to(PIA)[since:] if not s.edits] == []
    is_back(crew, PIA)
    crew.later(minutes=1)
    new = [s for s in crew.to(PIA)[since:] if not s.edits and s.machine["type"] == "meeting"]
    assert [s.machine["start"][:10] for s in new] == ["2027-03-19"]
    crew.later(days=3)
    assert [s for s in crew.to(PIA)[since:] if not s.edits and s.machine["type"] == "meeting"] == new


def test_a_cancellation_taken_back_asks_nobody_who_pauses(crew: Chat) -> None:
    room = planned(crew)
    since = len(crew.to(PIA))
    reply = crew.reply("!sitzung streichen S1 grund: krank", by=URS, room=room)
    crew.later(minutes=1)
    crew.says("!gruppe anmelden P1", by=EVA)
    pauses(crew, EVA)
    crew.reacts(reply, "↩️", by=URS)
    crew.later(minutes=1)
    asked = [s for user in (PIA, EVA) for s in crew.to(user) if s.text.startswith("📅 S1") and not s.edits]
    assert [s.machine["state"] for s in asked if s in crew.to(PIA)[since:]] == ["cancelled"]
    assert [s for s in asked if s in crew.to(EVA)] == []
    assert "Eva" not in crew.reply("!sitzung zeige S1", by=URS, room=room).text


def test_the_own_calendar_is_read_while_pausing(crew: Chat) -> None:
    pauses(crew, PIA)
    assert crew.reply("agenda ics", by=PIA, room=crew.direct(PIA)).machine["type"] == "file"


@pytest.mark.parametrize("line", ["!zeige P1", "!zeige I1", "!show A1", "!hilfe gruppe", "!prozess zeige P1"])
def test_what_who_pauses_may_not_is_said_in_a_sentence(chat: Chat, line: str) -> None:
    chat.member(PIA)
    chat.process(PIA)
    chat.reply("!idee neu Digitaler Schalter", by=PIA)
    chat.reply("!profil pause", by=PIA)
    reply = chat.reply(line, by=PIA, room=chat.direct(PIA))
    assert reply.machine.get("code") != "internal"
    assert "Pause" in reply.text or reply.machine["type"] != "error"


def test_a_pause_taken_back_says_that_it_is_over(chat: Chat) -> None:
    chat.member("@pia:localhost")
    room = chat.direct("@pia:localhost")
    begun = chat.reply("profil pause", room=room)
    said = chat.reacts(begun, "↩️")
    assert "wieder dabei" in said[-1].text
    assert "Profil ist geändert" not in said[-1].text
