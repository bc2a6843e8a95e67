"""Surveys with names: started, answered question by question, closed, and what came out."""

from __future__ import annotations

import json

import pytest

from tests.support.chat import Chat, Said

PIA, URS, ANA, KORA = "@pia:localhost", "@urs:localhost", "@ana:localhost", "@kora:localhost"
ONE = "\n? Wann passt es Ihnen?\n- Vormittag\n- Nachmittag"
TWO = f"{ONE}\n? Warum? (freiwillig)"  # no poll in the group's room
THREE = (
    "\n? Womit arbeiten Sie? (mehrere)\n- Abacus\n- GIS, Geoportal\n- CMI\n? Wie oft im Monat?\n- selten\n- oft"
    "\n? Was soll anders sein? (freiwillig)"
)


@pytest.fixture(autouse=True)
def people(chat: Chat) -> None:
    for user in (PIA, URS, ANA, KORA):
        chat.member(user)
    chat.process(PIA, URS, leader=PIA)


def start(chat: Chat, head: str = "Zeit | an: P1 | bis: 20.11.2026", body: str = ONE, by: str = PIA) -> Said:
    return chat.reply(f"umfrage neu {head}{body}", by=by, room=chat.direct(by))


def says(chat: Chat, user: str, *texts: str) -> Said:
    return [chat.reply(text, by=user, room=chat.direct(user)) for text in texts][-1]


def test_a_group_is_asked_and_its_answers_are_the_result(chat: Chat) -> None:
    started = start(chat)
    assert started.machine == {
        "type": "survey",
        "ref": "U1",
        "title": "Zeit",
        "state": "open",
        "until": "2026-11-20T23:59:59+01:00",
        "to": "P1",
        "anonymous": False,
        "questions": 1,
        "asked": 2,
        "answered": 0,
        "you": {"answered": False},
    }
    invitation = chat.to(URS)[-1]
    assert invitation.machine["ref"] == "U1"
    [asked] = chat.reacts(invitation, "✅", by=URS)
    assert asked.machine["type"] == "question"
    assert [one["label"] for one in asked.machine["options"]] == ["Vormittag", "Nachmittag"]
    assert "mit Ihrem Namen" in asked.text
    thanks = says(chat, URS, "2")
    assert thanks.machine["answered"] == 1
    assert thanks.machine["you"] == {"answered": True}
    early = says(chat, PIA, "umfrage resultat U1")
    assert early.machine["results"] == [
        {"question": "Wann passt es Ihnen?", "counts": {"Vormittag": 0, "Nachmittag": 1}}
    ]
    assert says(chat, URS, "umfrage resultat U1").machine["code"] == "conflict"
    closed = says(chat, PIA, "umfrage abschliessen U1")
    assert closed.machine["state"] == "closed"
    assert closed.machine["results"] == early.machine["results"]
    assert closed.machine["picture"] == early.machine["picture"] == "survey"
    assert closed.content["msgtype"] == "m.image"
    assert early.content["drawn"] == {
        "drawing": "survey",
        "language": "de",
        "title": "Zeit",
        "answered": 1,
        "asked": 2,
        "questions": [{"question": "Wann passt es Ihnen?", "choices": [["Vormittag", 0], ["Nachmittag", 1]]}],
    }
    assert says(chat, URS, "umfrage resultat U1").machine["results"] == early.machine["results"]
    assert says(chat, PIA, "umfrage antworten U1").machine["code"] == "conflict"


def test_several_questions_of_every_kind(chat: Chat) -> None:
    start(chat, body=THREE)
    first = says(chat, URS, "umfrage antworten U1")
    assert "3 Fragen" in first.text
    assert says(chat, URS, "Abakus").machine["type"] == "question"
    second = says(chat, URS, "1 und 2")
    assert second.machine["options"][0]["label"] == "selten"
    third = says(chat, URS, "zurück", "gis, geoportal", "oft")
    assert third.machine["options"] == []
    assert says(chat, URS, "weiter").machine["answered"] == 1
    says(chat, PIA, "umfrage antworten U1", "1, 2, 3", "1")
    assert says(chat, PIA, "Weniger *Papier*").machine["answered"] == 2
    result = says(chat, PIA, "umfrage abschliessen U1")
    assert result.machine["results"] == [
        {"question": "Womit arbeiten Sie?", "counts": {"Abacus": 1, "GIS, Geoportal": 2, "CMI": 1}},
        {"question": "Wie oft im Monat?", "counts": {"selten": 1, "oft": 1}},
        {"question": "Was soll anders sein?", "texts": 1},
    ]
    assert "Weniger *Papier*" in result.text


