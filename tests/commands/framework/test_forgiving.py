"""What people write who were never told how: it is understood, or asked back in one sentence."""

from __future__ import annotations

import pytest

from tests.support.chat import Chat
from tests.support.kept import staged

PIA, URS, LEO, MONI, KORA, NEU = (f"@{n}:localhost" for n in ("pia", "urs", "leo", "moni", "kora", "neu"))
WHEN = "wann: 18.03.2027 13:30"


@pytest.fixture
@staged
def crew(chat: Chat) -> Chat:
    chat.member(PIA, "Pia Muster", name_key="pia muster")
    chat.member(URS, "Urs Beispiel", name_key="urs beispiel")
    chat.member(LEO, "Léo Frei", name_key="leo frei")
    chat.process(PIA, LEO, leader=LEO)
    return chat


# --- to register


@pytest.mark.parametrize(
    "typed",
    [
        "Aesch, Einwohnerdienste",
        "Aesch Einwohnerdienste",
        "gemeinde Aesch funktion Einwohnerdienste",
        "gemeinde: Aesch, funktion: Einwohnerdienste",
        "Gemeinde = Aesch\nFunktion = Einwohnerdienste",
        "\n- Gemeinde: Aesch\n- Funktion: Einwohnerdienste",
        "gemeinde: Gemeinde Aesch BL | funktion: Einwohnerdienste",
        "gemeinde: Aesch (BL) | funktion: Einwohnerdienste",
        "gemeinde: Gemeinde Aesch | funktion: Einwohnerdienste",
        "Gemeinde Aesch, Funktion Einwohnerdienste",
        "\nGemeinde Aesch\nFunktion Einwohnerdienste",
        "\n- gemeinde Aesch\n- funktion: Einwohnerdienste",
        "gemeinde Aesch\nfunktion Einwohnerdienste",
    ],
)
def test_a_registration_is_understood(chat: Chat, typed: str) -> None:
    room = chat.direct(NEU)
    machine = chat.reply(f"profil anmelden {typed}", by=NEU, room=room).machine
    assert (machine["state"], machine["municipality"], machine["function"]) == (
        "pending",
        "Aesch",
        "Einwohnerdienste",
    )


def test_municipalities_of_several_words(chat: Chat) -> None:
    room = chat.direct(NEU)
    machine = chat.reply("profil anmelden Burg im Leimental Bauverwaltung", by=NEU, room=room).machine
    assert (machine["municipality"], machine["function"]) == ("Burg im Leimental", "Bauverwaltung")


# --- titles and texts


@pytest.mark.parametrize(
    ("typed", "title", "topic"),
    [
        (
            "Kartenzahlung am Schalter, Thema: Bezahlen, Viele haben kein Bargeld",
            "Kartenzahlung am Schalter",
            "Bezahlen",
        ),
        ('"Baugesuche online einreichen"', "Baugesuche online einreichen", None),
        ("«Baugesuche online einreichen»,", "Baugesuche online einreichen", None),
        ("Baugesuche „online“ einreichen;", "Baugesuche „online“ einreichen", None),
    ],
)
def test_titles_lose_quotes_and_commas(crew: Chat, typed: str, title: str, topic: str | None) -> None:
    machine = crew.reply(f"!idee neu {typed}").machine
    assert (machine["title"], machine.get("topic")) == (title, topic)
    if topic:
        assert "Viele haben kein Bargeld" in crew.card("I1").text


@pytest.mark.parametrize("label", ["beschreibung", "Text", "Beschreibung", "grund", "description"])
def test_a_text_may_have_its_name_before_it(crew: Chat, label: str) -> None:
    crew.reply(f"!idee neu Parkkarten per Handy\n{label}: Niemand hat Münzen.")
    assert "Niemand hat Münzen." in crew.card("I1").text
    assert f"{label}:" not in crew.card("I1").text


@pytest.mark.parametrize("line", ["Traktanden:", "Datum: 5. Mai", "Ausgangslage: so", "Ort: Liestal"])
def test_below_a_free_text_any_word_may_stand_with_a_colon(crew: Chat, line: str) -> None:
    crew.reply(f"!idee neu Parkkarten per Handy\n{line}\nmehr")
    assert line in crew.card("I1").text
    refused = crew.reply("!idee neu Anderes Anliegen\nthmea: x")
    assert "Meinten Sie «thema:»?" in refused.text


def test_where_no_text_is_taken_the_fields_are_named(crew: Chat) -> None:
    refused = crew.reply("!profil ändern\nalter: 40")
    assert "Möglich sind: gemeinde, funktion, wissen, interessen" in refused.text


