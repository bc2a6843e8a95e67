"""The catalogue of processes: made, changed, listed, shown; with documents, criteria and rollout."""

from __future__ import annotations

from typing import Any

import pytest

from commands.processes import model as feature
from commands.processes.model import PHASES
from storage import members, municipalities, process_history, processes, products
from tests.support.chat import ROOMS, Chat, Said
from tests.support.kept import staged

PIA, KORA, MONI = "@pia:localhost", "@kora:localhost", "@moni:localhost"


@pytest.fixture
@staged
def process(chat: Chat) -> Chat:
    """P1, with its card in the agenda room."""
    chat.member(PIA)
    chat.reply("!prozess neu Umzugsmeldung | klasse: L | lebenslage: Umzug\nFormulare vorausfüllen.", by=KORA)
    return chat


def put(chat: Chat, **values: object) -> None:
    with chat.database.transaction() as tx:
        processes.change(tx, 1, **values)


def many(chat: Chat, count: int) -> None:
    for n in range(2, count + 2):
        chat.reply(f"!prozess neu Prozess {n} | klasse: {'LKMD'[n % 4]}", by=KORA)
        chat.later(seconds=10)


# --- new


def test_a_new_process_has_a_card_and_a_group(chat: Chat) -> None:
    reply = chat.reply(
        "!prozess neu Umzugsmeldung | klasse: L | lebenslage: Umzug | beschreibung: Kurz gesagt\nUnd ausführlich.",
        by=KORA,
    )
    assert reply.machine == {
        "type": "process",
        "ref": "P1",
        "title": "Umzugsmeldung",
        "state": "identified",
        "on_hold": False,
        "dropped": False,
        "class": "L",
        "life_situation": "Umzug",
        "percent": 0,
        "products": dict.fromkeys(
            [
                "description",
                "applications",
                "profile",
                "bpmn",
                "wireframe",
                "interface",
                "tasks",
                "requirements",
            ],
            "open",
        ),
        "rollout": {"done": 0, "of": 86},
    }
    card = chat.card("P1")
    assert card.room == ROOMS["agenda"]
    assert card.text.splitlines() == [
        "🧭 P1 · Umzugsmeldung",
        "Kurz gesagt",
        "Und ausführlich.",
        "Identifiziert · 0 % · Klasse L · Umzug · 👥 0 von 7",
        "✅ tippen: in der Gruppe mitmachen · mehr mit !prozess zeige P1",
    ]
    assert (card.event_id, "✅") in chat.reactions
    assert chat.answer("!gruppe zeige P1", by=KORA).machine["size"] == 7


def test_in_the_agenda_room_the_card_is_the_reply(chat: Chat) -> None:
    said = chat.says("!process new Moving house | class: lab service", by=KORA, room=ROOMS["agenda"])
    assert [s.room for s in said] == [ROOMS["agenda"]]
    assert said[0].machine["class"] == "L"


def test_name_and_class_are_needed(chat: Chat) -> None:
    assert chat.reply("!prozess neu Umzugsmeldung", by=KORA).machine["field"] == "klasse"
    assert "!prozess neu Umzugsmeldung\nklasse: L" in chat.reply("!prozess neu Umzugsmeldung", by=KORA).text
    assert chat.reply("!prozess neu | klasse: L", by=KORA).machine["code"] == "bad_input"
    refused = chat.reply("!prozess neu Umzugsmeldung | klasse: X", by=KORA)
    assert "Möglich sind: L, K, M, D" in refused.text
    assert chat.reply("!prozess neu Umzugsmeldung | klase: L", by=KORA).machine["nearest"] == "klasse"


def test_only_coordinators_keep_the_catalogue(process: Chat) -> None:
    for text in (
        "prozess neu Hundesteuer | klasse: L",
        "prozess ändern P1 klasse: K",
        "prozess dokument P1 Merkblatt https://example.ch",
        "prozess kriterium P1 Wartezeit ziel: -80%",
        "prozess rollout P1 gemeinde: Aesch",
    ):
        for who in (PIA, MONI):
            assert process.reply(f"!{text}", by=who).machine["code"] == "not_allowed", text


