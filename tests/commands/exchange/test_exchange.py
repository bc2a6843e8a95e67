"""The exchange: what is offered and needed, what fits, and what closes by itself."""

from __future__ import annotations

import json

import pytest

from storage import exchange as stored
from tests.support.chat import Chat, Said

PIA, URS, ANA, KORA = "@pia:localhost", "@urs:localhost", "@ana:localhost", "@kora:localhost"


@pytest.fixture(autouse=True)
def people(chat: Chat) -> None:
    chat.member(PIA, "Pia Muster", municipality="Aesch")
    chat.member(URS, "Urs Beispiel", municipality="Liestal")
    chat.member(ANA, "Ana Probe", municipality="Aesch")


def told(chat: Chat, user: str) -> list[Said]:
    """What the person has been told by itself in the direct chat by now, since the last time."""
    before = len(chat.to(user))
    chat.later(minutes=1)
    return chat.to(user)[before:]


def refs(reply: Said) -> list[str]:
    return list(reply.machine.get("matches", []))


# --- posting


def test_an_offer_is_posted_and_shown(chat: Chat) -> None:
    reply = chat.reply("!börse biete Sitzungszimmer mit Beamer | tags: #Raum\nAm Mittwoch *frei*.")
    part = {
        "type": "offer",
        "ref": "B1",
        "title": "Sitzungszimmer mit Beamer",
        "state": "open",
        "municipality": "Aesch",
        "tags": ["Raum"],
    }
    assert reply.machine == part
    for command in ("!börse zeige B1", "!exchange show 1", "!zeige B1"):
        shown = chat.reply(command, by=URS)
        assert shown.machine == part
        assert "🔁 B1 · Sitzungszimmer mit Beamer" in shown.text
        assert "Pia Muster, Aesch" in shown.text
        assert "<em>frei</em>" in shown.html


def test_offers_and_needs_are_numbered_together(chat: Chat) -> None:
    assert chat.reply("!boerse suche Hilfe mit BPMN").machine["type"] == "need"
    assert chat.reply("!exchange offer Scanner").machine["ref"] == "B2"


def test_who_has_no_municipality_offers_without_one(chat: Chat) -> None:
    chat.reply("!börse suche Kurs in BPMN", by=URS)
    reply = chat.reply("!börse biete Kurs in BPMN", by=KORA)
    assert "municipality" not in reply.machine
    assert refs(reply) == ["B1"]
    assert "B2" in told(chat, URS)[-1].text


def test_an_edited_command_keeps_its_number_and_undo_takes_it_back(chat: Chat) -> None:
    reply = chat.reply("!börse biete Beamr")
    chat.edits(chat.last, "!börse biete Beamer")
    assert chat.reply("!börse zeige B1").machine["title"] == "Beamer"
    chat.reacts(reply, "↩️")
    assert chat.reply("!börse liste").machine["total"] == 0
    assert chat.reply("!börse biete Beamer").machine["ref"] == "B2"


def test_the_same_again_is_asked_about_first(chat: Chat) -> None:
    chat.reply("!börse biete Beamer")
    again = chat.reply("!börse biete beamer")
    assert again.machine["code"] == "conflict"
    assert chat.reply("!börse biete Beamer", by=URS).machine["ref"] == "B2"
    assert chat.reply("!börse suche Beamer").machine["type"] == "need"


def test_questions_ask_for_title_and_text(chat: Chat) -> None:
    room = chat.direct(PIA)
    assert chat.reply("börse suche", room=room).machine["field"] == "title"
    assert chat.reply("Hilfe mit Excel", room=room).machine["field"] == "text"
    assert chat.reply("weiter", room=room).machine["ref"] == "B1"


# --- what fits


@pytest.mark.parametrize(
    ("offer", "need"),
    [
        ("Kurs | tags: BPMN", "Wer zeichnet mit uns? | tags: bpmn, Prozesse"),
        ("Unterlagen | tags: Umzug", "Erfahrungen | tags: Umzüge"),
        ("Sitzungszimmer mit Beamer", "Ein Beamer und ein Sitzungszimmer"),
        ("Kurse in BPMN", "BPMN-Kurs für zwei Leute"),
        ("Saal\nMit Bühne, Licht und Küche.", "Fest im Juni\nWir brauchen Küche, Licht, eine Bühne."),
    ],
)
def test_what_fits_is_told_to_both_once(chat: Chat, offer: str, need: str) -> None:
    chat.reply(f"!börse biete {offer}")
    reply = chat.reply(f"!börse suche {need}", by=URS)
    assert refs(reply) == ["B1"]
    assert "B1" in reply.text
    said = told(chat, PIA)
    assert len(said) == 1
    assert said[0].machine["ref"] == "B1"
    assert refs(said[0]) == ["B2"]
    assert "Urs Beispiel, Liestal" in said[0].text
    assert refs(chat.reply("!börse zeige B1")) == ["B2"]
    assert told(chat, PIA) == []
    assert told(chat, URS) == []


