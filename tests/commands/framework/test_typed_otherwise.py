"""What people type a little otherwise than it is declared is taken as it is meant, or the way to it is said."""

from __future__ import annotations

import pytest

from tests.support.chat import HALL, Chat

PIA, KORA, URS, ANNA = "@pia:localhost", "@kora:localhost", "@urs:localhost", "@anna:localhost"


@pytest.fixture(autouse=True)
def people(chat: Chat) -> None:
    for user in (PIA, URS, ANNA):
        chat.member(user)
    chat.direct(KORA)


@pytest.mark.parametrize("direct", [True, False])
@pytest.mark.parametrize(
    ("line", "meant", "field", "value"),
    [
        ("werkzeug neu Leitfaden | link: https://example.ch/l | tag: Workshop", "tags", "tags", ["Workshop"]),
        ("werkzeug neu Leitfaden | Tag: Recht\nlink: https://example.ch/l", "tags", "tags", ["Recht"]),
        ("anlass neu Fest | wann: 18.03.2027 13:30 | platz: 5", "plätze", "capacity", 5),
        ("event new Fair | when: 18.03.2027 13:30\n*seat:* 5", "seats", "capacity", 5),
        ("idee neu Umzug am Schalter | thmea: Umzug", "thema", "topic", "Umzug"),
    ],
)
def test_a_misspelt_field_is_taken_as_meant_with_a_tap(
    chat: Chat, line: str, meant: str, field: str, value: object, *, direct: bool
) -> None:
    room = chat._room(KORA) if direct else HALL
    refused = chat.reply(f"!{line}", by=KORA, room=room)
    assert (refused.machine["code"], refused.machine["nearest"]) == ("bad_input", meant)
    assert "Mit ✅ mache ich das so." in refused.text
    said = chat.reacts(refused, "✅", by=KORA)
    assert [one.machine[field] for one in said if field in one.machine][:1] == [value]


@pytest.mark.parametrize(
    "line",
    [
        "anlass neu Fest | wann: 18.03.2027 13:30 | platz: viele",
        "anlass neu Fest | platz: 5 | wann: gestern",
        "werkzeug neu Leitfaden | link: https://example.ch/l | tag: a | tags: b",
        "werkzeug neu Leitfaden | link: https://example.ch/l | tag: a | lnik: b",
    ],
)
def test_where_more_is_wrong_nothing_is_offered(chat: Chat, line: str) -> None:
    refused = chat.reply(f"!{line}", by=KORA)
    assert refused.machine["code"] == "bad_input"
    assert "✅" not in refused.text
    assert chat.reacts(refused, "✅", by=KORA) == []


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("osp.bl.ch", "https://osp.bl.ch"),
        ("www.example.ch/formulare?x=1", "https://www.example.ch/formulare?x=1"),
        ("Example.CH/a", "https://Example.CH/a"),
        ("http://example.ch/a", "http://example.ch/a"),
    ],
)
def test_an_address_as_browsers_show_it(chat: Chat, typed: str, kept: str) -> None:
    said = chat.reply(f"werkzeug neu Portal | link: {typed}", by=KORA, room=chat._room(KORA))
    assert said.machine["link"] == kept
    assert kept in chat.reply("!werkzeug zeige T1", by=PIA).text


@pytest.mark.parametrize(
    "typed", ["pia@example.ch", "beispiel", "ftp://example.ch", "osp.bl.ch mit Text", "3.5", "a..ch"]
)
def test_what_is_no_address_is_refused_as_before(chat: Chat, typed: str) -> None:
    said = chat.reply(f"!werkzeug neu Portal | link: {typed}", by=KORA)
    assert "ist kein Link" in said.text


@pytest.mark.parametrize(
    ("typed", "ways"),
    [
        ("stunden ändern H2 3h", ("!stunden zurückziehen H2", "!stunden neu")),
        ("ändere Stunden", ("!stunden zurückziehen H7", "!stunden neu")),
        ("hours edit H2", ("!stunden zurückziehen H2",)),
        ("umfrage bearbeiten U3", ("!umfrage abschliessen U3", "!umfrage neu")),
        ("umfrage ändern I3", ("!umfrage abschliessen U2",)),
        ("termin ändern D1", ("!termin abbrechen D1", "!termin finden")),
        ("rückmeldung ändern P2", ("!rückmeldung P2 4",)),
    ],
)
@pytest.mark.parametrize("prefix", ["!", ""])
def test_what_is_not_changed_says_what_does_it_instead(
    chat: Chat, typed: str, ways: tuple[str, ...], prefix: str
) -> None:
    said = chat.reply(prefix + typed, by=PIA, room=chat.direct(PIA))
    assert said.machine == {"type": "error", "code": "unknown_command"}
    for way in ways:
        assert way in said.text
    assert "kenne ich nicht" not in said.text