def test_strangers_read_nothing(process: Chat) -> None:
    for text in ("prozess liste", "prozess zeige P1", "prozess stand", "prozess verlauf P1"):
        assert process.reply(f"!{text}", by="@sam:localhost").machine["code"] == "not_allowed"


def test_made_by_mistake_it_is_taken_back(process: Chat) -> None:
    reply = process.reply("!prozess neu Hundesteur | klasse: L", by=KORA)
    process.reacts(reply, "↩️", by=KORA)
    assert process.card("P2").machine["dropped"] is True
    assert process.reply("!prozess liste").machine["refs"] == ["P1"]


def test_not_after_somebody_has_joined(process: Chat) -> None:
    reply = process.reply("!prozess neu Hundesteuer | klasse: L", by=KORA)
    process.reply("!gruppe anmelden P2", by=PIA)
    process.reacts(reply, "↩️", by=KORA)
    assert process.card("P2").machine["dropped"] is False


def test_an_edited_command_keeps_the_number_and_the_card(process: Chat) -> None:
    process.reply("!prozess neu Hundesteur | klasse: L", by=KORA)
    process.edits(process.last, "!prozess neu Hundesteuer | klasse: M", by=KORA)
    assert (process.card("P2").machine["title"], process.card("P2").machine["class"]) == ("Hundesteuer", "M")
    assert process.reply("!prozess verlauf P2").machine["total"] == 1
    assert process.reply("!prozess neu Baugesuch | klasse: L", by=KORA).machine["ref"] == "P3"


# --- edit


def test_what_is_changed_shows_and_what_was_before_stays_in_the_history(process: Chat) -> None:
    reply = process.reply("!prozess ändern P1 name: Umzug melden | klasse: K | lebenslage: -", by=KORA)
    assert (reply.machine["title"], reply.machine["class"]) == ("Umzug melden", "K")
    assert "life_situation" not in reply.machine
    assert "🧭 P1 · Umzug melden" in process.card("P1").text
    shown = process.reply("!prozess verlauf P1").text
    assert "Kora: Name geändert, vorher: Umzugsmeldung" in shown
    assert "Klasse geändert, vorher: L" in shown
    assert "Lebenslage geändert, vorher: Umzug" in shown
    process.reacts(reply, "↩️", by=KORA)
    assert (process.card("P1").machine["title"], process.card("P1").machine["class"]) == (
        "Umzugsmeldung",
        "L",
    )
    assert process.reply("!prozess verlauf P1").machine["total"] == 7


def test_an_edited_change_leaves_one_step(process: Chat) -> None:
    process.reply("!prozess ändern P1 name: Umzug meldn", by=KORA)
    process.edits(process.last, "!prozess ändern P1 name: Umzug melden", by=KORA)
    assert process.card("P1").machine["title"] == "Umzug melden"
    assert process.reply("!prozess verlauf P1").machine["total"] == 2


def test_only_the_last_change_is_taken_back(process: Chat) -> None:
    reply = process.reply("!prozess ändern P1 klasse: K", by=KORA)
    process.reply("!prozess ändern P1 klasse: M", by=KORA)
    process.reacts(reply, "↩️", by=KORA)
    assert process.card("P1").machine["class"] == "M"


def test_nothing_to_change_is_asked_for(process: Chat) -> None:
    assert "Was soll sich ändern?" in process.reply("!prozess ändern P1", by=KORA).text
    assert "Das steht schon so da." in process.reply("!prozess ändern P1 klasse: L", by=KORA).text
    process.reply("!prozess ändern P1\nNeuer Text", by=KORA)
    assert "Neuer Text" in process.card("P1").text


# --- lists


