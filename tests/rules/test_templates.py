"""Compiled templates are kept, and nothing is believed of a file that is not exactly what this version wrote."""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import jinja2
import pytest
from jinja2 import nodes

from bot.rendering.replies import Renderer, TemplateError
from commands import TEMPLATES, load
from commands.fields import FIELDS
from commands.framework.grammar import find_command
from commands.general.status import Status
from tests.support.chat import Chat
from tests.support.drawn import drawn

ZONE = ZoneInfo("Europe/Zurich")


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The templates that Jinja compiles from now on."""
    load()
    names: list[str] = []
    inner = jinja2.Environment.compile

    def compiling(self: jinja2.Environment, source: str, name: str, *rest: object) -> object:
        names.append(name)
        return inner(self, source, name, *rest)  # type: ignore[call-overload]

    monkeypatch.setattr(jinja2.Environment, "compile", compiling)
    return names


def render(cache: Path, folder: Path = TEMPLATES) -> Renderer:
    return Renderer(prefix="!", zone=ZONE, cache=cache, folder=folder)


@pytest.mark.long
def test_the_second_start_compiles_nothing(tmp_path: Path, compiled: list[str]) -> None:
    first = render(tmp_path)
    assert {name.split(".")[-2] for name in compiled} >= {"de", "en"}
    compiled.clear()
    assert render(tmp_path)._macros.keys() == first._macros.keys()
    assert compiled == []
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in tmp_path.iterdir())


@pytest.mark.long
@pytest.mark.parametrize(
    "damage",
    drawn(
        [
            lambda file: file.write_bytes(file.read_bytes()[:-1]),
            lambda file: file.write_bytes(b"x" + file.read_bytes()[1:]),  # of another version
            lambda file: file.write_bytes(b""),
            lambda file: file.chmod(0o666),  # anybody could have written it
        ],
        1,
    ),
)
def test_what_is_damaged_or_of_others_is_compiled_anew(
    tmp_path: Path, compiled: list[str], damage: object
) -> None:
    render(tmp_path)
    once = sorted(compiled)
    for file in tmp_path.iterdir():
        damage(file)  # type: ignore[operator]
    compiled.clear()
    render(tmp_path)
    assert sorted(compiled) == once


@pytest.mark.long
def test_a_changed_template_is_compiled_and_checked(tmp_path: Path, compiled: list[str]) -> None:
    folder, cache = tmp_path / "templates", tmp_path / "cache"
    for file in TEMPLATES.rglob("*.html"):
        copy = folder / file.relative_to(TEMPLATES)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    render(cache, folder)
    compiled.clear()
    name = Status.template_file("de")
    changed = folder / name
    changed.write_text(changed.read_text(encoding="utf-8").replace("macro ", "macro un", 1), encoding="utf-8")
    with pytest.raises(TemplateError):
        render(cache, folder)
    assert compiled == [name]
    changed.unlink()
    with pytest.raises(TemplateError, match=f"{re.escape(name)} is missing"):
        render(cache, folder)


@pytest.mark.long
def test_where_nothing_can_be_kept_the_bot_starts_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("no folder")
    render(tmp_path / "cache")


def commands_named(path: Path) -> list[str]:
    """The commands that the template names, with «3» for what is put in; those it is given whole are left out."""
    found = []
    tree = jinja2.Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "cmd":
            [said] = call.args
            parts = said.nodes if isinstance(said, nodes.Concat) else [said]
            text = "".join(str(part.value) if isinstance(part, nodes.Const) else "3" for part in parts)
            if isinstance(parts[0], nodes.Const):
                found.append(text)
    return found


LANGUAGE_OF = [(path, path.name.split(".")[-2]) for path in sorted(TEMPLATES.rglob("*.??.html"))]
NAMES = [str(path.relative_to(TEMPLATES)) for path, _ in LANGUAGE_OF]


@pytest.mark.parametrize(("path", "language"), LANGUAGE_OF, ids=NAMES)
def test_each_command_named_in_a_text_can_be_typed_so_in_its_language(path: Path, language: str) -> None:
    load()
    for text in commands_named(path):
        command, rest = find_command(text)
        assert command is not None, text
        typed = text.removesuffix(rest).split()
        own = [name.split() for name in (command.names[0 if language == "de" else 1], *command.names[2:])]
        assert typed in own, f"{text}: {command.called(language)}"
        index = 0 if language == "de" else 1
        fields = {word for names in FIELDS.values() for name in names for word in name.split()}
        labels = {word for p in command.fields for word in FIELDS[p.name][index].split()}
        assert fields & set(re.findall(r"([^\W\d_]+):(?= )", rest)) <= labels, text


def test_a_refusal_names_the_command_in_the_language_of_the_text(chat: Chat) -> None:
    for user in ("@pia:localhost", "@urs:localhost"):
        chat.member(user, language="en")
    chat.process("@pia:localhost", size=1)
    room = chat.direct("@pia:localhost")
    chat.reply("gruppe abmelden P1", room=room)
    left = chat.last
    chat.says("!gruppe anmelden P1", by="@urs:localhost")
    [edited] = [s for s in chat.edits(left, "gruppe zeige P1", room=room) if s.room == room]
    assert "You can change it with !group join P1." in edited.text