SPOKEN = (
    "Wir sollten die Parkkarten für das Parkhaus endlich per Handy bezahlen können, weil die Leute am Schalter "
    "immer wieder fragen und niemand mehr Münzen dabei hat und das andere Gemeinden auch schon lange so machen"
)


def test_of_a_long_title_the_first_clause_is_taken_and_all_is_the_text(crew: Chat) -> None:
    machine = crew.reply(f"!idee neu {SPOKEN}").machine
    assert machine["title"] == "Wir sollten die Parkkarten für das Parkhaus endlich per Handy bezahlen können"
    assert SPOKEN in crew.card("I1").text
    crew.reply(f"!news neu {SPOKEN.replace(',', '')}", by=MONI)
    assert crew.card("N1").machine["title"].endswith("…")
    assert len(crew.card("N1").machine["title"]) <= 120
    assert crew.reply("!idee neu " + "x" * 121).machine["code"] == "too_large"


@pytest.mark.parametrize("title", ["a", "🐶", "..", "A1", "!?", "ab", "123", "1.5.27"])
def test_an_idea_needs_a_title_that_says_something(crew: Chat, title: str) -> None:
    assert crew.reply(f"!idee neu {title}").machine["code"] == "bad_input"
    assert crew.in_room("ideas") == []


# --- small words


@pytest.mark.parametrize(
    ("word", "vote"),
    [("ja", "for"), ("nein", "against"), ("👍", "for"), ("👎🏽", "against"), ("egal", "neutral")],
)
def test_votes_in_everyday_words(crew: Chat, word: str, vote: str) -> None:
    crew.reply("!idee neu Parkkarten per Handy")
    assert crew.reply(f"!idee stimme I1 {word}").machine["you"] == {"vote": vote}
    assert "👍" in crew.reply("!idee stimme I1 vielleicht").text


@pytest.mark.parametrize("word", ["ja", "ein", "Woche", "nein", "nie", "aus"])
def test_the_digest_is_switched_with_yes_and_no(crew: Chat, word: str) -> None:
    assert crew.reply(f"profil digest {word}", room=crew.direct(PIA)).machine["type"] == "member"


@pytest.mark.parametrize("typed", ["nie", "am Vortag", "1 Tag", "1 Tag, 1 Stunde", "aus", "einen Tag vorher"])
def test_reminders_in_everyday_words(crew: Chat, typed: str) -> None:
    assert crew.reply(f"profil erinnerung {typed}", room=crew.direct(PIA)).machine["type"] == "member"


def test_knowhow_without_a_colon(crew: Chat) -> None:
    room = crew.direct(PIA)
    assert "BPMN, Umzug" in crew.reply("profil ändern wissen BPMN, Umzug", room=room).text
    changed = crew.reply("profil ändern wissen = Grafik", room=room).text
    assert "Grafik" in changed


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("profil wissen BPMN, Umzug", "Wissen: BPMN, Umzug"),
        ("profil wissen: +BPMN", "Wissen: BPMN"),
        ("Profil Interessen Baugesuche", "Interessen: Baugesuche"),
        ("profil funktion Bauverwaltung", "Bauverwaltung"),
        ("profile knowhow BPMN", "Wissen: BPMN"),
    ],
)
def test_a_field_of_ones_own_is_set_by_its_name(crew: Chat, typed: str, line: str) -> None:
    """The noun, the field and its value are the whole: in one message, and taken back like any other."""
    said = crew.reply(typed, room=crew.direct(PIA))
    assert (said.machine["type"], line in said.text) == ("member", True)


@pytest.mark.parametrize("typed", ["profil wissen", "idee titel Parkkarten", "profil witzig BPMN"])
def test_what_is_no_whole_change_changes_nothing(crew: Chat, typed: str) -> None:
    assert crew.reply(typed, room=crew.direct(PIA)).machine["type"] in ("choice", "question", "help")


@pytest.mark.parametrize(
    "typed", ["news seit letzter Woche", "news neu seit letzter Woche", "news since last week"]
)
def test_since_last_week(crew: Chat, typed: str) -> None:
    assert crew.reply(f"!{typed}").machine["of"] == "news"