def test_the_list_with_filters_and_pages(process: Chat) -> None:
    many(process, 11)  # P2 to P12
    put(process, phase="frontend_review")
    process.reply("!prozess phase P3 dropped grund: Zu teuer", by=KORA)
    process.reply("!prozess phase P4 on_hold grund: Ferien", by=KORA)
    first = process.reply("!prozess liste")
    assert (first.machine["total"], first.machine["pages"], len(first.machine["refs"])) == (11, 2, 10)
    assert "weiter mit !prozess liste seite: 2" in first.text
    assert process.reply("!prozess liste seite: 2").machine["refs"] == ["P12"]
    assert process.reply("!prozess liste seite: 3").machine["code"] == "bad_input"
    for filters, refs in {
        "klasse: L": ["P1", "P4", "P8", "P12"],
        "stand: Frontend in Prüfung": ["P1"],
        "stand: zurückgestellt": ["P4"],
        "state: dropped": ["P3"],
        "lebenslage: umzug": ["P1"],
        "suche: vorausfuellen": ["P1"],
        "suche: prozess 5": ["P5"],
        "klasse: L | stand: laufend": ["P1", "P8", "P12"],
    }.items():
        assert process.reply(f"!prozess liste {filters}").machine["refs"] == refs, filters
    assert process.reply("!prozess liste stand: alle").machine["total"] == 12
    assert "Dazu finde ich keine Prozesse" in process.reply("!prozess liste suche: Baugesuch").text


def test_the_next_page_keeps_the_filters(process: Chat) -> None:
    many(process, 11)
    assert "!prozess liste stand: laufend seite: 2" in process.reply("!prozess liste stand: laufend").text
    room = process.direct(process.member("@eve:localhost", language="en"))
    shown = process.reply("process list state: running", by="@eve:localhost", room=room)
    assert "go on with !process list state: running page: 2" in shown.text


def test_no_processes_yet(chat: Chat) -> None:
    chat.member(PIA)
    assert "Es gibt noch keine Prozesse" in chat.reply("!prozess liste").text
    board = chat.reply("!prozess stand")
    assert board.machine["refs"] == []
    assert board.content["msgtype"] == "m.text"


def test_the_board_shows_all_by_phase_with_percent(process: Chat) -> None:
    many(process, 4)  # P2 to P5
    put(process, phase="backend_design")
    process.reply("!prozess phase P3 dropped grund: Zu teuer", by=KORA)
    process.reply("!prozess phase P4 on_hold grund: Ferien", by=KORA)
    process.reply("!prozess phase P5 weiter", by=KORA)
    board = process.reply("!prozess stand")
    assert board.machine == {
        "type": "list",
        "of": "process",
        "refs": ["P2", "P5", "P1", "P4", "P3"],
        "page": 1,
        "pages": 1,
        "total": 5,
        "picture": "board",
    }
    rows = {row["phase"]: row["processes"] for row in board.content["drawn"]["rows"]}
    assert list(rows)[:2] == ["Identifiziert", "Frontend in Arbeit"]
    assert len(rows) == 12
    assert rows["Identifiziert"] == [["P2", "Prozess 2", 0]]
    assert rows["Backend in Prüfung"] == []
    assert rows["Backend in Arbeit"] == [["P1", "Umzugsmeldung", 50]]
    assert board.text.splitlines() == [
        "🧭 Stand der Prozesse (5)",
        "Identifiziert",
        "0 % · P2 · Prozess 2",
        "Frontend in Arbeit",
        "10 % · P5 · Prozess 5",
        "Backend in Arbeit",
        "50 % · P1 · Umzugsmeldung",
        "zurückgestellt",
        "0 % · P4 · Prozess 4",
        "abgebrochen",
        "0 % · P3 · Prozess 3",
        "mehr mit !prozess zeige P2",
    ]
    assert process.reply("!process board").machine["refs"] == board.machine["refs"]


# --- one of them


@pytest.mark.parametrize("typed", ["P1", "p1", "1", "#1", "Umzugsmeldung", "umzugs", "UMZUGSMELDUNG"])
def test_a_process_is_shown_by_number_or_name(process: Chat, typed: str) -> None:
    assert process.reply(f"!prozess zeige {typed}").machine["ref"] == "P1"