# --- who is asked


def test_all_are_asked_and_who_joins_meanwhile(chat: Chat) -> None:
    chat.member("@eva:localhost", state="paused")
    assert start(chat, "Zeit | an: alle | bis: 20.11.2026", by=KORA).machine["asked"] == 5  # Moni too
    assert [len(chat.to(user)) for user in (PIA, URS, ANA, "@eva:localhost")] == [1, 1, 1, 0]
    chat.reply(
        "profil anmelden gemeinde: Aesch | funktion: Kasse",
        by="@neu:localhost",
        room=chat.direct("@neu:localhost"),
    )
    chat.reply("!mitglied aufnehmen Neu", by=KORA)
    chat.later(minutes=1)
    assert any("🗳️ U1" in one.text for one in chat.to("@neu:localhost"))
    assert says(chat, "@neu:localhost", "umfrage antworten U1").machine["type"] == "question"


def test_who_joins_the_group_is_asked_and_who_leaves_is_not(chat: Chat) -> None:
    assert start(chat).machine["asked"] == 2
    chat.reply("!gruppe anmelden P1", by=ANA)
    chat.later(minutes=1)
    assert "🗳️ U1" in chat.to(ANA)[-1].text
    assert says(chat, PIA, "umfrage zeige U1").machine["asked"] == 3
    chat.reply("!gruppe abmelden P1", by=ANA)
    assert says(chat, PIA, "umfrage zeige U1").machine["asked"] == 2
    assert says(chat, ANA, "umfrage antworten U1").machine["code"] == "not_allowed"
    assert says(chat, ANA, "umfrage zeige U1").machine["code"] == "not_allowed"


def test_hundreds_are_invited_by_and_by_each_once(chat: Chat) -> None:
    crowd = [f"@p{n}:localhost" for n in range(130)]
    for user in crowd:
        chat.member(user)
    assert start(chat, "Zeit | an: alle | bis: 20.11.2026", by=KORA).machine["asked"] == 135
    chat.later(seconds=10)
    chat.later(seconds=10)
    assert {len(chat.to(user)) for user in (*crowd, PIA, URS, ANA)} == {1}


def test_leaders_ask_their_group_and_coordinators_all(chat: Chat) -> None:
    assert start(chat, "Zeit | an: alle | bis: 20.11.2026").machine["code"] == "not_allowed"
    assert start(chat, by=URS).machine["code"] == "not_allowed"
    chat.process(ANA, leader=ANA, name="Baugesuch")
    assert start(chat, "Zeit | an: P2 | bis: 20.11.2026").machine["code"] == "not_allowed"
    assert start(chat, "Zeit | bis: 20.11.2026", by=ANA).machine["to"] == "P2"
    assert start(chat, by=KORA).machine["to"] == "P1"
    assert says(chat, KORA, "umfrage neu Zeit | bis: 20.11.2026" + ONE).machine["field"] == "to"
    assert says(chat, KORA, "alle").machine["preview"]
    assert says(chat, KORA, "ja").machine["to"] == "all"
    assert says(chat, ANA, "umfrage abschliessen U2").machine["code"] == "not_allowed"
    assert says(chat, KORA, "umfrage abschliessen U1").machine["state"] == "closed"


def test_by_questions_it_is_shown_before_it_goes_out(chat: Chat) -> None:
    assert says(chat, PIA, "umfrage neu").machine["field"] == "title"
    assert says(chat, PIA, "Zeit").machine["field"] == "until"
    assert says(chat, PIA, "20. November").machine["field"] == "text"
    shown = says(chat, PIA, "Wann passt es Ihnen?\n- Vormittag\n- Nachmittag")
    assert shown.machine["preview"]
    assert "Nachmittag" in shown.text
    assert chat.to(URS) == []
    assert says(chat, PIA, "ja").machine["ref"] == "U1"
    assert "🗳️ U1" in chat.to(URS)[-1].text


@pytest.mark.parametrize(
    "body",
    [
        "",
        "\n- Vormittag\n- Nachmittag",
        "\n? Wann?\n- nur eines",
        "\n? Wann?\n- früh\n- Früh",
        "\nIrgend ein Satz.",
        "\n? Wann?\n" + "\n".join(f"- {n}" for n in range(21)),
        "\n" + "\n".join(f"? Frage {n}" for n in range(21)),
        f"\n? {'a' * 301}",
        f"\n? Wann?\n- {'a' * 101}\n- b",
    ],
)
def test_what_is_no_question_is_refused_with_a_reason(chat: Chat, body: str) -> None:
    for user, room in ((PIA, "!group:localhost"), (PIA, chat.direct(PIA))):
        refused = chat.reply(f"!umfrage neu Zeit | an: P1 | bis: 20.11.2026{body}", by=user, room=room)
        assert refused.machine["type"] == "error" or refused.machine["type"] == "question"
    assert says(chat, PIA, "!umfrage liste").machine["total"] == 0