@pytest.mark.parametrize("word", ["keine", "weg", "-", "none", "Nichts"])
def test_what_is_optional_is_emptied_with_the_same_words(crew: Chat, word: str) -> None:
    crew.reply(f"!sitzung neu P1 Austausch | {WHEN} | ort: Liestal | link: https://example.ch", by=LEO)
    machine = crew.reply(f"!sitzung ändern S1 ort: {word} | link: {word}", by=LEO).machine
    assert "place" not in machine
    assert "link" not in machine
    crew.reply(f"!anlass neu Apéro | {WHEN} | ort: Liestal | link: https://example.ch | plätze: 9", by=KORA)
    machine = crew.reply(f"!anlass ändern A1 ort: {word} | link: {word} | plätze: {word}", by=KORA).machine
    assert {"place", "link", "capacity"} & machine.keys() == set()
    crew.reply("!idee neu Parkkarten per Handy | thema: Bau")
    assert "topic" not in crew.reply(f"!idee ändern I1 thema: {word}").machine
    room = crew.direct(PIA)
    crew.reply("profil ändern wissen: BPMN", room=room)
    assert crew.reply(f"profil ändern wissen: {word}", room=room).machine["type"] == "member"
    assert "BPMN" not in crew.reply("profil zeige", room=room).text
    planned = crew.reply(f"!sitzung neu P1 Zweite | wann: 19.03.2027 13:30 | ort: {word}", by=LEO).machine
    assert "place" not in planned


@pytest.mark.parametrize(
    "every", ["jeden zweiten Donnerstag", "jeden 2. Donnerstag", "every second Thursday"]
)
def test_every_second_thursday_may_mean_two_things(crew: Chat, every: str) -> None:
    text = f"!sitzung neu P1 Austausch | {WHEN} | jede: {every} | bis: 30.06.2027"
    refused = crew.reply(text, by=LEO)
    assert refused.machine["code"] == "bad_input"
    assert "2 wochen" in refused.text
    assert "im Monat" in refused.text
    clear = text.replace(f"{every} ", "2. Donnerstag im Monat ").replace(WHEN, "wann: 11.03.2027 13:30")
    assert crew.reply(clear, by=LEO).machine["ref"] == "S1"


# --- when


def test_a_date_at_the_end_of_the_line_is_taken(crew: Chat) -> None:
    machine = crew.reply("!sitzung neu P1 Kickoff morgen 14 Uhr", by=LEO).machine
    assert (machine["title"], machine["start"]) == ("Kickoff", "2026-11-03T14:00:00+01:00")
    moved = crew.reply("!sitzung verschieben S1 10.12.2026 14:00", by=LEO).machine
    assert moved["start"] == "2026-12-10T14:00:00+01:00"
    assert (
        crew.reply("!sitzung verschieben S1 wann: 15:30", by=LEO).machine["start"]
        == "2026-12-10T15:30:00+01:00"
    )
    moved = crew.reply("!sitzung verschieben S1 16:00-17:00", by=LEO).machine
    assert (moved["start"], moved["end"]) == ("2026-12-10T16:00:00+01:00", "2026-12-10T17:00:00+01:00")
    machine = crew.reply("!anlass neu PI-Event 18.03.2027 13:30-17:00", by=KORA).machine
    assert (machine["title"], machine["start"]) == ("PI-Event", "2027-03-18T13:30:00+01:00")
    assert crew.reply("!anlass verschieben A1 14:00", by=KORA).machine["start"] == "2027-03-18T14:00:00+01:00"
    asked = crew.reply("!sitzung neu P1 Rückblick 2026", by=LEO)
    assert "!sitzung neu P1 Rückblick 2026\nwann:" in asked.text


def test_a_link_at_the_end_of_the_line_is_taken(crew: Chat) -> None:
    said = "ergebnis P1 Steckbrief in Prüfung https://example.ch/s"
    machine = crew.reply(said, by=LEO, room=crew.direct(LEO)).machine
    assert (machine["state"], machine["link"]) == ("in_review", "https://example.ch/s")


@pytest.mark.parametrize(
    ("typed", "product"),
    [
        ("ergebnis P1 Steckbrief fertig https://example.ch/s", "profile"),
        ("ergebnis P1 Steckbrief fertig link: https://example.ch/s", "profile"),
        ("ergebnis P1 BPMN: fertig\nlink: https://example.ch/s", "bpmn"),
        ("ergebnis P1 Aufgaben Fertig | link: https://example.ch/s", "tasks"),
        ("product P1 requirements ready https://example.ch/s", "requirements"),
    ],
)
def test_a_product_that_is_ready_goes_to_review(crew: Chat, typed: str, product: str) -> None:
    """Released it is by the group's consent, whatever its author says."""
    machine = crew.reply(typed, by=LEO, room=crew.direct(LEO)).machine
    assert (machine["product"], machine["state"]) == (product, "in_review")
    assert machine["link"] == "https://example.ch/s"


def test_the_reason_may_stand_without_its_name(crew: Chat) -> None:
    crew.reply("!idee neu Parkkarten per Handy")
    machine = crew.reply("!idee annehmen I1 Spart allen Zeit", by=MONI).machine
    assert (machine["state"], machine["reason"]) == ("accepted", "Spart allen Zeit")


# --- names


