"""What a meeting and an event cost: how many messages each person gets, in their direct chat, and how many edits."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.chat import Chat

KORA, PIA, URS, EVA = "@kora:localhost", "@pia:localhost", "@urs:localhost", "@eva:localhost"
Count = Callable[[], dict[str, int]]


@pytest.fixture
def count(chat: Chat) -> Count:
    """New messages a head since the last count, a minute later."""
    for who in (KORA, PIA, URS, EVA):
        chat.member(who)
    seen = dict.fromkeys((PIA, URS, EVA), 0)

    def now() -> dict[str, int]:
        chat.later(minutes=1)
        found = {}
        for who, before in seen.items():
            said = [s for s in chat.to(who) if s.edits is None]
            found[who.partition(":")[0][1:]] = len(said) - before
            seen[who] = len(said)
        return found

    return now


def each(pia: int, urs: int, eva: int) -> dict[str, int]:
    return {"pia": pia, "urs": urs, "eva": eva}


def test_an_event_costs_one_message_a_step_and_nothing_who_declined(chat: Chat, count: Count) -> None:
    """Pia comes, Urs has declined, Eva has said nothing."""
    chat.reply("!anlass neu Treff | wann: 18.03.2027 13:30 | ort: Liestal", by=KORA)
    assert count() == each(0, 0, 0), "the card in the room for the agenda says it"
    chat.reacts(chat.card("A1"), "✅", by=PIA)
    chat.reacts(chat.card("A1"), "❌", by=URS)
    assert count() == each(1, 0, 0)
    chat.reply("!anlass ändern A1 ort: Aesch", by=KORA)
    assert count() == each(1, 0, 0)
    chat.reply("!anlass ändern A1 titel: Fest", by=KORA)
    assert count() == each(1, 0, 0), "the calendar needs it"
    chat.reply("!anlass ändern A1 plätze: 20 | anmeldung bis: 10.03.2027 | öffentlich: ja", by=KORA)
    assert count() == each(0, 0, 0)
    chat.reply("!anlass verschieben A1 wann: 25.03.2027 13:30", by=KORA)
    assert count() == each(1, 0, 0)
    cancelled = chat.reply("!anlass streichen A1 grund: Krank", by=KORA)
    assert count() == each(1, 0, 0)
    chat.reacts(cancelled, "↩️", by=KORA)
    assert count() == each(1, 0, 0)
    chat.reacts(chat.reply("!anlass streichen A1", by=KORA), "↩️", by=KORA)
    assert count() == each(0, 0, 0), "put right in half a minute"
    chat.reacts(chat.card("A1"), "❌", by=PIA)
    assert count() == each(1, 0, 0)


def test_who_waits_or_may_come_to_an_event_pays_for_what_matters_alone(chat: Chat, count: Count) -> None:
    """Pia comes, Urs waits, Eva may come."""
    chat.reply("!anlass neu Treff | wann: 18.03.2027 13:30 | plätze: 1", by=KORA)
    for who, key in ((PIA, "✅"), (URS, "✅"), (EVA, "❓")):
        chat.reacts(chat.card("A1"), key, by=who)
    assert count() == each(1, 1, 0)
    chat.reply("!anlass ändern A1 titel: Fest", by=KORA)
    assert count() == each(1, 0, 0)
    chat.reply("!anlass ändern A1 ort: Aesch", by=KORA)
    assert count() == each(1, 1, 1)
    chat.reply("!anlass verschieben A1 wann: 25.03.2027 13:30", by=KORA)
    chat.reply("!anlass ändern A1 link: https://example.ch/a", by=KORA)
    assert count() == each(1, 1, 1), "two changes in half a minute"
    chat.reacts(chat.card("A1"), "❌", by=PIA)
    assert count() == each(1, 1, 0), "signed off, moved up"
    chat.reply("!anlass streichen A1", by=KORA)
    assert count() == each(0, 1, 1)


@pytest.mark.parametrize("noun", ["anlass", "kurs"])
def test_signing_up_and_off_by_command_is_one_message_each(chat: Chat, count: Count, noun: str) -> None:
    ref = {"anlass": "A1", "kurs": "K1"}[noun]
    chat.reply(f"!{noun} neu Treff | wann: 18.03.2027 13:30", by=KORA)
    count()
    for verb in ("anmelden", "abmelden"):
        chat.says(f"{noun} {verb} {ref}", by=PIA, room=chat.direct(PIA))
        chat.says(f"!{noun} {verb} {ref}", by=URS)
        assert count() == each(1, 1, 0)


def test_a_meeting_costs_one_message_a_step_and_little_who_declined(chat: Chat, count: Count) -> None:
    """Pia comes, Urs has declined, Eva has not answered."""
    chat.process(PIA, URS, EVA, leader=PIA)
    chat.reply("!sitzung neu P1 Start | wann: 18.03.2027 13:30 | ort: Liestal", by=KORA)
    assert count() == each(1, 1, 1)
    chat.says("sitzung zusagen S1", by=PIA, room=chat.direct(PIA))
    chat.says("sitzung absagen S1", by=URS, room=chat.direct(URS))
    assert count() == each(1, 1, 0), "the answer to what they typed"
    chat.reply("!sitzung ändern S1 ort: Aesch", by=KORA)
    assert count() == each(1, 0, 1)
    chat.reply("!sitzung ändern S1 titel: Anfang", by=KORA)
    assert count() == each(0, 0, 0)
    cancelled = chat.reply("!sitzung streichen S1", by=KORA)
    assert count() == each(1, 0, 1)
    chat.reply("!sitzung streichen S1 grund: Krank", by=KORA)
    assert count() == each(0, 0, 0)
    assert cancelled.machine["state"] == "cancelled"


def test_a_meeting_that_is_moved_asks_all_once_and_on_again_those_who_knew_it_was_off(
    chat: Chat, count: Count
) -> None:
    """Who declined may be able to come now."""
    chat.process(PIA, URS, EVA, leader=PIA)
    chat.reply("!sitzung neu P1 Start | wann: 18.03.2027 13:30", by=KORA)
    chat.says("sitzung absagen S1", by=URS, room=chat.direct(URS))
    count()
    chat.reply("!sitzung verschieben S1 wann: 25.03.2027 13:30", by=KORA)
    assert count() == each(1, 1, 1)
    chat.says("sitzung absagen S1", by=URS, room=chat.direct(URS))
    count()
    cancelled = chat.reply("!sitzung streichen S1", by=KORA)
    assert count() == each(1, 0, 1)
    chat.reacts(cancelled, "↩️", by=KORA)
    assert count() == each(1, 0, 1)
    chat.reacts(chat.reply("!sitzung streichen S1", by=KORA), "↩️", by=KORA)
    assert count() == each(0, 0, 0)