@pytest.mark.parametrize(
    ("body", "labels"),
    [
        ("\nWann passt es?\n• früh\n• spät", ["früh", "spät"]),
        ("\n?Wann\n1. früh\n2. spät", ["früh", "spät"]),
        (
            "\n  ? Wann passt es (Mehrere möglich, freiwillig)\n– früh\n\n– spät: am Abend",
            ["früh", "spät: am Abend"],
        ),
        (
            "\n? <b>Wann</b> @room\n- <i>früh</i>\n- [spät](https://example.ch)",
            ["<i>früh</i>", "[spät](https://example.ch)"],
        ),
    ],
)
def test_questions_are_read_as_people_write_them(chat: Chat, body: str, labels: list[str]) -> None:
    start(chat, body=body)
    asked = says(chat, PIA, "umfrage antworten U1")
    assert [one["label"] for one in asked.machine["options"]] == labels
    assert "<i>früh" not in asked.html
    assert says(chat, PIA, labels[1]).machine["answered"] == 1


# --- answering


def test_answers_can_be_changed_until_the_end_and_taken_back(chat: Chat) -> None:
    start(chat)
    says(chat, URS, "umfrage antworten U1", "1")
    again = says(chat, URS, "umfrage antworten U1", "2")
    assert again.machine["answered"] == 1
    assert counts(chat) == {"Vormittag": 0, "Nachmittag": 1}
    chat.reacts(again, "↩️", by=URS)
    assert counts(chat) == {"Vormittag": 1, "Nachmittag": 0}
    says(chat, URS, "umfrage antworten U1", "Nachmittag")
    chat.edits(chat.last, "Vormittag", by=URS, room=chat.direct(URS))
    assert counts(chat) == {"Vormittag": 1, "Nachmittag": 0}


def counts(chat: Chat) -> dict[str, int]:
    found: dict[str, int] = says(chat, PIA, "umfrage resultat U1").machine["results"][0]["counts"]
    return found


def test_a_first_answer_that_is_taken_back_is_none(chat: Chat) -> None:
    start(chat)
    thanks = says(chat, URS, "umfrage antworten U1", "1")
    chat.reacts(thanks, "↩️", by=URS)
    assert says(chat, URS, "umfrage zeige U1").machine["you"] == {"answered": False}
    assert counts(chat) == {"Vormittag": 0, "Nachmittag": 0}


def test_what_is_optional_alone_can_be_passed_over(chat: Chat) -> None:
    start(chat, body="\n? Noch etwas? (freiwillig)")
    says(chat, URS, "umfrage antworten U1")
    assert says(chat, URS, "weiter").machine["answered"] == 1


def test_needed_ones_can_not_be_passed_over_and_all_can_be_let_be(chat: Chat) -> None:
    start(chat, body=THREE)
    says(chat, URS, "umfrage antworten U1")
    assert says(chat, URS, "weiter").machine["type"] == "question"
    assert says(chat, URS, "hilfe").machine["type"] == "question"
    assert says(chat, URS, "abbrechen").machine["type"] == "remark"
    assert says(chat, URS, "umfrage zeige U1").machine["answered"] == 0


def test_too_long_a_text_is_asked_for_again(chat: Chat) -> None:
    start(chat, body="\n? Warum?")
    says(chat, URS, "umfrage antworten U1")
    assert says(chat, URS, "a" * 1001).machine["type"] == "question"
    assert says(chat, URS, "a" * 1000).machine["answered"] == 1


def test_in_a_room_it_is_answered_in_the_direct_chat(chat: Chat) -> None:
    start(chat)
    before = len(chat.to(URS))
    assert chat.reply("!umfrage antworten U1", by=URS).machine == {"type": "pointer", "to": "direct"}
    assert len(chat.to(URS)) == before + 1
    assert chat.reacts(chat.to(URS)[-1], "✅", by=URS)[0].machine["type"] == "question"


def test_an_invitation_replaces_no_open_question(chat: Chat) -> None:
    says(chat, URS, "idee neu")
    start(chat)
    assert says(chat, URS, "Weniger Papier").machine["field"] == "text"