@pytest.mark.parametrize(
    ("offer", "need"),
    [
        ("Sitzungszimmer mit Beamer", "Beamer für den Werkhof"),
        ("Kurs | tags: BPMN", "Reglement | tags: Hunde"),
        ("Saal\nMit Bühne und Licht.", "Fest im Juni\nWir brauchen Licht, eine Bühne."),
    ],
)
def test_what_does_not_fit_is_told_to_nobody(chat: Chat, offer: str, need: str) -> None:
    chat.reply(f"!börse biete {offer}")
    reply = chat.reply(f"!börse suche {need}", by=URS)
    assert refs(reply) == []
    assert told(chat, PIA) == []


def test_the_same_municipality_and_the_same_kind_do_not_fit(chat: Chat) -> None:
    chat.reply("!börse biete Beamer | tags: beamer")
    assert refs(chat.reply("!börse suche Beamer | tags: beamer", by=ANA)) == []
    assert refs(chat.reply("!börse suche Beamer | tags: beamer")) == []
    assert refs(chat.reply("!börse biete Beamer | tags: beamer", by=URS)) == ["B3", "B2"]
    assert len(told(chat, PIA)) == 1
    assert len(told(chat, ANA)) <= 1


def test_several_matches_are_one_message(chat: Chat) -> None:
    chat.reply("!börse suche Raum | tags: raum", by=URS)
    chat.reply("!börse biete Saal | tags: raum")
    chat.reply("!börse biete Zimmer | tags: raum", by=ANA)
    said = told(chat, URS)
    assert len(said) == 1
    assert "B2" in said[0].text
    assert "B3" in said[0].text


def test_an_edit_that_makes_a_match_tells_it_and_not_twice(chat: Chat) -> None:
    chat.reply("!börse biete Saal")
    chat.reply("!börse suche Raum | tags: raum", by=URS)
    assert told(chat, URS) == []
    changed = chat.reply("!börse ändern B1 tags: raum")
    assert refs(changed) == ["B2"]
    assert len(told(chat, URS)) == 1
    assert refs(chat.reply("!börse ändern B1 tags: weg")) == []
    assert refs(chat.reply("!börse ändern B1 tags: raum")) == ["B2"]
    assert told(chat, URS) == []
    assert told(chat, PIA) == []


def test_what_was_taken_back_in_time_is_told_to_nobody_but_told_when_it_is_made_again(chat: Chat) -> None:
    chat.reply("!börse biete Saal | tags: raum")
    chat.reply("!börse suche Raum | tags: raum", by=URS)
    command = chat.last
    chat.edits(command, "!börse suche Raum", by=URS)
    assert told(chat, PIA) == []
    chat.edits(command, "!börse suche Raum | tags: raum", by=URS)
    assert len(told(chat, PIA)) == 1
    chat.edits(command, "!börse suche Raum", by=URS)
    chat.edits(command, "!börse suche Raum | tags: raum", by=URS)
    assert told(chat, PIA) == []
    assert refs(chat.reply("!börse zeige B2")) == ["B1"]


# --- changing and done


def test_only_the_author_and_coordinators_change_it(chat: Chat) -> None:
    chat.reply("!börse biete Saal")
    for command in ("!börse ändern B1 titel: Halle", "!börse erledigt B1", "!börse behalten B1"):
        assert chat.reply(command, by=URS).machine["code"] == "not_allowed"
    assert chat.reply("!exchange done B1", by=KORA).machine["state"] == "done"
    assert "B1" in chat.reply("protokoll B1", by=KORA, room=chat.direct(KORA)).text