def test_the_same_hours_twice_are_said_to_be(chat: Chat) -> None:
    chat.process(PIA)
    room = chat.direct(PIA)
    again = "stunden neu 2h P1 Formular getestet"
    assert "Dasselbe" not in chat.reply(again, by=PIA, room=room).text
    for other in ("stunden neu 2h P1", "stunden neu 1h P1 Formular getestet", f"{again} | datum: gestern"):
        assert "Dasselbe" not in chat.reply(other, by=PIA, room=room).text, other
    twice = chat.reply(again, by=PIA, room=room)
    assert "Dasselbe steht schon in H1. War es nur einmal? Mit ↩️ nehmen Sie es zurück." in twice.text
    chat.reacts(twice, "↩️")
    assert chat.reply("stunden meine", by=PIA, room=room).machine["total"] == 2 * 120 + 60 + 120
    chat.reply("stunden zurückziehen H1", by=PIA, room=room)
    assert "Dasselbe" not in chat.reply(again, by=PIA, room=room).text, "what was withdrawn is not there"


@pytest.mark.parametrize(
    ("by", "sentence", "offered", "line"),
    [
        (KORA, "melde Urs für A1 an", "Jemanden für einen {}: A1, Urs", "anlass anmelden A1 für: Urs"),
        (
            KORA,
            "Melden Sie bitte Urs zum Anlass A1 an",
            "Jemanden für einen {}: A1, Urs",
            "anlass anmelden A1 für: Urs",
        ),
        (
            KORA,
            "Bitte Anna für A1 anmelden",
            "Jemanden für einen {}: A1, Anna",
            "anlass anmelden A1 für: Anna",
        ),
        (KORA, "melde mich für A1 an", "Mich für einen {}: A1", "anlass anmelden A1"),
        (KORA, "Urs sagt, ich soll mich für A1 anmelden", "Mich für einen {}: A1", "anlass anmelden A1"),
        (PIA, "melde Urs für A1 an", "Mich für einen {}: A1", "anlass anmelden A1"),
    ],
)
def test_whom_the_sentence_signs_up_is_kept(
    chat: Chat, by: str, sentence: str, offered: str, line: str
) -> None:
    chat.reply("!anlass neu Fest | wann: 18.03.2027 13:30", by=KORA)
    said = chat.reply(sentence, by=by, room=chat.direct(by))
    options = [(one["value"], one["label"]) for one in said.machine["options"]]
    assert (line, offered.format("Anlass anmelden")) in options


def test_whom_the_sentence_signs_off_is_kept(chat: Chat) -> None:
    chat.reply("!anlass neu Fest | wann: 18.03.2027 13:30", by=KORA)
    chat.reply("!anlass anmelden A1", by=URS)
    said = chat.reply("melde Urs von A1 ab", by=KORA, room=chat._room(KORA))
    options = [(one["value"], one["label"]) for one in said.machine["options"]]
    assert ("anlass abmelden A1 für: Urs", "Jemanden von einem Anlass abmelden: A1, Urs") in options


def test_a_sentence_signs_somebody_up_after_a_tap(chat: Chat) -> None:
    chat.reply("!anlass neu Fest | wann: 18.03.2027 13:30", by=KORA)
    chat.reply("melde Urs für A1 an", by=KORA, room=chat._room(KORA))
    assert chat.card("A1").machine["confirmed"] == 0
    chat.says("1", by=KORA, room=chat._room(KORA))
    assert chat.reply("!anlass teilnehmende A1", by=KORA, room=chat._room(KORA)).text.count("Urs") == 1


@pytest.mark.parametrize("typed", ["Urs, Anna", "Urs und Anna", "Urs; Anna", f"{URS}, Anna"])
@pytest.mark.parametrize(
    "line", ["anlass anmelden A1 für: {}", "gruppe leitung P1 {}", "anlass abmelden A1 für: {}"]
)
def test_where_one_person_goes_at_a_time_it_is_said(chat: Chat, line: str, typed: str) -> None:
    chat.process(PIA)
    chat.reply("!anlass neu Fest | wann: 18.03.2027 13:30", by=KORA)
    said = chat.reply(f"!{line.format(typed)}", by=KORA)
    assert "Das geht für eine Person aufs Mal. Schreiben Sie es für " in said.text


@pytest.mark.parametrize(
    ("line", "letter"),
    [("werkzeug zeige I1", "T"), ("idee stimme A1 +", "I"), ("vereinbarung zeige i3", "V")],
)
def test_the_number_of_something_else_is_said_to_be_so(chat: Chat, line: str, letter: str) -> None:
    said = chat.reply(f"!{line}", by=PIA)
    assert f"ist etwas anderes. Hier beginnt die Nummer mit {letter}, zum Beispiel {letter}12." in said.text


def test_a_date_finding_says_what_became_of_it_on_a_line_of_its_own(chat: Chat) -> None:
    chat.process(PIA, URS, leader=PIA)
    chat.reply(
        "termin finden P1 Rückschau\n18.03.2027 9:00-10:30\n19.03.2027 14:00", by=PIA, room=chat.direct(PIA)
    )
    shown = chat.reply("termin zeige D1", by=URS, room=chat.direct(URS)).text
    assert any(one.startswith("0 von 2 haben geantwortet") for one in shown.splitlines()), shown
