"""A word with a refusal: the next plain message after ❌, told to those alone whom it concerns, once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.chat import ROOMS, Chat, Said
from tests.support.kept import staged

KORA, PIA, URS, EVA = "@kora:localhost", "@pia:localhost", "@urs:localhost", "@eva:localhost"
LINE = "Möchten Sie der Leitung etwas dazu sagen? Antworten Sie einfach."
ROOM = "!group1:localhost"


@pytest.fixture
@staged
def crew(chat: Chat) -> Chat:
    """S1 of the group of Pia and Eva, which Urs leads; A1, for which Pia is signed up, and K1."""
    for who in (KORA, PIA, URS, EVA):
        chat.member(who)
    chat.process(PIA, EVA, URS, leader=URS)
    chat.group_room(1, PIA, EVA, URS)
    chat.reply("!sitzung neu P1 Start | wann: 20.03.2027 13:30", by=URS, room=ROOM)
    chat.reply("!anlass neu Treff | wann: 18.03.2027 13:30", by=KORA)
    chat.reply("!kurs neu Excel | wann: 19.03.2027 13:30", by=KORA)
    chat.reply("!anlass anmelden A1", by=PIA)
    chat.reply("!kurs anmelden K1", by=PIA)
    chat.later(minutes=2)
    return chat


def home(user: str = PIA) -> str:
    return f"!direct-{user[1:].partition(':')[0]}:localhost"


def declines(chat: Chat, ref: str = "S1") -> Said:
    """Pia taps ❌ on the card: what she is asked."""
    [asked] = [
        said for said in chat.reacts(chat.card(ref), "❌") if (said.room, said.edits) == (home(), None)
    ]
    return asked


def told(said: list[Said], word: str) -> list[tuple[str, str | None]]:
    """Where this was said, and which message that edited."""
    return [(one.room, one.edits) for one in said if word in one.text]


def test_after_a_tap_the_next_message_goes_to_the_leader_alone(crew: Chat) -> None:
    asked = declines(crew)
    assert asked.text == LINE
    assert asked.machine == {
        "type": "question",
        "command": "meeting decline",
        "field": "reason",
        "options": [],
    }
    said = crew.says("Mein Kind ist krank", room=home())
    assert [(one.room, one.text) for one in said if one.room == home(URS)] == [
        (
            home(URS),
            "Pia kommt nicht an S1 Start, Sa, 20. März 2027, 13:30: «Mein Kind ist krank»",
        )
    ]
    assert told(said, "krank") == [(home(URS), None)]
    [reply] = [one for one in said if one.replies_to == crew.last]
    assert reply.machine["you"] == {"rsvp": "declined"}
    assert reply.text.startswith("Danke, das ist ausgerichtet.")
    assert told(crew.says("Mein Kind ist krank", room=home()), "Kind") == [], "once"


@pytest.mark.parametrize(
    "word",
    [
        "Ich bin in den Ferien",
        "bis am 12.12.2026 im Militär",
        "Können wir die Sitzung verschieben?",
        "Ich schicke meine Ideen per Mail",
        "An P1 arbeite ich trotzdem weiter",
        "Keine Zeit",
        "Die Sitzung passt mir nicht",
        "habe einen Kurs",
    ],
)
def test_what_only_sounds_like_a_command_is_the_word(crew: Chat, word: str) -> None:
    declines(crew)
    assert told(crew.says(word, room=home()), f"«{word}»") == [(home(URS), None)]


@pytest.mark.parametrize(
    "text",
    [
        "!hilfe",
        "S1",
        "meine Ideen",
        "was steht an",
        "Danke",
        "wo steht P1",
        "12",
        "👍",
        "Ich möchte eine Idee einreichen",
        "wer ist in meiner Gruppe",
        "ich komme doch",
        "vielleicht",
    ],
)
def test_what_is_clearly_something_else_is_not_told(crew: Chat, text: str) -> None:
    declines(crew)
    said = crew.says(text, room=home())
    assert [one for one in said if one.room == home(URS)] == []
    assert told(crew.says("Mein Kind ist krank", room=home()), "Kind") == [(home(URS), None)]


@pytest.mark.parametrize("room", [home(), ROOM])
def test_by_command_it_is_asked_below_the_reply_or_in_the_direct_chat(crew: Chat, room: str) -> None:
    said = crew.says("!sitzung absagen S1", room=room)
    assert [one.room for one in said if LINE in one.text] == [home()]
    assert [one.room for one in said if one.replies_to == crew.last] == [room]
    assert told(crew.says("Arzttermin", room=home()), "Arzttermin") == [(home(URS), None)]


def test_who_has_given_a_reason_is_asked_nothing(crew: Chat) -> None:
    said = crew.says("!sitzung absagen S1 grund: Arzttermin", room=home())
    assert told(said, "Arzttermin") == [(home(URS), None)]
    assert told(said, "Möchten Sie") == []


def test_the_leader_who_declines_is_not_asked(crew: Chat) -> None:
    said = crew.says("!sitzung absagen S1", by=URS, room=home(URS))
    assert told(said, "Möchten Sie") == []


def test_ten_minutes_by_the_events_own_times(crew: Chat) -> None:
    declines(crew)
    crew.now += timedelta(minutes=9)
    assert told(crew.says("Arzttermin", room=home()), "Arzttermin") == [(home(URS), None)]
    crew.reacts(crew.card("S1"), "✅")
    declines(crew)
    crew.now += timedelta(minutes=11)
    assert told(crew.says("Arzttermin", room=home()), "Arzttermin") == []


@pytest.mark.parametrize("act", ["✅", "sitzung zusagen S1", "off"])
def test_who_comes_after_all_is_not_heard(crew: Chat, act: str) -> None:
    declines(crew)
    tap = crew.last
    if act == "off":
        crew.takes_off(tap)
    elif act == "✅":
        crew.reacts(crew.card("S1"), "✅")
    else:
        crew.says(act, room=home())
    assert told(crew.says("Arzttermin", room=home()), "Arzttermin") == []
    assert crew.card("S1").machine["declined"] == 0


@pytest.mark.parametrize("word", ["nein", "Nein danke.", "abbrechen", "weiter", "no"])
def test_nobody_has_to(crew: Chat, word: str) -> None:
    declines(crew)
    assert crew.reply(word, room=home()).text == "Gut, ich lasse es."
    assert told(crew.says("Arzttermin", room=home()), "Arzttermin") == []


def test_an_open_question_keeps_the_next_message(crew: Chat) -> None:
    crew.says("!idee neu", room=home())
    asked = declines(crew)
    assert asked.text == "Möchten Sie der Leitung etwas dazu sagen? Antworten Sie auf diese Nachricht."
    assert crew.reply("Formulare vorausfüllen", room=home()).machine["field"] == "text"
    relation = {"m.in_reply_to": {"event_id": asked.event_id}}
    content = {"msgtype": "m.text", "body": "Arzttermin", "m.relates_to": relation}
    said = crew.sends("m.room.message", content, by=PIA, room=home())
    assert told(said, "Arzttermin") == [(home(URS), None)]
    assert "Noch offen: " in next(one for one in said if one.room == home()).text
    assert crew.reply("weiter", room=home()).machine["ref"] == "I1"


def test_a_menu_keeps_its_numbers(crew: Chat) -> None:
    menu = crew.reply("menü", room=home())
    declines(crew)
    option = menu.machine["options"][0]
    assert told(crew.says(option["key"], room=home()), "Pia kommt nicht") == []
    assert told(crew.says("Arzttermin", room=home()), "Arzttermin") == [(home(URS), None)]


def test_an_edit_of_the_word_is_one_of_what_was_told(crew: Chat) -> None:
    declines(crew)
    said = crew.says("Arztermin", room=home())
    event, [first] = crew.last, [one for one in said if one.room == home(URS)]
    for word in ("Arzttermin", "Termin beim Arzt"):
        edited = crew.edits(event, word, room=home())
        assert told(edited, word) == [(home(URS), first.event_id)]
        assert [one.room for one in edited if one.edits is None] == []
    assert crew.card("S1").machine["declined"] == 1


def test_a_reason_that_the_edit_brings_is_told_and_edited_from_then_on(crew: Chat) -> None:
    crew.says("!sitzung absagen S1", room=home())
    event = crew.last
    [first] = [o for o in crew.edits(event, "!sitzung absagen S1 grund: Arzt", room=home()) if "«" in o.text]
    assert (first.room, first.edits) == (home(URS), None)
    again = crew.edits(event, "!sitzung absagen S1 grund: Zahnarzt", room=home())
    assert told(again, "Zahnarzt") == [(home(URS), first.event_id)]


def test_taken_back_the_word_is_gone_and_the_refusal_stays(crew: Chat) -> None:
    declines(crew)
    tap = crew.last
    said = crew.says("Arzttermin", room=home())
    [first] = [one for one in said if one.room == home(URS)]
    [reply] = [one for one in said if one.replies_to == crew.last]
    [gone] = [one for one in crew.reacts(reply, "↩️") if one.room == home(URS)]
    assert gone.edits == first.event_id
    assert "Arzttermin" not in gone.text
    assert crew.card("S1").machine["declined"] == 1
    crew.takes_off(tap)
    assert crew.card("S1").machine["declined"] == 0, "the tap carries the answer still"


def test_a_word_deleted_before_it_was_seen_is_not_told(crew: Chat) -> None:
    declines(crew)
    said = crew.happens("m.room.message", {"msgtype": "m.text", "body": "Arzttermin"}, by=PIA, room=home())
    gone = crew.happens("m.room.redaction", {"redacts": crew.last}, by=PIA, room=home())
    assert told(crew.apply(said, gone), "Arzttermin") == []


def test_it_is_asked_and_told_once_over_a_restart_and_the_same_events_again(crew: Chat) -> None:
    tap = crew.happens(
        "m.reaction",
        {"m.relates_to": {"rel_type": "m.annotation", "event_id": crew.card("S1").event_id, "key": "❌"}},
        by=PIA,
        room=ROOM,
    )
    word = crew.happens("m.room.message", {"msgtype": "m.text", "body": "Arzttermin"}, by=PIA, room=home())
    assert told(crew.apply(tap), "Möchten Sie") == [(home(), None)]
    crew.restart()
    assert told(crew.apply(tap, word), "Arzttermin") == [(home(URS), None)]
    crew.restart()
    again = crew.apply(tap, word)
    assert told(again, "Arzttermin") + told(again, "Möchten Sie") == []


def test_who_taps_to_and_fro_is_asked_once(crew: Chat) -> None:
    lines = 0
    for _ in range(3):
        said = crew.reacts(crew.card("S1"), "❌")
        lines += len(told(said, "Möchten Sie"))
        crew.takes_off(crew.last)
    assert lines == 1


def test_without_a_leader_it_goes_to_who_planned_it(crew: Chat) -> None:
    crew.process(PIA, name="Baugesuch")
    crew.reply("!sitzung neu P2 Los | wann: 21.03.2027 13:30", by=KORA)
    crew.says("!sitzung absagen S2", room=home())
    assert told(crew.says("Arzttermin", room=home()), "Arzttermin") == [(home(KORA), None)]


# --- events and trainings


@pytest.mark.parametrize(("noun", "ref", "type_"), [("anlass", "A1", "event"), ("kurs", "K1", "training")])
@pytest.mark.parametrize("way", ["tap", "absagen", "abmelden"])
def test_of_an_event_it_goes_to_the_coordinators_in_a_thread(
    crew: Chat, noun: str, ref: str, type_: str, way: str
) -> None:
    said = (
        crew.reacts(crew.card(ref), "❌") if way == "tap" else crew.says(f"!{noun} {way} {ref}", room=home())
    )
    [line] = [one for one in said if "Möchten Sie der Koordination etwas dazu sagen?" in one.text]
    assert line.room == home()
    assert line.machine["type"] == type_, "it stands below what is said anyway"
    said = crew.says("Arzttermin", room=home())
    card, word = [one for one in said if one.room == ROOMS["coordination"]]
    assert f"{ref} · " in card.text
    assert (word.text, word.content["m.relates_to"]["event_id"]) == (
        f"Pia kommt nicht an {ref}: «Arzttermin»",
        card.event_id,
    )
    assert told(said, "Arzttermin") == [(ROOMS["coordination"], None)]
    edited = crew.edits(crew.last, "Zahnarzt", room=home())
    assert told(edited, "Zahnarzt") == [(ROOMS["coordination"], word.event_id)]


def test_more_words_about_an_event_stand_in_the_same_thread(crew: Chat) -> None:
    crew.reply("!anlass anmelden A1", by=EVA)
    crew.says("!anlass absagen A1 grund: Arzt", by=EVA)
    crew.says("!anlass abmelden A1 grund: Ferien", by=PIA)
    first, *words = [one for one in crew.in_room("coordination") if "A1" in one.text]
    assert [one.content["m.relates_to"]["event_id"] for one in words] == [first.event_id] * 2
    assert crew.reacts(words[0], "✅", by=KORA) == []
    assert crew.reply("!anlass zeige A1", by=KORA).machine["confirmed"] == 0


def test_taken_back_of_an_event(crew: Chat) -> None:
    crew.reacts(crew.card("A1"), "❌")
    reply = crew.reply("Arzttermin", room=home())
    gone = [one for one in crew.reacts(reply, "↩️") if one.room == ROOMS["coordination"]]
    assert [(one.edits is not None, "Arzttermin" in one.text) for one in gone] == [(True, False)]
    assert crew.reply("!anlass zeige A1").machine["you"]["seat"] == "none"
    whole = crew.reply("!kurs abmelden K1 grund: Ferien", room=home())
    crew.reacts(whole, "↩️")
    assert crew.reply("!kurs zeige K1").machine["you"]["seat"] == "confirmed"


def test_who_had_no_seat_is_not_asked(crew: Chat) -> None:
    assert told(crew.reacts(crew.card("A1"), "❌", by=EVA), "Möchten Sie") == []