def test_it_is_shown_by_its_reference_too(process: Chat) -> None:
    for typed in ("zeige P1", "P1", "prozess P1", "show p1", "process show 1"):
        assert process.reply(f"!{typed}").machine["ref"] == "P1"


def test_an_unknown_or_ambiguous_name(process: Chat) -> None:
    process.reply("!prozess neu Umzug ins Ausland | klasse: L", by=KORA)
    refused = process.reply("!prozess zeige umzug")
    assert "passt zu mehreren: P1, P2" in refused.text
    refused = process.reply("!prozess zeige Umzugsmeldnug")
    assert (refused.machine["code"], refused.machine["nearest"]) == ("not_found", "P1")
    assert process.reply("!prozess zeige P9").machine["code"] == "not_found"
    assert process.reply("!prozess zeige Baugesuch").machine["code"] == "not_found"
    assert process.reply("!prozess zeige").machine["code"] == "bad_input"


def test_all_that_is_known_of_it(process: Chat) -> None:
    process.reply("!gruppe anmelden P1", by=PIA)
    process.reply(f"!gruppe leitung P1 {PIA}", by=KORA)
    process.reply("!prozess dokument P1 Merkblatt Umzug https://example.ch/merkblatt", by=KORA)
    process.reply("!prozess kriterium P1 Wartezeit ziel: -80% | ist: -45%", by=KORA)
    process.reply("!ergebnis P1 Steckbrief Entwurf link: https://example.ch/s", by=PIA)
    shown = process.reply("!prozess zeige P1", by=PIA, room=process.direct(PIA))
    for piece in (
        "👥 1 von 7",
        "Leitung der Gruppe: Pia",
        "Steckbrief: im Entwurf · https://example.ch/s",
        "Merkblatt Umzug",
        "Wartezeit: Ziel -80%, erreicht -45% (Mo, 2. November 2026)",
        "Pia: Steckbrief offen → im Entwurf",
        "zur Karte",
    ):
        assert piece in shown.text
    assert 'href="https://example.ch/merkblatt"' in shown.html


def test_the_card_needs_few_statements(process: Chat) -> None:
    seen: list[str] = []
    with process.database.transaction() as tx:
        driver: Any = tx.connection.driver_connection
        if tx.dialect.name != "sqlite":
            pytest.skip("counted where the driver tells")
        driver.set_trace_callback(seen.append)
        feature.process_card(process.core._context(tx, process.now), 1)
        driver.set_trace_callback(None)
    assert len(seen) == 5


# --- documents


def test_documents_by_title(process: Chat) -> None:
    process.reply("!dokument P1 Merkblatt https://example.ch/alt", by=KORA)
    reply = process.reply("!process document P1 MERKBLATT https://example.ch/neu", by=KORA)
    assert 'href="https://example.ch/neu"' in reply.html
    shown = process.reply("!prozess zeige P1").html
    assert "example.ch/alt" not in shown.partition("Dokumente")[2].partition("Verlauf")[0]
    process.reacts(reply, "↩️", by=KORA)
    assert 'href="https://example.ch/alt"' in process.reply("!prozess zeige P1").html
    gone = process.reply("!prozess dokument P1 Merkblatt weg", by=KORA)
    assert "ist bei P1 entfernt" in gone.text
    assert process.reply("!prozess dokument P1 Merkblatt weg", by=KORA).machine["code"] == "not_found"
    process.reacts(gone, "↩️", by=KORA)
    assert 'href="https://example.ch/alt"' in process.reply("!prozess zeige P1").html


def documents(chat: Chat) -> str:
    return chat.reply("!prozess zeige P1").text.partition("Dokumente")[2].partition("Verlauf")[0]


