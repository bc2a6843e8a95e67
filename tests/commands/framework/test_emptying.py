"""«keine», «weg», «-»: the same words empty every field that may be empty, in every command there is."""

from __future__ import annotations

import pytest

from commands import load
from commands.fields import FIELDS
from commands.framework.declarations import COMMANDS
from tests.support.chat import ROOMS, Chat
from tests.support.kept import staged

pytestmark = pytest.mark.long  # tries every command that changes something

load()
KORA, PIA, LEO = "@kora:localhost", "@pia:localhost", "@leo:localhost"
WORDS = ("weg", "keine", "-", "none")
EDITED = {
    "idea edit": "I1",
    "event edit": "A1",
    "training edit": "K1",
    "meeting edit": "S1",
    "process edit": "P1",
    "news edit": "N1",
    "profile edit": "",
    "agreement edit": "V1",
    "tool edit": "T1",
    "campaign edit": "W1",
    "exchange edit": "B1",
    "feed edit": "F1",
}
FULL = {
    "topic": "Bautopf",
    "place": "Ortstopf",
    "link": "https://example.ch/linktopf",
    "seats": "97",
    "deadline": "01.03.2027",
    "public": "ja",
    "knowhow": "Wissenstopf",
    "interests": "Interessentopf",
    "tags": "tagtopf",
    "life": "Lebenstopf",
    "description": "Beschreibungstopf",
    "text": "Texttopf",
    "who": "Leo Beispiel",
    "until": "30.11.2026",
    "jury": "Leo Beispiel",
}
ALWAYS = (("news edit", "text"), ("campaign edit", "until"))  # though others may be without
NAME = ("profile edit", "public")  # a yes or no among others: below
OPTIONAL = [
    (command.name, parameter.name)
    for command in COMMANDS.values()
    if command.name in EDITED
    for parameter in command.parameters
    if not parameter.required and parameter.name in FULL
]
FIXED = [
    (command.name, parameter.name)
    for command in COMMANDS.values()
    if command.name in EDITED
    for parameter in command.fields
    if parameter.name not in FULL and parameter.name != "mode"
] + [*ALWAYS]
OTHERS = [
    (command.name, parameter.name)
    for command in COMMANDS.values()
    if not command.name.endswith(" edit") and not command.reads
    for parameter in command.fields
    if not parameter.required
]


def test_every_command_that_changes_something_is_here() -> None:
    assert {name for name in COMMANDS if name.endswith(" edit")} == EDITED.keys()


@pytest.fixture
@staged
def full(chat: Chat) -> Chat:
    """There is one of each thing."""
    chat.direct(KORA)
    chat.member(PIA, "Pia Muster")
    chat.member(LEO, "Leo Beispiel")
    chat.process(PIA, KORA, LEO, leader=KORA)
    chat.reply("!idee neu Parkkarten per Handy", by=KORA)
    chat.reply("!anlass neu Apéro | wann: 18.03.2027 13:30", by=KORA)
    chat.reply("!kurs neu Einführung | wann: 18.03.2027 13:30", by=KORA)
    chat.reply("!sitzung neu P1 Austausch | wann: 18.03.2027 13:30", by=KORA)
    chat.reply("!vereinbarung neu P1 Formulare kürzen", by=KORA)
    chat.reply("!werkzeug neu Persona-Vorlage", by=KORA)
    chat.reply("!börse biete Sitzungszimmer", by=KORA)
    chat.reply("!feed neu https://www.example.ch/rss.xml", by=KORA)
    chat.reply("!wettbewerb neu Weniger Papier | bis: 18.03.2027", by=KORA)
    chat.reply("!news neu Das Portal\nEs ist da.", by=KORA, room=ROOMS["moderation"])
    return chat


def typed(name: str, field: str, word: str) -> str:
    head = f"!{COMMANDS[name].called('de')} {EDITED[name]}".strip()
    return f"{head}\n{word}" if field == "text" else f"{head} {FIELDS[field][0]}: {word}"


