"""What people are told of events: one message a head, the words below the file for the calendar, each thing once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.chat import ROOMS, Chat, Said
from tests.support.kept import staged

KORA, PIA, URS, EVA = "@kora:localhost", "@pia:localhost", "@urs:localhost", "@eva:localhost"
DIRECT, COORDINATION = "!direct-pia:localhost", ROOMS["coordination"]


@pytest.fixture
@staged
def card(chat: Chat) -> Said:
    """The card of A1, with one seat; Pia has it, Urs waits, Eva may come."""
    for who in (KORA, PIA, URS, EVA):
        chat.member(who)
    chat.reply("!anlass neu Treff | wann: 18.03.2027 13:30-17:00 | ort: Liestal | plätze: 1", by=KORA)
    card = chat.card("A1")
    chat.reply("!anlass anmelden A1", by=PIA)
    chat.reply("!anlass anmelden A1", by=URS)
    chat.reacts(card, "❓", by=EVA)
    chat.said[:] = [card]
    return card


def shapes(said: list[Said]) -> list[str]:
    """What kind of message each of them is."""
    return [s.content["msgtype"] for s in said]


@pytest.mark.parametrize(("noun", "ref"), [("anlass", "A1"), ("kurs", "K1")])
def test_in_the_direct_chat_the_answer_is_the_file_with_its_words(
    chat: Chat, card: Said, noun: str, ref: str
) -> None:
    chat.reply("!kurs neu Excel | wann: 18.03.2027 13:30", by=KORA)
    chat.reply(f"!{noun} anmelden {ref}", by=PIA)
    [off] = [s for s in chat.says(f"{noun} abmelden {ref}", by=PIA, room=DIRECT) if s.room == DIRECT]
    assert (off.content["msgtype"], off.replies_to) == ("m.file", chat.last)
    assert off.text.startswith(f"Sie sind abgemeldet: {ref}")
    assert off.content["filename"] == f"{ref.lower()}.ics"
    assert "METHOD:CANCEL" in off.content["data"]
    chat.reply("!anlass abmelden A1", by=URS)
    [on] = [s for s in chat.says(f"{noun} anmelden {ref}", by=PIA, room=DIRECT) if s.room == DIRECT]
    assert (on.content["msgtype"], on.replies_to) == ("m.file", chat.last)
    assert on.text.startswith(f"Sie sind angemeldet: {ref}")
    assert on.machine["type"] == {"anlass": "event", "kurs": "training"}[noun]
    assert on.machine["you"] == {"seat": "confirmed"}
    assert on.machine["file"] == {"of": ref, "format": "ics", "rows": 1}
    chat.later(minutes=1)
    assert chat.to(PIA)[-1] is on


def test_in_a_room_the_answer_is_text_and_the_direct_chat_gets_the_file_once(chat: Chat, card: Said) -> None:
    said = chat.says("!anlass abmelden A1", by=PIA)
    [reply] = [s for s in said if s.replies_to == chat.last]
    assert (reply.content["msgtype"], "file" in reply.machine) == ("m.text", False)
    [told] = chat.to(PIA)
    asked = "Möchten Sie der Koordination etwas dazu sagen? Antworten Sie einfach."
    assert (told.content["msgtype"], told.text) == ("m.file", f"{reply.text}\n{asked}")


def test_who_waits_and_what_has_no_date_gets_no_file(chat: Chat, card: Said) -> None:
    chat.reply("!kurs neu Excel", by=KORA)
    undated = chat.says("kurs anmelden K1", by=PIA, room=DIRECT)
    assert shapes([s for s in undated if s.replies_to]) == ["m.text"]
    waits = chat.says("anlass anmelden A1", by=EVA, room="!direct-eva:localhost")
    assert shapes([s for s in waits if s.replies_to]) == ["m.text"]


def test_taken_back_in_the_direct_chat_the_answer_is_edited_with_its_file(chat: Chat, card: Said) -> None:
    chat.reply("!anlass abmelden A1", by=URS)
    off = next(s for s in chat.says("anlass abmelden A1", by=PIA, room=DIRECT) if s.replies_to)
    [back] = [s for s in chat.reacts(off, "↩️", by=PIA) if s.room == DIRECT]
    assert back.edits == off.event_id
    assert back.shown["msgtype"] == "m.file"
    assert back.text.startswith("Sie sind angemeldet: A1")
    assert "METHOD:REQUEST" in back.shown["data"]


def test_a_reply_in_the_direct_chat_still_links_to_its_card(chat: Chat, card: Said) -> None:
    made = chat.reply("anlass neu Apéro | wann: 1.4.2027 17:00", by=KORA, room="!direct-kora:localhost")
    assert chat.card("A2").event_id in made.html


@pytest.mark.parametrize("key", ["❌", "❓"])
def test_a_tap_is_answered_with_one_message(chat: Chat, card: Said, key: str) -> None:
    chat.reacts(card, key, by=PIA)
    [told] = chat.to(PIA)
    assert (told.content["msgtype"], told.machine["file"]["of"]) == ("m.file", "A1")
    assert told.text.startswith("Sie sind abgemeldet: A1")
    [up] = chat.to(URS)
    assert up.content["msgtype"] == "m.file"
    assert up.text.startswith("Ein Platz ist frei geworden. Sie sind jetzt angemeldet: A1")


def test_a_move_is_told_half_a_minute_later_in_one_message(chat: Chat, card: Said) -> None:
    chat.reply("!anlass verschieben A1 wann: 25.03.2027 13:30", by=KORA)
    assert chat.to(PIA) == []
    chat.later(minutes=1)
    assert shapes(chat.to(PIA)) == ["m.file"]
    assert chat.to(PIA)[0].machine["file"] == {"of": "A1", "format": "ics", "rows": 1}
    assert shapes(chat.to(URS)) == shapes(chat.to(EVA)) == ["m.text"]
    chat.later(minutes=1)
    assert len(chat.to(PIA)) == 1


def test_an_edited_move_is_told_once(chat: Chat, card: Said) -> None:
    chat.reply("!anlass verschieben A1 wann: 25.03.2027 13:30", by=KORA)
    chat.edits(chat.last, "!anlass verschieben A1 wann: 26.03.2027 13:30", by=KORA)
    chat.later(minutes=1)
    [told] = chat.to(PIA)
    assert "Neu: Fr, 26. März 2027" in told.text
    assert "DTSTART;TZID=Europe/Zurich:20270326T133000" in told.content["data"]


def test_a_move_edited_into_another_event_is_taken_back_for_the_first(chat: Chat, card: Said) -> None:
    """Told already, it is told so; within half a minute it was never so."""
    chat.reply("!anlass neu Apéro | wann: 1.4.2027 17:00", by=KORA)
    chat.reply("!anlass verschieben A1 wann: 25.03.2027 13:30", by=KORA)
    moved = chat.last
    chat.later(minutes=1)
    chat.edits(moved, "!anlass verschieben A2 wann: 25.03.2027 13:30", by=KORA)
    chat.later(minutes=1)
    [_, told] = chat.to(PIA)
    assert "Neu: Do, 18. März 2027" in told.text
    assert "DTSTART;TZID=Europe/Zurich:20270318T133000" in told.content["data"]
    chat.reply("!anlass verschieben A1 wann: 25.03.2027 13:30", by=KORA)
    chat.edits(chat.last, "!anlass verschieben A2 wann: 26.03.2027 13:30", by=KORA)
    chat.later(minutes=1)
    assert len(chat.to(PIA)) == 2


ERRORS = {
    "cancelled": "!anlass streichen A1 grund: Falscher Anlass",
    "moved": "!anlass verschieben A1 wann: 25.03.2027 13:30",
    "elsewhere": "!anlass ändern A1 ort: Aesch",
    "called otherwise": "!anlass ändern A1 titel: Fest",
}


@pytest.mark.parametrize("typed", ERRORS.values(), ids=ERRORS)
def test_an_error_put_right_at_once_is_nobodys_news(chat: Chat, card: Said, typed: str) -> None:
    chat.reacts(chat.reply(typed, by=KORA), "↩️", by=KORA)
    chat.later(minutes=1)
    assert chat.to(PIA) == chat.to(URS) == chat.to(EVA) == []


def test_another_title_is_news_for_calendars_alone(chat: Chat, card: Said) -> None:
    reply = chat.reply("!anlass ändern A1 titel: Fest\nMit Apéro", by=KORA)
    assert "Eine Person wird benachrichtigt" in reply.text
    chat.later(minutes=1)
    [told] = chat.to(PIA)
    assert told.text.startswith("📅 Geändert (Titel, Beschreibung): A1 Fest")
    assert "SUMMARY:Fest" in told.content["data"]
    assert chat.to(URS) == chat.to(EVA) == []


def test_who_declined_hears_of_nothing(chat: Chat, card: Said) -> None:
    chat.reacts(card, "❌", by=EVA)
    chat.reply("!anlass abmelden A1", by=URS)
    before = len(chat.to(URS))
    for typed in ERRORS.values():
        chat.reply(typed, by=KORA)
        chat.later(minutes=1)
    assert chat.to(EVA) == []
    assert len(chat.to(URS)) == before


def test_who_moves_up_by_a_change_hears_of_the_change_in_the_same_message(chat: Chat, card: Said) -> None:
    chat.reply("!anlass ändern A1 plätze: 5 | ort: Aesch", by=KORA)
    chat.later(minutes=1)
    [told] = chat.to(URS)
    assert told.text.startswith("Ein Platz ist frei geworden")
    assert "Aesch" in told.text
    assert "LOCATION:Aesch" in told.content["data"]


def test_who_cancels_and_comes_too_gets_it_for_the_calendar(chat: Chat, card: Said) -> None:
    chat.reply("!anlass ändern A1 plätze: 5", by=KORA)
    chat.reply("!anlass anmelden A1", by=KORA)
    before = len(chat.to(KORA))
    assert "3 Personen" in chat.reply("!anlass streichen A1", by=KORA).text
    chat.later(minutes=1)
    assert shapes(chat.to(KORA)[before:]) == ["m.file"]


def test_who_waited_is_not_called_signed_off(chat: Chat, card: Said) -> None:
    reply = chat.reply("!anlass abmelden A1", by=URS)
    assert reply.text == "Sie sind nicht mehr auf der Warteliste von A1 Treff."
    chat.reply("!anlass anmelden A1", by=URS)
    back = chat.reacts(reply_of(chat), "↩️", by=URS)
    assert next(s for s in back if s.edits).text == "Sie sind nicht mehr auf der Warteliste von A1 Treff."


def reply_of(chat: Chat) -> Said:
    return next(s for s in chat.said if s.replies_to == chat.last)


def test_a_changed_date_is_echoed(chat: Chat, card: Said) -> None:
    """Whatever is typed as a date is said back with its weekday."""
    reply = chat.reply("!anlass ändern A1 anmeldung bis: 10.3.27 12 Uhr", by=KORA)
    assert "Anmeldung bis Mi, 10. März 2027, 12:00" in reply.text
    reply = chat.reply("!anlass ändern A1 dauer: 2h", by=KORA)
    assert "Do, 18. März 2027, 13:30–15:30" in reply.text
    reply = chat.reply("!event move A1 when: 17.3.2027 9:00 | deadline: 16.3.2027", by=KORA)
    assert "Mi, 17. März 2027, 09:00–11:00 · Anmeldung bis Di, 16. März 2027." in reply.text


def test_what_is_there_already_is_nobodys_news(chat: Chat, card: Said) -> None:
    reply = chat.reply("!anlass verschieben A1 wann: 18.03.2027 13:30-17:00 | ", by=KORA)
    assert reply.text.startswith("So steht es schon da: A1 Treff\nDo, 18. März 2027")
    assert reply.machine["ref"] == "A1"
    assert chat.to(PIA) == []


def test_a_cancelled_or_past_event_does_not_say_that_one_is_signed_up(chat: Chat, card: Said) -> None:
    assert "Sie sind angemeldet." in chat.reply("!zeige A1", by=PIA).text
    chat.reply("!anlass streichen A1 grund: Der Saal ist weg", by=KORA)
    assert "angemeldet" not in chat.reply("!zeige A1", by=PIA).text
    refused = chat.reply("!anlass anmelden A1", by=EVA).text
    assert refused == "A1 ist abgesagt: Der Saal ist weg\nWas sonst ansteht, zeigt !agenda."


def test_after_the_deadline_the_way_to_sign_off_is_shown(chat: Chat, card: Said) -> None:
    chat.reply("!anlass ändern A1 anmeldung bis: 10.03.2027", by=KORA)
    chat.now = datetime(2027, 3, 12, 9, tzinfo=UTC)
    assert "abmelden mit !anlass abmelden A1" in chat.reply("!zeige A1", by=PIA).text
    assert "anmelden mit" not in chat.reply("!zeige A1", by=EVA).text


def test_a_reminder_is_in_good_german_and_a_late_one_says_no_false_time(chat: Chat, card: Said) -> None:
    chat.now = datetime(2027, 3, 11, 12, 30, tzinfo=UTC)
    chat.tick()
    assert chat.to(PIA)[-1].text.startswith("📅 In 7 Tagen: A1 Treff")
    chat.now = datetime(2027, 3, 17, 20, tzinfo=UTC)
    chat.tick()
    assert chat.to(PIA)[-1].text.startswith(
        "📅 Diese Erinnerung kommt verspätet: A1 Treff\nDo, 18. März 2027"
    )


def test_nobody_is_a_word_and_one_page_is_one(chat: Chat, card: Said) -> None:
    chat.reply("!anlass ändern A1 plätze: -", by=KORA)
    assert "2 angemeldet" in chat.card("A1").text
    assert "noch niemand angemeldet" in chat.says("!kurs neu Excel", by=KORA)[0].text
    assert (
        chat.reply("!anlass liste seite: 9").text == "Auf Seite 9 steht nichts mehr. Es gibt nur eine Seite."
    )


# --- who comes


def test_attendees_come_ten_a_page_and_all_to_programs(chat: Chat) -> None:
    chat.reply("!anlass neu Treff | wann: 18.03.2027 13:30 | plätze: 11", by=KORA)
    people = [chat.member(f"@p{n}:localhost") for n in range(13)]
    for who in people:
        chat.reply("!anlass anmelden A1", by=who)
    first = chat.reply("!anlass teilnehmende A1", by=KORA, room=COORDINATION)
    assert "Angemeldet (11)" in first.text
    assert "10. P9, Aesch" in first.text
    assert "P10" not in first.text
    assert "weiter mit !anlass teilnehmende A1 seite: 2" in first.text
    second = chat.reply("!event attendees A1 page: 2", by=KORA, room=COORDINATION)
    assert "11. P10, Aesch\nWarteliste (2)\n1. P11, Aesch\n2. P12, Aesch" in second.text
    assert first.machine == second.machine
    assert first.machine["confirmed"] + first.machine["waiting"] == people
    third = chat.reply("!anlass teilnehmende A1 seite: 3", by=KORA, room=COORDINATION)
    assert "Auf Seite 3 steht nichts mehr. Es gibt nur 2 Seiten." in third.text


# --- what people type


@pytest.mark.parametrize(("noun", "ref"), [("anlass", "A1"), ("kurs", "K1")])
def test_to_decline_is_to_sign_off_as_with_meetings(chat: Chat, noun: str, ref: str) -> None:
    """A coordinator who does not come has not cancelled it for all."""
    chat.member(KORA)
    chat.reply(f"!{noun} neu Treff | wann: 18.03.2027 13:30", by=KORA)
    assert chat.reply(f"!{noun} zusagen {ref}", by=KORA).machine["you"] == {"seat": "confirmed"}
    off = chat.reply(f"!{noun} absagen {ref}", by=KORA).machine
    assert (off["state"], off["you"]) == ("planned", {"seat": "none"})


def test_the_first_word_of_a_field_is_near_enough_to_name_it(chat: Chat) -> None:
    reply = chat.reply("!anlass neu Treff | wann: 18.03.2027 13:30 | anmeldung: 1.3.2027", by=KORA)
    assert reply.machine["nearest"] == "anmeldung bis"
    assert (
        reply.text
        == "«anmeldung:» gibt es hier nicht. Meinten Sie «anmeldung bis:»? Mit ✅ mache ich das so."
    )


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("anmelden A1", "anlass anmelden A1"),
        ("Abmelden k2", "kurs abmelden K2"),
        ("join A1", "event join A1"),
        ("anmelden P3", "gruppe anmelden P3"),
        ("zusagen S1", "sitzung zusagen S1"),
    ],
)
def test_a_forgotten_noun_is_told_from_the_reference(chat: Chat, card: Said, typed: str, meant: str) -> None:
    reply = chat.reply(f"!{typed}", by=PIA)
    assert reply.machine["code"] == "unknown_command"
    assert reply.machine["nearest"] == f"!{meant}"
    assert reply.machine["options"][0]["value"] == meant


def test_an_invitation_without_an_answer_is_no_yes_in_the_agenda(chat: Chat, card: Said) -> None:
    chat.process(PIA)
    chat.reply("!sitzung neu P1 Start | wann: 10.11.2026 14:00-16:00", by=KORA)
    assert "S1 Start · Antwort offen\n" in chat.reply("agenda", by=PIA, room=DIRECT).text
    chat.reply("!sitzung zusagen S1", by=PIA)
    assert "S1 Start · ✅\n" in chat.reply("agenda", by=PIA, room=DIRECT).text


def test_with_fewer_seats_than_people_the_card_counts_both(chat: Chat, card: Said) -> None:
    chat.reply("!anlass ändern A1 plätze: 2", by=KORA)
    chat.reply("!anlass ändern A1 plätze: 1", by=KORA)
    assert "2 angemeldet auf 1 Platz\n" in chat.card("A1").text


def test_a_description_is_emptied_like_any_other_field(chat: Chat, card: Said) -> None:
    chat.reply("!anlass ändern A1\nMit Apéro", by=KORA)
    assert "Mit Apéro" in chat.card("A1").text
    chat.reply("!anlass ändern A1\n-", by=KORA)
    assert chat.card("A1").text == card.text.replace("0 von 1", "1 von 1").replace(
        "besetzt", "besetzt · 1 auf der Warteliste"
    )


def test_who_was_signed_up_for_what_is_cancelled_hears_that(chat: Chat, card: Said) -> None:
    chat.reply("!anlass streichen A1", by=KORA)
    assert (
        chat.reply("!anlass anmelden A1", by=PIA).text == "A1 ist abgesagt. Was sonst ansteht, zeigt !agenda."
    )
    chat.reacts(card, "✅", by=PIA)
    assert chat.to(PIA)[-1].text == "A1 ist abgesagt. Was sonst ansteht, zeigt !agenda."
