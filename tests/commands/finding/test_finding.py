"""A group finds a date: asked on a card, answered by numbers, fixed into a meeting."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tests.support.chat import Chat, Said
from tests.support.kept import staged

LEA, PIA, URS, EVA, KORA = (f"@{n}:localhost" for n in ("lea", "pia", "urs", "eva", "kora"))
GROUP = "!group1:localhost"
ONE, TWO, THREE, NINE = "1️⃣", "2️⃣", "3️⃣", "9️⃣"
DATES = "Do 12.11.2026 13:30-15:00\n13.11.2026 9:00\n16.11.2026 14:00-15:00"
ASK = f"!termin finden P1 Kickoff | bis: 9.11.2026\n{DATES}"
ENDED = datetime(2026, 11, 9, 23, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
@staged
def people(chat: Chat) -> None:
    """Lea leads P1; Pia and Urs sit in its room, Eva does not."""
    for user in (LEA, PIA, URS, EVA, KORA):
        chat.member(user)
    chat.process(LEA, PIA, URS, EVA, leader=LEA)
    chat.group_room(1, LEA, PIA, URS)


@pytest.fixture
def card(chat: Chat) -> Said:
    chat.says(ASK, by=LEA, room=GROUP)
    return chat.card("D1")


def yes(chat: Chat) -> list[int]:
    return [one["yes"] for one in chat.card("D1").machine["options"]]


def direct(chat: Chat, text: str, by: str) -> Said:
    return chat.reply(text, by=by, room=chat.direct(by))


def lines(chat: Chat, user: str) -> list[Said]:
    return [said for said in chat.to(user) if said.machine.get("ref") == "D1" and said.edits is None]


def ended(chat: Chat) -> None:
    """All had time to answer, and were told."""
    chat.now = ENDED
    chat.tick()
    chat.later(minutes=1)
    chat.edit_cards()


# --- asking


def test_in_the_group_s_room_the_card_is_the_reply(chat: Chat) -> None:
    reply = chat.reply(ASK, by=LEA, room=GROUP)
    assert reply.event_id == chat.card("D1").event_id
    assert [said for said in chat.in_room(GROUP) if said.edits is None] == [reply]
    assert reply.machine == {
        "type": "dates",
        "ref": "D1",
        "process": "P1",
        "title": "Kickoff",
        "state": "open",
        "options": [
            {"start": f"2026-11-{start}+01:00", "end": f"2026-11-{end}+01:00", "yes": 0, "no": 4, "maybe": 0}
            for start, end in (
                ("12T13:30:00", "12T15:00:00"),
                ("13T09:00:00", "13T10:00:00"),  # as long as the others' shortest
                ("16T14:00:00", "16T15:00:00"),
            )
        ],
    }
    assert "2️⃣ Fr, 13. November 2026, 09:00–10:00" in reply.text
    assert "0 von 4 haben geantwortet · bitte bis Mo, 9. November 2026" in reply.text
    chat.later(minutes=1)
    assert {key for event, key in chat.seeds if event == reply.event_id} == {ONE, TWO, THREE}


def test_elsewhere_the_reply_is_a_line(chat: Chat) -> None:
    reply = direct(chat, ASK, LEA)
    assert reply.text.startswith("D1 Kickoff: Zur Wahl stehen die Nummern 1 bis 3, bis Mo, 9. November 2026.")
    assert chat.card("D1").room == GROUP


@pytest.mark.parametrize(
    ("typed", "starts"),
    [
        ("- 12.11.2026 13:30\n- 13.11.2026 9 Uhr", ["2026-11-12T13:30", "2026-11-13T09:00"]),
        ("1. Do 12.11. 13:30\n2. Fr 13.11. 9.00", ["2026-11-12T13:30", "2026-11-13T09:00"]),
        ("3. Dezember 2026, 14 Uhr\n1. Dezember 2026, 9h", ["2026-12-03T14:00", "2026-12-01T09:00"]),
        ("morgen 14 Uhr oder übermorgen 9 Uhr", ["2026-11-03T14:00", "2026-11-04T09:00"]),
        (
            "12.11.2026 13:30, 13.11.2026 9:00; 14.11.2026 10:00",
            ["2026-11-12T13:30", "2026-11-13T09:00", "2026-11-14T10:00"],
        ),
        ("1️⃣ 12.11.2026 13:30\n2️⃣ 13.11.2026 9:00", ["2026-11-12T13:30", "2026-11-13T09:00"]),
    ],
)
def test_dates_are_read_as_people_write_them(chat: Chat, typed: str, starts: list[str]) -> None:
    options = direct(chat, f"termin finden P1 Kickoff\n{typed}", LEA).machine["options"]
    assert [one["start"][:16] for one in options] == starts
    assert all("end" not in one for one in options), "none has one"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("P1 Kickoff\n12.11.2026 13:30", "zwei bis acht"),
        ("P1 Kickoff\n" + "\n".join(f"{day}.11.2026 9:00" for day in range(10, 19)), "zwei bis acht"),
        ("P1 Kickoff\n12.11.2026 13:30\n12.11.2026 13:30", "zweimal"),
        ("P1 Kickoff\n12.11.2026 13:30\n13.11.2026", "Termin 2:"),
        ("P1 Kickoff\n12.10.2026 13:30\n13.11.2026 9:00", "Termin 1:"),
        ("P1 Kickoff\n12.11.2026 13:30\nirgendwann", "Termin 2:"),
        ("P1 Kickoff | bis: 12.11.2026\n12.11.2026 13:30\n13.11.2026 9:00", "vor dem ersten Termin"),
        ("P1 Kickoff | bis: 1.11.2026\n12.11.2026 13:30\n13.11.2026 9:00", "vorbei"),
    ],
)
def test_what_can_not_be_is_refused_with_the_reason(chat: Chat, text: str, says: str) -> None:
    refused = chat.reply(f"!termin finden {text}", by=LEA, room=GROUP)
    assert (refused.machine["type"], refused.machine["code"]) == ("error", "bad_input")
    assert says in refused.text


@pytest.mark.parametrize(
    ("by", "text"),
    [
        (PIA, ASK),
        (PIA, "!termin festlegen D1 1"),
        (PIA, "!termin abbrechen D1"),
        (KORA, "!termin antworten D1 1"),
    ],
)
def test_only_who_may_does(chat: Chat, card: Said, by: str, text: str) -> None:
    assert direct(chat, text, by).machine["code"] == "not_allowed"
    assert chat.card("D1").machine["state"] == "open"


def test_without_an_end_there_is_a_week_but_not_longer_than_the_day_before(chat: Chat) -> None:
    direct(chat, "termin finden P1 Bald\n12.11.2026 13:30\n13.11.2026 9:00", LEA)
    assert "bis Mo, 9. November 2026, 10:00" in chat.card("D1").text
    direct(chat, "termin finden P1 Sofort\nheute 13:30\n13.11.2026 9:00", LEA)
    assert "bis Mo, 2. November 2026, 13:30" in chat.card("D2").text


def test_asked_for_by_questions_it_is_shown_first(chat: Chat) -> None:
    room = chat.direct(LEA)
    assert direct(chat, "termin finden P1", LEA).machine["field"] == "title"
    assert direct(chat, "Kickoff", LEA).machine["field"] == "text"
    assert direct(chat, "morgen irgendwann", LEA).machine["field"] == "text"
    assert direct(chat, DATES, LEA).machine["field"] == "until"
    assert direct(chat, "weiter", LEA).machine["preview"] is True
    assert chat.reply("ja", by=LEA, room=room).machine["ref"] == "D1"


def test_taken_back_and_edited(chat: Chat, card: Said) -> None:
    chat.later(seconds=10)
    asked = chat.last
    [edit] = [
        said
        for said in chat.edits(
            asked, f"!termin finden P1 Auftakt\n{DATES}\n17.11.2026 8:00", by=LEA, room=GROUP
        )
        if said.edits == card.event_id
    ]
    assert (edit.machine["ref"], edit.machine["title"], len(edit.machine["options"])) == ("D1", "Auftakt", 4)
    chat.later(minutes=1)
    assert [said.text.splitlines()[0] for said in lines(chat, EVA)] == [
        "🗓️ D1 Auftakt: Welche Termine passen Ihnen? Bitte bis Mo, 9. November 2026, 10:00."
    ]
    assert (card.event_id, "4️⃣") in chat.seeds
    chat.reacts(card, "↩️", by=LEA)
    assert chat.card("D1").machine["state"] == "cancelled"


def test_once_somebody_has_answered_it_is_not_taken_back(chat: Chat, card: Said) -> None:
    chat.reacts(card, ONE, by=PIA)
    chat.reacts(card, "↩️", by=LEA)
    assert chat.card("D1").machine["state"] == "open"
    assert "termin abbrechen D1" in chat.to(LEA)[-1].text


# --- answering


def test_tapped_is_yes_and_not_tapped_is_no(chat: Chat, card: Said) -> None:
    chat.reacts(card, ONE, by=PIA)
    tapped = chat.last
    for key, by in ((TWO, PIA), (ONE, URS), (NINE, URS), ("8️⃣", URS), (ONE, KORA)):
        chat.reacts(card, key, by=by)
    assert yes(chat) == [2, 1, 0]
    assert [one["no"] for one in chat.card("D1").machine["options"]] == [2, 3, 4]
    assert "· 2: Pia, Urs" in chat.card("D1").text
    assert "Gefragt sind die Mitglieder der Gruppe P1" in chat.to(KORA)[-1].text
    chat.takes_off(tapped, by=PIA)
    assert yes(chat) == [1, 1, 0]


def test_who_is_not_in_the_room_answers_with_numbers_in_the_direct_chat(chat: Chat, card: Said) -> None:
    chat.later(minutes=1)
    assert [lines(chat, user) != [] for user in (LEA, PIA, URS, EVA)] == [False, False, False, True]
    [line] = lines(chat, EVA)
    assert card.event_id in line.html
    assert "«1 und 2»" in line.text
    reply = direct(chat, "1 und 3", EVA)
    assert reply.text == "Danke. D1 Kickoff: Ihnen passen 1, 3."
    assert yes(chat) == [1, 0, 1]
    assert direct(chat, "2️⃣", EVA).machine["ref"] == "D1"
    assert yes(chat) == [0, 1, 0]
    direct(chat, "keine", EVA)
    assert (yes(chat), "1 von 4 hat geantwortet" in chat.card("D1").text) == ([0, 0, 0], True)
    chat.later(minutes=5)
    assert len(lines(chat, EVA)) == 4, "one line, and three replies"


def test_who_was_not_asked_there_changes_nothing_by_a_number(chat: Chat, card: Said) -> None:
    """Pia sits in the room: a number of hers may belong to anything."""
    assert direct(chat, "2", PIA).machine.get("ref") is None
    assert yes(chat) == [0, 0, 0]


def test_numbers_belong_to_an_open_question_first(chat: Chat, card: Said) -> None:
    chat.later(minutes=1)
    direct(chat, "menü", EVA)
    direct(chat, "9", EVA)
    assert yes(chat) == [0, 0, 0]


def test_of_two_findings_it_is_asked_which_is_meant(chat: Chat, card: Said) -> None:
    chat.says(ASK.replace("Kickoff", "Abschluss"), by=LEA, room=GROUP)
    offered = direct(chat, "1 und 2", EVA)
    assert [one["value"] for one in offered.machine["options"]] == [
        "dates answer D1 1 2",
        "dates answer D2 1 2",
    ]
    assert direct(chat, "2", EVA).machine["ref"] == "D2"
    assert yes(chat) == [0, 0, 0]


def test_a_typed_answer_is_taken_back_and_edited(chat: Chat, card: Said) -> None:
    chat.reacts(card, TWO, by=PIA)
    reply = direct(chat, "termin antworten D1 alle", PIA)
    assert yes(chat) == [1, 1, 1]
    chat.edits(chat.last, "termin antworten D1 1 und 3", by=PIA, room=chat.direct(PIA))
    assert yes(chat) == [1, 0, 1]
    chat.reacts(reply, "↩️", by=PIA)
    assert yes(chat) == [0, 1, 0]


@pytest.mark.parametrize("typed", ["4", "1 und 4", "vielleicht", "13"])
def test_numbers_that_there_are_not_are_refused(chat: Chat, card: Said, typed: str) -> None:
    assert direct(chat, f"termin antworten D1 {typed}", PIA).machine["code"] == "bad_input"
    assert yes(chat) == [0, 0, 0]


def test_missed_taps_are_found_once_and_older_ones_do_not_count(chat: Chat, card: Said) -> None:
    before = chat.now
    chat.later(minutes=5)
    direct(chat, "termin antworten D1 2", URS)
    present = [
        ("$old", URS, ONE, before),
        ("$new", PIA, THREE, chat.now),
        ("$stranger", KORA, ONE, chat.now),
        ("$none", PIA, "8️⃣", chat.now),
    ]
    for _ in range(2):
        chat.core.reconcile("dates", 1, present, now=chat.now)
        chat.edit_cards()
        assert yes(chat) == [0, 1, 1]
    chat.core.reconcile("dates", 1, present[:1], now=chat.now)
    chat.edit_cards()
    assert yes(chat) == [0, 1, 0]


def test_who_leaves_the_group_counts_no_more_and_who_comes_is_asked(chat: Chat, card: Said) -> None:
    max_ = chat.member("@max:localhost", "Max")
    chat.reacts(card, ONE, by=PIA)
    chat.says("!gruppe abmelden P1", by=PIA)
    assert (yes(chat), chat.card("D1").machine["options"][0]["no"]) == ([0, 0, 0], 3)
    chat.says("!gruppe anmelden P1", by=max_)
    chat.later(minutes=1)
    assert len(lines(chat, max_)) == 1
    assert chat.card("D1").machine["options"][0]["no"] == 4


def test_mein_stand_has_what_i_have_not_answered(chat: Chat, card: Said) -> None:
    assert direct(chat, "mein stand", PIA).machine["waiting"] == ["D1"]
    assert direct(chat, "1", PIA).machine["type"] == "choice"
    assert direct(chat, "1", PIA).machine["field"] == "numbers"
    assert direct(chat, "1 und 2", PIA).machine["ref"] == "D1"
    assert direct(chat, "mein stand", PIA).machine["waiting"] == []
    assert yes(chat) == [1, 1, 0]


def test_who_pauses_is_not_asked(chat: Chat) -> None:
    direct(chat, "profil pause", EVA)
    chat.says(ASK, by=LEA, room=GROUP)
    ended(chat)
    assert lines(chat, EVA) == []


# --- the end


def test_at_the_end_all_get_one_line_and_the_card_says_what_suits_most(chat: Chat, card: Said) -> None:
    for user, key in ((PIA, THREE), (URS, TWO), (URS, THREE), (LEA, TWO)):
        chat.reacts(card, key, by=user)
    chat.later(minutes=1)
    ended(chat)
    chat.restart()
    chat.later(minutes=5)
    assert {user: len(lines(chat, user)) for user in (LEA, PIA, URS, EVA)} == {LEA: 1, PIA: 1, URS: 1, EVA: 2}
    best = "Am besten passt 2, Fr, 13. November 2026, 09:00–10:00: 2 von 4."
    for user in (LEA, PIA, URS, EVA):
        assert best in lines(chat, user)[-1].text
        assert card.event_id in lines(chat, user)[-1].html
    assert "Ihre Antwort fehlt noch" in lines(chat, EVA)[-1].text
    assert "Ihre Antwort" not in lines(chat, PIA)[-1].text
    assert best in chat.card("D1").text
    assert "dieser ist früher" in chat.card("D1").text
    direct(chat, "3", EVA)
    assert "Am besten passt 3" in chat.card("D1").text, "an answer counts until it is fixed"


def test_the_leader_s_check_mark_on_the_line_plans_the_meeting(chat: Chat, card: Said) -> None:
    chat.reacts(card, TWO, by=PIA)
    ended(chat)
    [line] = lines(chat, LEA)
    assert "Mit ✅ legen Sie diesen Termin fest" in line.text
    for _ in range(2):
        chat.reacts(line, "✅", by=LEA)
    chat.later(minutes=2)
    assert (chat.card("D1").machine["state"], chat.card("D1").machine["meeting"]) == ("fixed", "S1")
    meeting = chat.card("S1")
    assert (meeting.machine["start"], meeting.machine["end"]) == (
        "2026-11-13T09:00:00+01:00",
        "2026-11-13T10:00:00+01:00",
    )
    assert (meeting.machine["accepted"], meeting.machine["open"]) == (1, 3)
    invited = {
        user: [s for s in chat.to(user) if s.machine.get("ref") == "S1"] for user in (LEA, PIA, URS, EVA)
    }
    assert all(len(found) == 1 for found in invited.values())
    assert "Sie haben zugesagt" in invited[PIA][0].text
    assert "Antwort offen" in invited[URS][0].text
    edited = [s for s in chat.to(LEA) if s.edits == line.event_id]
    assert "D1 Kickoff ist festgelegt: Fr, 13. November 2026, 09:00–10:00" in edited[-1].text
    assert chat.reply("!sitzung liste P1", by=LEA, room=GROUP).machine["total"] == 1


def test_fixed_or_cancelled_otherwise_the_line_says_so(chat: Chat, card: Said) -> None:
    chat.reacts(card, TWO, by=PIA)
    ended(chat)
    [line] = lines(chat, LEA)
    chat.says("!termin festlegen D1 3", by=LEA, room=GROUP)
    assert any("ist festgelegt" in said.text for said in chat.to(LEA) if said.edits == line.event_id)
    chat.reacts(line, "✅", by=LEA)
    assert chat.reply("!sitzung liste P1", by=LEA, room=GROUP).machine["refs"] == ["S1"]


def test_the_leader_s_check_mark_on_the_card_does_too_but_not_before_the_end(chat: Chat, card: Said) -> None:
    chat.reacts(card, TWO, by=PIA)
    chat.reacts(card, "✅", by=LEA)
    assert "können noch alle antworten" in chat.to(LEA)[-1].text
    ended(chat)
    chat.reacts(card, "✅", by=URS)
    assert chat.card("D1").machine["state"] == "open"
    chat.reacts(card, "✅", by=LEA)
    assert chat.card("D1").machine["meeting"] == "S1"
    chat.reacts(card, ONE, by=URS)
    assert "D1 ist schon festgelegt: S1" in chat.to(URS)[-1].text


@pytest.mark.parametrize("room", [GROUP, "!direct-lea:localhost"])
def test_fixed_by_command_also_before_the_end(chat: Chat, card: Said, room: str) -> None:
    chat.reacts(card, ONE, by=PIA)
    before = len([s for s in chat.in_room(GROUP) if s.edits is None])
    reply = chat.reply("!termin festlegen D1 1", by=LEA, room=room)
    assert (reply.machine["type"], reply.machine["state"], reply.machine["meeting"]) == (
        "dates",
        "fixed",
        "S1",
    )
    assert "1 Person hat damit zugesagt" in reply.text
    here = [s for s in chat.in_room(GROUP) if s.edits is None][before:]
    assert len(here) == 1, "the reply, or the meeting's card"
    chat.later(minutes=2)
    assert chat.card("S1").machine["accepted"] == 1


def test_fixing_is_taken_back_and_edited_while_nobody_has_answered(chat: Chat, card: Said) -> None:
    chat.reacts(card, ONE, by=PIA)
    reply = direct(chat, "termin festlegen D1 1", LEA)
    chat.edits(chat.last, "termin festlegen D1 3", by=LEA, room=chat.direct(LEA))
    chat.later(minutes=1)
    assert chat.card("S1").machine["start"].startswith("2026-11-16T14:00")
    assert (chat.card("S1").machine["accepted"], chat.card("D1").machine["meeting"]) == (0, "S1")
    chat.reacts(reply, "↩️", by=LEA)
    assert (chat.card("D1").machine["state"], chat.card("S1").machine["state"]) == ("open", "cancelled")
    assert yes(chat) == [1, 0, 0]


def test_once_somebody_has_answered_the_invitation_it_stays_fixed(chat: Chat, card: Said) -> None:
    chat.reacts(card, ONE, by=PIA)
    reply = direct(chat, "termin festlegen D1 1", LEA)
    chat.says("!sitzung zusagen S1", by=URS)
    chat.reacts(reply, "↩️", by=LEA)
    assert chat.card("D1").machine["state"] == "fixed"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("termin festlegen D1", "conflict"),
        ("termin festlegen D1 4", "bad_input"),
        ("termin festlegen D9 1", "not_found"),
    ],
)
def test_what_can_not_be_fixed_is_not(chat: Chat, card: Said, text: str, code: str) -> None:
    assert direct(chat, text, LEA).machine["code"] == code


def test_where_none_suits_anybody_the_leader_has_to_say_which(chat: Chat, card: Said) -> None:
    ended(chat)
    assert "Bisher passt niemandem ein Termin" in chat.card("D1").text
    assert direct(chat, "termin festlegen D1", LEA).machine["code"] == "conflict"
    assert direct(chat, "termin festlegen D1 2️⃣", LEA).machine["meeting"] == "S1"


def test_dates_that_are_over_are_no_choice_and_without_any_left_it_is_over(chat: Chat, card: Said) -> None:
    for user, key in ((PIA, ONE), (URS, ONE), (PIA, THREE)):
        chat.reacts(card, key, by=user)
    ended(chat)
    chat.now = datetime(2026, 11, 13, 12, 0, tzinfo=UTC)
    chat.tick()
    chat.edit_cards()
    assert "vorbei: Do, 12. November 2026" in chat.card("D1").text
    assert "Am besten passt 3" in chat.card("D1").text
    assert direct(chat, "termin festlegen D1 1", LEA).machine["code"] == "conflict"
    chat.later(days=7)
    chat.edit_cards()
    assert chat.card("D1").machine["state"] == "cancelled"


def test_cancelled_who_had_answered_is_told_unless_it_is_taken_back(chat: Chat, card: Said) -> None:
    chat.reacts(card, ONE, by=PIA)
    reply = direct(chat, "termin abbrechen D1", LEA)
    chat.reacts(reply, "↩️", by=LEA)
    chat.later(minutes=1)
    assert (chat.card("D1").machine["state"], lines(chat, PIA)) == ("open", [])
    assert direct(chat, "termin abbrechen D1", LEA).machine["state"] == "cancelled"
    chat.later(minutes=1)
    assert [said.text for said in lines(chat, PIA)] == ["D1 Kickoff: Der Termin wird nicht mehr gesucht."]
    assert lines(chat, URS) == []
    assert direct(chat, "termin abbrechen D1", LEA).machine["code"] == "conflict"


# --- reading, and what is stored


def test_an_answer_is_offered_to_those_who_may_give_it(chat: Chat, card: Said) -> None:
    hint = "termin antworten D1"
    assert hint in direct(chat, "termin zeige D1", PIA).text
    kora = direct(chat, "termin zeige D1", KORA).text  # no member of the group
    assert hint not in kora
    assert "termin festlegen D1" in kora
    direct(chat, "profil pause", URS)
    assert hint not in direct(chat, "termin zeige D1", URS).text


def test_shown_and_listed_for_the_group_alone(chat: Chat, card: Said) -> None:
    chat.reacts(card, ONE, by=PIA)
    shown = direct(chat, "zeige D1", PIA)
    assert "noch offen: Eva, Lea, Urs" in shown.text
    assert "Ihnen passt: 1" in shown.text
    assert direct(chat, "termin liste", PIA).machine["refs"] == ["D1"]
    stranger = chat.member("@fred:localhost")
    assert direct(chat, "termin zeige D1", stranger).machine["code"] == "not_allowed"
    assert direct(chat, "termin liste", stranger).machine["total"] == 0
    assert chat.reply("!termin zeige D1", by=PIA).machine["type"] == "pointer"


def test_without_a_room_all_are_asked_in_the_direct_chat(chat: Chat) -> None:
    chat.process(LEA, PIA, leader=LEA, name="Hundemarken")
    assert direct(chat, ASK.replace("P1", "P2"), LEA).machine["ref"] == "D1"
    chat.later(minutes=1)
    assert len(lines(chat, PIA)) == 1
    assert direct(chat, "2", PIA).machine["options"][1]["yes"] == 1


def test_export_and_erasure(chat: Chat, card: Said) -> None:
    chat.reacts(card, ONE, by=PIA)
    direct(chat, "termin antworten D1 keine", URS)
    exported = [
        json.loads(direct(chat, "datenschutz auskunft", user).content["data"])["date findings"]
        for user in (PIA, URS, LEA)
    ]
    assert [one["suits"] for one in exported] == [
        [{"of": "D1", "dates": [1]}],
        [{"of": "D1", "dates": []}],
        [],
    ]
    assert exported[2]["asked"] == [{"ref": "D1", "title": "Kickoff"}]
    asked = direct(chat, "datenschutz löschen", PIA)
    direct(chat, asked.machine["confirm"], PIA)
    assert yes(chat) == [0, 0, 0]
    assert "Pia" not in chat.card("D1").text


def test_in_english(chat: Chat) -> None:
    eve = chat.member("@eve:localhost", "Eve", language="en")
    chat.says("!rolle geben Eve coordinator", by=KORA)
    chat.says("!gruppe zuweisen P1 Eve", by=KORA)
    chat.says("!gruppe bestätigen P1", by=eve)
    said = direct(chat, f"dates find P1 Kickoff | until: 9.11.2026\n{DATES}", eve)
    assert said.text.startswith("D1 Kickoff: numbers 1 to 3 to choose from, until Mon, 9 November 2026.")
    assert direct(chat, "dates answer D1 1 and 3", eve).text == "Thank you. D1 Kickoff: 1, 3 suit you."
    assert "not answered yet: Eva, Lea, Pia, Urs" in direct(chat, "dates show D1", eve).text
    assert "Open date findings" in direct(chat, "dates list", eve).text
    assert "can still answer D1" in direct(chat, "dates fix D1", eve).text
    ended(chat)
    assert "1 suits most" in lines(chat, eve)[-1].text
    fixed = direct(chat, "dates fix D1", eve)
    assert "D1 Kickoff is fixed" in fixed.text
    [undone] = [s for s in chat.reacts(fixed, "↩️", by=eve) if s.edits == fixed.event_id]
    assert "open again" in undone.text
    cancelled = direct(chat, "dates cancel D1", eve)
    assert "D1 Kickoff is cancelled" in cancelled.text
    assert "is cancelled" in direct(chat, "dates answer D1 1", eve).text
