"""Registration, profile and preferences, as people meet them."""

import pytest

from storage import members
from tests.support.chat import HALL, ROOMS, Chat, Said

PIA, PETER, KORA = "@pia:localhost", "@peter:localhost", "@kora:localhost"
REGISTER = (
    "!profil anmelden gemeinde: Aesch | funktion: Einwohnerdienste | wissen: Umzug, eBau | interessen: KI"
)


def card_of(chat: Chat) -> Said:
    """How the newest registration card looks now."""
    said = chat.in_room("coordination")
    first = [s for s in said if s.edits is None and "Anmeldung" in s.text][-1]
    return next((s for s in reversed(said) if s.edits == first.event_id), first)


def test_a_registration_waits_for_the_coordinators(chat: Chat) -> None:
    reply = chat.reply(REGISTER)
    assert reply.machine == {"type": "member", "ref": PIA, "name": "Pia", "state": "pending"}
    assert "Aesch" not in reply.text
    card = card_of(chat)
    assert card.machine["municipality"] == "Aesch"
    assert card.machine["function"] == "Einwohnerdienste"
    assert "Umzug, eBau" in card.text
    assert {key for event, key in chat.reactions if event == card.event_id} == {"✅", "❌"}


def test_in_the_direct_chat_the_reply_repeats_what_was_given(chat: Chat) -> None:
    room = chat.direct(PIA)
    reply = chat.reply("profile register municipality: aesch\nfunction: Residents' services", room=room)
    assert reply.machine["municipality"] == "Aesch"
    assert "Residents' services" in reply.text


def test_the_name_comes_from_the_room(chat: Chat) -> None:
    chat.enters(HALL, PIA, "Pia  Muster\u202e")
    assert chat.reply(REGISTER).machine["name"] == "Pia Muster"


def test_a_municipality_is_not_guessed(chat: Chat) -> None:
    reply = chat.reply("!profil anmelden gemeinde: Aesh | funktion: Kasse")
    assert (reply.machine["code"], reply.machine["nearest"]) == ("bad_input", "Aesch")
    assert chat.in_room("coordination") == []


def test_what_is_missing_is_asked_for(chat: Chat) -> None:
    reply = chat.reply("!profil anmelden gemeinde: Aesch")
    assert reply.machine["code"] == "bad_input"
    assert "funktion: Einwohnerdienste" in reply.text


def test_registering_again_while_waiting_replaces(chat: Chat) -> None:
    chat.says(REGISTER)
    chat.reply("!profil anmelden gemeinde: Liestal | funktion: Bauamt")
    assert len([s for s in chat.in_room("coordination") if s.edits is None]) == 1
    assert card_of(chat).machine["municipality"] == "Liestal"


def test_who_takes_part_need_not_register(chat: Chat) -> None:
    chat.member(PIA)
    assert chat.reply(REGISTER).machine["code"] == "conflict"
    chat.says("!profil pause")
    assert "profil da" in chat.reply(REGISTER).text


def test_an_edited_registration_is_made_anew(chat: Chat) -> None:
    reply = chat.reply(REGISTER)
    said = chat.edits(chat.last, REGISTER.replace("Aesch", "Muttenz"))
    assert reply.event_id in {s.edits for s in said}
    assert card_of(chat).machine["municipality"] == "Muttenz"
    assert len([s for s in chat.in_room("coordination") if s.edits is None]) == 1


def test_an_edit_that_makes_no_sense_changes_nothing(chat: Chat) -> None:
    chat.reply(REGISTER)
    chat.edits(chat.last, REGISTER.replace("Aesch", "Entenhausen"))
    assert card_of(chat).machine["municipality"] == "Aesch"


def test_a_registration_can_be_taken_back(chat: Chat) -> None:
    reply = chat.reply(REGISTER)
    chat.reacts(reply, "↩️")
    assert "zurückgezogen" in card_of(chat).text
    assert "Aesch" not in card_of(chat).text
    assert chat.reply(REGISTER).machine["state"] == "pending"


def test_after_the_decision_an_edit_changes_nothing(chat: Chat) -> None:
    chat.direct(PIA)
    reply = chat.reply(REGISTER)
    command = chat.last
    chat.says(f"!mitglied aufnehmen {PIA}", by=KORA)
    [edit] = chat.edits(command, REGISTER.replace("Aesch", "Muttenz"))
    assert edit.edits == reply.event_id
    assert edit.machine["code"] == "conflict"


