"""Whoever asks, and whatever their state: each command answers, and says what keeps them from it."""

from __future__ import annotations

import pytest

from commands import load
from commands.framework.context import Settings
from commands.framework.declarations import COMMANDS
from commands.framework.replies import Role
from storage.engine.database import Database
from tests.support.chat import Chat
from tests.support.wire import nothing_fails

pytestmark = pytest.mark.long  # asks every command of everybody

PIA, KORA = "@pia:localhost", "@kora:localhost"
REFS = ("I1", "P1", "S1", "A1", "N1", "K1", "V1")
load()


@pytest.fixture
def town(database: Database) -> Chat:
    """There is one of each kind, and a process whose group Pia is not in."""
    chat = Chat(database, Settings(coordinators=(KORA,), commands_per_minute=10_000))
    chat.member("@urs:localhost")
    chat.process("@urs:localhost", leader="@urs:localhost")
    for text in (
        "idee neu Formulare vorausfüllen",
        "anlass neu Treffen | wann: 18.03.2027 13:30-17:00",
        "kurs neu BPMN | wann: 18.03.2027 13:30-17:00",
        "news neu Das Portal\nhat zwanzig Dienste",
        "sitzung neu P1 Formulare | wann: 18.03.2027 13:30",
        "vereinbarung neu P1 Formular kürzen",
    ):
        chat.says("!" + text, by=KORA)
    return chat


def is_now(chat: Chat, state: str) -> str:
    """Pia is that; her direct chat."""
    if state not in ("stranger", "pending"):
        chat.member(PIA, state="active" if state == "pi" else state)
    room = chat.direct(PIA)
    if state == "pending":
        chat.says("profil anmelden gemeinde: Aesch | funktion: Schalter", by=PIA, room=room)
    return room


def ask(chat: Chat, text: str, room: str) -> str:
    """Pia asks, and something is said to it; the code, where it is a refusal."""
    with nothing_fails():
        said = chat.says(text, by=PIA, room=room)
    assert "internal" not in [s.machine.get("code") for s in said], text
    [reply] = [s for s in said if s.replies_to == chat.last]
    return str(reply.machine.get("code", ""))


@pytest.mark.parametrize("state", ["stranger", "pending", "paused", "left", "pi"])
def test_every_command_answers(town: Chat, state: str) -> None:
    room = is_now(town, state)
    for command in COMMANDS.values():
        if command.feature in ("profiles", "membership", "registrations", "privacy"):
            continue  # they change what Pia is
        for example in command.example.values():
            code = ask(town, f"!{command.name} {example}", room)
            if state in ("stranger", "left") and command.role >= Role.PI:
                assert code == "not_allowed", f"{command.name} {example}"


@pytest.mark.parametrize("state", ["stranger", "pending", "paused", "left", "pi"])
def test_everything_can_be_asked_for_by_its_number(town: Chat, state: str) -> None:
    room = is_now(town, state)
    for ref in REFS:
        for text in (f"!zeige {ref}", f"!show {ref}", ref):
            assert ask(town, text, room) in ("", "not_allowed"), text


@pytest.mark.parametrize("state", ["stranger", "pending", "paused", "left", "pi"])
def test_help_about_every_noun(town: Chat, state: str) -> None:
    room = is_now(town, state)
    for noun in sorted({name.partition(" ")[0] for command in COMMANDS.values() for name in command.names}):
        assert ask(town, f"!hilfe {noun}", room) in ("", "not_allowed"), noun