def test_a_document_is_public_where_that_was_said(process: Chat) -> None:
    hidden = process.reply("!dokument P1 Merkblatt https://example.ch/alt", by=KORA)
    assert "öffentlich" not in hidden.text + documents(process)
    shown = process.reply("!dokument P1 Merkblatt https://example.ch/alt öffentlich: ja", by=KORA)
    assert ") · öffentlich" in shown.text
    assert ") · öffentlich" in documents(process)
    assert "Merkblatt: öffentlich" in process.reply("!prozess verlauf P1").text
    stays = process.reply("!dokument P1 Merkblatt https://example.ch/neu", by=KORA)
    assert "öffentlich" in stays.text
    process.reacts(stays, "↩️", by=KORA)
    assert "öffentlich" in documents(process)
    gone = process.reply("!process document P1 Merkblatt https://example.ch/alt | public: no", by=KORA)
    assert "öffentlich" not in gone.text + documents(process)
    assert "Merkblatt: nicht mehr öffentlich" in process.reply("!prozess verlauf P1").text
    process.reacts(gone, "↩️", by=KORA)
    assert "öffentlich" in documents(process)
    removed = process.reply("!dokument P1 Merkblatt weg", by=KORA)
    process.reacts(removed, "↩️", by=KORA)
    assert "öffentlich" in documents(process)
    refused = process.reply("!dokument P1 Merkblatt https://example.ch/alt öffentlich: vielleicht", by=KORA)
    assert refused.machine["code"] == "bad_input"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://",
        "http://x",
        "https://[1::2",
        "data:text/html,x",
    ],
)
def test_documents_are_pages(process: Chat, url: str) -> None:
    refused = process.reply(f"!prozess dokument P1 Merkblatt {url}", by=KORA)
    assert refused.machine["code"] == "bad_input"
    assert "beginnt mit https://" in refused.text


@pytest.mark.parametrize(
    "url",
    [
        "http://example.ch",
        "https://example.ch:8443/a?b=c#d",
        "https://localhost/x",
        "https://müller.ch/ä",
        "https://[2001:db8::1]/x",
    ],
)
def test_addresses_that_browsers_open(process: Chat, url: str) -> None:
    assert process.reply(f"!prozess dokument P1 Merkblatt {url}", by=KORA).machine["type"] == "process"


def test_a_document_without_an_address_is_asked_for(process: Chat) -> None:
    asked = process.reply("!prozess dokument P1 Merkblatt", by=KORA)
    assert "!prozess dokument P1 Merkblatt https://example.ch/dokument" in asked.text


# --- criteria


def test_a_criterion_is_set_up_and_measured_again_and_again(process: Chat) -> None:
    asked = process.reply("!prozess kriterium P1 Wartezeit am Schalter", by=KORA)
    assert (asked.machine["code"], asked.machine["field"]) == ("bad_input", "ziel")
    set_up = process.reply("!prozess kriterium P1 Wartezeit am Schalter ziel: -80%", by=KORA)
    assert "Wartezeit am Schalter: Ziel -80%" in set_up.text
    process.later(days=30)
    measured = process.reply("!kriterium P1 wartezeit am schalter ist: -45%", by=KORA)
    assert "Ziel -80%, erreicht -45% (Mi, 2. Dezember 2026)" in measured.text
    dated = process.reply(
        "!process criterion P1 Wartezeit am Schalter actual: -60% date: 30.11.2026", by=KORA
    )
    assert "erreicht -60% (Mo, 30. November 2026)" in dated.text
    assert process.reply("!prozess zeige P1").text.count("• Wartezeit am Schalter: Ziel") == 1
    assert (
        "Kora: Wartezeit am Schalter: Ziel -80%, erreicht -60%" in process.reply("!prozess verlauf P1").text
    )
    process.reacts(dated, "↩️", by=KORA)
    assert "erreicht -45% (Mi, 2. Dezember 2026)" in process.reply("!prozess zeige P1").text
    assert process.reply("!prozess kriterium P1 Wartezeit am Schalter", by=KORA).machine["field"] == "ist"
    process.reply("!prozess kriterium P1 Wartezeit am Schalter ziel: weg", by=KORA)
    assert "Kriterien" not in process.reply("!prozess zeige P1").text