def test_one_s_own_profile_is_shown_in_the_direct_chat_only(chat: Chat) -> None:
    chat.member(PIA, knowhow=["Umzug"])
    pointer = chat.reply("!profil zeige")
    assert pointer.machine == {"type": "pointer", "to": "direct"}
    shown = chat.to(PIA)[-1]
    assert shown.machine["roles"] == ["pi"]
    assert "Umzug" in shown.text
    assert "7 Tage, 1 Tag, 1 Stunde vorher" in shown.text
    assert chat.reply("profil zeige", room=chat.direct(PIA)).machine["municipality"] == "Aesch"


def test_of_others_a_room_learns_the_name_only(chat: Chat) -> None:
    chat.member(PIA)
    chat.member(PETER)
    reply = chat.reply("!profil zeige Peter")
    assert reply.machine == {"type": "member", "ref": PETER, "name": "Peter", "state": "active"}
    assert "Aesch" not in reply.text
    assert chat.reply("profil zeige Peter", room=chat.direct(PIA)).machine["municipality"] == "Aesch"


def test_profiles_are_no_business_of_strangers(chat: Chat) -> None:
    chat.member(PETER)
    assert chat.reply(f"!profil zeige {PETER}").machine["code"] == "not_allowed"
    assert chat.reply("!profil zeige").machine["code"] == "not_allowed"
    assert chat.reply("!profil ändern funktion: Kasse").machine["code"] == "not_allowed"


def test_who_is_not_there_is_not_found(chat: Chat) -> None:
    chat.member(PIA)
    assert chat.reply("!profil zeige @niemand:localhost").machine["code"] == "not_found"


def test_changing_the_profile(chat: Chat) -> None:
    room = chat.direct(chat.member(PIA, knowhow=["Umzug"], interests=["KI"]))
    reply = chat.reply("profil ändern funktion: Bauamt | wissen: GIS, eBau | interessen: -", room=room)
    assert reply.machine["function"] == "Bauamt"
    shown = chat.reply("profil zeige", room=room)
    assert "GIS, eBau" in shown.text
    assert "Interessen" not in shown.text
    assert chat.reply("!profil ändern").machine["code"] == "bad_input"
    assert "Bauamt" not in chat.reply("!profil ändern gemeinde: Liestal").text


def test_an_edited_change_takes_the_first_one_back(chat: Chat) -> None:
    room = chat.direct(chat.member(PIA))
    chat.says("profil ändern funktion: Bauamt", room=room)
    chat.edits(chat.last, "profil ändern gemeinde: Liestal", room=room)
    machine = chat.reply("profil zeige", room=room).machine
    assert (machine["function"], machine["municipality"]) == ("Einwohnerdienste", "Liestal")


def test_a_change_changed_again_can_not_be_taken_back(chat: Chat) -> None:
    room = chat.direct(chat.member(PIA))
    chat.says("profil ändern funktion: Bauamt", room=room)
    first = chat.last
    chat.says("profil ändern funktion: Kasse", room=room)
    [edit] = chat.edits(first, "profil ändern funktion: Werkhof", room=room)
    assert edit.machine["code"] == "conflict"
    assert chat.reply("profil zeige", room=room).machine["function"] == "Kasse"


def test_a_pause_and_back(chat: Chat) -> None:
    chat.member(PIA)
    assert chat.reply("!profil pause").machine["state"] == "paused"
    assert chat.reply("!idee neu Formulare").machine["code"] == "not_allowed"
    assert chat.reply("!profil pause").machine["state"] == "paused"
    assert chat.reply("!profil pause aufheben").machine["state"] == "active"
    assert chat.reply("!profil pause weg").machine["state"] == "active"


@pytest.mark.parametrize(
    ("typed", "now", "dropped"),
    [
        ("+Grafik", ["BPMN", "Umzug", "Grafik"], None),
        ("+Grafik, Velo", ["BPMN", "Umzug", "Grafik", "Velo"], None),
        ("+bpmn", ["BPMN", "Umzug"], None),
        ("-umzug", ["BPMN"], "Umzug"),
        ("-Umzug, +Grafik", ["BPMN", "Grafik"], "Umzug"),
        ("Grafik", ["Grafik"], "BPMN, Umzug"),
        ("BPMN, Umzug, Grafik", ["BPMN", "Umzug", "Grafik"], None),
        ("-", [], "BPMN, Umzug"),
    ],
)
def test_lists_grow_and_shrink(chat: Chat, typed: str, now: list[str], dropped: str | None) -> None:
    chat.member(PIA, knowhow=["BPMN", "Umzug"])
    said = chat.reply(f"profil ändern wissen: {typed}", room=chat.direct(PIA)).text
    assert ("Nicht mehr darin: " in said) == (dropped is not None)
    assert dropped is None or f"Nicht mehr darin: {dropped}." in said
    shown = chat.reply("profil zeige", room=chat.direct(PIA)).text
    assert all(word in shown for word in now)
    assert not any(word in shown for word in {"BPMN", "Umzug"} - {*now})