def test_what_is_changed_can_be_changed_back(chat: Chat) -> None:
    chat.reply("!börse biete Saal | tags: raum\nGross.")
    changed = chat.reply("!börse ändern B1 titel: Halle | tags: halle\nKlein.")
    assert changed.machine["title"] == "Halle"
    chat.reacts(changed, "↩️")
    shown = chat.reply("!börse zeige B1")
    assert shown.machine["title"] == "Saal"
    assert shown.machine["tags"] == ["raum"]
    assert chat.reply("!börse ändern B1 titel: Saal").machine["type"] == "error"
    assert chat.reply("!börse ändern B1").machine["type"] == "error"


def test_what_is_done_fits_nothing_and_undo_opens_it_again(chat: Chat) -> None:
    chat.reply("!börse biete Saal | tags: raum")
    chat.reply("!börse suche Raum | tags: raum", by=URS)
    told(chat, PIA)
    done = chat.reply("!börse erledigt B1")
    assert done.machine["state"] == "done"
    assert refs(chat.reply("!börse zeige B2")) == []
    for command in ("!börse erledigt B1", "!börse ändern B1 titel: X", "!börse behalten B1"):
        assert chat.reply(command).machine["code"] == "conflict"
    assert chat.reply("!börse liste stand: erledigt").machine["refs"] == ["B1"]
    chat.reacts(done, "↩️")
    assert refs(chat.reply("!börse zeige B2")) == ["B1"]
    assert told(chat, URS) == []


# --- the list


def test_the_list_is_filtered(chat: Chat) -> None:
    chat.reply("!börse biete Sitzungszimmer | tags: Raum")
    chat.reply("!börse suche Hilfe mit Excel", by=URS)
    chat.reply("!börse biete Scanner\nSteht im Raum nebenan.", by=URS)
    for filters, found in {
        "": ["B3", "B2", "B1"],
        "angebote": ["B3", "B1"],
        "bedarf": ["B2"],
        "meine": ["B1"],
        "gemeinde: Liestal": ["B3", "B2"],
        "suche: scanner": ["B3"],
        "suche: raum": ["B3", "B1"],
        "tags: räume": ["B1"],
        "bedarf suche: raum": [],
        "angebote gemeinde: Liestal | suche: scan": ["B3"],
    }.items():
        assert chat.reply(f"!börse liste {filters}").machine["refs"] == found, filters
    assert chat.reply("!exchange list needs").machine["refs"] == ["B2"]


@pytest.mark.parametrize("typed", ["!börse meine", "!exchange mine"])
def test_one_s_own_are_offered_by_that_word(chat: Chat, typed: str) -> None:
    chat.reply("!börse biete Saal", by=URS)
    chat.reply("!börse biete Scanner")
    offered = chat.reply(typed)
    assert "Meinten Sie !börse liste m" in offered.text
    chat.reacts(offered, "✅")
    assert chat.in_room("!hall:localhost")[-1].machine["refs"] == ["B2"]


def test_the_next_page_keeps_the_filters(chat: Chat) -> None:
    for number in range(12):
        chat.reply(f"!börse biete Saal {number} | tags: raum | trotzdem: ja")
    first = chat.reply("!börse liste angebote tags: raum")
    assert first.machine["total"] == 12
    following = "börse liste angebote tags: raum | seite: 2"
    assert following in first.text
    assert chat.reply(f"!{following}").machine["refs"] == ["B2", "B1"]


def test_what_is_one_s_own_stands_in_my_status(chat: Chat) -> None:
    chat.reply("!börse biete Saal")
    chat.reply("!börse suche Excel", by=URS)
    status = chat.reply("mein stand", room=chat.direct(PIA))
    assert "B1 Saal · Angebot" in status.text
    assert "B2" not in status.text
    assert status.machine == {"type": "mine", "waiting": [], "dates": [], "groups": [], "ideas": []}


# --- closing


def test_it_closes_after_half_a_year_and_is_asked_about_a_week_before(chat: Chat) -> None:
    chat.reply("!börse biete Saal")
    chat.later(days=172)
    assert chat.to(PIA) == []
    chat.later(days=1, minutes=10)
    asked = chat.to(PIA)[-1]
    assert asked.machine["ref"] == "B1"
    assert "✅" in asked.text
    status = chat.reply("mein stand", room=chat.direct(PIA))
    assert status.machine["waiting"] == ["B1"]
    chat.later(days=6)
    assert chat.reply("!börse liste").machine["total"] == 1
    chat.later(days=2)
    assert chat.reply("!börse zeige B1").machine["state"] == "done"