def test_it_waits_in_my_status_until_it_is_answered(chat: Chat) -> None:
    start(chat)
    assert says(chat, URS, "mein stand").machine["waiting"] == ["U1"]
    [*_, asked] = [says(chat, URS, text) for text in ("1", "1")]
    assert asked.machine["type"] == "question"
    says(chat, URS, "1")
    assert says(chat, URS, "mein stand").machine["waiting"] == []


def test_the_same_event_twice_is_one_answer(chat: Chat) -> None:
    start(chat)
    says(chat, URS, "umfrage antworten U1")
    batch = chat.happens(
        "m.room.message", {"msgtype": "m.text", "body": "1"}, by=URS, room=chat.direct(URS), event_id="$one"
    )
    assert len(chat.apply(batch)) == 1
    assert chat.apply(batch) == []
    assert counts(chat) == {"Vormittag": 1, "Nachmittag": 0}


# --- its end


def test_it_closes_by_itself_and_tells_who_has_started_it(chat: Chat) -> None:
    room = chat.group_room(1, PIA, URS)
    start(chat, body=TWO)
    says(chat, URS, "umfrage antworten U1", "1", "weiter")
    chat.later(days=19)
    chat.tick()
    told = [one for one in chat.to(PIA) if one.machine.get("state") == "closed"]
    assert len(told) == 1
    assert told[0].machine["results"] == [
        {"question": "Wann passt es Ihnen?", "counts": {"Vormittag": 1, "Nachmittag": 0}},
        {"question": "Warum?", "texts": 0},
    ]
    said = [one for one in chat.in_room(room) if one.machine.get("ref") == "U1"]
    assert len(said) == 1
    assert says(chat, URS, "umfrage antworten U1").machine["code"] == "conflict"


def test_an_answer_sent_in_time_counts_whenever_it_is_handled(chat: Chat) -> None:
    start(chat, "Zeit | an: P1 | bis: 02.11.2026 12:00")
    says(chat, URS, "umfrage antworten U1")
    batch = chat.happens("m.room.message", {"msgtype": "m.text", "body": "1"}, by=URS, room=chat.direct(URS))
    chat.later(hours=3)
    chat.apply(batch)
    assert counts(chat) == {"Vormittag": 1, "Nachmittag": 0}
    assert says(chat, PIA, "umfrage antworten U1").machine["code"] == "conflict"


def test_who_has_not_answered_is_reminded_twice(chat: Chat) -> None:
    start(chat)
    says(chat, URS, "umfrage antworten U1", "1")
    before = len(chat.to(URS))
    chat.later(days=15, hours=22)  # Wednesday morning
    [one] = [said for said in chat.to(PIA) if said.machine["type"] == "reminder"]
    assert one.machine["ref"] == "U1"
    assert not one.machine["late"]
    assert "umfrage antworten U1" in one.text
    chat.later(days=2)
    assert len([said for said in chat.to(PIA) if said.machine["type"] == "reminder"]) == 2
    chat.tick()
    assert len([said for said in chat.to(PIA) if said.machine["type"] == "reminder"]) == 2
    assert len(chat.to(URS)) == before


def test_closing_can_be_taken_back_in_time(chat: Chat) -> None:
    room = chat.group_room(1, PIA, URS)
    start(chat, body=TWO)
    closed = says(chat, PIA, "umfrage abschliessen U1")
    chat.reacts(closed, "↩️", by=PIA)
    assert says(chat, URS, "umfrage antworten U1", "1", "weiter").machine["answered"] == 1
    assert "läuft weiter" in chat.in_room(room)[-1].text


def test_that_a_survey_to_all_is_closed_stands_in_the_digest_once(chat: Chat) -> None:
    start(chat, "Zeit | an: alle | bis: 20.11.2026", by=KORA)
    before = {user: len(chat.to(user)) for user in (PIA, KORA)}
    says(chat, KORA, "!umfrage abschliessen U1")
    chat.later(minutes=1)
    assert len(chat.to(PIA)) == before[PIA]
    chat.later(days=6, hours=23)  # Monday
    assert "Zeit ist abgeschlossen" in chat.to(PIA)[-1].text
    assert "ist abgeschlossen" not in "".join(one.text for one in chat.to(KORA))
    chat.later(days=7)
    assert sum("Zeit ist abgeschlossen" in one.text for one in chat.to(PIA)) == 1


# --- changing and taking back the survey