def test_leaving_is_told_to_the_coordinators(chat: Chat) -> None:
    chat.member(PIA)
    assert chat.reply("!profil verlassen").machine["state"] == "left"
    chat.later(minutes=10, seconds=31)
    assert "verlassen" in chat.in_room("coordination")[-1].text
    assert chat.reply("!profil pause").machine["code"] == "not_allowed"
    assert chat.reply(REGISTER).machine["state"] == "pending"


def test_leaving_while_waiting_withdraws(chat: Chat) -> None:
    chat.says(REGISTER)
    chat.says("!profil verlassen")
    assert "zurückgezogen" in card_of(chat).text


@pytest.mark.parametrize("words", ["!profil verlassen", "!profil pause"])
def test_the_last_coordinator_stays(chat: Chat, words: str) -> None:
    assert chat.reply(words, by=KORA).machine["code"] == "conflict"
    chat.member(PIA)
    chat.says("!rolle geben Pia koordinator", by=KORA)
    assert chat.reply(words, by=KORA).machine["type"] == "member"


def test_preferences(chat: Chat) -> None:
    room = chat.direct(chat.member(PIA))
    assert "Language: English" in chat.reply("!profil sprache en", room=room).text
    assert "2 days, 1 hour ahead" in chat.reply("!profile reminder 2d, 1h", room=room).text
    assert "Reminders: none" in chat.reply("profil erinnerung aus", room=room).text
    assert "Weekly digest: no" in chat.reply("profil digest aus", room=room).text
    assert "Wochenüberblick: ja" not in chat.reply("!profil digest wöchentlich").text
    assert "Weekly digest: yes" in chat.to(PIA)[-1].text
    assert chat.reply("!profil sprache fr", room=room).machine["code"] == "bad_input"
    with chat.database.transaction() as tx:
        member = members.find(tx, PIA)
        assert member is not None
        assert (member.language, member.reminders, member.digest) == ("en", [], True)


def test_a_member_is_called_as_in_the_rooms(chat: Chat) -> None:
    chat.member(PIA)
    chat.enters(ROOMS["ideas"], PIA, "Pia Muster")
    assert chat.reply("!profil zeige @pia:localhost", by=KORA).machine["name"] == "Pia Muster"
    assert chat.reply("!profil zeige pia muster", by=KORA).machine["ref"] == PIA
    chat.enters(ROOMS["ideas"], PIA, None)
    assert chat.reply("!profil zeige @pia:localhost", by=KORA).machine["name"] == "Pia Muster"


# --- the name on public pages


def test_a_name_is_public_only_where_the_person_said_so(chat: Chat) -> None:
    chat.member(PIA)
    room = chat.direct(PIA)
    assert "Name auf öffentlichen Seiten: nein" in chat.reply("profil zeige", room=room).text
    reply = chat.reply("profil ändern öffentlich: ja", room=room)
    assert "steht Ihr Name jetzt auch auf den öffentlichen Seiten" in reply.text
    assert "Name auf öffentlichen Seiten: ja" in chat.reply("profil zeige", room=room).text
    chat.reacts(reply, "↩️")
    assert "Name auf öffentlichen Seiten: nein" in chat.reply("profil zeige", room=room).text
    chat.reply("profil ändern öffentlich: ja", room=room)
    assert "steht Ihr Name nicht" in chat.reply("profil ändern öffentlich: nein", room=room).text
    in_a_room = chat.reply("!profil ändern öffentlich: ja")
    assert "öffentlich" not in in_a_room.text
    with chat.database.transaction() as tx:
        pia = members.find(tx, PIA)
    assert pia is not None
    assert pia.public


def test_a_name_is_made_public_in_english(chat: Chat) -> None:
    chat.member(PIA, language="en")
    room = chat.direct(PIA)
    assert (
        "stands with your ideas on the public pages" in chat.reply("profile edit public: yes", room=room).text
    )
    assert "Name on public pages: yes" in chat.reply("profile show", room=room).text
    assert "is not on the public pages" in chat.reply("profile edit public: no", room=room).text