def test_a_criterion_that_is_not_there_is_not_taken_away(process: Chat) -> None:
    assert process.reply("!prozess kriterium P1 Wartezeit ziel: weg", by=KORA).machine["code"] == "not_found"


# --- rollout


@pytest.fixture
def rolled(process: Chat) -> Chat:
    """P1 is being rolled out to the First Movers Aesch and Liestal."""
    put(process, phase="rollout_first_movers")
    with process.database.transaction() as tx:
        for name in ("Aesch", "Liestal"):
            municipalities.set_first_mover(tx, name, first_mover=True)
    return process


def test_not_before_its_phase(process: Chat) -> None:
    for phase in PHASES[:-2]:
        put(process, phase=phase)
        refused = process.reply("!prozess rollout P1 gemeinde: Aesch", by=KORA)
        assert refused.machine == {"type": "error", "code": "conflict"}
        process.later(seconds=20)
    assert "ab der Phase «Rollout First Mover»" in refused.text


def test_first_movers_first(rolled: Chat) -> None:
    refused = rolled.reply("!prozess rollout P1 gemeinde: Aesch, Sissach", by=KORA)
    assert refused.machine["code"] == "conflict"
    assert "Sissach ist kein First Mover" in refused.text
    done = rolled.reply("!prozess rollout P1 gemeinde: Aesch", by=KORA)
    assert done.machine["rollout"] == {"done": 1, "of": 86}
    assert "First Mover ohne den Prozess: Liestal" in done.text
    assert "1 von 86 Gemeinden" in rolled.card("P1").text
    put(rolled, phase="rollout_all")
    assert rolled.reply("!rollout P1 gemeinde: Sissach", by=KORA).machine["rollout"]["done"] == 2


def test_several_at_once_and_taken_back(rolled: Chat) -> None:
    both = rolled.reply("!prozess rollout P1 gemeinde: aesch, Liestal", by=KORA)
    assert both.machine["rollout"]["done"] == 2
    assert "In Betrieb in: Aesch, Liestal" in rolled.reply("!prozess zeige P1").text
    assert rolled.reply("!prozess rollout P1 gemeinde: Aesch", by=KORA).machine["code"] == "conflict"
    one = rolled.reply("!prozess rollout P1 weg gemeinde: Aesch", by=KORA)
    assert one.machine["rollout"]["done"] == 1
    assert "hat den Prozess nicht" in one.text
    rolled.reacts(one, "↩️", by=KORA)
    assert rolled.card("P1").machine["rollout"]["done"] == 2
    assert rolled.reply("!process rollout P1 no municipality: Sissach", by=KORA).machine["code"] == "conflict"
    with rolled.database.transaction() as tx:
        steps = process_history.list_newest(tx, 1, limit=3)
    assert [(s.before, s.after) for s in steps] == [
        (None, "Aesch"),
        ("Aesch", None),
        (None, "Aesch, Liestal"),
    ]


def test_a_misspelt_municipality_is_not_taken(rolled: Chat) -> None:
    refused = rolled.reply("!prozess rollout P1 gemeinde: Aesch, Liestahl", by=KORA)
    assert (refused.machine["code"], refused.machine["nearest"]) == ("bad_input", "Liestal")
    assert rolled.reply("!prozess rollout P1", by=KORA).machine["field"] == "gemeinde"


def test_all_have_it(rolled: Chat) -> None:
    put(rolled, phase="rollout_all")
    with rolled.database.transaction() as tx:
        names = municipalities.list_names(tx)
    for start in range(0, 86, 20):
        rolled.reply(f"!prozess rollout P1 gemeinde: {', '.join(names[start : start + 20])}", by=KORA)
    machine = rolled.card("P1").machine
    assert (machine["rollout"], machine["percent"]) == ({"done": 86, "of": 86}, 100)


# --- in English, and about a person