def test_a_first_name_is_enough_to_read_and_asked_back_to_change(crew: Chat) -> None:
    assert crew.reply("!profil zeige Urs").machine["ref"] == URS
    assert crew.reply("!profil zeige Beispiel").machine["ref"] == URS
    asked = crew.reply("!gruppe zuweisen P1 Urs", by=KORA, room=crew.direct(KORA))
    assert asked.text == "Meinten Sie Urs Beispiel? Mit ✅ mache ich das so."
    assert asked.machine["nearest"] == "Urs Beispiel"
    crew.reacts(asked, "✅", by=KORA)
    assert "Urs Beispiel ist für" in [s for s in crew.said if s.edits == asked.event_id][-1].text
    agreed = crew.reply("!vereinbarung neu P1 Formular prüfen | wer: Leo", room=crew.direct(PIA))
    crew.reacts(agreed, "✅")
    assert "Léo Frei" in crew.reply("!vereinbarung zeige V1", room=crew.direct(PIA)).text


def test_several_of_a_name_are_named(crew: Chat) -> None:
    crew.member("@pia2:localhost", "Pia Huber", name_key="pia huber")
    refused = crew.reply("!profil zeige Pia")
    assert refused.machine["code"] == "not_found"
    assert "Pia Huber, Pia Muster" in refused.text


def test_who_waits_is_found_and_several_are_admitted_at_once(crew: Chat) -> None:
    for name in ("carla", "dario", "eva"):
        user = f"@{name}:localhost"
        crew.reply("profil anmelden Aesch, Bau", by=user, room=crew.direct(user))
    in_the_hall = crew.reply("!mitglied aufnehmen Car", by=KORA)  # who waits is not said before all
    assert "Carla" not in in_the_hall.text
    assert in_the_hall.machine["type"] == "error"
    asked = crew.reply("!mitglied aufnehmen Car", by=KORA, room=crew.direct(KORA))
    assert asked.machine["nearest"] == "Carla"
    crew.reacts(asked, "✅", by=KORA)
    both = crew.reply("!mitglied aufnehmen Dario, Eva", by=KORA)
    assert both.machine["refs"] == ["@dario:localhost", "@eva:localhost"]
    asked = crew.reply("!gruppe zuweisen P1 Dario; Eva", by=KORA, room=crew.direct(KORA))
    assert "Dario, Eva sind für" in asked.text
    crew.reacts(asked, "↩️", by=KORA)
    assert crew.reply("!gruppe zeige P1", by=KORA, room=crew.direct(KORA)).machine["confirmed"] == 2


# --- words that are explained


def test_the_classes_are_explained(crew: Chat) -> None:
    for typed in ("!hilfe klasse", "!hilfe class"):
        text = crew.reply(typed).text
        assert all(f"{code}:" in text for code in "LKMD")
    refused = crew.reply("!prozess neu Baugesuch | klasse: XL", by=KORA)
    assert "L = Laborleistung" in refused.text


def test_how_a_phase_goes_back_is_said(crew: Chat) -> None:
    crew.reply("!prozess phase P1 weiter", by=KORA)
    refused = crew.reply("!prozess phase P1 zurück grund: Zu früh", by=KORA)
    assert refused.text == "Zurück geht es so: !prozess phase P1 Identifiziert grund: Weil …"


@pytest.mark.parametrize(
    "typed", ["gemeinde: Aesch weg", "Aesch weg", "gemeinde: weg Aesch", "weg gemeinde: Aesch"]
)
def test_a_rollout_is_taken_back_wherever_the_word_stands(crew: Chat, typed: str) -> None:
    from storage import processes  # noqa: PLC0415

    with crew.database.transaction() as tx:
        processes.change(tx, 1, phase="rollout_all")
    assert crew.reply("!prozess rollout P1 Aesch, Liestal", by=KORA).machine["rollout"]["done"] == 2
    assert crew.reply(f"!prozess rollout P1 {typed}", by=KORA).machine["rollout"]["done"] == 1


def test_a_campaign_that_is_not_there_is_named_as_it_was_typed(crew: Chat) -> None:
    refused = crew.reply("!idee neu Parkkarten per Handy wettbewerb: Sommer")
    assert refused.machine["code"] == "not_found"
    assert "SOMMER" not in refused.text


def test_reminders_speak_plainly(crew: Chat) -> None:
    refused = crew.reply("profil erinnerung irgendwann", room=crew.direct(PIA))
    assert "1 Tag, 1 Stunde" in refused.text


def test_the_answer_says_what_became_the_topic(crew: Chat) -> None:
    said = crew.reply(
        "!idee neu Kartenzahlung am Schalter, Thema: Bezahlen, Viele haben kein Bargeld", by=LEO
    )
    assert said.text.endswith("Thema: Bezahlen.")
    assert "Thema" not in crew.reply("!idee neu Drucker im Foyer ersetzen", by=LEO).text