def shown(chat: Chat, name: str) -> str:
    room = chat.direct(KORA)
    said = chat.reply(f"zeige {EDITED[name]}" if EDITED[name] else "profil zeige", by=KORA, room=room)
    now = [line for line in said.text.splitlines() if "vorher" not in line]  # without what it said before
    return f"{now} {said.machine}"


@pytest.mark.parametrize(("name", "field"), [o for o in OPTIONAL if o not in (*ALWAYS, NAME)])
def test_what_is_optional_is_emptied(full: Chat, name: str, field: str) -> None:
    bare = shown(full, name)
    for word in WORDS:
        full.later(minutes=1)
        assert full.reply(typed(name, field, FULL[field]), by=KORA).machine["type"] != "error"
        assert shown(full, name) != bare
        emptied = full.reply(typed(name, field, word), by=KORA)
        assert emptied.machine["type"] != "error", emptied.text
        assert FULL[field] not in shown(full, name)
        assert "topf" not in shown(full, name)


@pytest.mark.parametrize("word", WORDS)
def test_a_name_that_was_public_is_so_no_more(full: Chat, word: str) -> None:
    full.reply("!profil ändern öffentlich: ja", by=KORA)
    full.later(minutes=1)
    full.reply(f"!profil ändern öffentlich: {word}", by=KORA)
    told = full.reply("profil zeige", by=KORA, room=full.direct(KORA)).text
    assert "Name auf öffentlichen Seiten: nein" in told


@pytest.mark.parametrize(("name", "field"), FIXED)
def test_what_a_thing_always_has_is_not_emptied(full: Chat, name: str, field: str) -> None:
    before = shown(full, name)
    for word in WORDS:
        refused = full.reply(typed(name, field, word), by=KORA)
        assert refused.machine["code"] == "bad_input"
        assert "lässt sich nicht leeren, nur ändern." in refused.text
    assert shown(full, name) == before


@pytest.mark.parametrize(("name", "field"), OTHERS)
def test_elsewhere_it_is_as_if_it_had_not_been_given(full: Chat, name: str, field: str) -> None:
    command = COMMANDS[name]
    for word in WORDS:
        example = command.example["de"].partition(" | ")[0].partition(f" {FIELDS[field][0]}: ")[0]
        line = f"!{command.called('de')} {example} | {FIELDS[field][0]}: {word}"
        said = full.reply(line, by=KORA, room=ROOMS["moderation"])
        assert said.machine.get("code") != "internal", said.text
        if field != "municipality":  # of a rollout: needed, though it may stand in the line
            assert said.machine.get("field") != FIELDS[field][0], said.text


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("!anlass ändern A1 plätze: viele", "plätze: weg"),
        ("!anlass ändern A1 link: portal", "link: weg"),
        ("!anlass ändern A1 anmeldung bis: bald", "anmeldung bis: weg"),
        ("!kurs neu Neues | plätze: 0", "plätze: weg"),
        ("!sitzung neu P1 Zweite | wann: 19.03.2027 13:30 | link: teams", "link: weg"),
        ("!sitzung ändern S1 link: beim Eingang", "link: weg"),
    ],
)
def test_a_wrong_value_is_refused_with_the_word_that_works(full: Chat, line: str, word: str) -> None:
    refused = full.reply(line, by=KORA)
    assert refused.machine["code"] == "bad_input"
    assert f"Ohne geht es mit «{word}»." in refused.text
    name = line.rpartition(": ")[0]
    assert full.reply(f"{name}: weg", by=KORA).machine["type"] != "error"


def test_no_and_none_are_not_public(full: Chat) -> None:
    for word in ("no", "nein", "keine", "-"):
        full.reply("!anlass ändern A1 öffentlich: ja", by=KORA)
        said = full.reply(f"!anlass ändern A1 öffentlich: {word}", by=KORA)
        assert said.machine.get("public") in (None, False)


@pytest.mark.parametrize("word", WORDS)
def test_a_needed_reason_is_asked_for(full: Chat, word: str) -> None:
    asked = full.reply(f"!idee ablehnen I1 grund: {word}", by=KORA)
    assert asked.machine["code"] == "bad_input"
    assert full.reply("!idee zeige I1", by=KORA).machine["state"] == "submitted"
