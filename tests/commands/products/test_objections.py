"""Objections taken back, and reviews that begin again: the group reads of both, and has time."""

from __future__ import annotations

import pytest

from storage import cards
from tests.support.chat import Chat, Said
from tests.support.kept import staged

PIA, URS, EVA, LEA = "@pia:localhost", "@urs:localhost", "@eva:localhost", "@lea:localhost"
ROOM, SENTENCE = "!group1:localhost", "Die Gebühren fehlen."


@pytest.fixture
@staged
def crew(chat: Chat) -> Chat:
    """In review, Pia, Eva and Lea have consented, and Urs has objected: by a tap, with a sentence."""
    for user in (PIA, URS, EVA, LEA):
        chat.member(user)
    chat.process(PIA, URS, EVA, LEA, leader=LEA)
    chat.group_room(1, PIA, URS, EVA, LEA)
    chat.says("!ergebnis P1 Steckbrief in Prüfung link: https://example.ch/s", by=LEA, room=ROOM)
    chat.reacts(card(chat), "✋", by=URS)
    chat.hand = chat.last  # type: ignore[attr-defined]
    chat.says(SENTENCE, by=URS, room=ROOM, thread=card(chat).event_id)
    for user in (PIA, EVA, LEA):
        chat.reacts(card(chat), "✅", by=user)
    return chat


def card(chat: Chat) -> Said:
    with chat.database.transaction() as tx:
        [placed] = cards.list_newest(tx, "product", limit=1)
    return next(said for said in chat.said if said.event_id == placed.event_id)


def shown(chat: Chat) -> Said:
    return chat.reply("!ergebnis zeige P1 Steckbrief", by=PIA, room=ROOM)


def in_thread(chat: Chat, since: int) -> list[Said]:
    of = card(chat).event_id
    return [
        s
        for s in chat.said[since:]
        if s.content.get("m.relates_to", {}).get("event_id") == of and not s.edits
    ]


def test_an_objection_tapped_away_is_said_and_releases_after_a_minute(crew: Chat) -> None:
    before = len(crew.said)
    crew.takes_off(crew.hand, by=URS)  # type: ignore[attr-defined]
    [line] = in_thread(crew, before)
    assert line.text.startswith(f"Urs hat den Einwand zurückgezogen: «{SENTENCE}» P1")
    assert shown(crew).machine["state"] == "in_review"
    crew.later(seconds=50)
    assert shown(crew).machine["state"] == "in_review"
    crew.later(seconds=20)
    assert shown(crew).machine["state"] == "released"
    assert f"zurückgezogen, Urs: {SENTENCE}" in shown(crew).text, "what was said is kept"
    said = len(crew.to(URS))
    crew.reacts(card(crew), "✋", by=URS)
    assert "schon freigegeben, Ihr Einwand kommt leider zu spät" in crew.to(URS)[said:][-1].text


def test_a_slip_is_put_right_within_the_minute_with_the_same_sentence(crew: Chat) -> None:
    crew.takes_off(crew.hand, by=URS)  # type: ignore[attr-defined]
    crew.later(seconds=20)
    before = len(crew.said)
    crew.reacts(card(crew), "✋", by=URS)
    assert in_thread(crew, before) == [], "the sentence is not asked for again"
    crew.later(minutes=5)
    found = shown(crew)
    assert (found.machine["state"], found.machine["objections"]) == ("in_review", 1)
    assert f"Urs: {SENTENCE}" in found.text


@pytest.mark.parametrize("by_tap", [True, False])
def test_consent_takes_the_objection_back_just_so(crew: Chat, by_tap: bool) -> None:
    before = len(crew.said)
    if by_tap:
        crew.reacts(card(crew), "👍", by=URS)
        assert "hat den Einwand zurückgezogen" in in_thread(crew, before)[0].text
        assert "ist damit freigegeben" in in_thread(crew, before)[0].text
    else:
        reply = crew.reply("!ergebnis zustimmen P1 Steckbrief", by=URS, room=ROOM)
        assert "Ihr Einwand ist zurückgezogen" in reply.text
    found = shown(crew)
    assert (found.machine["state"], found.machine["consents"]) == ("released", 4)
    assert f"zurückgezogen, Urs: {SENTENCE}" in found.text


def test_the_grace_survives_a_restart(crew: Chat) -> None:
    crew.takes_off(crew.hand, by=URS)  # type: ignore[attr-defined]
    crew.restart()
    crew.later(minutes=2)
    assert shown(crew).machine["state"] == "released"


def test_without_an_objection_the_last_consent_releases_at_once(crew: Chat) -> None:
    crew.says("!ergebnis P1 BPMN in Prüfung link: https://example.ch/b", by=LEA, room=ROOM)
    for user in (PIA, EVA, LEA):
        reply = crew.reply("!ergebnis zustimmen P1 BPMN", by=user, room=ROOM)
    assert reply.machine["state"] == "released"


def test_a_review_that_begins_again_asks_in_the_room(crew: Chat) -> None:
    before = len(crew.said)
    direct = crew.direct(LEA)
    reply = crew.reply("ergebnis P1 Steckbrief in Prüfung link: https://example.ch/s2", by=LEA, room=direct)
    assert reply.machine["state"] == "in_review"
    [line] = [s for s in crew.said[before:] if s.room == ROOM and s.edits is None]
    assert "P1 · Steckbrief ist wieder in Prüfung: https://example.ch/s2" in line.text
    assert {key for event, key in crew.reactions if event == line.event_id} == {"✅", "✋"}
    crew.reacts(line, "✅", by=EVA)
    on = crew.last
    assert shown(crew).machine["consents"] == 1
    crew.takes_off(on, by=EVA)
    assert shown(crew).machine["consents"] == 0


def test_given_in_the_room_the_reply_is_that_line(crew: Chat) -> None:
    before = len(crew.said)
    text = "!ergebnis P1 Steckbrief in Prüfung link: https://example.ch/s2"
    reply = crew.reply(text, by=LEA, room=ROOM)
    assert [s for s in crew.said[before:] if s.room == ROOM and s.edits is None] == [reply]
    crew.reacts(reply, "✅", by=EVA)
    assert shown(crew).machine["consents"] == 1
