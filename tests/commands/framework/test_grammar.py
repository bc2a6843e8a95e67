"""How what people type is taken apart: the command's name, its head line, fields and body."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import example, given, settings

import commands
from commands.framework.declarations import COMMANDS
from commands.framework.grammar import Parts, find_command, implied_command, split
from commands.framework.types import Unreadable
from tests.support.chat import Chat
from tests.support.typed import TYPED

commands.load()
LABELS = {
    "thema": "topic",
    "topic": "topic",
    "aufwand": "effort",
    "nutzen": "benefit",
    "wann": "when",
    "when": "when",
    "anmeldung bis": "deadline",
    "bis": "until",
    "plätze": "seats",
    "plaetze": "seats",
    "platze": "seats",
    "link": "link",
}


# --- which command


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("idee neu Titel", "idea new", "Titel"),
        ("IDEE  NEU  Titel", "idea new", "Titel"),
        ("idea new Titel", "idea new", "Titel"),
        ("idee new Titel", "idea new", "Titel"),
        ("idea neu", "idea new", ""),
        ("idee neue Titel", "idea new", "Titel"),
        ("idee neu\nthema: x", "idea new", "\nthema: x"),
        ("idee neu | thema: x", "idea new", " | thema: x"),
        ("gemeinde abdeckung", "municipality coverage", ""),
        ("hilfe idee", "help", "idee"),
        ("zeige I12", "show", "I12"),
        ("zeigen I12", "show", "I12"),
    ],
)
def test_a_command_is_found(text: str, name: str, rest: str) -> None:
    found, after = find_command(text)
    assert found is COMMANDS[name]
    assert after == rest


@pytest.mark.parametrize("text", ["", "idee", "idee Titel neu", "quatsch", "ideeneu", "\nidee neu"])
def test_what_is_no_command_is_not_found(text: str) -> None:
    assert find_command(text) == (None, text)


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("", "help", ""),
        ("idee", "help", "idee"),
        ("GEMEINDE", "help", "GEMEINDE"),
        ("I12", "show", "I12"),
        ("#i12", "show", "#i12"),
    ],
)
def test_the_verb_may_be_left_out(text: str, name: str, rest: str) -> None:
    assert implied_command(text) == (COMMANDS[name], rest)


def test_a_noun_with_a_number_shows_it() -> None:
    for text, number in (("idee I12", "I12"), ("idea #12", "#12"), ("idee 12", "12")):
        assert implied_command(text) == (COMMANDS["idea show"], number)
    assert implied_command("gemeinde I12") == (COMMANDS["municipality show"], "I12")


@pytest.mark.parametrize(
    "text", ["quatsch", "quatsch I12", "12", "Q12", "idee I12 stimme", "idee Titel", "I12 I13", "#"]
)
def test_else_nothing_is_implied(text: str) -> None:
    assert implied_command(text) is None


# --- head line, fields and body


def parts(head: str = "", body: str = "", **fields: str) -> Parts:
    return Parts(head, fields, body)


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("", parts()),
        ("Titel", parts("Titel")),
        ("Titel\nthema: Umzug\nText", parts("Titel", "Text", topic="Umzug")),
        ("Titel | thema: Umzug | nutzen: 5", parts("Titel", topic="Umzug", benefit="5")),
        ("Titel | thema: Umzug | Text", parts("Titel", "Text", topic="Umzug")),
        ("Titel|thema: Umzug|nutzen: 5", parts("Titel", topic="Umzug", benefit="5")),
        ("Titel |\nText", parts("Titel", "Text")),
        ("Dies|Das", parts("Dies|Das")),
        ("I1 aufwand: 2 nutzen: 5", parts("I1", effort="2", benefit="5")),
        ("I1 AUFWAND:2 nutzen :5", parts("I1", effort="2", benefit="5")),
        ("I1\naufwand: 2 | nutzen: 5", parts("I1", effort="2", benefit="5")),
        ("A anmeldung bis: morgen", parts("A", deadline="morgen")),
        ("A anmeldung  bis: morgen", parts("A", deadline="morgen")),
        ("A\nAnmeldung  bis : morgen", parts("A", deadline="morgen")),
        ("A bis: morgen", parts("A", until="morgen")),
        ("A plaetze: 60", parts("A", seats="60")),
        ("A PLÄTZE: 60", parts("A", seats="60")),
        (
            "A wann: 18.03.2027 13:30-17:00 | link: https://a.ch/x|y",
            parts("A", when="18.03.2027 13:30-17:00", link="https://a.ch/x|y"),
        ),
        ("Ziel: papierlos", parts("Ziel: papierlos")),
        ("Titel: link://x bleibt", parts("Titel: link://x bleibt")),
        ("Zum Nachdenken: thema: x", parts("Zum Nachdenken:", topic="x")),
        ("T\nText\nHinweis: so\nthema: Umzug", parts("T", "Text\nHinweis: so", topic="Umzug")),
        ("T\n\n\nText\n\nmehr\n\n", parts("T", "Text\n\nmehr")),
        ("T\nhttps://a.ch", parts("T", "https://a.ch")),
        ("T\nUm 14:30 ist Schluss: ja", parts("T", "Um 14:30 ist Schluss: ja")),
        ("T\nText | thema: x", parts("T", "Text | thema: x")),
        ("T\nthema:", parts("T", topic="")),
        ("\nthema: x", parts("", topic="x")),
        ("T\nText\nTip: so", parts("T", "Text\nTip: so")),
    ],
)
def test_taken_apart(rest: str, expected: Parts) -> None:
    assert split(rest, LABELS) == expected


@pytest.mark.parametrize(
    ("rest", "field", "nearest"),
    [
        ("T\nthmea: x", "thmea", "thema"),
        ("T\nthmea:x", "thmea", "thema"),
        ("T | tema: x", "tema", "thema"),
        ("T\ntopics: x", "topics", "topic"),
        ("T\nanmeldung bsi: x", "anmeldung bsi", "anmeldung bis"),
        ("T\nplatz: x", "platz", "plätze"),
        ("T\nText\nthmea: x", "thmea", "thema"),
        ("T\nText\nbsi2\nbiss: x", "biss", "bis"),
        ("T\nHinweis: x", "hinweis", None),
        ("T\n\nHinweis:\nx", "hinweis", None),
        ("T | Hinweis: x", "hinweis", None),
    ],
)
def test_what_may_be_a_misspelt_field_is_refused(rest: str, field: str, nearest: str | None) -> None:
    with pytest.raises(Unreadable) as refused:
        split(rest, LABELS)
    assert refused.value.field == field
    assert refused.value.nearest in set(LABELS) | {"plätze"}
    if nearest is not None:
        assert refused.value.nearest == nearest
        assert "Meinten Sie" in refused.value.sentence["de"]
    else:
        assert "Möglich sind: thema, aufwand" in refused.value.sentence["de"]
    assert all("«" in sentence for sentence in refused.value.sentence.values())


@pytest.mark.parametrize(
    "rest",
    ["T thema: a thema: b", "T\nthema: a\ntopic: b", "T thema: a | thema: a", "T thema: a\nText\nthema: b"],
)
def test_a_field_is_given_once(rest: str) -> None:
    with pytest.raises(Unreadable) as refused:
        split(rest, LABELS)
    assert refused.value.field == "topic"


def test_without_fields_nothing_is_near() -> None:
    with pytest.raises(Unreadable) as refused:
        split("T\nthema: x", {})
    assert refused.value.nearest is None
    assert split("T thema: x", {}) == parts("T thema: x")


@given(TYPED)
@example("x ſeite: 2")
@example("x LİNK: 2")
@example("x lınk: 2")
@settings(deadline=None)
def test_any_text_is_taken_apart_or_refused(text: str) -> None:
    command, rest = find_command(text)
    assert command is not None or rest == text
    implied_command(text)
    with contextlib.suppress(Unreadable):
        taken = split(text, LABELS)
        assert set(taken.fields) <= set(LABELS.values())
        assert "\n" not in taken.head


# --- through the whole bot


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("!idee", "help"),
        ("!gemeinde", "help"),
        ("@pibot", "help"),
        ("@pibot status", "status"),
        ("!STATUS", "status"),
    ],
)
def test_short_forms_are_answered(chat: Chat, text: str, kind: str) -> None:
    chat.member("@pia:localhost")
    assert chat.reply(text).machine["type"] == kind


def test_a_near_miss_is_answered_with_what_was_meant(chat: Chat) -> None:
    chat.member("@pia:localhost")
    reply = chat.reply("!gemeinde lsite")
    assert reply.machine["code"] == "unknown_command"
    assert reply.machine["nearest"] == "!gemeinde liste"
    assert "Meinten Sie !gemeinde liste?" in reply.text