@pytest.mark.parametrize("by_tap", [True, False])
def test_it_is_kept_open(chat: Chat, by_tap: bool) -> None:
    chat.reply("!börse biete Saal")
    chat.later(days=173, minutes=10)
    asked = chat.to(PIA)[-1]
    if by_tap:
        chat.reacts(asked, "✅")
    else:
        chat.reply("!börse behalten B1")
    chat.later(days=172)
    assert chat.reply("!börse zeige B1").machine["state"] == "open"
    chat.later(days=1, minutes=20)
    chat.later(days=8)
    assert chat.reply("!börse zeige B1").machine["state"] == "done"


def test_after_a_long_outage_there_is_still_a_week_to_answer(chat: Chat) -> None:
    chat.reply("!börse biete Saal")
    chat.now = chat.now.replace(year=2028)
    chat.later(minutes=10)
    assert chat.reply("!börse zeige B1").machine["state"] == "open"
    chat.later(days=6)
    chat.reacts(chat.to(PIA)[-1], "✅")
    chat.later(days=10)
    assert chat.reply("!börse zeige B1").machine["state"] == "open"


def test_who_pauses_is_not_asked(chat: Chat) -> None:
    chat.reply("!börse biete Saal")
    chat.reply("!profil pause", room=chat.direct(PIA))
    before = len(chat.to(PIA))
    chat.later(days=174)
    chat.later(days=10)
    assert len(chat.to(PIA)) == before
    assert chat.reply("!börse zeige B1", by=URS).machine["state"] == "open"


# --- people


def test_who_leaves_has_nothing_open(chat: Chat) -> None:
    chat.reply("!börse biete Saal | tags: raum")
    chat.reply("!börse suche Raum | tags: raum", by=URS)
    chat.says("profil verlassen", room=chat.direct(PIA))
    assert chat.reply("!börse zeige B1", by=URS).machine["state"] == "done"
    assert refs(chat.reply("!börse zeige B2", by=URS)) == []


def test_export_and_erasure(chat: Chat) -> None:
    chat.reply("!börse biete Saal | tags: raum\nGross.")
    room = chat.direct(PIA)
    exported = json.loads(chat.reply("datenschutz auskunft", room=room).content["data"])["exchange"]
    assert [(one["ref"], one["text"]) for one in exported] == [("B1", "Gross.")]
    asked = chat.reply("datenschutz löschen", room=room)
    chat.says(asked.machine["confirm"], room=room)
    shown = chat.reply("!börse zeige B1", by=URS)
    assert shown.machine["state"] == "done"
    assert "Pia" not in shown.text


def test_in_english(chat: Chat) -> None:
    chat.member(PIA, "Pia Muster", municipality="Aesch", language="en")
    room = chat.direct(PIA)
    assert "nothing in the exchange" in chat.reply("exchange list", room=room).text
    assert "You have nothing" in chat.reply("exchange list mine", room=room).text
    assert "Your offer is B1" in chat.reply("exchange offer Hall | tags: hall", room=room).text
    assert "I find nothing" in chat.reply("exchange list search: yoga", room=room).text
    chat.reply("!börse suche Saal | tags: hall", by=URS)
    assert "Somebody needs this, and you offer it" in told(chat, PIA)[-1].text
    assert "This fits it" in chat.reply("exchange show B1", room=room).text
    assert "is changed" in chat.reply("exchange edit B1 title: Room", room=room).text
    assert "🔁 Exchange (2)" in chat.reply("exchange list", room=room).text
    assert "can change it" in chat.reply("exchange done B2", room=room).text
    assert "stays open until" in chat.reply("exchange keep B1", room=room).text
    chat.later(days=173, minutes=20)
    assert "Shall it stay open" in chat.to(PIA)[-1].text
    assert "no longer in the exchange" in chat.reply("exchange done B1", room=room).text
    assert "no longer open" in chat.reply("exchange keep B1", room=room).text


def test_a_told_match_is_kept_for_ever(chat: Chat) -> None:
    chat.reply("!börse biete Saal | tags: raum")
    chat.reply("!börse suche Raum | tags: raum", by=URS)
    told(chat, PIA)
    with chat.database.transaction() as tx:
        match = stored.find_match(tx, offer=1, need=2)
    assert match is not None
    assert (match.fits, match.offer_told, match.need_told) == (True, True, True)