def test_every_answer_in_english(rolled: Chat) -> None:
    eve = "@eve:localhost"
    room = rolled.direct(rolled.member(eve, language="en"))
    with rolled.database.transaction() as tx:
        members.grant(tx, user_id=eve, role="coordinator", level=40, by="", at=rolled.now)

    def say(text: str) -> str:
        rolled.later(seconds=5)
        said: Said = rolled.reply(text, by=eve, room=room)
        assert said.machine.get("code") != "internal", text
        return said.text

    assert "is in the catalogue" in say("process new Dog tax | class: medium")
    assert "is changed" in say("process edit P2 life: pets")
    assert "should change" in say("process edit P2")
    assert "Added to P2: leaflet" in say("process document P2 leaflet https://example.ch/x")
    assert ") · public" in say("process document P2 leaflet https://example.ch/x public: yes")
    assert ") · public" in say("process show P2")
    assert "is removed from" in say("process document P2 leaflet none")
    assert "has no «leaflet»" in say("process document P2 leaflet none")
    assert "goal -80%, reached -20%" in say("process criterion P2 waiting goal: -80% actual: -20%")
    assert "What was measured" in say("process criterion P2 waiting")
    assert "no longer measured" in say("process criterion P2 waiting goal: none")
    assert "Municipalities get it" in say("process rollout P2 municipality: Aesch")
    assert "has the process. That makes 1 of 86" in say("process rollout P1 municipality: Aesch")
    assert "First Movers go first" in say("process rollout P1 municipality: Sissach")
    assert "has P1 already" in say("process rollout P1 municipality: Aesch")
    assert "does not have P1." in say("process rollout P1 none municipality: Sissach")
    assert "First Movers without it: Liestal" in say("process show P1")
    assert "Where the processes stand" in say("process board")
    assert "class M" in say("process list")
    assert "I find no such processes" in say("process list search: xyz")
    assert "I can't find a process" in say("process show xyz")
    assert "rollout: Aesch" in say("process history P1")


def test_what_a_person_changed_is_exported_and_erased(process: Chat) -> None:
    ada = process.member("@ada:localhost")
    with process.database.transaction() as tx:
        members.grant(tx, user_id=ada, role="coordinator", level=40, by="", at=process.now)
    process.reply("!prozess phase P1 weiter grund: Los geht es", by=ada)
    room = process.direct(ada)
    assert "Los geht es" in process.reply("datenschutz auskunft", by=ada, room=room).content["data"]
    asked = process.reply("datenschutz löschen", by=ada, room=room)
    process.reply(asked.machine["confirm"], by=ada, room=room)
    with process.database.transaction() as tx:
        assert process_history.list_of_person(tx, ada) == []
        [step, *_] = process_history.list_newest(tx, 1, limit=1)
        assert products.list_answers_of(tx, ada) == []
    assert (step.after, step.reason, step.by) == ("frontend_design", "Los geht es", "")


def test_trainings_that_fit_are_named_with_the_process(chat: Chat) -> None:
    kora = "@kora:localhost"
    chat.member("@pia:localhost")
    for title, knows in (("Modelle zeichnen", "BPMN"), ("Fotografieren", "Bilder")):
        chat.reply(f"!kurs neu {title} | wann: 18.03.2027 13:30 | wissen: {knows}", by=kora)
    chat.process(name="BPMN für den Umzug")
    shown = chat.reply("!prozess zeige P1")
    assert "Passender Kurs" in shown.text
    assert "K1 Modelle zeichnen · Do, 18. März 2027, 13:30 · !kurs zeige K1" in shown.text
    assert "Fotografieren" not in shown.text
    chat.reply("!kurs streichen K1", by=kora)
    assert "Modelle zeichnen" not in chat.reply("!prozess zeige P1").text


def test_a_missing_phase_is_shown_in_german(chat: Chat) -> None:
    chat.process()
    asked = chat.reply("!prozess phase P1", by="@kora:localhost")
    assert "!prozess phase P1 Frontend in Arbeit" in asked.text
