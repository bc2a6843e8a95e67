"""What a person reads where something was not understood, and before it is done: short, and fit to be copied."""

from __future__ import annotations

import pytest

from storage import processes
from tests.support.chat import Chat, Said

PIA, LEO, KORA = "@pia:localhost", "@leo:localhost", "@kora:localhost"


@pytest.fixture
def town(chat: Chat) -> Chat:
    for who in (PIA, LEO, KORA):
        chat.member(who)
    chat.process(LEO, PIA, leader=LEO)
    return chat


def said(chat: Chat, text: str, *, by: str = PIA) -> Said:
    return chat.reply(text, by=by, room=chat.direct(by))


@pytest.mark.parametrize(
    ("by", "answers", "not_yet"),
    [
        (KORA, ["wettbewerb neu", "Weniger Papier", "18.03.2027", "weiter", "weiter"], "Idee einreichen"),
        (LEO, ["umfrage neu", "Zeit", "18.03.2027", "? Wann?\n- früh\n- spät"], "selber antworten"),
        (LEO, ["termin finden", "Treff", "18.03.2027 9:00\n19.03.2027 9:00", "weiter"], "tippen"),
        (LEO, ["sitzung neu", "Treff", "18.03.2027 9:00", "weiter"], "zusagen"),
    ],
)
def test_before_it_is_done_nothing_is_offered_that_can_not_be_done_yet(
    town: Chat, by: str, answers: list[str], not_yet: str
) -> None:
    for answer in answers:
        shown = said(town, answer, by=by)
    assert shown.machine["type"] == "confirm"
    assert not_yet not in shown.text
    again = said(town, "Moment", by=by)
    assert again.text == f"Das habe ich nicht verstanden. {shown.text}"
    assert said(town, "ja", by=by).machine["type"] in ("campaign", "survey", "dates", "meeting")


@pytest.mark.parametrize("typed", ["T2", "2", "#2", "t2"])
def test_an_example_is_about_the_thing_at_hand(town: Chat, typed: str) -> None:
    for title in ("Persona", "Miro"):
        said(town, f"werkzeug neu {title}", by=KORA)
    told = said(town, f"werkzeug ändern {typed}", by=KORA)
    assert "!werkzeug ändern T2 link:" in told.text
    assert "!tool edit T2 link:" in town.reply(f"!tool edit {typed}", by=KORA, room=english(town)).text


def english(chat: Chat) -> str:
    chat.says("!profil sprache en", by=KORA, room=chat.direct(KORA))
    return chat.direct(KORA)


def test_so_is_the_one_of_what_can_not_be_read(town: Chat) -> None:
    said(town, "anlass neu Treff | wann: 18.03.2027 9:00", by=KORA)
    assert said(town, "anlass anmelden A1 sofort bitte").text.endswith("So geht es: !anlass anmelden A1")


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        (", ".join(f"t{n}" for n in range(40)), "Das sind zu viele: höchstens 20."),
        ("raum, " + "t" * 80, "Das ist zu lang: höchstens 60 Zeichen, es sind 80."),
    ],
)
def test_of_too_many_it_is_said_how_many(town: Chat, tags: str, why: str) -> None:
    told = said(town, f"börse biete Tisch | tags: {tags}")
    assert told.machine["code"] == "too_large"
    assert told.text.startswith(why)


@pytest.mark.parametrize("text", ["1", "7", "1 und 2", "2️⃣"])
def test_a_number_that_answers_nothing_means_nothing(town: Chat, text: str) -> None:
    assert said(town, text).text.startswith("Das habe ich nicht verstanden. Was möchten Sie tun?")


@pytest.mark.parametrize(
    "text",
    [
        "rückgängig",
        "Rückgängig machen bitte",
        "nimm das zurück",
        "hilfe rückgängig",
        "undo",
        "take that back",
    ],
)
def test_how_to_take_back_is_said_in_words(town: Chat, text: str) -> None:
    said(town, "idee neu Parkkarten online")
    assert "Tippen Sie ↩️ auf meine Antwort" in said(town, text).text
    assert said(town, "idee meine").machine["refs"] == ["I1"]


@pytest.mark.parametrize(
    ("by", "command"), [(PIA, "stunden meine"), (KORA, "stunden bericht"), (KORA, "bericht")]
)
def test_a_period_may_go_on_into_what_is_to_come(town: Chat, by: str, command: str) -> None:
    told = said(town, f"{command} von: 1.10. bis: 30.11.", by=by)
    assert told.machine["type"] in ("hours", "file"), told.text
    backwards = said(town, f"{command} von: 01.10.2026 bis: 30.09.2026", by=by)
    assert backwards.text == "Der Zeitraum endet vor seinem Beginn: vom 01.10.2026 bis zum 30.09.2026."


@pytest.mark.parametrize(("by", "named"), [(KORA, True), (PIA, False)])
def test_a_table_without_words_is_met_with_how_it_is_taken(town: Chat, by: str, named: bool) -> None:
    [told] = town.sends_file(b"Note\n5\n", by=by, room=town.direct(by))
    assert ("antworten Sie darauf mit !rückmeldung import" in told.text) == named


def test_a_whole_day_is_said_as_one(town: Chat) -> None:
    said(town, "wettbewerb neu Weniger Papier | von: 4.11.2026 | bis: 5.11.2026", by=KORA)
    assert "ab Mi, 4. November 2026 · bis Do, 5. November 2026" in town.card("W1").text
    town.later(days=5)
    town.edit_cards()
    assert "abgeschlossen am Do, 5. November 2026 ·" in town.card("W1").text
    said(town, "wettbewerb neu Mehr Licht | von: 8.11.2026 9:00 | bis: 9.11.2026 9:00", by=KORA)
    assert "ab So, 8. November 2026, 09:00 · bis Mo, 9. November 2026, 09:00" in town.card("W2").text


def test_who_is_asked_for_dates_hears_how_to_answer(town: Chat) -> None:
    town.group_room(1, PIA, LEO)
    said(town, "termin finden P1 Treff\n18.03.2027 9:00\n19.03.2027 9:00", by=LEO)
    card = town.card("D1")
    [told] = [one for one in town.reacts(card, "✅", by=PIA) if one.room == town.direct(PIA)]
    assert told.text.startswith("Tippen Sie auf der Karte die Nummern")


def test_a_table_is_shown_with_its_days(town: Chat) -> None:
    with town.database.transaction() as tx:
        processes.change(tx, 1, phase="frontend_live")
    table = b"Note;Kommentar;Datum\n5;gut;01.10.2026\n"
    [shown] = town.sends_file(table, "rückmeldung import P1", by=KORA, room=town.direct(KORA))
    assert "• 5 · Do, 1. Oktober 2026 · gut" in shown.text
