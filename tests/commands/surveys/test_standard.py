"""The standard survey: who is in charge, which applications are in use, and how many variants follow."""

from __future__ import annotations

import pytest

from commands.framework.context import Settings
from storage.engine.database import Database
from tests.support.chat import Chat, Said

PIA, URS, ANA, LEO, KORA = (f"@{name}:localhost" for name in ("pia", "urs", "ana", "leo", "kora"))
TOWNS = {PIA: "Aesch", URS: "Liestal", ANA: "Muttenz", LEO: "Muttenz", KORA: None}


def settle(chat: Chat) -> Chat:
    for user, town in TOWNS.items():
        chat.member(user, municipality=town)
    chat.says("!prozess neu Umzugsmeldung | klasse: L", by=KORA)
    for user in (PIA, URS, ANA, LEO):
        chat.says("!gruppe anmelden P1", by=user)
    chat.says("!gruppe leitung P1 Pia", by=KORA)
    chat.later(minutes=1)
    return chat


@pytest.fixture
def asked(chat: Chat) -> Chat:
    settle(chat)
    says(chat, PIA, "umfrage standard P1")
    return chat


def says(chat: Chat, user: str, *texts: str) -> Said:
    return [chat.reply(text, by=user, room=chat.direct(user)) for text in texts][-1]


def answers(chat: Chat, user: str, *texts: str) -> Said:
    return says(chat, user, "umfrage antworten U1", *texts)


def close(chat: Chat) -> Said:
    closed = says(chat, PIA, "umfrage abschliessen U1")
    chat.edit_cards()
    return closed


def proposals(chat: Chat) -> list[Said]:
    return [
        said for said in chat.in_room("coordination") if "variants" in said.machine and said.edits is None
    ]


def test_it_asks_the_group_for_two_weeks(chat: Chat) -> None:
    settle(chat)
    started = says(chat, PIA, "umfrage standard P1")
    assert started.machine["title"] == "Abteilungen und Fachlösungen: Umzugsmeldung"
    assert (started.machine["to"], started.machine["questions"], started.machine["asked"]) == ("P1", 4, 4)
    assert started.machine["until"] == "2026-11-16T23:59:59+01:00"
    assert started.machine["anonymous"] is False
    again = says(chat, KORA, "umfrage standard P1")
    assert again.machine["code"] == "conflict"
    assert "U1" in again.text
    assert says(chat, URS, "umfrage standard P1").machine["code"] == "not_allowed"
    chat.reacts(started, "↩️", by=PIA)
    until = says(chat, KORA, "survey standard P1 until: 30.11.2026").machine
    assert (until["ref"], until["until"][:10]) == ("U2", "2026-11-30")


def test_what_others_have_named_is_a_choice(asked: Chat) -> None:
    first = answers(asked, PIA)
    assert [one["label"] for one in first.machine["options"]][:2] == ["Gemeindekanzlei", "Einwohnerdienste"]
    assert "eigene Worte" in first.text
    second = says(asked, PIA, "2, Hundewesen")
    assert second.machine["options"] == []
    says(asked, PIA, "Nest, Abacus", "12")
    assert says(asked, PIA, "weiter").machine["answered"] == 1
    labels = [one["label"] for one in answers(asked, URS).machine["options"]]
    assert labels[-1] == "Hundewesen"
    third = says(asked, URS, "hundewesen")
    assert [one["label"] for one in third.machine["options"]] == ["Nest", "Abacus"]
    says(asked, URS, "NEST und Geoportal", "etwa 30", "Weniger *Papier*")
    result = says(asked, PIA, "umfrage resultat U1").machine["results"]
    assert result[0]["counts"]["Hundewesen"] == 2
    assert result[1]["counts"] == {"Nest": 2, "Abacus": 1, "Geoportal": 1}
    assert (result[2]["texts"], result[3]["texts"]) == (2, 1)


@pytest.mark.parametrize(
    "said", ["99", "1, 99", "???", "x" * 101, ", ".join(f"Name {'x' * n}" for n in range(1, 13))]
)
def test_what_is_no_name_is_asked_again(asked: Chat, said: str) -> None:
    answers(asked, PIA)
    assert says(asked, PIA, said).machine["type"] == "question"
    assert says(asked, PIA, "1").machine["type"] == "question"
    assert says(asked, PIA, "keine", "5", "weiter").machine["answered"] == 1
    result = says(asked, PIA, "umfrage resultat U1").machine["results"]
    assert result[0]["counts"]["Gemeindekanzlei"] == 1
    assert result[1] == {"question": result[1]["question"], "texts": 0}


