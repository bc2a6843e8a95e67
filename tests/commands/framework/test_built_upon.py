"""What others have done since stays, also days later; and who has lost the right takes nothing back."""

from __future__ import annotations

import re

import pytest

from tests.commands.events.test_event_seats import files
from tests.support.chat import Chat, Said
from tests.support.kept import staged

PIA, PETER, LEA, URS, KORA = (f"@{n}:localhost" for n in ("pia", "peter", "lea", "urs", "kora"))
GROUP = "!group1:localhost"


@pytest.fixture
@staged
def group(chat: Chat) -> Chat:
    """P1 with Pia, Peter and its leader Lea, and three meetings, S1 to S3."""
    for who in (PIA, PETER, LEA, URS):
        chat.member(who)
    chat.process(PIA, PETER, LEA, leader=LEA)
    chat.group_room(1, PIA, PETER, LEA)
    chat.says(
        "!sitzung neu P1 Formulare | wann: 09.11.2026 10:00-12:00 | jede: woche | bis: 23.11.2026",
        by=LEA,
        room=GROUP,
    )
    return chat


def shown(chat: Chat, ref: str) -> Said:
    return chat.reply(f"!sitzung zeige {ref}", by=LEA, room=chat.direct(LEA))


@pytest.mark.parametrize("what", ["protokoll S1 Wir haben alles beschlossen.", "anwesend S1 Pia"])
@pytest.mark.parametrize("changed", ["S3 ort: Rathaus", "S1 ort: Rathaus | modus: alle"])
def test_minutes_survive_an_edit_eight_days_later(group: Chat, changed: str, what: str) -> None:
    group.says(f"!sitzung ändern {changed}", by=LEA, room=GROUP)
    command = group.last
    group.later(days=8)
    group.says(f"!sitzung {what}", by=KORA, room=GROUP)
    before = shown(group, "S1").text
    group.edits(command, f"!sitzung ändern {changed.replace('Rathaus', 'Werkhof')}", by=LEA, room=GROUP)
    assert shown(group, "S1").text == before
    assert ("Pia" if "anwesend" in what else "Wir haben alles beschlossen") in before


@pytest.mark.parametrize(
    ("new", "ref"),
    [("anlass neu Fest | wann: 18.03.2027 13:30", "A1"), ("kurs neu BPMN | wann: 18.03.2027 9:00", "K1")],
)
def test_a_number_used_again_goes_on_counting(group: Chat, new: str, ref: str) -> None:
    before = len(files(group, PIA))
    group.says(f"!{new}", by=KORA)
    command, noun = group.last, new.partition(" ")[0]
    group.says(f"!{noun} anmelden {ref}", by=PIA)
    group.says(f"!{noun} abmelden {ref}", by=PIA)
    group.edits(command, f"!{new} | ort: Liestal", by=KORA)
    group.says(f"!{noun} anmelden {ref}", by=PIA)
    numbers = [int(n) for file in files(group, PIA)[before:] for n in re.findall(r"SEQUENCE:(\d+)", file)]
    assert len(numbers) == 3  # in, out, in
    assert numbers == sorted(numbers)


def test_who_leads_no_more_takes_nothing_back(group: Chat) -> None:
    group.process(PETER, LEA, name="Hundesteuer", leader=LEA)
    reply = group.reply("!sitzung streichen S1 grund: krank", by=LEA, room=GROUP)
    group.says("!gruppe leitung P1 Pia", by=KORA)
    said = group.reacts(reply, "↩️", by=LEA)
    assert "abgesagt" in shown(group, "S1").text
    assert said


def test_who_is_in_the_group_no_more_drops_no_agreement(group: Chat) -> None:
    reply = group.reply("!vereinbarung neu P1 Liste führen", by=PIA, room=GROUP)
    group.says("!gruppe entfernen P1 Pia", by=KORA)
    said = group.reacts(reply, "↩️", by=PIA)
    assert said
    assert "offen" in group.reply("!vereinbarung zeige V1", by=LEA, room=GROUP).text


def test_a_meeting_that_comes_again_asks_those_who_are_there_now(group: Chat) -> None:
    reply = group.reply("!sitzung streichen S1 grund: krank", by=LEA, room=GROUP)
    group.says("!profil verlassen", by=PETER)
    group.says("!gruppe anmelden P1", by=URS)
    before = len(group.to(PETER))
    group.reacts(reply, "↩️", by=LEA)
    group.later(minutes=1)
    text = shown(group, "S1").text
    assert "abgesagt" not in text
    assert "Urs" in text
    assert "Peter" not in text
    assert not any("tippen" in s.text for s in group.to(PETER)[before:])


def test_the_reason_of_a_withdrawal_may_come_later(chat: Chat) -> None:
    chat.says("!news neu Das Portal hat 20 Dienste\nSeit heute.", by=KORA)
    chat.says("!news zurückziehen N1", by=KORA)
    assert chat.reply("!news zurückziehen N1", by=KORA).machine["code"] == "conflict"
    reply = chat.reply("!news zurückziehen N1 grund: Die Zahl war falsch", by=KORA)
    assert "Die Zahl war falsch" in chat.card("N1").text
    other = chat.reply("!news zurückziehen N1 grund: Das Datum war falsch", by=KORA)
    assert "Das Datum war falsch" in chat.card("N1").text
    chat.reacts(other, "↩️", by=KORA)
    assert "Die Zahl war falsch" in chat.card("N1").text
    reply = chat.reply("!news zurückziehen N1 grund: Die Zahl ist falsch", by=KORA)
    chat.reacts(reply, "↩️", by=KORA)
    assert chat.card("N1").machine["state"] == "withdrawn"
    assert "Die Zahl ist falsch" not in chat.card("N1").text


def test_what_one_has_done_oneself_is_not_said_to_be_of_others(chat: Chat) -> None:
    chat.member(PIA)
    made = chat.reply("!idee neu Parkkarten", by=PIA)
    first = chat.last
    chat.reply("!idee ändern I1 titel: Parkkarten per Handy", by=PIA)
    taken_back = chat.reacts(made, "↩️", by=PIA)
    edited = chat.edits(first, "!idee neu Parkplätze", by=PIA)
    said = [s.text for s in [*taken_back, *edited]]
    assert any("I1 bleibt, wie es ist" in text for text in said)
    assert "andere" not in " ".join(said)


def test_what_others_did_is_said_in_the_same_words(chat: Chat) -> None:
    chat.member(PIA)
    chat.member(PETER)
    made = chat.reply("!idee neu Parkkarten", by=PIA)
    chat.reply("!idee stimme I1 +", by=PETER)
    [said] = [s.text for s in chat.reacts(made, "↩️", by=PIA) if s.room == chat.direct(PIA)]
    assert "I1 bleibt, wie es ist: Seither ist damit schon etwas geschehen." in said