def test_an_edited_command_is_the_same_survey_and_undo_takes_it_back(chat: Chat) -> None:
    started = start(chat)
    command = chat.last
    chat.edits(command, f"umfrage neu Zeiten | an: P1 | bis: 27.11.2026{ONE}", by=PIA, room=chat.direct(PIA))
    assert says(chat, URS, "umfrage zeige U1").machine["title"] == "Zeiten"
    mine = [one for one in chat.to(URS) if one.edits is None and "🗳️" in one.text and one.replies_to is None]
    assert len(mine) == 1
    chat.reacts(started, "↩️", by=PIA)
    assert says(chat, URS, "umfrage zeige U1").machine["code"] == "not_found"
    assert "zurückgenommen" in chat.to(URS)[-2].text
    assert says(chat, URS, "umfrage antworten U1").machine["code"] == "not_found"
    assert start(chat).machine["ref"] == "U2"


def test_once_others_have_answered_it_stays(chat: Chat) -> None:
    started = start(chat)
    says(chat, URS, "umfrage antworten U1", "1")
    chat.reacts(started, "↩️", by=PIA)
    assert says(chat, PIA, "umfrage zeige U1").machine["answered"] == 1


# --- lists, data, languages


def test_lists_name_what_concerns_who_asks(chat: Chat) -> None:
    start(chat)
    start(chat, "Alle | an: alle | bis: 20.11.2026", by=KORA)
    assert says(chat, URS, "umfrage liste").machine["refs"] == ["U2", "U1"]
    assert says(chat, ANA, "umfragen").machine["refs"] == ["U2"]
    assert chat.reply("!umfrage liste", by=URS).machine["refs"] == ["U2"]
    assert says(chat, KORA, "survey list").machine["refs"] == ["U2", "U1"]
    for n in range(12):
        start(chat, f"Umfrage {n} | an: alle | bis: 20.11.2026", by=KORA)
    second = says(chat, ANA, "umfrage liste seite: 2")
    assert (second.machine["total"], len(second.machine["refs"])) == (13, 3)


def test_in_another_room_what_a_group_is_asked_is_not_said(chat: Chat) -> None:
    chat.group_room(1, PIA, URS)
    said = chat.reply(f"!umfrage neu Zeit | an: P1 | bis: 20.11.2026{ONE}")
    assert said.machine["ref"] == "U1"
    assert "Vormittag" not in said.text
    assert "Vormittag" not in chat.reply("!umfrage zeige U1").text
    says(chat, PIA, "umfrage abschliessen U1")
    assert chat.reply("!umfrage resultat U1").machine["type"] == "pointer"


def test_export_and_erasure(chat: Chat) -> None:
    start(chat, body=THREE)
    says(chat, URS, "umfrage antworten U1", "1, 3", "selten", "Urs will weniger Papier")
    exported = json.loads(says(chat, URS, "datenschutz auskunft").content["data"])["surveys"]
    assert exported["asked"] == [
        {
            "ref": "U1",
            "title": "Zeit",
            "answered": True,
            "answers": {
                "Womit arbeiten Sie?": ["Abacus", "CMI"],
                "Wie oft im Monat?": ["selten"],
                "Was soll anders sein?": ["Urs will weniger Papier"],
            },
        }
    ]
    asked = says(chat, URS, "datenschutz löschen")
    says(chat, URS, asked.machine["confirm"])
    result = says(chat, PIA, "umfrage resultat U1")
    assert result.machine["answered"] == 1
    assert result.machine["results"][0]["counts"]["Abacus"] == 1
    assert "urs" not in json.dumps(table(chat, "survey_people") + table(chat, "survey_answers"), default=str)


def table(chat: Chat, name: str) -> list[list[object]]:
    with chat.database.transaction() as tx:
        return [list(row) for row in tx.exec_driver_sql(f"SELECT user_id FROM {name}")]  # noqa: S608


def test_in_english(chat: Chat) -> None:
    chat.member(PIA, language="en")
    chat.member(URS, language="en")
    started = says(
        chat, PIA, "survey new Time | to: P1 | until: 20.11.2026\n? When? (several)\n- early\n- late"
    )
    assert "runs until" in started.text
    assert "Would you like to answer" in chat.to(URS)[-1].text
    assert "stored with your name" in says(chat, URS, "survey answer U1").text
    assert "are in" in says(chat, URS, "1 and 2").text
    assert "new answers" in says(chat, URS, "survey answer U1", "1").text
    assert "There is a result when" in says(chat, URS, "survey result U1").text
    assert "early: 1" in says(chat, PIA, "survey result U1").text
    assert "You have answered" in says(chat, URS, "survey show U1").text
    assert "Surveys (1)" in says(chat, URS, "survey list").text
    chat.later(days=16)
    assert "Answer with" in chat.to(PIA)[-1].text
    assert "closed" in says(chat, PIA, "survey close U1").text
    assert "is over" in says(chat, URS, "survey answer U1").text
