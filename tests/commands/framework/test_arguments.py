"""How what people type becomes typed arguments; and that nothing they type breaks it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import commands
import storage
from commands.framework import arguments
from commands.framework.context import Asker, Context, Settings, Where
from commands.framework.declarations import COMMANDS, Command
from commands.framework.failures import BadInput, Incomplete
from commands.framework.replies import Refused, Role
from storage.engine.base import Base
from storage.engine.database import Database
from tests.support.chat import NOW, Chat
from tests.support.typed import TYPED, WORDS

commands.load()
FIELD_VALUES = st.one_of(st.text(max_size=40), WORDS)


class Reader:
    """A store with one member, and a way to read arguments in it."""

    def __init__(self) -> None:
        storage.load()
        self.database = Database("sqlite:///:memory:")
        with self.database.transaction() as tx:
            Base.metadata.create_all(tx)
        self.chat = Chat(self.database)
        self.chat.member("@pia:localhost")

    def read(self, command: Command, rest: str, language: str = "de") -> dict[str, Any]:
        with self.database.transaction() as tx:
            me = Asker("@pia:localhost", None, Role.COORDINATOR, language)
            where = Where("!direct:localhost", True, None)
            return arguments.read(Context(tx, NOW, Settings(), me, where, command=command), command, rest)

    def refusal(self, name: str, rest: str, language: str = "de") -> BadInput | Incomplete:
        with pytest.raises(Refused) as refused:
            self.read(COMMANDS[name], rest, language)
        reply = refused.value.reply
        assert isinstance(reply, BadInput | Incomplete)
        return reply


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    made = Reader()
    yield made
    made.database.close()


def test_text_fields_and_body_become_arguments(reader: Reader) -> None:
    values = reader.read(COMMANDS["idea new"], "Ziel:  papierlos\nthema: Umzug\nWeil *so*.\nHinweis: ja")
    assert (values["title"], values["topic"], values["text"]) == (
        "Ziel: papierlos",
        "Umzug",
        "Weil *so*.\nHinweis: ja",
    )


@pytest.mark.parametrize("typed", ["I12", "i12", "12", "#12", "#I12"])
def test_a_reference_with_and_without_its_letter(reader: Reader, typed: str) -> None:
    assert reader.read(COMMANDS["idea vote"], f"{typed} +")["idea"] == 12


@pytest.mark.parametrize("typed", ["P12", "I0", "-1", "I1.5", "zwölf", "I99999999999", "I²", "I１２"])
def test_what_is_no_reference_is_refused(reader: Reader, typed: str) -> None:
    reply = reader.refusal("idea vote", f"{typed} +")
    assert isinstance(reply, BadInput)
    assert "I12" in reply.sentence


def test_words_stand_at_both_ends_of_a_name(reader: Reader) -> None:
    values = reader.read(COMMANDS["municipality firstmover"], "Burg im Leimental ja")
    assert values == {"municipality": "Burg im Leimental", "answer": "yes"}


def test_what_is_missing_is_answered_with_a_template(reader: Reader) -> None:
    reply = reader.refusal("idea new", "\nthema: Umzug")
    assert isinstance(reply, Incomplete)
    assert reply.missing == ("title",)
    assert reply.template("de", "!") == "!idee neu Titel\nthema: Umzug"
    assert reply.template("en", "!") == "!idea new title\ntopic: Umzug"
    assert reply.part() == {"type": "error", "code": "bad_input", "field": "titel"}


def test_what_a_command_does_not_take_is_refused_with_an_example(reader: Reader) -> None:
    for rest in ("quatsch", "\nquatsch", "| quatsch"):
        reply = reader.refusal("status", rest)
        assert isinstance(reply, BadInput)
        assert reply.command is COMMANDS["status"]
        assert "quatsch" in reply.sentence


def test_refusals_speak_both_languages(reader: Reader) -> None:
    german = reader.refusal("idea new", "T\nthmea: x")
    english = reader.refusal("idea new", "T\nthmea: x", "en")
    assert isinstance(german, BadInput)
    assert isinstance(english, BadInput)
    assert german.sentence == "«thmea:» gibt es hier nicht. Meinten Sie «thema:»?"
    assert english.sentence == "There is no «thmea:» here. Did you mean «topic:»?"


@pytest.mark.parametrize(
    ("name", "rest", "code", "field"),
    [
        ("idea new", "x" * 121, "too_large", "titel"),
        ("idea new", f"T\n{'x' * 4001}", "too_large", "text"),
        ("municipality list", "seite: 0", "bad_input", "seite"),
        ("municipality list", "seite: zwei", "bad_input", "seite"),
        ("municipality list", "seite: 99999999999999999999999999", "bad_input", "seite"),
        ("municipality list", "page: 1,5", "bad_input", "seite"),
        ("municipality list", "grösse: riesig", "bad_input", "grösse"),
        ("municipality firstmover", "Aesch vielleicht", "bad_input", "answer"),
        ("audit", "wer: Niemand", "not_found", "wer"),
        ("audit", "von: irgendwann", "bad_input", "von"),
    ],
)
def test_what_can_not_be_read_is_refused_by_its_field(
    reader: Reader, name: str, rest: str, code: str, field: str
) -> None:
    machine = reader.refusal(name, rest).part()
    assert (machine["code"], machine["field"]) == (code, field)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_any_text_after_any_command_is_read_or_refused(reader: Reader, data: st.DataObject) -> None:
    command = data.draw(st.sampled_from(sorted(COMMANDS.values(), key=lambda c: c.name)))
    labels = [p.name for p in command.fields]
    given_ = data.draw(st.dictionaries(st.sampled_from(labels), FIELD_VALUES, max_size=3)) if labels else {}
    head, body = data.draw(TYPED), data.draw(st.one_of(st.just(""), TYPED))
    rest = "\n".join([head, *(f"{name}: {value}" for name, value in given_.items()), body])
    try:
        values = reader.read(command, rest)
    except Refused as refused:
        machine = refused.reply.part()
        assert machine["type"] == "error"
        assert machine["code"] in ("bad_input", "not_found", "too_large")
        if isinstance(refused.reply, Incomplete):
            refused.reply.template("de", "!")
    else:
        assert set(values) == {p.name for p in command.parameters}


def test_every_argument_can_be_read() -> None:
    """What reads it is made when it is first needed; that it can be made is shown here."""
    for command in COMMANDS.values():
        for parameter in command.parameters:
            assert parameter.adapter is parameter.adapter, (command.name, parameter.name)


@pytest.mark.parametrize(
    "name",
    [
        "\U00020000" * 13_000,
        "\ufdfa" * 3_000,
        "x" * 201,
        "%_" * 7_000,
        "@" + "a" * 9_000,
        "@" + "a" * 900 + ":b.ch",
    ],
    ids=lambda name: name[:4],
)
@pytest.mark.parametrize(
    "command",
    [
        "profil zeige {}",
        "rolle geben {} moderator",
        "mitglied entfernen {}",
        "gruppe zuweisen P1 {}",
        "gemeinde zeige {}",
        "mitglied liste suche: {}",
        "news liste suche: {}",
        "idee liste suche: {}",
        "prozess liste suche: {}",
    ],
)
def test_what_is_too_long_for_a_name_is_none(any_chat: Chat, command: str, name: str) -> None:
    chat = any_chat
    kora = chat.member("@kora:localhost")
    chat.process()
    [reply] = [s for s in chat.says("!" + command.format(name), by=kora) if s.replies_to == chat.last]
    assert reply.machine["type"] == "error"
    assert reply.machine["code"] in ("not_found", "bad_input", "too_large")
    assert len(reply.text) < 1_000


@pytest.mark.parametrize("named", ["@u{}:localhost", "Anna{}", "Pia"])
@pytest.mark.parametrize("between", [", ", "; "])
@pytest.mark.parametrize("command", ["mitglied aufnehmen", "gruppe zuweisen P1"])
def test_more_people_than_one_names_at_once_are_not_looked_for(
    chat: Chat, command: str, named: str, between: str
) -> None:
    chat.member("@kora:localhost")
    chat.member("@pia:localhost")
    chat.process()
    people = between.join(named.format(n) for n in range(201))
    reply = chat.reply(f"!{command} {people}", by="@kora:localhost")
    assert (reply.machine["code"], "200" in reply.text) == ("too_large", True)


def test_the_longest_search_there_may_be_is_answered(any_chat: Chat) -> None:
    chat = any_chat
    kora = chat.member("@kora:localhost")
    for what in ("mitglied", "news", "idee", "prozess"):
        for text in ("\ufdfa" * 200, "a " * 100, "%_/" * 66):
            said = chat.says(f"!{what} liste suche: {text}", by=kora)
            assert not [s for s in said if s.machine.get("code") == "internal"], (what, text)
