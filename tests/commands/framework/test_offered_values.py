"""Where one of a known few is asked for, they stand below the question."""

from __future__ import annotations

import re

import pytest

from commands.framework.declarations import LETTERS
from commands.framework.grammar import find_command
from tests.support.chat import Chat, Said

LEO, KORA = "@leo:localhost", "@kora:localhost"
DATES = "18.03.2027 9:00-10:30\n19.03.2027 14:00"


@pytest.fixture
def town(chat: Chat) -> Chat:
    chat.member(LEO, language="de")
    chat.member(KORA)
    chat.process(LEO, leader=LEO)
    return chat


def asks(chat: Chat, text: str, *, by: str = LEO) -> Said:
    return chat.reply(text, by=by, room=chat.direct(by))


@pytest.mark.parametrize(
    ("answer", "suits"), [("2", [0, 1]), ("1 und 2", [1, 1]), ("1, 2", [1, 1]), ("keine", [0, 0])]
)
def test_the_dates_stand_below_their_question(town: Chat, answer: str, suits: list[int]) -> None:
    asks(town, f"termin finden P1 Rückschau\n{DATES}")
    asked = asks(town, "termin antworten D1")
    assert asked.text.splitlines()[1:] == ["1 Do 18.03.2027, 09:00–10:30", "2 Fr 19.03.2027, 14:00–15:30"]
    assert [one["value"] for one in asked.machine["options"]] == ["1", "2"]
    answered = asks(town, answer)
    assert [one["yes"] for one in answered.machine["options"]] == suits


def test_by_a_tap_and_by_way_of_what_waits(town: Chat) -> None:
    asks(town, f"termin finden P1 Rückschau\n{DATES}")
    for text in ("mein stand", "1", "1"):
        asked = asks(town, text)
    assert "Fr 19.03.2027" in asked.text
    [answered] = [said for said in town.reacts(asked, "2️⃣", by=LEO) if said.room == town.direct(LEO)]
    assert [one["yes"] for one in answered.machine["options"]] == [0, 1]


@pytest.mark.parametrize(
    ("command", "number", "word"),
    [("export", 11, "mitglieder"), ("prozess phase P1", 2, "Frontend in Arbeit")],
)
def test_words_that_are_many_have_their_numbers_too(town: Chat, command: str, number: int, word: str) -> None:
    for answer in (str(number), word):
        asked = asks(town, command, by=KORA)
        assert asked.machine["options"][number - 1]["label"] == word
        assert asks(town, answer, by=KORA).machine["type"] in ("file", "process", "error")


@pytest.mark.parametrize("language", ["de", "en"])
def test_where_one_is_not_there_the_list_is_named_by_a_command(chat: Chat, language: str) -> None:
    kora = chat.member(KORA, language=language)
    for letter in LETTERS:
        said = chat.reply(f"zeige {letter}99", by=kora, room=chat.direct(kora))
        [typed] = re.findall(r"!([\w ]+?)(?: sehen| shows)", said.text)
        command, rest = find_command(typed)
        assert command is not None, said.text
        assert (rest, command.reads, typed) == ("", True, command.called(language))


@pytest.mark.parametrize(
    ("answer", "jury"),
    [
        ("Pia, Urs Beispil", "Pia Muster, Urs Beispiel"),
        ("Urs Beispil und Pia Muster", "Urs Beispiel, Pia Muster"),
        ("Muster; Beispiel", "Pia Muster, Urs Beispiel"),
    ],
)
def test_nobody_of_several_is_lost_where_one_is_misspelt(town: Chat, answer: str, jury: str) -> None:
    for user, name in (("@pia:localhost", "Pia Muster"), ("@urs:localhost", "Urs Beispiel")):
        town.member(user, name, name_key=name.casefold())
    for text in ("wettbewerb neu Weniger Papier", "18.03.2027", "weiter"):
        asks(town, text, by=KORA)
    near = asks(town, answer, by=KORA)
    assert near.machine["type"] == "question"
    asks(town, "1", by=KORA)
    assert f"Jury: {jury}." in asks(town, "ja", by=KORA).text


def test_who_of_several_is_not_there_is_named(town: Chat) -> None:
    town.member("@pia:localhost", "Pia Muster", name_key="pia muster")
    for text in ("wettbewerb neu Weniger Papier", "18.03.2027", "weiter"):
        asks(town, text, by=KORA)
    assert asks(town, "Pia Muster, Xaver", by=KORA).text.startswith("«Xaver» finde ich nicht")


def test_only_surveys_that_have_a_result_are_offered_for_it(town: Chat) -> None:
    for title in ("Zeit", "Ort", "Womit"):
        asks(town, f"umfrage neu {title} | an: P1 | bis: 18.03.2027\n? Was?\n- a\n- b", by=KORA)
    asks(town, "umfrage abschliessen U2", by=KORA)
    assert asks(town, "umfrage resultat").machine["ref"] == "U2"  # the only one
    asks(town, "umfrage abschliessen U3", by=KORA)
    options = asks(town, "umfrage resultat").machine["options"]
    assert [one["value"] for one in options] == ["U3", "U2"]
    assert asks(town, "1").machine["ref"] == "U3"


def test_meetings_that_have_begun_are_offered_to_say_who_was_there(town: Chat) -> None:
    for day in ("3.11.2026", "4.11.2026", "1.12.2026"):
        asks(town, f"sitzung neu P1 Treff | wann: {day} 9:00-10:00")
    town.later(days=3)
    options = asks(town, "sitzung anwesend").machine["options"]
    assert [one["label"] for one in options] == ["S2 · Treff (04.11.)", "S1 · Treff (03.11.)"]
    assert "An S1" in asks(town, "2").text


@pytest.mark.parametrize("nobody", ["weg", "keine", "-"])
def test_nobody_was_excused_after_all(town: Chat, nobody: str) -> None:
    town.member("@pia:localhost")
    asks(town, "gruppe anmelden P1", by="@pia:localhost")
    asks(town, "sitzung neu P1 Treff | wann: 3.11.2026 9:00-10:00")
    town.later(days=2)
    assert "Entschuldigt: Pia" in asks(town, "sitzung anwesend S1 Leo | entschuldigt: Pia").text
    told = asks(town, f"sitzung anwesend S1 | entschuldigt: {nobody}")
    assert told.text == "An S1 war 1 Person dabei: Leo."