def test_closed_it_says_what_is_in_use_and_proposes_variants(asked: Chat) -> None:
    answers(asked, PIA, "2", "Nest, Abacus", "12", "weiter")
    answers(asked, URS, "2, 5", "1", "30", "Weniger Papier")
    answers(asked, ANA, "2", "CMI <b>", "4", "weiter")
    answers(asked, LEO, "2", "CMI <b>, 2", "4", "weiter")  # of the same municipality as Ana
    close(asked)
    card = asked.card("P1")
    assert "Abteilungen: Einwohnerdienste (3 Gemeinden), Bauverwaltung" in card.text
    assert "Fachlösungen: Abacus (2 Gemeinden), Nest (2 Gemeinden), CMI <b>" in card.text
    assert card.machine["products"]["applications"] == "draft"
    shown = says(asked, PIA, "ergebnis zeige P1 Fachlösungen").text
    assert "Fachlösungen: Abacus (2), Nest (2), CMI <b> (1)" in shown
    assert "Wie oft im Monat: 12; 30; 4; 4" in shown
    assert "Was anders sein soll: Weniger Papier" in shown
    [proposed] = proposals(asked)
    assert (proposed.machine["type"], proposed.machine["ref"], proposed.machine["variants"]) == (
        "process",
        "P1",
        2,
    )
    asked.reacts(proposed, "✅", by=KORA)
    assert asked.card("P1").machine["variants"] == 2
    assert "survey close" in asked.answer("protokoll P1", by=KORA, room=asked.direct(KORA)).text


def test_it_closes_by_itself_once(asked: Chat) -> None:
    answers(asked, PIA, "2", "Nest", "12", "weiter")
    asked.later(days=15)
    asked.tick()
    asked.edit_cards()
    assert asked.card("P1").machine["products"]["applications"] == "draft"
    [proposed] = proposals(asked)
    asked.reacts(proposed, "✅", by=KORA)
    assert (
        "✅ auf die Anzahl Varianten von P1"
        in asked.reply("protokoll P1", by=KORA, room=asked.direct(KORA)).text
    )


def test_reopened_all_is_as_before(asked: Chat) -> None:
    answers(asked, PIA, "2", "Nest", "12", "weiter")
    closed = close(asked)
    [proposed] = proposals(asked)
    asked.reacts(closed, "↩️", by=PIA)
    asked.edit_cards()
    assert "Nest" not in asked.card("P1").text
    assert asked.card("P1").machine["products"]["applications"] == "open"
    asked.reacts(proposed, "✅", by=KORA)
    assert "variants" not in asked.card("P1").machine
    close(asked)
    assert len(proposals(asked)) == 2


def test_a_proposal_that_was_confirmed_is_built_upon(asked: Chat) -> None:
    answers(asked, PIA, "2", "Nest", "12", "weiter")
    closed = close(asked)
    asked.reacts(proposals(asked)[0], "✅", by=KORA)
    asked.reacts(closed, "↩️", by=PIA)
    assert "Nest" in asked.card("P1").text
    assert asked.card("P1").machine["variants"] == 0


def test_without_answers_nothing_follows(asked: Chat) -> None:
    close(asked)
    assert asked.card("P1").machine["products"]["applications"] == "open"
    assert proposals(asked) == []


def test_what_the_group_has_agreed_to_stays(asked: Chat) -> None:
    asked.says("!ergebnis P1 Fachlösungen freigegeben link: https://example.ch/x | grund: alt", by=KORA)
    answers(asked, PIA, "2", "Nest", "12", "weiter")
    close(asked)
    assert asked.card("P1").machine["products"]["applications"] == "released"
    assert "Nest" in asked.card("P1").text


def test_a_draft_keeps_its_text_through_review(asked: Chat) -> None:
    answers(asked, PIA, "2", "Nest", "12", "weiter")
    close(asked)
    asked.says("!ergebnis P1 Fachlösungen in Prüfung link: https://example.ch/x", by=PIA)
    shown = says(asked, PIA, "ergebnis zeige P1 Fachlösungen")
    assert shown.machine["state"] == "in_review"
    assert "Fachlösungen: Nest (1)" in shown.text


def test_an_answer_is_changed_and_taken_back(asked: Chat) -> None:
    thanks = answers(asked, PIA, "2", "Nest", "12", "weiter")
    asked.reacts(thanks, "↩️", by=PIA)
    assert says(asked, PIA, "umfrage resultat U1").machine["answered"] == 0
    answers(asked, PIA, "1", "Abacus", "12", "weiter")
    close(asked)
    assert "Fachlösungen: Abacus" in asked.card("P1").text
    assert "Nest" not in asked.card("P1").text


def test_who_is_erased_counts_for_no_municipality(asked: Chat) -> None:
    answers(asked, PIA, "2", "Nest", "12", "weiter")
    answers(asked, URS, "2", "Nest", "12", "Meier stört")
    erasing = says(asked, URS, "datenschutz löschen")
    says(asked, URS, erasing.machine["confirm"])
    close(asked)
    [proposed] = proposals(asked)
    assert proposed.machine["variants"] == 0


def test_in_english(database: Database) -> None:
    chat = settle(Chat(database, Settings(language="en", coordinators=(KORA,))))
    started = says(chat, PIA, "survey standard P1")
    assert started.machine["title"] == "Departments and applications: Umzugsmeldung"
    first = answers(chat, PIA)
    assert "in charge in your municipality" in first.text
    says(chat, PIA, "2", "Nest", "12", "Less paper")
    assert "already" in says(chat, KORA, "survey standard P1").text
    says(chat, PIA, "survey close U1")
    chat.edit_cards()
    assert "Applications: Nest" in chat.card("P1").text
    assert "What should be different: Less paper" in says(chat, PIA, "product show P1 applications").text
